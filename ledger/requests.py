"""Entries: what is to be done, and what was. Every move is one conditional update whose row count is looked at."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.json import encode
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Update,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from ledger.hot_statements import HotStatement
from ledger.lanes import LEASE
from ledger.state import Action, State
from ledger.tables import attempts, entries, orders
from ledger.upsert import insert_new
from rules.reason import Reason


def _in(*states: State) -> ColumnElement[bool]:
    return or_(*(entries.c.state == state.value for state in states))  # IN () can't be executed for many rows at once


_KEY = (entries.c.seller == bindparam("s"), entries.c.order_id == bindparam("o"), entries.c.action == bindparam("a"))
_FACTS_AND_ENTRY = select(orders, entries.c.state, entries.c.reason, entries.c.tries, entries.c.deadline).join_from(
    entries, orders, (entries.c.seller == orders.c.seller) & (entries.c.order_id == orders.c.order_id)
)


class Verdict(Struct, frozen=True):
    """What became of an entry: its state, why, and when to look again (None: never)."""

    order_id: str
    state: State
    reason: Reason
    next_look_at: datetime | None = None
    deadline: datetime | None = None
    tries: int = 0


class Answered(Struct, frozen=True):
    """What the marketplace answered, for the attempts table."""

    detail: str = ""
    status: int | None = None
    request_id: str | None = None


def open_entries(connection: Connection, seller: str, order_ids: Iterable[str], now: datetime) -> None:
    """Give each order its entry, to be looked at now. An entry that exists stays as it is."""
    rows = [
        {
            "seller": seller,
            "order_id": order_id,
            "action": Action.REVIEW,
            "state": State.WAITING,
            "reason": Reason.NOT_DELIVERED,
            "next_look_at": now,
            "tries": 0,
            "changed_at": now,
        }
        for order_id in order_ids
    ]
    insert_new(connection, entries, rows)


def wake(connection: Connection, seller: str, order_ids: Iterable[str], now: datetime) -> None:
    """New facts: let the sweep look at these orders now, unless their end is final or a worker has them."""
    _WAKE.run_many(connection, [{"s": seller, "o": order_id, "now": now} for order_id in order_ids])


def wake_all(connection: Connection, seller: str, now: datetime, since: datetime) -> None:
    """New settings: let the sweep look again at all that waits, and at what was skipped since `since`."""
    skipped = (entries.c.state == State.SKIPPED) & (entries.c.changed_at >= since)
    statement = update(entries).where(entries.c.seller == seller, (entries.c.state == State.WAITING) | skipped)
    connection.execute(statement.values(next_look_at=now))


def wake_from_the_future(connection: Connection, seller: str, now: datetime) -> None:
    """The clock was set back: look now at what was decided in what is now the future, if it would be looked at at all.

    What was skipped then is, too: its window may have seemed to be shut.
    """
    moves = entries.c.next_look_at.is_not(None) & (entries.c.state != State.SENDING)
    ahead = (entries.c.seller == seller) & (entries.c.changed_at > now) & (moves | (entries.c.state == State.SKIPPED))
    connection.execute(update(entries).where(ahead).values(next_look_at=now))


def looks(
    connection: Connection, seller: str, states: Sequence[State], now: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Orders in these states whose look is due, with their facts."""
    return connection.execute(_LOOKS, {"s": seller, "states": states, "now": now, "limit": limit}).all()


