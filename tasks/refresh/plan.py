"""When each source is read, and how far back."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ledger.sources import Reading
from rules.order import Source
from tasks.app import SellerSession

REACH_BACK = timedelta(days=60)
"""How far the first reading goes: 30 days of Amazon's window and 30 for the way to the buyer."""
EVERY = {
    Source.ORDERS: timedelta(minutes=30),
    Source.FINANCES: timedelta(minutes=30),
    Source.MERCHANT_RETURNS: timedelta(hours=4),
    Source.FBA_RETURNS: timedelta(hours=4),
    Source.FBA_SHIPMENTS: timedelta(hours=4),
}
SHOWN = 50
"""How much of what was left out is kept."""


def every(session: SellerSession, source: Source) -> timedelta:
    """How often: orders and finances twice as often as the settings want facts fresh; reports as Amazon makes them."""
    if source in (Source.ORDERS, Source.FINANCES):
        return min(EVERY[source], timedelta(hours=session.seller.freshness_hours) / 2)
    return EVERY[source]


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
