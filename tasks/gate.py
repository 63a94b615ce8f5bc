"""The gate: what keeps a whole seller from sending, whatever its orders say."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger import controls, requests, sources
from ledger.database import Connection
from rules import freshness
from rules.order import Freshness, Source
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller


def stale_sources(seller: Seller, known: Freshness, now: datetime) -> list[Source]:
    """Sources that are too old to rely on, or were never read. Those the settings give up in writing do not count."""
    return freshness.stale(seller, known, now)


@dataclass(slots=True)
class Gate:
    """What was read of one seller's gate; `left` is what the daily limit still allows (None: no limit)."""

    seller: Seller
    known: Freshness
    left: int | None

    @classmethod
    def read(cls, connection: Connection, seller: Seller, now: datetime) -> "Gate":
        known = sources.freshness(sources.readings(connection, seller.name))
        limit = seller.review_requests.daily_limit
        left = None if limit is None else limit - requests.asked_since(connection, seller.name, day_start(seller, now))
        return cls(seller, known, left)

    def closed(self, connection: Connection, now: datetime) -> Reason | None:
        """Why nothing of this seller may go out now; None when the gate is open. Stops are read anew each time."""
        return self.shut(controls.stopped(connection, self.seller.name, now), now)

    def shut(self, stop: Reason | None, now: datetime) -> Reason | None:
        """The same, of a seller of whom it is known whether there is a stop."""
        if not self.seller.live:
            return Reason.NOT_LIVE
        if stop:
            return stop
        if stale_sources(self.seller, self.known, now):
            return Reason.STALE_FACTS
        if self.left is not None and self.left <= 0:
            return Reason.DAILY_LIMIT
        return None


def day_start(seller: Seller, now: datetime) -> datetime:
    """Midnight of the seller's day: in the settings' time zone, else that of the first marketplace."""
    zone = ZoneInfo(seller.review_requests.timezone or MARKETPLACES[seller.marketplaces[0]].timezone)
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
