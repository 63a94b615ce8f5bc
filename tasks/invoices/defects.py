"""Amazon's Invoice Defect Rate as it stands: late and missing invoices among the business orders that count today."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ledger import document_reports
from ledger.database import Ledger
from rules.invoices import defect_rate
from settings.marketplaces import marketplace_of, zone_of
from settings.schema import Seller
from tasks.invoices.plan import COUNTED, MOST_DEFECTS, RATED, first_sent_at

DAYS = range(7, 14)
"""Amazon's rate of a day is that of the orders placed so many days before (Seller Central help, "Invoice Defect
Rate")."""


@dataclass(frozen=True, slots=True)
class Defects:
    """Of one seller in one marketplace: `defects` of so many business `orders`; `rate` and `limit` from 0 to 1."""

    seller: str
    marketplace: str
    orders: int
    defects: int
    rate: Decimal
    limit: Decimal = MOST_DEFECTS


def defects(ledger: Ledger, sellers: Iterable[Seller], now: datetime) -> list[Defects]:
    """The worst first. A seller without business orders whose invoice is sent or due is not there."""
    found = [each for seller in sellers for each in _of(ledger, seller, now)]
    return sorted(found, key=lambda each: -each.rate)


def _of(ledger: Ledger, seller: Seller, now: datetime) -> Iterable[Defects]:
    rates: defaultdict[str, list[Decimal]] = defaultdict(list)
    with ledger.read() as connection:
        since = now - COUNTED - timedelta(days=1)
        for document, accepted_at in document_reports.of_business_orders(connection, seller.name, since):
            order = document.facts.order
            market, zone = marketplace_of(order.marketplace_id), zone_of(order.marketplace_id)
            days_ago = (now.astimezone(zone).date() - order.purchased_at.astimezone(zone).date()).days
            sent = first_sent_at(document, accepted_at)
            rate = defect_rate([(document.deadline or now, sent)], now)
            if market and market.code in RATED and days_ago in DAYS and rate is not None:
                rates[market.code].append(rate)
    for code, each in rates.items():
        yield Defects(seller.name, code, len(each), int(sum(each)), sum(each, Decimal()) / len(each))
