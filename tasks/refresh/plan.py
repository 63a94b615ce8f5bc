"""When each source is read, and how far back."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ledger import sources
from ledger.sources import Reading
from rules.freshness import EVERY_ORDER
from rules.order import Source
from tasks.session import SellerSession

REACH_BACK = timedelta(days=60)
"""How far the first reading goes: 30 days of Amazon's window and 30 for the way to the buyer."""
EVERY = {
    Source.ORDERS: timedelta(hours=3),
    Source.FINANCES: timedelta(hours=5),
    Source.FBA_SHIPMENTS: timedelta(hours=5),
    Source.MERCHANT_RETURNS: timedelta(hours=5),
    Source.FBA_RETURNS: timedelta(hours=5),
}
"""In the order in which they are read: which orders need a report depends on those before it. And how long it is at the
most until a source is read again, or, a report, until it is looked whether an order needs it."""
WITH_INVOICES = timedelta(minutes=30)  # of orders and finances: business orders want theirs within a working day
BEFORE = timedelta(hours=1)
"""How long before an order may be asked the reports that it needs are ordered: Amazon takes a while to make them."""
SHOWN = 50
"""How much of what was left out is kept."""


def keep(session: SellerSession, source: Source, reading: Reading) -> None:
    """Write the reading in a transaction of its own."""
    with session.begin() as connection:
        sources.record(connection, session.name, source, reading)


def every(session: SellerSession, source: Source) -> timedelta:
    """How long until a source is read again: in time to be as fresh as the settings want, though one reading fails.

    Finances are read anyway before anything is sent.
    """
    fresh = timedelta(hours=session.seller.freshness_hours)
    if source in EVERY_ORDER and session.seller.invoices.enabled:
        return min(WITH_INVOICES, fresh / 2)
    in_time = fresh / 2 if source is Source.ORDERS else max(fresh - BEFORE, fresh / 2)
    return min(EVERY[source], in_time)


def since(reading: Reading, now: datetime, overlap: timedelta) -> datetime:
    reach = now - REACH_BACK
    return reach if reading.as_of is None else max(reading.as_of - overlap, reach)


def left_out(
    before: Mapping[str, datetime], found: Iterable[str], now: datetime, read_well: Iterable[str] = ()
) -> dict[str, datetime]:
    """What is missing now: what was before, but for what is too old to matter or is read by now, and what was found."""
    good = set(read_well)
    kept = {what: at for what, at in before.items() if what not in good and at > now - REACH_BACK}
    kept.update((what, now) for what in found)
    return dict(sorted(kept.items(), key=lambda each: each[1])[-SHOWN:])
