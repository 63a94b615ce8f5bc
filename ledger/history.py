"""Queries over the whole ledger: totals, what was done, what needs a person, and invariants."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from heapq import merge
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    union_all,
)

from ledger import tallies
from ledger.documents import DOCUMENTS
from ledger.held import is_held, since
from ledger.order_ids import these
from ledger.queue import Queue
from ledger.requests import REVIEWS
from ledger.state import OPEN, Action, State
from ledger.tables import attempts, decisions, entries, invoices
from rules.reason import Reason


@dataclass(frozen=True, slots=True)
class Totals:
    """Entries, or documents, by where they stand: seen = sent + waiting + skipped + refused + held.

    `by_reason`: all but the sent.
    """

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
    """Totals of all requests for a review; with `closed_since`, of those that were open then."""
    return _totals(connection, REVIEWS, sellers, closed_since)


def invoice_totals(connection: Connection, sellers: Sequence[str], closed_since: datetime | None = None) -> Totals:
    """The same of all invoices and credit notes."""
    return _totals(connection, DOCUMENTS, sellers, closed_since)


def _totals(connection: Connection, queue: Queue[Any], sellers: Sequence[str], closed_since: datetime | None) -> Totals:
    if closed_since is None:
        by_seller = tallies.counts(connection, queue.actions)
        return summed(count for seller in sellers for count in by_seller.get(seller, ()))
    table = queue.table
    open_now = table.c.state.in_((*OPEN, State.HELD))
    query = select(table.c.state, table.c.reason, func.count()).where(
        queue.is_mine, table.c.seller.in_(sellers), or_(open_now, table.c.changed_at >= closed_since)
    )
    return summed(connection.execute(query.group_by(table.c.state, table.c.reason)))


def summed(counts: Iterable[Any]) -> Totals:
    """Totals of rows of state, reason and count."""
    by_state = dict.fromkeys(State, 0)
    by_reason: dict[str, int] = {}
    for state, reason, count in counts:
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


@dataclass(frozen=True, slots=True)
class Change:
    """Where a request or a document stands, and since when. `part` and `number` are those of a document.

    What is held is looked at again: `since` is when it was held first, `changed_at` the last look.
    """

    seller: str
    order_id: str
    action: str
    part: str
    number: str | None
    state: State
    reason: Reason
    asked_at: datetime | None
    changed_at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """What was decided, or what Amazon or a person said, and the state and reason that it led to.

    `part` and `number` are those of a document; `asked_at` is given where it was sent or refused; `detail`: the words;
    `settings`: digest of the seller's settings at work then.
    """

    at: datetime
    seller: str
    order_id: str
    action: str
    part: str
    state: State
    reason: Reason
    asked_at: datetime | None
    number: str | None
    detail: str
    settings: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer of the marketplace, or its absence; `state` is what it led to. `settings`: digest of those at work."""

    at: datetime
    action: str
    part: str
    state: State
    reason: Reason
    detail: str
    status: int | None
    request_id: str | None
    settings: str | None


def changes(
    connection: Connection, sellers: Sequence[str], since: datetime | None, states: Sequence[State]
) -> Iterator[Change]:
    """Requests and documents that came to one of these states since then, oldest first, streamed."""
    nothing = literal_column("NULL", invoices.c.number.type)
    part = literal_column("''", invoices.c.part.type)
    requests = _columns(entries, entries.c.action, part.label("part"), nothing.label("number"))
    documents = _columns(invoices, invoices.c.kind.label("action"), invoices.c.part, invoices.c.number)
    both = union_all(
        *(
            query.where(table.c.seller.in_(sellers), _in(table, states), *_since(table, since))
            for table, query in ((entries, requests), (invoices, documents))
        )
    )
    for row in connection.execute(both.order_by("since").execution_options(yield_per=1000)):
        values: tuple[Any, ...] = (*row[:5], State(row.state), Reason(row.reason), *row[7:])
        yield Change(*values)


