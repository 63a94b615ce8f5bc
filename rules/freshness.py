"""Which sources an order's decision rests on, and which of them are too old for it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from rules.delivery import rests_on_fba_report
from rules.order import Facts, Freshness, Source
from settings.schema import Seller

EVERY_ORDER = (Source.ORDERS, Source.FINANCES)
"""What each order needs: when one of these is stale, nothing of the seller is sent."""
_RETURNS = {"MERCHANT": (Source.MERCHANT_RETURNS,), "AMAZON": (Source.FBA_RETURNS,)}


def needed(facts: Facts) -> tuple[Source, ...]:
    """What must be fresh before this order is asked for a review: its returns come from whoever fulfilled it."""
    returns = _RETURNS.get(facts.order.fulfilled_by or "", (Source.MERCHANT_RETURNS, Source.FBA_RETURNS))
    shipments = (Source.FBA_SHIPMENTS,) if rests_on_fba_report(facts) else ()
    return EVERY_ORDER + returns + shipments


def stale(seller: Seller, known: Freshness, now: datetime, sources: Iterable[Source] = tuple(Source)) -> list[Source]:
    """Those of the sources that were never read, or last read longer than the seller's `freshness_hours` ago.

    Sources that the settings give up in writing (`unavailable_sources`) do not count. A time ahead of `now` is fresh:
    clocks differ, and sources read before a clock was set back are read anew.
    """
    limit = timedelta(hours=seller.freshness_hours)
    return [
        source
        for source in sources
        if source not in seller.unavailable_sources and ((as_of := known.get(source)) is None or now - as_of > limit)
    ]


def stale_for(facts: Facts, seller: Seller, known: Freshness, now: datetime) -> list[Source]:
    """The stale sources that this order needs. Empty: it may be asked, as far as they are concerned."""
    return stale(seller, known, now, needed(facts))
