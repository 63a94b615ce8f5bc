"""What is wrong, since when, and when it was last told: one row for each cause."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from ledger import meta
from ledger.tables import alerts
from ledger.upsert import upsert

LOOKED = "alerts_looked_at"
"""Key in the ledger's `meta`: when somebody looked last."""
EVERY = timedelta(seconds=50)
"""The least time between two looks, of however many workers."""
_DIFFERENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Alert:
    """One cause. `raised_at`: when it began, this time; `told_at`: when a message about it was written last, ever."""

    cause: str
    kind: str
    seller: str  # empty: the installation
    what: str
    remedy: str
    raised_at: datetime
    seen_at: datetime
    told_at: datetime | None = None
    over_at: datetime | None = None


def is_within(limit: timedelta, then: datetime, now: datetime) -> bool:
    """Whether less than that has gone by. A time that lies ahead by more than clocks differ, or than a worker waits for
    another, is one from before the clock was set back."""
    return -_DIFFERENCE <= now - then < limit


def known(connection: Connection) -> dict[str, Alert]:
    """Every cause there ever was, by its key."""
    rows = connection.execute(select(alerts).order_by(alerts.c.raised_at, alerts.c.cause))
    return {row.cause: Alert(**row._mapping) for row in rows}


def record(connection: Connection, changed: Iterable[Alert]) -> None:
    """Write these as they are now."""
    upsert(connection, alerts, [asdict(each) for each in changed])


def looked_at(connection: Connection) -> datetime | None:
    """When somebody looked last."""
    return meta.moment(connection, LOOKED)


def is_time(connection: Connection, now: datetime) -> bool:
    """Whether nobody has looked lately."""
    before = looked_at(connection)
    return before is None or not is_within(EVERY, before, now)


def take_turn(connection: Connection, now: datetime) -> bool:
    """Be the one that looks; what the others find is dropped. Until the transaction ends they wait."""
    before = meta.get(connection, LOOKED)
    return is_time(connection, now) and meta.claim(connection, LOOKED, before, now.isoformat())