def _columns(table: Table, *named: Any) -> Select[Any]:
    held_since = case((table.c.state == State.HELD.value, since(table)), else_=table.c.changed_at)
    times = (table.c.asked_at, table.c.changed_at, held_since.label("since"))
    return select(table.c.seller, table.c.order_id, *named, table.c.state, table.c.reason, *times)


def _in(table: Table, states: Sequence[State]) -> ColumnElement[bool]:
    return is_held(table) if list(states) == [State.HELD] else table.c.state.in_(states)


def _since(table: Table, since: datetime | None) -> Iterator[Any]:
    if since is not None:
        yield table.c.changed_at >= since


def told(connection: Connection, sellers: Sequence[str], since: datetime | None) -> Iterator[Event]:
    """What was decided, answered and said since then, oldest first, streamed. None of it is ever changed."""
    streams = (
        connection.execute(_in_turn(query, table, sellers, since).execution_options(yield_per=1000))
        for table, query in ((decisions, _DECIDED), (attempts, _ANSWERED))
    )
    for row in merge(*streams, key=lambda row: row.at):
        values: tuple[Any, ...] = (*row[:5], State(row.state), Reason(row.reason), *row[7:])
        yield Event(*values)


def _in_turn(query: Select[Any], table: Table, sellers: Sequence[str], since: datetime | None) -> Select[Any]:
    query = query.where(table.c.seller.in_(sellers)).order_by(table.c.id)
    return query if since is None else query.where(table.c.at >= since)


def attempts_of(connection: Connection, seller: str, order_id: str, action: str | None = None) -> list[Attempt]:
    """Every answer of the marketplace about one order, or about one action for it, oldest first."""
    mine = (attempts.c.seller == seller) & (attempts.c.order_id == order_id)
    if action:
        mine &= attempts.c.action == action
    return [
        Attempt(at, action, part or "", State(state), Reason(reason), *answer)
        for at, action, part, state, reason, *answer in connection.execute(_ATTEMPTS.where(mine))
    ]


def last_said(connection: Connection, found: Collection[tuple[str, str]]) -> dict[tuple[str, str, str], str]:
    """What was said last of each action for these orders: sellers and order ids. By seller, order id and action."""
    if not found:
        return {}
    c, here = attempts.c, these(found)
    query = select(c.seller, c.order_id, c.action, c.detail).order_by(c.id)
    rows = connection.execute(query.where(c.seller == here.c.seller, c.order_id == here.c.order_id))
    return {(seller, order_id, action): detail for seller, order_id, action, detail in rows}


def last_attempt(connection: Connection) -> int:
    """The newest attempt's number; 0 when there is none."""
    return int(connection.execute(select(func.coalesce(func.max(attempts.c.id), 0))).scalar_one())


def sent_after(connection: Connection, seller: str, attempt: int) -> dict[str, datetime]:
    """When each order's request was first recorded as sent, for attempts later than number `attempt`."""
    sent = (attempts.c.state == State.SENT.value) & (attempts.c.action == Action.REVIEW.value)
    mine = (attempts.c.seller == seller) & (attempts.c.id > attempt) & sent
    query = select(attempts.c.order_id, func.min(attempts.c.at).label("at")).where(mine).group_by(attempts.c.order_id)
    return {row.order_id: row.at for row in connection.execute(query)}


def verdicts(connection: Connection, seller: str) -> dict[str, tuple[str, str]]:
    """State and reason of every order's request for a review."""
    mine = (entries.c.seller == seller) & (entries.c.action == Action.REVIEW.value)
    query = select(entries.c.order_id, entries.c.state, entries.c.reason).where(mine)
    return {row.order_id: (row.state, row.reason) for row in connection.execute(query)}


def next_look(connection: Connection, seller: str) -> datetime | None:
    """When the next entry of this seller is to be looked at."""
    query = select(func.min(entries.c.next_look_at)).where(
        entries.c.seller == seller, entries.c.next_look_at.is_not(None)
    )
    return connection.execute(query).scalar()


