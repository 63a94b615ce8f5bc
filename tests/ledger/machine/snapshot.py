"""All that a ledger says at one moment, in a form that compares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, Table, select, text

from ledger import history
from ledger.database import Connection
from ledger.state import OPEN, State
from ledger.tables import armings, attempts, controls, lanes, orders
from tests.ledger.machine.amazon import Place
from tests.ledger.machine.work import Work

COUNTED = {
    "sent": {State.SENT},
    "waiting": set(OPEN),
    "skipped": {State.SKIPPED},
    "refused": {State.REFUSED},
    "held": {State.HELD},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a queue."""

    seller: str
    order_id: str
    state: str
    reason: str
    next_look_at: datetime | None
    tries: int
    changed_at: datetime
    deadline: datetime | None = None
    claim: int | None = None
    asked_at: datetime | None = None
    # documents only
    number: str | None = None
    feed_id: str | None = None
    business: bool | None = None


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A lane's row."""

    token: int
    holder: str
    expires_at: datetime
    pace: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the ledger says at one moment. The order of attempts is that of their numbers."""

    entries: dict[Place, Entry]
    marks: dict[Place, tuple[bool, bool, bool]]  # of each order that is known: left out? imported? did it reappear?
    attempts: list[tuple[Any, ...]]
    lanes: dict[str, LaneRow]
    stops: dict[tuple[str, str], datetime | None]
    armed: frozenset[str]
    totals: dict[str, int]
    broken: dict[str, int]


def snapshot(connection: Connection, work: Work, sellers: Sequence[str]) -> Snapshot:
    """What the real ledger says of this work."""
    totals = work.totals(connection, [*sellers])
    broken = connection.execute(_BROKEN).first() is not None
    return Snapshot(
        entries={row[:2]: Entry(*row) for row in connection.execute(_entries(work.queue.table))},
        marks={(*row[:2],): _marks(row) for row in connection.execute(_MARKS)},
        attempts=[tuple(row) for row in connection.execute(_ATTEMPTS)],
        lanes={seller: LaneRow(*row) for seller, *row in connection.execute(_LANES)},
        stops={(row.scope, row.reason): row.until for row in connection.execute(_STOPS)},
        armed=frozenset(connection.execute(_ARMED).scalars()),
        totals={name: getattr(totals, name) for name in ("seen", *COUNTED)},
        broken=history.broken_invariants(connection) if broken else {},
    )


def _marks(row: Row[*tuple[Any, ...]]) -> tuple[bool, bool, bool]:
    return row.left_out is not None, row.imported not in (None, "[]"), bool(row.reappeared)


@cache
def _entries(table: Table) -> Select[Any]:
    return select(*(table.c[name] for name in Entry.__dataclass_fields__ if name in table.c))


_ATTEMPTS = select(attempts).order_by(attempts.c.id)
_MARKS = select(orders.c.seller, orders.c.order_id, orders.c.left_out, orders.c.imported, orders.c.reappeared)
_LANES = select(lanes.c.seller, *(lanes.c[name] for name in LaneRow.__dataclass_fields__))
_STOPS = select(controls)
_ARMED = select(armings.c.seller).where(armings.c.lost.is_(None))
_BROKEN = text(" UNION ALL ".join(f"SELECT * FROM ({query}) AS q" for query in history.INVARIANTS.values()))
