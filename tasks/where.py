"""Where an order is: in which marketplace, and on which page of Seller Central."""

from rules.order import Facts
from settings.marketplaces import marketplace_of


def place_of(facts: Facts) -> str:
    """The marketplace of an order, by its code; by its id, where it has none."""
    marketplace_id = facts.order.marketplace_id
    marketplace = marketplace_of(marketplace_id)
    return marketplace.code if marketplace else marketplace_id or "unknown"


def link(facts: Facts, order_id: str) -> str | None:
    """The order's page in Seller Central; None where the marketplace is not known."""
    marketplace = marketplace_of(facts.order.marketplace_id)
    return f"{marketplace.seller_central}/orders-v3/order/{order_id}" if marketplace else None