def _events(table: Table, detail: ColumnElement[str]) -> Select[Any]:
    """With what is known of the request or the document by now."""
    c, part = table.c, func.coalesce(table.c.part, "")
    mine = (entries.c.seller == c.seller) & (entries.c.order_id == c.order_id) & (entries.c.action == c.action)
    own = (invoices.c.seller == c.seller) & (invoices.c.order_id == c.order_id)
    own &= (invoices.c.kind == c.action) & (invoices.c.part == part)
    was_asked = c.state.in_((State.SENT.value, State.REFUSED.value))
    asked_at = case((was_asked, func.coalesce(entries.c.asked_at, invoices.c.asked_at)))
    columns = (c.at, c.seller, c.order_id, c.action, part.label("part"), c.state, c.reason)
    more = (asked_at.label("asked_at"), invoices.c.number, detail.label("detail"), c.settings)
    return select(*columns, *more).select_from(table.outerjoin(entries, mine).outerjoin(invoices, own))


_DECIDED = _events(decisions, literal(""))
_ANSWERED = _events(attempts, attempts.c.detail)
_ATTEMPTS = select(*(attempts.c[field.name] for field in fields(Attempt))).order_by(attempts.c.id)
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
        (SELECT 1 FROM attempts a WHERE a.seller = e.seller AND a.order_id = e.order_id AND a.action = e.action
        AND a.state = 'sent')""",
    "the tallies are not what a count says": """
        SELECT seller, action FROM (
            SELECT seller, action, state, reason, count(*) AS number FROM entries GROUP BY 1, 2, 3, 4
            UNION ALL SELECT seller, kind, state, reason, count(*) FROM invoices GROUP BY 1, 2, 3, 4
            UNION ALL SELECT seller, action, state, reason, -number FROM tallies
        ) AS counted GROUP BY seller, action, state, reason HAVING sum(number) <> 0""",
    "a gap in the numbers of invoices": """
        SELECT i.seller, i.series FROM invoices i LEFT JOIN invoice_series s
        ON s.seller = i.seller AND s.series = i.series WHERE i.series IS NOT NULL GROUP BY i.seller, i.series
        HAVING count(DISTINCT i.serial) <> count(*) OR count(*) <> max(i.serial)
        OR coalesce(max(s.next), 0) <> count(*) + 1
        UNION ALL SELECT s.seller, s.series FROM invoice_series s WHERE s.next > 1 AND NOT EXISTS
        (SELECT 1 FROM invoices i WHERE i.seller = s.seller AND i.series = s.series)""",
    "an invoice that went out without a number": """
        SELECT seller, order_id FROM invoices WHERE number IS NULL AND reason <> 'resolved'
        AND (asked_at IS NOT NULL OR claim IS NOT NULL)""",
    "an open invoice has no next look": """
        SELECT seller, order_id FROM invoices
        WHERE state IN ('waiting', 'due', 'unclear', 'submitted') AND next_look_at IS NULL""",
    "an invoice's claim without a claimant": """
        SELECT seller, order_id FROM invoices WHERE (state = 'sending') <> (claim IS NOT NULL)""",
    "a sent invoice without an attempt": """
        SELECT i.seller, i.order_id FROM invoices i WHERE i.state = 'sent' AND NOT EXISTS
        (SELECT 1 FROM attempts a WHERE a.seller = i.seller AND a.order_id = i.order_id AND a.action = i.kind
        AND a.state = 'sent')""",
}
"""Queries that must return no row, by what a row would mean."""


def broken_invariants(connection: Connection) -> dict[str, int]:
    """The invariants that do not hold, and for how many orders. Empty when all is well."""
    found = {name: len(connection.execute(text(query)).all()) for name, query in INVARIANTS.items()}
    return {name: count for name, count in found.items() if count}
