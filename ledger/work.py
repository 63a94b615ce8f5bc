"""Work of some actions in one table: where it stands, and what is to be done now. What moves it on: ledger/queue.py."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, bindparam, or_, select, true

from ledger import facts, lanes
from ledger.order_ids import these
from ledger.state import State
from ledger.tables import lanes as lane_rows
from ledger.tables import orders
from ledger.transitions import Key

T = TypeVar("T")


class Work(Generic[T]):
    """The rows of some actions. `T` is what reading returns: a small frozen value with the order's facts.

    The queries that find work name the actions: another action's rows in the table are not its own.
    """

    def __init__(self, table: Table, actions: Sequence[str], read: Callable[[Sequence[Any]], T]) -> None:
        """`read`: makes a value of one of `rows`."""
        self.table = table
        self.actions = tuple(actions)
        self.read = read
        c = table.c
        self.action = c["action" if "action" in c else "kind"]
        self.place = [c.order_id, *([c.part] if "part" in c else [])]  # of one seller and action
        self.key = [c.order_id, self.action, *self.place[1:]]
        of_order = (c.seller == orders.c.seller) & (c.order_id == orders.c.order_id)
        columns = (*facts.COLUMNS, c.seller, *self.key, *(c[name] for name in _STANDING), *self.more())
        self.is_mine = one_of(self.action, *self.actions)
        self.rows = select(*columns).join_from(table, orders, of_order).where(self.is_mine)
        self._of_seller = c.seller == bindparam("s")
        self._at_place = [self._of_seller]
        self._at_place += [column == bindparam(place) for column, place in zip(self.key, "oap", strict=False)]
        self._prepare_finding()

    def more(self) -> Sequence[Any]:
        """Columns that only this kind of work has."""
        return ()

    def looks(
        self, connection: Connection, seller: str, states: Sequence[State], now: datetime, limit: int, *actions: str
    ) -> Iterator[T]:
        """Work in these states whose look is due; of these actions, if any are named. A value is made when it is asked
        for: hundreds at once would keep Python's collector busier than deciding them."""
        return self._found(connection, self._looks, seller, actions, states=states, now=now, limit=limit)

    def due(self, connection: Connection, seller: str, now: datetime, limit: int, *actions: str) -> list[T]:
        """What is to be sent now, nearest deadline first; of these actions, if any are named."""
        return list(self._found(connection, self._due, seller, actions, now=now, limit=limit))

    def expired(self, connection: Connection, seller: str, now: datetime, limit: int, *actions: str) -> Iterator[T]:
        """What is due and whose deadline has passed while it was held back; made as by `looks`."""
        return self._found(connection, self._expired, seller, actions, now=now, limit=limit)

    def in_states(self, connection: Connection, seller: str, states: Sequence[State]) -> Iterator[T]:
        """All work in these states, streamed."""
        query = self._all.where(self.table.c.state.in_(states)).execution_options(yield_per=1000)
        yield from map(self.read, connection.execute(query, {"s": seller}))

    def one(self, connection: Connection, seller: str, key: Key) -> T | None:
        """The work of that key."""
        found = connection.execute(self._one, place_of(seller, key)).first()
        return self.read(found) if found else None

    def of_order(self, connection: Connection, seller: str, order_id: str) -> list[T]:
        """All work for one order; an invoice before its credit notes."""
        query = self._all.where(self.table.c.order_id == order_id).order_by(self.action.desc(), *self.place[1:])
        return [self.read(row) for row in connection.execute(query, {"s": seller})]

    def of_orders(self, connection: Connection, found: Collection[tuple[str, str]]) -> list[T]:
        """All work for these orders: sellers and order ids."""
        here = these(found)
        of_these = (self.table.c.seller == here.c.seller) & (self.table.c.order_id == here.c.order_id)
        return [self.read(row) for row in connection.execute(self.rows.where(of_these))] if found else []

    def has_work(self, connection: Connection, seller: str, states: Sequence[State], now: datetime) -> bool:
        """Whether a look is due in one of these states."""
        return connection.execute(self._has_work, {"s": seller, "states": states, "now": now}).first() is not None

    def with_work(self, connection: Connection, states: Sequence[State], now: datetime) -> set[str]:
        """Sellers with nobody at work in their lane, and a look due in one of these states, or a claim left behind."""
        rows = [
            *connection.execute(self._with_look, {"states": states, "now": now}),
            *connection.execute(self._with_claim),
        ]
        return {row.seller for row in rows if lanes.is_free(row, now)}

    def _found(
        self, connection: Connection, query: Select[Any], seller: str, actions: Sequence[str], **values: Any
    ) -> Iterator[T]:
        rows = connection.execute(query, {"s": seller, "actions": actions or self.actions, **values})
        return map(self.read, rows.all())

    def _prepare_finding(self) -> None:
        """Make every query once: SQLAlchemy takes longer to make one of these than SQLite to answer it."""
        c = self.table.c
        self._mine = and_(self._of_seller, self.is_mine)
        self._of_actions = self.action.in_(bindparam("actions", expanding=True))
        self._is_due = (c.state == State.DUE.value) & (c.next_look_at <= bindparam("now"))
        # A claim always has a next look; saying so lets the look index find it, in place of a walk through all rows.
        self._is_claimed = (c.state == State.SENDING.value) & c.next_look_at.is_not(None)
        look_is_due = c.state.in_(bindparam("states", expanding=True)) & (c.next_look_at <= bindparam("now"))
        self._all = self.rows.where(self._of_seller)
        self._one = self.rows.where(*self._at_place)
        limited = self._all.where(self._of_actions).limit(bindparam("limit"))
        self._looks = limited.where(look_is_due)
        self._due = limited.where(self._is_due).order_by(c.deadline)
        self._expired = limited.where(c.state == State.DUE.value, c.deadline <= bindparam("now"))
        self._has_work = select(c.order_id).where(self._mine, look_is_due).limit(1)
        self._with_look, self._with_claim = (
            select(lane_rows).where(
                select(c.order_id).where(c.seller == lane_rows.c.seller, self.is_mine, condition).exists()
            )
            for condition in (look_is_due, self._is_claimed)
        )


def place_of(seller: str, key: Key) -> dict[str, str]:
    """The parameters of a statement about one row."""
    return {"s": seller, "o": key.order_id, "a": key.action, "p": key.part}


def one_of(column: ColumnElement[str], *values: str) -> ColumnElement[bool]:
    """Not IN (): that can't be executed for many rows at once."""
    return or_(*(column == str(value) for value in values)) if values else ~true()


_STANDING = ("state", "reason", "tries", "deadline", "next_look_at", "asked_at", "changed_at")
