"""Where every seller stands, in one statement: how many sellers there are, and how much is stored, costs little."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
)

from ledger.held import is_held, since
from ledger.lanes import LEASE
from ledger.requests import COMING, REVIEWS, TIMED
from ledger.state import State
from ledger.tables import entries, invoices, lanes, orders
from rules.reason import Reason

LIMITED = (Reason.DAILY_LIMIT.value, Reason.RAMP_UP.value)
_MISSED = (Reason.TOO_LATE, Reason.STALE_FACTS, Reason.NOT_AUTHORISED)
"""Why a request was not asked until it was too late, other than by Amazon's or a person's wish."""
Bundle = tuple[datetime, int]
"""Ten minutes that begin then, and how many."""
_TENS = len("2026-11-26 10:0")
_MISSING = (State.WAITING, State.DUE, State.SENDING, State.UNCLEAR)
_LOOKED_FOR = invoices.c.next_look_at.is_not(None)
_UNSENT = (invoices.c.state.in_([each.value for each in _MISSING]), _LOOKED_FOR, invoices.c.business)
"""Invoices of business orders, which Amazon wants by a deadline."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One seller's queue: requests and documents together, but for `asked`, `next_at` and `due_since`.

    `worked_at` is when a worker last took or renewed the lane; None: never.
    """

    asked: int = 0  # review requests that went out, or may have, since then
    due: int = 0
    due_since: datetime | None = None  # the longest-waiting request
    limited: bool = False  # the last turn held all due requests back, as a limit of the day is used up
    next_at: datetime | None = None  # when the next request that is not due yet goes out
    held: int = 0
    held_since: datetime | None = None  # the one that is held longest
    late: int = 0  # invoices of business orders, beyond Amazon's deadline
    missed: int = 0  # requests that were due and never asked, whose last chance ended since then
    worked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """One seller's invoices of business orders that are not sent yet.

    `late`: beyond Amazon's deadline; `near`: whose deadline is not far, the first of them at `first`.
    """

    late: int
    near: int
    first: datetime | None


def standings(
    connection: Connection, now: datetime, asked_since: datetime, seller: str | None = None
) -> dict[str, Standing]:
    """By seller, of one or of all; one for whom no worker has ever worked is not there.

    `asked_since`: from when `asked` and `missed` count.
    """
    query = _STANDINGS if seller is None else _STANDINGS.where(lanes.c.seller == seller)
    found = connection.execute(query, {"now": now, "since": asked_since}).all()
    return {row.seller: _standing(row) for row in found}


def deadlines(connection: Connection, seller: str, now: datetime, until: datetime) -> Deadlines:
    """`until`: a deadline by then is near."""
    at = invoices.c.deadline
    is_near = at >= now
    query = select(func.count().filter(at < now), func.count().filter(is_near), func.min(at).filter(is_near))
    mine = (invoices.c.seller == seller) & (at < until)
    return Deadlines(*connection.execute(query.where(mine, *_UNSENT)).one())


def sent_at(
    connection: Connection, sellers: Sequence[str], since: datetime, marketplace_id: str | None = None
) -> Iterator[Bundle]:
    """When requests of these sellers went out, or may have, from then on; of one marketplace, or of all."""
    sent = entries.c.asked_at.is_not(None) & (entries.c.asked_at >= since)
    yield from _bundles(connection, entries.c.asked_at, sellers, sent & _sold_in(marketplace_id))


def coming_at(
    connection: Connection, sellers: Sequence[str], until: datetime, marketplace_id: str | None = None
) -> Iterator[Bundle]:
    """When requests of these sellers go out by then, if no fact changes; of one marketplace, or of all."""
    soon = entries.c.next_look_at.is_not(None) & (entries.c.next_look_at < until)
    yield from _bundles(connection, entries.c.next_look_at, sellers, soon & COMING & _sold_in(marketplace_id))


def ended_at(
    connection: Connection, sellers: Sequence[str], state: State, since: datetime, marketplace_id: str | None = None
) -> Iterator[Bundle]:
    """When requests of these sellers came to this end for good, from then on; of one marketplace, or of all."""
    ended = entries.c.next_look_at.is_(None) & (entries.c.changed_at >= since) & _is(entries, state)
    yield from _bundles(connection, entries.c.changed_at, sellers, ended & _sold_in(marketplace_id))


def _sold_in(marketplace_id: str | None) -> ColumnElement[bool]:
    if marketplace_id is None:
        return true()
    of_order = (orders.c.seller == entries.c.seller) & (orders.c.order_id == entries.c.order_id)
    there = orders.c.placed.contains(f'"marketplace_id":{json.dumps(marketplace_id)}', autoescape=True)
    return select(orders.c.order_id).where(of_order, there).exists()


def _bundles(
    connection: Connection, at: Column[Any], sellers: Sequence[str], wanted: ColumnElement[bool]
) -> Iterator[Bundle]:
    """Of all of them together, counted by tens of minutes, which no zone's days divide."""
    if connection.dialect.name == "sqlite":
        tens: ColumnElement[str] = func.substr(cast(at, Text), 1, _TENS)
    else:
        tens = func.substr(func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24:MI"), 1, _TENS)
    query = select(tens.label("tens"), func.count().label("number"))
    query = query.where(entries.c.seller.in_(sellers), wanted, REVIEWS.is_mine).group_by("tens")
    for begins, number in connection.execute(query).all():
        yield datetime.fromisoformat(f"{begins}0+00:00"), number


def _standing(row: Any) -> Standing:
    held_since = [each for each in (row.held_since, row.documents_held_since) if each]
    return Standing(
        asked=row.asked,
        due=row.due + row.documents_due,
        due_since=row.due_since,
        limited=0 < row.due == row.limited,
        next_at=row.next_at,
        held=row.held + row.documents_held,
        held_since=min(held_since, default=None),
        late=row.late,
        missed=row.missed,
        worked_at=row.expires_at - LEASE,
    )


def _is(table: Table, state: State) -> ColumnElement[bool]:
    """The state stands in the statement itself, so that a database knows which partial index has it."""
    return table.c.state == literal_column(f"'{state.value}'")


def _of_lane(what: Any, table: Table, *conditions: ColumnElement[bool]) -> Any:
    """Looked up by the lane's seller in an index, once for each lane."""
    return select(what).where(table.c.seller == lanes.c.seller, *conditions).scalar_subquery()


def _statement() -> Any:
    looked_for = entries.c.next_look_at.is_not(None)
    asked = entries.c.asked_at.is_not(None) & (entries.c.asked_at >= bindparam("since")) & REVIEWS.is_mine
    due = (_is(entries, State.DUE), looked_for)
    limited = (*due, entries.c.reason.in_(LIMITED), entries.c.next_look_at <= bindparam("now"))
    to_come = (_is(entries, State.WAITING), looked_for, entries.c.reason.in_([each.value for each in TIMED]))
    late = (*_UNSENT, invoices.c.deadline < bindparam("now"))
    missed = (
        _is(entries, State.SKIPPED),
        entries.c.deadline.is_not(None),
        entries.c.deadline >= bindparam("since"),
        entries.c.deadline < bindparam("now"),
        entries.c.asked_at.is_(None),
        entries.c.reason.in_([each.value for each in _MISSED]),
    )
    next_at = select(entries.c.next_look_at).where(entries.c.seller == lanes.c.seller, *to_come)
    next_at = next_at.order_by(entries.c.next_look_at).limit(1)
    return select(
        lanes.c.seller,
        lanes.c.expires_at,
        _of_lane(func.count(), entries, asked).label("asked"),
        _of_lane(func.count(), entries, *due).label("due"),
        _of_lane(func.min(entries.c.next_look_at), entries, *due).label("due_since"),
        _of_lane(func.count(), entries, *limited).label("limited"),
        next_at.scalar_subquery().label("next_at"),
        _of_lane(func.count(), entries, is_held(entries)).label("held"),
        _of_lane(func.min(since(entries)), entries, is_held(entries)).label("held_since"),
        _of_lane(func.count(), invoices, _is(invoices, State.DUE), _LOOKED_FOR).label("documents_due"),
        _of_lane(func.count(), invoices, is_held(invoices)).label("documents_held"),
        _of_lane(func.min(since(invoices)), invoices, is_held(invoices)).label("documents_held_since"),
        _of_lane(func.count(), invoices, *late).label("late"),
        _of_lane(func.count(), entries, *missed).label("missed"),
    )


_STANDINGS = _statement()
