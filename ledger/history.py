"""Reading the ledger back: totals that add up, what was done, what needs a person, and what must never be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, text

from ledger.state import OPEN, State
from ledger.tables import attempts, entries


@dataclass(frozen=True, slots=True)
class Totals:
    """Entries by where they stand: seen = sent + waiting + skipped + refused + held. `by_reason`: all but the sent."""

    sent: int
    waiting: int
    skipped: int
    refused: int
    held: int
    by_reason: dict[str, int]

    @property
    def seen(self) -> int:
        return self.sent + self.waiting + self.skipped + self.refused + self.held


def totals(connection: Connection, sellers: Sequence[str], closed_since: datetime | None = None) -> Totals:
    """Totals of all entries; with `closed_since`, of those that were open then."""
    query = select(entries.c.state, entries.c.reason, func.count()).where(entries.c.seller.in_(sellers))
    if closed_since is not None:
        open_now = entries.c.state.in_((*OPEN, State.HELD))
        query = query.where(or_(open_now, entries.c.changed_at >= closed_since))
    by_state = dict.fromkeys(State, 0)
    by_reason: dict[str, int] = {}
    for state, reason, count in connection.execute(query.group_by(entries.c.state, entries.c.reason)):
        by_state[State(state)] += count
        if state != State.SENT:
            by_reason[reason] = by_reason.get(reason, 0) + count
    return Totals(
        sent=by_state[State.SENT],
        waiting=sum(by_state[state] for state in OPEN),
        skipped=by_state[State.SKIPPED],
        refused=by_state[State.REFUSED],
        held=by_state[State.HELD],
        by_reason=dict(sorted(by_reason.items(), key=lambda item: -item[1])),
    )


def changes(
    connection: Connection, sellers: Sequence[str], since: datetime | None, states: Sequence[State]
) -> Iterator[Row[Any]]:
    """Entries that came to one of these states since then, oldest first, streamed."""
    query = select(entries).where(entries.c.seller.in_(sellers), entries.c.state.in_(states))
    if since is not None:
        query = query.where(entries.c.changed_at >= since)
    yield from connection.execution_options(yield_per=1000).execute(query.order_by(entries.c.changed_at))


def attempts_of(connection: Connection, seller: str, order_id: str) -> Sequence[Row[Any]]:
    """Every answer of the marketplace about one order, oldest first."""
    mine = (attempts.c.seller == seller) & (attempts.c.order_id == order_id)
    return connection.execute(select(attempts).where(mine).order_by(attempts.c.id)).all()


def last_attempt(connection: Connection) -> int:
    """The newest attempt's number; 0 when there is none."""
    return int(connection.execute(select(func.coalesce(func.max(attempts.c.id), 0))).scalar_one())


def sent_after(connection: Connection, seller: str, attempt: int) -> dict[str, datetime]:
    """When each order was first recorded as sent, for attempts later than number `attempt`."""
    mine = (attempts.c.seller == seller) & (attempts.c.id > attempt) & (attempts.c.state == State.SENT.value)
    query = select(attempts.c.order_id, func.min(attempts.c.at).label("at")).where(mine).group_by(attempts.c.order_id)
    return {row.order_id: row.at for row in connection.execute(query)}


def verdicts(connection: Connection, seller: str) -> dict[str, tuple[str, str]]:
    """State and reason of every order."""
    query = select(entries.c.order_id, entries.c.state, entries.c.reason).where(entries.c.seller == seller)
    return {row.order_id: (row.state, row.reason) for row in connection.execute(query)}


def oldest_due(connection: Connection, sellers: Sequence[str]) -> datetime | None:
    """Since when the longest-waiting due entry has been due."""
    query = select(func.min(entries.c.next_look_at)).where(
        entries.c.seller.in_(sellers), entries.c.state == State.DUE.value, entries.c.next_look_at.is_not(None)
    )
    return connection.execute(query).scalar()


def next_look(connection: Connection, seller: str) -> datetime | None:
    """When the next entry of this seller is to be looked at."""
    query = select(func.min(entries.c.next_look_at)).where(
        entries.c.seller == seller, entries.c.next_look_at.is_not(None)
    )
    return connection.execute(query).scalar()


INVARIANTS = {
    "an order was accepted twice": """
        SELECT seller, order_id FROM attempts WHERE reason = 'requested'
        GROUP BY seller, order_id, action HAVING count(*) > 1""",
    "a sent entry does not say when": "SELECT seller, order_id FROM entries WHERE state = 'sent' AND asked_at IS NULL",
    "an open entry has no next look": """
        SELECT seller, order_id FROM entries
        WHERE state IN ('waiting', 'due', 'unclear') AND next_look_at IS NULL""",
    "a claim without a claimant": """
        SELECT seller, order_id FROM entries WHERE (state = 'sending') <> (claim IS NOT NULL)""",
    "an entry without its order": """
        SELECT e.seller, e.order_id FROM entries e LEFT JOIN orders o
        ON o.seller = e.seller AND o.order_id = e.order_id WHERE o.placed IS NULL""",
    "a sent entry without an attempt": """
        SELECT e.seller, e.order_id FROM entries e WHERE e.state = 'sent' AND NOT EXISTS
        (SELECT 1 FROM attempts a WHERE a.seller = e.seller AND a.order_id = e.order_id AND a.state = 'sent')""",
}
"""Queries that must return nothing; each named by what it would mean."""


def broken_invariants(connection: Connection) -> dict[str, int]:
    """What must never be, and how many orders it is true of. Empty when all is well."""
    found = {name: len(connection.execute(text(query)).all()) for name, query in INVARIANTS.items()}
    return {name: count for name, count in found.items() if count}
