"""Heartbeats: of each worker process, of Celery's beat, and of each seller's lane."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection, delete, func, select, update

from ledger.lanes import LEASE
from ledger.process_identity import is_gone, this_process
from ledger.state import State
from ledger.tables import entries, heartbeats, lanes
from ledger.upsert import upsert
from rules.reason import Reason

BEAT = "beat"
"""The name and the mode of Celery's beat: it needs no database, so the workers that answer its ticks write for it."""
FORGET = timedelta(hours=24)
"""A process without a heartbeat for so long is no longer listed; its row is removed when the next process starts."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A process by its name (ledger.process_identity), the time of its last heartbeat, and the settings that it has.

    `settings` is their digest (tasks.new_settings); None: it is an older askonce. `settings_trouble`: why it does not
    take the newer ones. `sellers`: JSON, each seller's name → whether it is live.
    """

    name: str
    mode: str
    version: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    settings: str | None = None
    settings_since: datetime | None = None
    settings_trouble: str | None = None
    sellers: str | None = None

    @property
    def live(self) -> Mapping[str, bool]:
        """The sellers that it works for, and whether it sends for each."""
        return _live(self.sellers or "{}")

    @property
    def who(self) -> str:
        """Its host and process id."""
        host, _, process = self.name.split(" ")[:3]
        return f"{host} {process}"

    @property
    def is_here(self) -> bool:
        """Whether it runs, or ran, on this machine; in a container, in this one."""
        return self.name.split(" ")[:2] == this_process().split(" ")[:2]

    @property
    def is_over(self) -> bool:
        """True only when it surely ended."""
        return self.ended_at is not None or is_gone(self.name)


@lru_cache(maxsize=100)
def _live(sellers: str) -> Mapping[str, bool]:
    found: dict[str, bool] = json.loads(sellers)
    return found


def record(connection: Connection, heartbeat: Heartbeat) -> None:
    """Record a heartbeat, with all that is known of the process."""
    row = {name: getattr(heartbeat, name) for name in heartbeats.c.keys()}  # noqa: SIM118  columns, not a dict
    upsert(connection, heartbeats, [row])


def seen(connection: Connection, name: str, now: datetime) -> bool:
    """Record a heartbeat of a process that is known. False: it is not."""
    return connection.execute(update(heartbeats).where(heartbeats.c.name == name).values(seen_at=now)).rowcount == 1


def end(connection: Connection, name: str, now: datetime) -> None:
    """Record that the process ended in an orderly way."""
    connection.execute(update(heartbeats).where(heartbeats.c.name == name).values(ended_at=now))


def forget(connection: Connection, now: datetime) -> None:
    """Remove the processes that surely ended, and those that nobody has seen for long."""
    over = [each.name for each in known(connection) if each.is_over or each.seen_at < now - FORGET]
    connection.execute(delete(heartbeats).where(heartbeats.c.name.in_(over)))


def known(connection: Connection) -> list[Heartbeat]:
    """Every process but the beat, the one seen last first. Renewing a lane counts as a heartbeat."""
    renewed = select(lanes.c.holder, func.max(lanes.c.expires_at).label("until")).group_by(lanes.c.holder)
    at_work = {row.holder: row.until - LEASE for row in connection.execute(renewed)}
    rows = connection.execute(select(heartbeats).where(heartbeats.c.mode != BEAT))
    found = [Heartbeat(**row._mapping) for row in rows]
    seen = [replace(each, seen_at=max(each.seen_at, at_work.get(each.name, each.seen_at))) for each in found]
    return sorted(seen, key=lambda each: each.seen_at, reverse=True)


def beat_seen_at(connection: Connection) -> datetime | None:
    """When a tick of Celery's beat was last answered."""
    return connection.execute(select(heartbeats.c.seen_at).where(heartbeats.c.name == BEAT)).scalar()


def due_since(connection: Connection, sellers: Iterable[str]) -> dict[str, datetime]:
    """Since when each of these sellers' longest-waiting due order has been due."""
    due = entries.c.seller.in_(sellers) & (entries.c.state == State.DUE.value) & entries.c.next_look_at.is_not(None)
    query = select(entries.c.seller, func.min(entries.c.next_look_at).label("since")).where(due)
    return dict(connection.execute(query.group_by(entries.c.seller)).all())


def sendable_since(connection: Connection, seller: str) -> datetime | None:
    """The same for one seller, of those orders that the last turn did not hold back."""
    query = select(func.min(entries.c.next_look_at)).where(
        entries.c.seller == seller, entries.c.state == State.DUE.value, entries.c.reason == Reason.DUE.value
    )
    return connection.execute(query).scalar()


def worked_at(connection: Connection) -> dict[str, datetime]:
    """When a worker last took or renewed each seller's lane."""
    leases = connection.execute(select(lanes.c.seller, lanes.c.expires_at)).all()
    return {seller: expires_at - LEASE for seller, expires_at in leases}


def asked_at(connection: Connection, seller: str) -> datetime | None:
    """When the seller's last request went out, or may have."""
    return connection.execute(select(func.max(entries.c.asked_at)).where(entries.c.seller == seller)).scalar()
