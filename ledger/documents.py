"""Invoices and credit notes: what is to be made and sent, and what was. Their numbers: ledger/numbers.py.

Moves like an entry (ledger/requests.py): each by one conditional update whose row count is looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from ledger.lanes import LEASE
from ledger.requests import Answered, Verdict, record_attempt
from ledger.state import OPEN, Action, State
from ledger.tables import entries, invoices, orders
from ledger.upsert import insert_new
from rules.reason import Reason


@dataclass(frozen=True, slots=True)
class Key:
    """Which document of a seller. `part`: "" for the whole order, a shipment's id, or a refund's transaction id."""

    order_id: str
    kind: Action = Action.INVOICE
    part: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """What became of a document: its state, why, and when to look again (None: never)."""

    key: Key
    state: State
    reason: Reason
    next_look_at: datetime | None = None
    deadline: datetime | None = None
    business: bool | None = None
    tries: int = 0


def open_documents(connection: Connection, seller: str, keys: Iterable[Key], now: datetime, **ids: str | None) -> None:
    """Give each its row, to be looked at now. A row that exists stays as it is."""
    rows = [
        {
            "seller": seller,
            "order_id": key.order_id,
            "kind": key.kind,
            "part": key.part,
            **_new(now),
            **ids,
        }
        for key in keys
    ]
    insert_new(connection, invoices, rows)


def open_for_known_orders(connection: Connection, seller: str, now: datetime, since: datetime) -> None:
    """Invoices were switched on: give a row to each order that was open, or came to its end, since then."""
    alive = entries.c.state.in_((*OPEN, State.HELD)) | (entries.c.changed_at >= since)
    known = select(invoices.c.order_id).where(
        invoices.c.seller == seller, invoices.c.order_id == entries.c.order_id, invoices.c.kind == Action.INVOICE
    )
    values: dict[str, Any] = {"kind": Action.INVOICE, "part": "", **_new(now)}
    rows = select(
        entries.c.seller,
        entries.c.order_id,
        *(literal(value, invoices.c[name].type) for name, value in values.items()),
    ).where(entries.c.seller == seller, entries.c.action == Action.REVIEW, alive, ~known.exists())
    connection.execute(insert(invoices).from_select(["seller", "order_id", *values], rows))


def wake(
    connection: Connection, seller: str, order_ids: Iterable[str], now: datetime, kind: Action | None = None
) -> None:
    """New facts: let the sweep look at these orders' documents now, or at those of one kind.

    Not at one that is made, under way or at its end.
    """
    ids = list(order_ids)
    if ids:
        unmade = _in(State.WAITING, State.SKIPPED, State.DUE) & invoices.c.number.is_(None)
        mine = (invoices.c.seller == seller) & invoices.c.order_id.in_(ids)
        if kind:
            mine &= invoices.c.kind == kind.value
        connection.execute(update(invoices).where(mine, unmade).values(state=_AWOKEN, next_look_at=now))


def wake_all(connection: Connection, seller: str, now: datetime, since: datetime) -> None:
    """New settings: look again at all that waits, is due or is held unmade, and at what was skipped since `since`."""
    stuck = (invoices.c.state == State.HELD.value) & invoices.c.number.is_(None)
    skipped = (invoices.c.state == State.SKIPPED.value) & (invoices.c.changed_at >= since)
    again = (invoices.c.seller == seller) & (_in(State.WAITING, State.DUE) | stuck | skipped)
    connection.execute(update(invoices).where(again).values(state=_AWOKEN, next_look_at=now))


def wake_from_the_future(connection: Connection, seller: str, now: datetime) -> None:
    """The clock was set back: look now at what was decided in what is now the future."""
    moves = invoices.c.next_look_at.is_not(None) & (invoices.c.state != State.SENDING.value)
    skipped = (invoices.c.state == State.SKIPPED.value) & invoices.c.number.is_(None)
    ahead = (invoices.c.seller == seller) & (invoices.c.changed_at > now) & (moves | skipped)
    connection.execute(update(invoices).where(ahead).values(next_look_at=now))


def look_at(connection: Connection, seller: str, reason: Reason, at: datetime) -> None:
    """Let the sweep look then at all that waits for this reason."""
    mine = (invoices.c.seller == seller) & (invoices.c.state == State.WAITING.value) & (invoices.c.reason == reason)
    looked_for = invoices.c.next_look_at.is_not(None)  # always so; saying it lets the look index find it
    connection.execute(update(invoices).where(mine, looked_for).values(next_look_at=at))


def looks(
    connection: Connection, seller: str, states: Sequence[State], now: datetime, limit: int, kind: Action | None = None
) -> Sequence[Row[Any]]:
    """Documents in these states, or those of one kind, whose look is due, with their orders' facts."""
    query = _WITH_FACTS.where(invoices.c.seller == seller, invoices.c.state.in_(states), invoices.c.next_look_at <= now)
    if kind:
        query = query.where(invoices.c.kind == kind.value)
    return connection.execute(query.limit(limit)).all()


