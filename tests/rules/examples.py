"""One ordinary order that the rules let through, to be changed by one fact at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from rules.order import Facts, Item, Money, Order, Package
from settings.marketplaces import MARKETPLACES
from settings.schema import ReviewRequests, Seller

DAY = timedelta(days=1)
BOUGHT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DELIVERED_AT = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
IN_WINDOW = DELIVERED_AT + 10 * DAY  # Monday 15 June, 14:00 in Paris

ORDER = Order(
    order_id="403-0000001-0000001",
    purchased_at=BOUGHT,
    updated_at=DELIVERED_AT,
    channel="AMAZON",
    marketplace_id=MARKETPLACES["FR"].marketplace_id,
    status="SHIPPED",
    fulfilled_by="MERCHANT",
    items=(Item(sku="MUG-1", asin="B000000001"), Item(sku="MUG-2", asin="B000000002", promotions=("SUMMER",))),
    packages=(Package("DELIVERED", "DELIVERED", shipped_at=BOUGHT + DAY),),
    value=Money(Decimal("30.00"), "EUR"),
)
SHIPPED = (Package("SHIPPED"),)  # as an untracked parcel stays for ever


def facts(order: dict[str, Any] | None = None, **changes: Any) -> Facts:
    """The ordinary order, with its `order` fields and its other facts changed."""
    seen = {"not_delivered_at": DELIVERED_AT - DAY, "seen_delivered_at": DELIVERED_AT}
    return Facts(replace(ORDER, **(order or {})), **(seen | changes))


def seller(**review_requests: Any) -> Seller:
    return Seller(
        name="maison-durand",
        region="eu",
        marketplaces=("FR", "DE"),
        review_requests=ReviewRequests(**review_requests),
    )
