"""A synthetic All Orders report of five busy days, the same at every run."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

ORDERS = 2000
FIRST_DAY = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 5

_COLUMNS = (
    *("amazon-order-id", "purchase-date", "order-status", "fulfillment-channel", "sales-channel"),
    *("sku", "asin", "quantity", "currency", "item-price"),
)
# status, channel, and how many of a hundred orders are like this
_KINDS = (
    ("Shipped", "Amazon", 50),
    ("Shipped - Delivered to Buyer", "Merchant", 35),
    ("Cancelled", "Merchant", 10),
    ("Shipped - Returned to Seller", "Merchant", 5),
)


def write_report(path: Path) -> Path:
    path.write_text("\n".join("\t".join(row) for row in (_COLUMNS, *_rows())) + "\n")
    return path


def _rows() -> Iterator[tuple[str, ...]]:
    random = Random(2026)
    kinds = [(status, channel) for status, channel, share in _KINDS for _ in range(share)]
    for number in range(ORDERS):
        status, channel = random.choice(kinds)
        bought = FIRST_DAY + timedelta(seconds=random.randrange(DAYS * 86_400))
        order_id = f"402-{1_000_000 + number:07}-{2_000_000 + number:07}"
        sku, asin = f"SKU-{number % 40}", f"B0BENCH{number % 40:03}"
        yield order_id, bought.isoformat(), status, channel, "Amazon.fr", sku, asin, "1", "EUR", "29.90"