def due(connection: Connection, seller: str, now: datetime) -> Row[Any] | None:
    """The document to be made and sent next: nearest deadline first."""
    query = _WITH_FACTS.where(
        invoices.c.seller == seller, invoices.c.state == State.DUE.value, invoices.c.next_look_at <= now
    )
    return connection.execute(query.order_by(invoices.c.deadline).limit(1)).first()


def of_order(connection: Connection, seller: str, order_id: str) -> Sequence[Row[Any]]:
    """Every document of one order, with the order's facts."""
    query = _WITH_FACTS.where(invoices.c.seller == seller, invoices.c.order_id == order_id)
    return connection.execute(query.order_by(invoices.c.kind.desc(), invoices.c.part)).all()


def original(connection: Connection, seller: str, order_id: str) -> Row[Any] | None:
    """The order's invoice; of several shipments', the first that was made."""
    query = _WITH_FACTS.where(
        invoices.c.seller == seller, invoices.c.order_id == order_id, invoices.c.kind == Action.INVOICE
    )
    return connection.execute(query.order_by(invoices.c.number.is_(None), invoices.c.part).limit(1)).first()


def known_orders(connection: Connection, seller: str, order_ids: Sequence[str]) -> set[str]:
    """Those of these orders that have a row for their invoice."""
    found: set[str] = set()
    for start in range(0, len(order_ids), 500):
        some = invoices.c.order_id.in_(order_ids[start : start + 500])
        mine = (invoices.c.seller == seller) & (invoices.c.kind == Action.INVOICE.value) & some
        found.update(connection.execute(select(invoices.c.order_id).where(mine)).scalars())
    return found


def decide(connection: Connection, seller: str, moves: Iterable[Move], now: datetime) -> None:
    """Record what the sweep decided, for documents that nobody has claimed or finished since."""
    for move in moves:
        unclaimed = _in(State.WAITING, State.SKIPPED, State.DUE, State.HELD)
        connection.execute(_moved(seller, move, now).where(unclaimed))


def claim(connection: Connection, seller: str, key: Key, token: int, now: datetime) -> bool:
    """Take a made document for sending, until the lane's lease ends. False: it is no longer due."""
    ready = (invoices.c.state == State.DUE.value) & invoices.c.number.is_not(None)
    statement = update(invoices).where(*is_document(seller, key), ready)
    taken = statement.values(state=State.SENDING, claim=token, next_look_at=now + LEASE, changed_at=now)
    return connection.execute(taken).rowcount == 1


def settle(
    connection: Connection,
    seller: str,
    token: int,
    move: Move,
    answered: Answered,
    now: datetime,
    *,
    asked: bool,
    feed_id: str | None = None,
) -> bool:
    """Record the answer and move the document on, only if the claim is still `token`'s. The attempt is recorded anyway.

    `asked`: the irrevocable call was made, or may have been.
    """
    attempt(connection, seller, move, answered, now)
    mine = (invoices.c.state == State.SENDING.value) & (invoices.c.claim == token)
    statement = _moved(seller, move, now).where(mine).values(claim=None)
    if feed_id:
        statement = statement.values(feed_id=feed_id)
    if asked:
        # a document that is sent again keeps its first time; a doubt says which uploads may be it
        first = now if move.state is State.UNCLEAR else func.coalesce(invoices.c.asked_at, now)
        statement = statement.values(asked_at=first)
    return connection.execute(statement).rowcount == 1


def orphaned(connection: Connection, seller: str, token: int, now: datetime, look_at: datetime) -> list[Key]:
    """Claims of lanes that are over: perhaps sent, perhaps not. Moves them to UNCLEAR and returns them."""
    claimed = (invoices.c.state == State.SENDING.value) & invoices.c.next_look_at.is_not(None)
    statement = update(invoices).where(invoices.c.seller == seller, claimed, invoices.c.claim != token)
    # `changed_at` stays: it says when the claim was made, and so which uploads may be it
    moved = statement.values(state=State.UNCLEAR, reason=Reason.UNCLEAR, next_look_at=look_at, claim=None, tries=0)
    found = connection.execute(
        moved.values(asked_at=invoices.c.changed_at).returning(invoices.c.order_id, invoices.c.kind, invoices.c.part)
    )
    keys = [key_of(row) for row in found]
    for key in keys:
        move = Move(key, State.UNCLEAR, Reason.UNCLEAR)
        attempt(connection, seller, move, Answered("the worker ended between claim and answer"), now)
    return keys


def move_on(
    connection: Connection,
    seller: str,
    move: Move,
    answered: Answered,
    now: datetime,
    *,
    out_of: Sequence[State],
    feed_id: str | None = None,
) -> bool:
    """Move a document that nobody claims out of one of these states, and record why. False: it was in none of them."""
    statement = _moved(seller, move, now).where(_in(*out_of))
    if move.state is State.DUE and State.SENT not in out_of:  # surely not sent
        statement = statement.values(asked_at=None)
    if move.state is State.SENT:
        statement = statement.values(asked_at=func.coalesce(invoices.c.asked_at, now))
    if feed_id:
        statement = statement.values(feed_id=feed_id)
    if connection.execute(statement).rowcount != 1:
        return False
    attempt(connection, seller, move, answered, now)
    return True