def due(connection: Connection, seller: str, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Orders to be asked now, with their facts: nearest deadline first."""
    return connection.execute(_DUE, {"s": seller, "now": now, "limit": limit}).all()


def expired(connection: Connection, seller: str, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Due orders whose last chance has ended while they were held back, with their facts."""
    return connection.execute(_EXPIRED, {"s": seller, "now": now, "limit": limit}).all()


def in_states(connection: Connection, seller: str, states: Sequence[State]) -> Iterator[Row[Any]]:
    """All orders in these states, with their facts, streamed."""
    query = _FACTS_AND_ENTRY.add_columns(entries.c.next_look_at)
    query = query.where(entries.c.seller == seller, entries.c.state.in_(states))
    yield from connection.execute(query.execution_options(yield_per=1000))


def one(connection: Connection, seller: str, order_id: str) -> Row[Any] | None:
    """One order with its facts and its entry."""
    return connection.execute(
        _FACTS_AND_ENTRY.add_columns(entries.c.next_look_at, entries.c.asked_at, entries.c.changed_at).where(
            entries.c.seller == seller, entries.c.order_id == order_id
        )
    ).first()


def decide(connection: Connection, seller: str, verdicts: Sequence[Verdict], now: datetime) -> None:
    """Record what the sweep decided, for entries that nobody has claimed or finished since.

    What another writer changes at this very moment may stay as it is: its look is due, and the next sweep takes it.
    """
    if connection.dialect.name == "postgresql":
        _MOVE_MANY.run(connection, {"s": seller, "verdicts": encode(verdicts).decode(), "now": now})
    else:
        _MOVE_UNCLAIMED.run_many(connection, [_parameters(seller, verdict, now) for verdict in verdicts])


def claim(connection: Connection, seller: str, order_id: str, token: int, now: datetime) -> bool:
    """Take a due entry for sending, until the lane's lease ends. False: somebody else did, or it is due no more."""
    found = _CLAIM.run(
        connection, {"s": seller, "o": order_id, "a": Action.REVIEW, "token": token, "now": now, "until": now + LEASE}
    )
    return found == 1


def settle(
    connection: Connection, seller: str, token: int, verdict: Verdict, answered: Answered, now: datetime, asked: bool
) -> bool:
    """Record the answer and move the entry on, only if the claim is still `token`'s. The attempt is recorded anyway.

    `asked`: the irrevocable call was made, or may have been.
    """
    record_attempt(connection, seller, verdict, answered, now)
    moved = _SETTLE.run(
        connection, {**_parameters(seller, verdict, now), "token": token, "asked": now if asked else None}
    )
    return moved == 1


def orphaned(connection: Connection, seller: str, token: int, now: datetime, look_at: datetime) -> list[str]:
    """Claims of lanes that are over: perhaps sent, perhaps not. Moves them to UNCLEAR and returns their order ids."""
    found = list(connection.execute(_ORPHANED, {"s": seller, "mine": token, "look": look_at, "now": now}).scalars())
    for order_id in found:
        verdict = Verdict(order_id, State.UNCLEAR, Reason.UNCLEAR)
        record_attempt(connection, seller, verdict, Answered("the worker ended between claim and answer"), now)
    return found


def move(
    connection: Connection, seller: str, verdict: Verdict, answered: Answered, now: datetime, *, out_of: Sequence[State]
) -> bool:
    """Move an entry that nobody claims out of one of these states, and record why. False: it was in none of them."""
    statement = _move(entries.c.state.in_(out_of))
    if verdict.state is State.DUE:  # surely not sent
        statement = statement.values(asked_at=None)
    if verdict.state is State.SENT:
        statement = statement.values(asked_at=func.coalesce(entries.c.asked_at, bindparam("now")))
    moved = connection.execute(statement, _parameters(seller, verdict, now)).rowcount == 1
    if moved:
        record_attempt(connection, seller, verdict, answered, now)
    return moved


def say_why(connection: Connection, seller: str, reason: Reason, now: datetime) -> int:
    """Say on every due entry why it does not go out, or that it does (DUE). They stay due. Returns how many changed."""
    return _SAY_WHY.run(connection, {"s": seller, "why": reason, "now": now})


def asked_since(connection: Connection, seller: str, since: datetime) -> int:
    """How many requests have gone out, or may have, since then."""
    query = select(func.count()).where(entries.c.seller == seller, entries.c.asked_at >= since)
    return connection.execute(query).scalar_one()


def any_entry(connection: Connection) -> bool:
    """Whether the ledger holds any order at all."""
    return connection.execute(select(entries.c.order_id).limit(1)).first() is not None


def has_work(connection: Connection, seller: str, states: Sequence[State], now: datetime) -> bool:
    """Whether a look is due in one of these states."""
    return connection.execute(_HAS_WORK, {"s": seller, "states": states, "now": now}).first() is not None


def record_attempt(
    connection: Connection,
    seller: str,
    verdict: Verdict,
    answered: Answered,
    now: datetime,
    action: Action = Action.REVIEW,
    part: str = "",
) -> None:
    """Append what was answered. Never changed afterwards."""
    _ATTEMPT.run(
        connection,
        {
            "seller": seller,
            "order_id": verdict.order_id,
            "action": action,
            "part": part,
            "at": now,
            "state": verdict.state,
            "reason": verdict.reason,
            "detail": answered.detail,
            "status": answered.status,
            "request_id": answered.request_id,
        },
    )


def _parameters(seller: str, verdict: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "s": seller,
        "o": verdict.order_id,
        "a": Action.REVIEW,
        "to": verdict.state,
        "why": verdict.reason,
        "look": verdict.next_look_at,
        "until": verdict.deadline,
        "n": verdict.tries,
        "now": now,
    }


def _move(condition: Any) -> Update:
    return (
        update(entries)
        .where(*_KEY, condition)
        .values(
            state=bindparam("to"),
            reason=bindparam("why"),
            next_look_at=bindparam("look"),
            deadline=func.coalesce(bindparam("until", type_=entries.c.deadline.type), entries.c.deadline),
            tries=bindparam("n"),
            changed_at=bindparam("now"),
        )
    )


# Made once: SQLAlchemy takes longer to make one of these than SQLite to answer it.
_SELLERS = _FACTS_AND_ENTRY.where(entries.c.seller == bindparam("s")).limit(bindparam("limit"))
_LOOKS = _SELLERS.where(
    entries.c.state.in_(bindparam("states", expanding=True)), entries.c.next_look_at <= bindparam("now")
)
_DUE = _SELLERS.where(entries.c.state == State.DUE.value, entries.c.next_look_at <= bindparam("now")).order_by(
    entries.c.deadline
)
_EXPIRED = _SELLERS.where(entries.c.state == State.DUE.value, entries.c.deadline <= bindparam("now"))
_HAS_WORK = (
    select(entries.c.order_id)
    .where(
        entries.c.seller == bindparam("s"),
        entries.c.state.in_(bindparam("states", expanding=True)),
        entries.c.next_look_at <= bindparam("now"),
    )
    .limit(1)
)
# One statement: a worker that goes on late may settle between a SELECT and an UPDATE.
# A claim always has a next look; saying so lets the look index find it, in place of a walk through all entries.
_ORPHANED = (
    update(entries)
    .where(
        entries.c.seller == bindparam("s"),
        entries.c.state == State.SENDING,
        entries.c.next_look_at.is_not(None),
        entries.c.claim != bindparam("mine"),
    )
    .values(
        state=State.UNCLEAR,
        reason=Reason.UNCLEAR,
        next_look_at=bindparam("look"),
        claim=None,
        asked_at=bindparam("now"),
        changed_at=bindparam("now"),
    )
    .returning(entries.c.order_id)
)
_WAKE = HotStatement(
    update(entries)
    .where(
        entries.c.seller == bindparam("s"),
        entries.c.order_id == bindparam("o"),
        _in(State.WAITING, State.SKIPPED, State.DUE),
    )
    .values(
        state=case((entries.c.state == State.DUE, State.WAITING.value), else_=entries.c.state),
        next_look_at=bindparam("now"),
    )
)
_SAY_WHY = HotStatement(
    update(entries)
    .where(
        entries.c.seller == bindparam("s"),
        entries.c.state == State.DUE.value,
        entries.c.next_look_at <= bindparam("now"),
        entries.c.reason != bindparam("why"),
    )
    .values(reason=bindparam("why"))
)
_ATTEMPT = HotStatement(
    insert(attempts)
    .inline()
    .values({column.name: bindparam(column.name) for column in attempts.c if column.name != "id"})
)
_MOVE_UNCLAIMED = HotStatement(_move(_in(State.WAITING, State.SKIPPED, State.DUE)))
# The same for many: half of the work for PostgreSQL, and a tenth for us. OFFSET 0 has each entry looked up by its key;
# a join without it may be planned, as long as there are no statistics, as a walk through all of the seller's entries.
_MOVE_MANY = HotStatement(
    text("""
    UPDATE entries
    SET state = found.state, reason = found.reason, next_look_at = found.next_look_at,
        deadline = coalesce(found.deadline, entries.deadline), tries = found.tries, changed_at = :now
    FROM (
        SELECT verdict.*, entry.ctid AS place
        FROM json_to_recordset(CAST(:verdicts AS json)) AS verdict (
            order_id text, state text, reason text, next_look_at timestamptz, deadline timestamptz, tries integer
        )
        CROSS JOIN LATERAL (
            SELECT ctid FROM entries
            WHERE seller = :s AND order_id = verdict.order_id AND action = 'review'
            OFFSET 0
        ) AS entry
    ) AS found
    WHERE entries.ctid = found.place AND entries.state IN ('waiting', 'skipped', 'due')
    """)
)
_SETTLE = HotStatement(
    _move((entries.c.state == State.SENDING) & (entries.c.claim == bindparam("token"))).values(
        claim=None, asked_at=bindparam("asked", type_=entries.c.asked_at.type)
    )
)
_CLAIM = HotStatement(
    update(entries)
    .where(*_KEY, entries.c.state == State.DUE)
    .values(
        state=State.SENDING,
        claim=bindparam("token"),
        next_look_at=bindparam("until"),
        changed_at=bindparam("now"),
    )
)
