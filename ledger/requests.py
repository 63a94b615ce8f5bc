"""Requests: the queue of the table `entries`, and what only they need."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, func, literal, select

from ledger.facts import COLUMNS, facts_of
from ledger.queue import Queue
from ledger.state import REQUEST_MOVES, Action, State
from ledger.tables import entries, invoices
from ledger.transitions import Key
from rules.order import Facts
from rules.reason import Reason

TIMED = (Reason.TOO_EARLY, Reason.OUTSIDE_TIME_SLOT, Reason.BLACKOUT)
"""Why a request waits whose next look is when it goes out."""
COMING = (entries.c.state == State.DUE.value) | (
    (entries.c.state == State.WAITING.value) & entries.c.reason.in_([each.value for each in TIMED])
)
"""What goes out when its next look comes."""


class Request(Struct, frozen=True):
    """One action for one order that has no document: the facts, and where it stands. Times are aware, in UTC."""

    facts: Facts
    seller: str
    key: Key
    state: State
    reason: Reason
    tries: int  # answers in a row that were lost, or called the request wrong
    deadline: datetime | None  # when the last chance to ask ends
    next_look_at: datetime | None  # None: nothing is to come
    asked_at: datetime | None  # when the one irrevocable call was made
    changed_at: datetime

    @property
    def order_id(self) -> str:
        return self.key.order_id


def request_of(row: Sequence[Any]) -> Request:
    """A request from a row that a queue of `entries` reads."""
    seller, order_id, action, state, reason, *standing = row[_FACTS:]
    return Request(facts_of(row[:_FACTS]), seller, Key(order_id, action), State(state), Reason(reason), *standing)


def request_queue(*actions: str) -> Queue[Request]:
    """The queue of these actions, in the table `entries`."""
    return Queue(entries, actions, REQUEST_MOVES, Reason.NOT_DELIVERED, request_of)


def asked_since(connection: Connection, seller: str, action: str, since: datetime) -> int:
    """How many of an action have gone out, or may have, since then; what a worker sends at this moment is one."""
    table = invoices if action in (Action.INVOICE, Action.CREDIT_NOTE) else entries
    mine = (table.c.seller == seller, (table.c.kind if table is invoices else table.c.action) == action)
    is_claimed = (table.c.state == State.SENDING.value) & table.c.next_look_at.is_not(None)
    asked = (table.c.asked_at >= since) & (table.c.state != State.SENDING.value)
    counts = (select(func.count()).where(*mine, each).scalar_subquery() for each in (asked, is_claimed))
    return int(connection.execute(select(sum(counts, literal(0)))).scalar_one())


def facts_asked_since(connection: Connection, seller: str, action: str, since: datetime) -> Iterator[Facts]:
    """What is known of the orders of these requests."""
    mine = (entries.c.seller == seller) & (entries.c.action == action) & (entries.c.asked_at >= since)
    yield from (request_of(row).facts for row in connection.execute(REVIEWS.rows.where(mine)))


_FACTS = len(COLUMNS)
REVIEWS = request_queue(Action.REVIEW)