def adopt(
    connection: Connection, seller: str, key: Key, *, shipping_id: str | None, transaction_id: str | None, now: datetime
) -> None:
    """Amazon has named a shipment or a refund: the order's row becomes the first shipment's; others get their own."""
    ids = {"shipping_id": shipping_id, "transaction_id": transaction_id}
    known = connection.execute(select(invoices.c.part).where(*is_document(seller, key))).first()
    if known is None and key.kind is Action.INVOICE:
        whole = (*is_document(seller, Key(key.order_id)), invoices.c.number.is_(None))
        connection.execute(update(invoices).where(*whole).values(part=key.part, **ids))
    open_documents(connection, seller, [key], now, **ids)


def known_feeds(connection: Connection, seller: str, feed_ids: Sequence[str]) -> set[str]:
    """Those of these uploads that the ledger knows to be a document's."""
    mine = (invoices.c.seller == seller) & invoices.c.feed_id.in_(feed_ids)
    return {str(found) for found in connection.execute(select(invoices.c.feed_id).where(mine)).scalars()}


def still_pending(connection: Connection, seller: str) -> Sequence[Row[Any]]:
    """Sent documents that Amazon's list of what it misses has named since."""
    mine = (invoices.c.seller == seller) & (invoices.c.state == State.SENT.value)
    return connection.execute(_WITH_FACTS.where(mine, invoices.c.reason == Reason.STILL_PENDING.value)).all()


def any_unclear(connection: Connection, seller: str) -> bool:
    """Whether an upload's answer is missing: another one now would make the two indistinguishable."""
    looked_for = invoices.c.next_look_at.is_not(None)  # always so; saying it lets the look index find it
    lost = (invoices.c.seller == seller) & (invoices.c.state == State.UNCLEAR.value) & looked_for
    return connection.execute(select(invoices.c.order_id).where(lost).limit(1)).first() is not None


def say_why(connection: Connection, seller: str, reason: Reason, now: datetime) -> int:
    """Say on every due document why it does not go out, or that it does (DUE). Returns how many changed."""
    due_now = (invoices.c.seller == seller) & (invoices.c.state == State.DUE.value) & (invoices.c.next_look_at <= now)
    statement = update(invoices).where(due_now, invoices.c.reason != reason)
    return connection.execute(statement.values(reason=reason)).rowcount


def has_work(connection: Connection, seller: str, states: Sequence[State], now: datetime) -> bool:
    """Whether a look is due in one of these states."""
    query = select(invoices.c.order_id).where(
        invoices.c.seller == seller, invoices.c.state.in_(states), invoices.c.next_look_at <= now
    )
    return connection.execute(query.limit(1)).first() is not None


def attempt(connection: Connection, seller: str, move: Move, answered: Answered, now: datetime) -> None:
    """Append what was answered. Never changed afterwards."""
    became = Verdict(move.key.order_id, move.state, move.reason)
    record_attempt(connection, seller, became, answered, now, move.key.kind, move.key.part)


def key_of(row: Row[Any]) -> Key:
    return Key(row.order_id, Action(row.kind), row.part)


def _in(*states: State) -> ColumnElement[bool]:
    return or_(*(invoices.c.state == state.value for state in states))


def is_document(seller: str, key: Key) -> tuple[ColumnElement[bool], ...]:
    mine = (invoices.c.seller == seller, invoices.c.order_id == key.order_id)
    return (*mine, invoices.c.kind == key.kind.value, invoices.c.part == key.part)


def _new(now: datetime) -> dict[str, Any]:
    """How every row begins: the sweep looks at it now."""
    return {
        "state": State.WAITING,
        "reason": Reason.NOT_SHIPPED,
        "next_look_at": now,
        "business": False,
        "tries": 0,
        "changed_at": now,
    }


def _moved(seller: str, move: Move, now: datetime) -> Any:
    values: dict[str, Any] = {
        "state": move.state,
        "reason": move.reason,
        "next_look_at": move.next_look_at,
        "tries": move.tries,
        "changed_at": now,
    }
    if move.deadline is not None:
        values["deadline"] = move.deadline
    if move.business is not None:
        values["business"] = move.business
    return update(invoices).where(*is_document(seller, move.key)).values(**values)


# SKIPPED stays, so that nothing is said to wait that does not; DUE waits for the sweep's verdict
_AWOKEN = case((invoices.c.state == State.DUE.value, State.WAITING.value), else_=invoices.c.state)
_WITH_FACTS: Select[Any] = select(
    orders,
    *(column for column in invoices.c if column.name not in ("seller", "order_id")),
).join_from(invoices, orders, (invoices.c.seller == orders.c.seller) & (invoices.c.order_id == orders.c.order_id))
