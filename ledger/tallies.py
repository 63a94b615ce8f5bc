"""How many requests and documents stand where, read without counting them: triggers keep the count as they move."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text

from ledger.state import State
from ledger.tables import tallies

Count = tuple[str, str, int]
"""A state, a reason, and how many stand so."""


def counts(connection: Connection, actions: Sequence[str], seller: str | None = None) -> dict[str, list[Count]]:
    """Of these actions together, by seller, in one statement; or of this seller alone."""
    found: defaultdict[str, list[Count]] = defaultdict(list)
    query = _COUNTS if seller is None else _COUNTS.where(tallies.c.seller == seller)
    for name, state, reason, number in connection.execute(query, {"actions": tuple(actions)}).all():
        found[name].append((state, reason, int(number)))
    return found


def standing(connection: Connection, action: str, sellers: Sequence[str]) -> tuple[list[Count], int]:
    """Of this action and these sellers together; and how many there are of others."""
    c = tallies.c
    of_action = select(c.state, c.reason, func.sum(c.number)).where(c.action == str(action))
    rows = connection.execute(of_action.where(c.seller.in_(sellers)).group_by(c.state, c.reason))
    found = [(state, reason, int(number)) for state, reason, number in rows if number]
    every = connection.execute(select(func.sum(c.number)).where(c.action == str(action))).scalar()
    return found, int(every or 0) - sum(number for *_, number in found)


def held(connection: Connection) -> dict[str, int]:
    """How many requests and documents are held, by seller."""
    return {seller: int(number) for seller, number in connection.execute(_HELD).all()}


def merge(connection: Connection) -> None:
    """Add up the batches, which PostgreSQL adds with each statement: reading costs as much as there are batches."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_MERGE))


def _counts() -> Any:
    c = tallies.c
    number = func.sum(c.number)
    query = select(c.seller, c.state, c.reason, number).where(c.action.in_(bindparam("actions", expanding=True)))
    return query.group_by(c.seller, c.state, c.reason).having(number != 0)


_COUNTS = _counts()
_HELD = (
    select(tallies.c.seller, func.sum(tallies.c.number).label("number"))
    .where(tallies.c.state == State.HELD.value)
    .group_by(tallies.c.seller)
)
_MERGE = """
WITH batches AS (
    DELETE FROM tallies WHERE batch <> 0 RETURNING seller, action, state, reason, number
)
INSERT INTO tallies (seller, action, state, reason, batch, number)
SELECT seller, action, state, reason, 0, sum(number) FROM batches GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (seller, action, state, reason, batch) DO UPDATE SET number = tallies.number + excluded.number
"""
