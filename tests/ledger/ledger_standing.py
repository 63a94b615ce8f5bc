"""All that a ledger says at one moment, in a form that compares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from ledger import history
from ledger.database import Connection
from ledger.state import OPEN, State
from ledger.tables import attempts, controls, entries, lanes

Key = tuple[str, str]  # seller, order id
COUNTED = {
    "sent": {State.SENT},
    "waiting": set(OPEN),
    "skipped": {State.SKIPPED},
    "refused": {State.REFUSED},
    "held": {State.HELD},
}


@dataclass(frozen=True, slots=True)
class Entry:
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


@dataclass(frozen=True, slots=True)
class Held:
    """A lane's row."""

    token: int
    holder: str
    expires_at: datetime
    pace: str


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the ledger says at one moment. The order of attempts is that of their numbers."""

    entries: dict[Key, Entry]
    attempts: list[tuple[Any, ...]]
    lanes: dict[str, Held]
    stops: dict[tuple[str, str], datetime | None]
    totals: dict[str, int]
    broken: dict[str, int]


def standing(connection: Connection, sellers: Sequence[str]) -> Standing:
    """What the real ledger says."""
    totals = history.totals(connection, sellers)
    broken = connection.execute(_BROKEN).first() is not None
    return Standing(
        entries={row[:2]: Entry(*row) for row in connection.execute(_ENTRIES)},
        attempts=[tuple(row) for row in connection.execute(_ATTEMPTS)],
        lanes={row.seller: Held(row.token, row.holder, row.expires_at, row.pace) for row in connection.execute(_LANES)},
        stops={(row.scope, row.reason): row.until for row in connection.execute(_STOPS)},
        totals={name: getattr(totals, name) for name in ("seen", *COUNTED)},
        broken=history.broken_invariants(connection) if broken else {},
    )


_ENTRIES = select(*(entries.c[name] for name in Entry.__dataclass_fields__))
_ATTEMPTS = select(attempts).order_by(attempts.c.id)
_LANES = select(lanes)
_STOPS = select(controls)
_BROKEN = text(" UNION ALL ".join(f"SELECT * FROM ({query}) AS q" for query in history.INVARIANTS.values()))
