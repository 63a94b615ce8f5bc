"""One queue of work: what is to be done for an order, and what was. Requests and documents are each such a queue.

Every move is one conditional UPDATE whose row count is looked at; which moves there are stands in ledger/state.py.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec.json import encode
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    true,
    update,
)

from ledger import facts, lanes
from ledger.hot_statements import HotStatement
from ledger.lanes import LEASE
from ledger.said import confirmed
from ledger.state import Moves, State
from ledger.tables import lanes as lane_rows
from ledger.tables import orders
from ledger.transitions import Answered, Key, Transition, record_attempt
from ledger.upsert import insert_new
from rules.reason import Reason

T = TypeVar("T")


class Queue(Generic[T]):
    """The work of some actions in one table. `T` is what reading returns: a small frozen value with the order's facts.

    The queries that find work name the queue's actions: another action's rows in the table are not its own. What wakes
    work (facts, settings, a clock that was set back) concerns all rows of the table.
    """

    undecided: tuple[State, ...] = (State.WAITING, State.SKIPPED, State.DUE)
    """What a sweep may decide."""

    def __init__(
        self, table: Table, actions: Sequence[str], moves: Moves, first: Reason, read: Callable[[Sequence[Any]], T]
    ) -> None:
        """`first`: why a new row waits. `read`: makes a value of one of `rows`."""
        self.table = table
        self.actions = tuple(actions)
        self.read = read
        self._moves = moves
        self._first = first
        c = table.c
        self._action = c["action" if "action" in c else "kind"]
        self._key = [c.order_id, self._action, *([c.part] if "part" in c else [])]
        self._extra = [c[name] for name in ("business", "feed_id") if name in c]
        of_order = (c.seller == orders.c.seller) & (c.order_id == orders.c.order_id)
        columns = (*facts.COLUMNS, c.seller, *self._key, *(c[name] for name in _STANDING), *self.more())
        self.is_mine = _one_of(self._action, self.actions)
        self.rows = select(*columns).join_from(table, orders, of_order).where(self.is_mine)
        self._mine = and_(c.seller == bindparam("s"), self.is_mine)
        self._all = self.rows.where(c.seller == bindparam("s"))
        self._prepare()

    def more(self) -> Sequence[Any]:
        """Columns that only this kind of work has."""
        return ()

    @property
    def unmade(self) -> ColumnElement[bool]:
        """What new facts may change."""
        return true()

    @property
    def ready(self) -> ColumnElement[bool]:
        """What a due row needs to be claimed."""
        return true()

    # opening and waking

    def open(self, connection: Connection, seller: str, keys: Iterable[Key], now: datetime, **more: str | None) -> None:
        """Give each its row, to be looked at now. A row that exists stays as it is."""
        insert_new(connection, self.table, [{**self._named(seller, key), **self._new(now), **more} for key in keys])

    def wake(
        self, connection: Connection, seller: str, order_ids: Iterable[str], now: datetime, action: str | None = None
    ) -> None:
        """New facts: let the sweep look at these orders now, unless their end is final or a worker has them.

        `action`: at that one alone, which is one of the queue's.
        """
        wake = self._wake[action]
        wake.run_many(connection, [{"s": seller, "o": order_id, "now": now} for order_id in order_ids])

    def wake_all(self, connection: Connection, seller: str, now: datetime, since: datetime) -> None:
        """New settings: look again at what waits or is due, at what is held unmade, and at what was skipped since."""
        c = self.table.c
        held = _in(c.state, *({*self.undecided} & {State.HELD})) & self.unmade
        skipped = (c.state == State.SKIPPED.value) & (c.changed_at >= bindparam("since"))
        again = _in(c.state, State.WAITING, State.DUE) | held | skipped
        statement = update(self.table).where(c.seller == bindparam("s"), again)
        statement = statement.values(state=self._awoken, next_look_at=bindparam("now"))
        connection.execute(statement, {"s": seller, "since": since, "now": now})

    def wake_from_the_future(self, connection: Connection, seller: str, now: datetime) -> None:
        """The clock was set back: look now at what was decided in what is now the future.

        What was skipped then is looked at, too: its window may have seemed to be shut.
        """
        c = self.table.c
        moves = c.next_look_at.is_not(None) & (c.state != State.SENDING.value)
        skipped = (c.state == State.SKIPPED.value) & self.unmade
        ahead = (c.seller == bindparam("s")) & (c.changed_at > bindparam("now")) & (moves | skipped)
        statement = update(self.table).where(ahead).values(next_look_at=bindparam("now"))
        connection.execute(statement, {"s": seller, "now": now})

    def look_at(
        self,
        connection: Connection,
        seller: str,
        state: State,
        reason: Reason,
        at: datetime,
        until: datetime | None = None,
    ) -> int:
        """Look then at all that is in this state for this reason; `until`: only at what would be looked at later.

        Returns how many that are.
        """
        c = self.table.c
        looked_for = c.next_look_at.is_not(None)  # always so; saying it lets the look index find it
        mine = (c.seller == seller) & (c.state == state.value) & (c.reason == reason.value) & looked_for
        later = [c.next_look_at > until] if until else []
        return connection.execute(update(self.table).where(mine, *later).values(next_look_at=at)).rowcount

    # finding work

    def looks(
        self, connection: Connection, seller: str, states: Sequence[State], now: datetime, limit: int, *actions: str
    ) -> list[T]:
        """Work in these states whose look is due; of these actions, if any are named."""
        return self._found(connection, self._looks, seller, actions, states=states, now=now, limit=limit)

    def due(self, connection: Connection, seller: str, now: datetime, limit: int, *actions: str) -> list[T]:
        """What is to be sent now, nearest deadline first; of these actions, if any are named."""
        return self._found(connection, self._due, seller, actions, now=now, limit=limit)

    def expired(self, connection: Connection, seller: str, now: datetime, limit: int, *actions: str) -> list[T]:
        """What is due and whose deadline has passed while it was held back."""
        return self._found(connection, self._expired, seller, actions, now=now, limit=limit)

    def in_states(self, connection: Connection, seller: str, states: Sequence[State]) -> Iterator[T]:
        """All work in these states, streamed."""
        query = self._all.where(self._of_actions, self.table.c.state.in_(states)).execution_options(yield_per=1000)
        yield from map(self.read, connection.execute(query, {"s": seller, "actions": self.actions}))

    def one(self, connection: Connection, seller: str, key: Key) -> T | None:
        """The work of that key."""
        found = connection.execute(self._all.where(*self._is(key)), {"s": seller}).first()
        return self.read(found) if found else None

    def of_order(self, connection: Connection, seller: str, order_id: str) -> list[T]:
        """All work for one order; an invoice before its credit notes."""
        query = self._all.where(self._of_actions, self.table.c.order_id == order_id)
        query = query.order_by(self._action.desc(), *self._key[2:])
        return [self.read(row) for row in connection.execute(query, {"s": seller, "actions": self.actions})]

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

    # the route

    def decide(self, connection: Connection, seller: str, transitions: Sequence[Transition], now: datetime) -> None:
        """Record what was decided, of what nobody has claimed or finished since.

        What another writer changes at this very moment may stay as it is: its look is due, and the next sweep takes it.
        """
        if not transitions:
            return
        for each in transitions:
            self._must_be_moves(self.undecided, each.state)
        transitions = [confirmed(connection, seller, each, now) for each in transitions]
        if connection.dialect.name == "postgresql":
            flat = [_flat(each) for each in transitions]
            self._move_many.run(connection, {"s": seller, "transitions": encode(flat).decode(), "now": now})
        else:
            self._decide.run_many(connection, [self._parameters(seller, each, now) for each in transitions])

    def claim(self, connection: Connection, seller: str, key: Key, token: int, now: datetime) -> bool:
        """Take it for sending, until the lane's lease ends. False: somebody else did, or it is due no more."""
        more = {"token": token, "now": now, "until": now + LEASE}
        return self._claim.run(connection, {**_place(seller, key), **more}) == 1

    def settle(
        self,
        connection: Connection,
        seller: str,
        token: int,
        transition: Transition,
        answered: Answered,
        now: datetime,
        *,
        asked: bool,
    ) -> bool:
        """Record the answer and move on, only if the claim is still `token`'s. The attempt is recorded anyway.

        `asked`: the irrevocable call was made, or may have been. What is sent again keeps its first time; a doubt
        has a time of its own, which says which of Amazon's uploads may be it.
        """
        self._must_be_moves((State.SENDING,), transition.state)
        transition = confirmed(connection, seller, transition, now)
        record_attempt(connection, seller, transition, answered, now)
        doubt = now if asked and transition.state is State.UNCLEAR else None
        times = {"token": token, "doubt": doubt, "asked": now if asked else None}
        return self._settle.run(connection, {**self._parameters(seller, transition, now), **times}) == 1

    def orphaned(self, connection: Connection, seller: str, token: int, now: datetime, look_at: datetime) -> list[Key]:
        """Claims of lanes that are over: perhaps sent, perhaps not. Moves them to UNCLEAR and returns their keys."""
        found = connection.execute(self._orphaned, {"s": seller, "mine": token, "look": look_at, "now": now})
        keys = [Key(*row) for row in found]
        for key in keys:
            doubt = Transition(key, State.UNCLEAR, Reason.UNCLEAR)
            record_attempt(connection, seller, doubt, Answered("the worker ended between claim and answer"), now)
        return keys

    def move(
        self,
        connection: Connection,
        seller: str,
        transition: Transition,
        answered: Answered,
        now: datetime,
        *,
        out_of: Sequence[State],
    ) -> bool:
        """Move what nobody claims out of one of these states, and record why. False: it was in none of them.

        What becomes due again was surely not sent.
        """
        c = self.table.c
        statement = self._move(c.state.in_(out_of))
        if transition.state is State.DUE:
            statement = statement.values(asked_at=None)
        if transition.state is State.SENT:
            statement = statement.values(asked_at=func.coalesce(c.asked_at, bindparam("now")))
        return self._moved(connection, statement, seller, transition, answered, now, out_of)

    def say_why(self, connection: Connection, seller: str, reason: Reason, now: datetime, *actions: str) -> int:
        """Say on all due work why it does not go out, or that it does (DUE). It stays due. Returns how many changed."""
        values = {"s": seller, "actions": actions or self.actions, "why": reason, "now": now}
        return connection.execute(self._say_why, values).rowcount

    # how it is done

    def _found(
        self, connection: Connection, query: Select[Any], seller: str, actions: Sequence[str], **values: Any
    ) -> list[T]:
        rows = connection.execute(query, {"s": seller, "actions": actions or self.actions, **values})
        return [self.read(row) for row in rows.all()]

    def _moved(
        self,
        connection: Connection,
        statement: Update,
        seller: str,
        transition: Transition,
        answered: Answered,
        now: datetime,
        out_of: Sequence[State],
    ) -> bool:
        self._must_be_moves(out_of, transition.state)
        moved = connection.execute(statement, self._parameters(seller, transition, now)).rowcount == 1
        if moved:
            record_attempt(connection, seller, transition, answered, now)
        return moved

    def _must_be_moves(self, out_of: Iterable[State], to: State) -> None:
        for state in out_of:
            assert (state, to) in self._moves, f"there is no move of {self.table.name} from {state} to {to}"

    def _named(self, seller: str, key: Key) -> dict[str, str]:
        values = dict(zip((column.name for column in self._key), (key.order_id, key.action, key.part), strict=False))
        return {"seller": seller, **values}

    def _new(self, now: datetime) -> dict[str, Any]:
        """How every row begins: the sweep looks at it now."""
        row = {"state": State.WAITING, "reason": self._first, "next_look_at": now, "tries": 0, "changed_at": now}
        return row | ({"business": False} if "business" in self.table.c else {})

    def _is(self, key: Key) -> Iterable[ColumnElement[bool]]:
        values = (key.order_id, key.action, key.part)
        return (column == value for column, value in zip(self._key, values, strict=False))

    def _parameters(self, seller: str, transition: Transition, now: datetime) -> dict[str, Any]:
        return {
            **_place(seller, transition.key),
            "to": transition.state,
            "why": transition.reason,
            "look": transition.next_look_at,
            "until": transition.deadline,
            "n": transition.tries,
            "now": now,
            **{column.name: getattr(transition, column.name) for column in self._extra},
        }

    def _move(self, condition: ColumnElement[bool]) -> Update:
        c = self.table.c
        kept = {column.name: func.coalesce(bindparam(column.name, type_=column.type), column) for column in self._extra}
        return (
            update(self.table)
            .where(*self._at_place, condition)
            .values(
                state=bindparam("to"),
                reason=bindparam("why"),
                next_look_at=bindparam("look"),
                deadline=func.coalesce(bindparam("until", type_=c.deadline.type), c.deadline),
                tries=bindparam("n"),
                changed_at=bindparam("now"),
                **kept,
            )
        )

    def _doubt(self) -> dict[str, Any]:
        """What an orphaned claim says of its time."""
        return {"asked_at": bindparam("now"), "changed_at": bindparam("now")}

    def _prepare(self) -> None:
        """Make every statement once: SQLAlchemy takes longer to make one of these than SQLite to answer it."""
        c = self.table.c
        places = ("o", "a", "p")
        self._at_place = [c.seller == bindparam("s")]
        self._at_place += [column == bindparam(place) for column, place in zip(self._key, places, strict=False)]
        self._awoken = case((c.state == State.DUE.value, State.WAITING.value), else_=c.state)
        self._of_actions = self._action.in_(bindparam("actions", expanding=True))
        is_due = (c.state == State.DUE.value) & (c.next_look_at <= bindparam("now"))
        look_is_due = c.state.in_(bindparam("states", expanding=True)) & (c.next_look_at <= bindparam("now"))
        # A claim always has a next look; saying so lets the look index find it, in place of a walk through all rows.
        is_claimed = (c.state == State.SENDING.value) & c.next_look_at.is_not(None)
        limited = self._all.where(self._of_actions).limit(bindparam("limit"))
        self._looks = limited.where(look_is_due)
        self._due = limited.where(is_due).order_by(c.deadline)
        self._expired = limited.where(c.state == State.DUE.value, c.deadline <= bindparam("now"))
        self._has_work = select(c.order_id).where(self._mine, look_is_due).limit(1)
        self._with_look, self._with_claim = (
            select(lane_rows).where(
                select(c.order_id).where(c.seller == lane_rows.c.seller, self.is_mine, condition).exists()
            )
            for condition in (look_is_due, is_claimed)
        )
        wake = (
            update(self.table)
            .where(c.seller == bindparam("s"), c.order_id == bindparam("o"))
            .where(_in(c.state, State.WAITING, State.SKIPPED, State.DUE) & self.unmade)
            .values(state=self._awoken, next_look_at=bindparam("now"))
        )
        self._wake: dict[str | None, HotStatement] = {None: HotStatement(wake)}
        self._wake |= {action: HotStatement(wake.where(self._action == str(action))) for action in self.actions}
        # What a person has left out meanwhile is not decided until it is to be looked at again.
        still_open = (c.reason != Reason.LEFT_OUT.value) | c.next_look_at.is_not(None)
        self._decide = HotStatement(self._move(_in(c.state, *self.undecided) & still_open))
        self._move_many = HotStatement(text(self._many()))
        self._claim = HotStatement(
            update(self.table)
            .where(*self._at_place, c.state == State.DUE.value, self.ready)
            .values(
                state=State.SENDING,
                claim=bindparam("token"),
                next_look_at=bindparam("until"),
                changed_at=bindparam("now"),
            )
        )
        asked_at = func.coalesce(
            bindparam("doubt", type_=c.asked_at.type), c.asked_at, bindparam("asked", type_=c.asked_at.type)
        )
        is_mine = (c.state == State.SENDING.value) & (c.claim == bindparam("token"))
        self._settle = HotStatement(self._move(is_mine).values(claim=None, asked_at=asked_at))
        # One statement: a worker that goes on late may settle between a SELECT and an UPDATE.
        self._orphaned = (
            update(self.table)
            .where(self._mine, is_claimed, c.claim != bindparam("mine"))
            .values(
                state=State.UNCLEAR, reason=Reason.UNCLEAR, next_look_at=bindparam("look"), claim=None, **self._doubt()
            )
            .returning(*self._key)
        )
        self._say_why = (
            update(self.table)
            .where(c.seller == bindparam("s"), self._of_actions, is_due, c.reason != bindparam("why"))
            .values(reason=bindparam("why"))
        )

    def _many(self) -> str:
        """`_decide` for many rows, on PostgreSQL: half of the work for it, and a tenth for us.

        OFFSET 0 has each row looked up by its key; a join without it may be planned, as long as there are no
        statistics, as a walk through all of the seller's rows.
        """
        name = self.table.name
        extra = [column for column in self._extra if column.name == "business"]
        given = "".join(f", {column.name} boolean" for column in extra)
        kept = "".join(f", {column.name} = coalesce(found.{column.name}, {name}.{column.name})" for column in extra)
        key = " AND ".join(
            f"{column.name} = verdict.{given}"
            for column, given in zip(self._key, ("order_id", "action", "part"), strict=False)
        )
        states = ", ".join(f"'{state.value}'" for state in self.undecided)
        return f"""
            UPDATE {name}
            SET state = found.state, reason = found.reason, next_look_at = found.next_look_at,
                deadline = coalesce(found.deadline, {name}.deadline), tries = found.tries, changed_at = :now{kept}
            FROM (
                SELECT verdict.*, entry.ctid AS place
                FROM json_to_recordset(CAST(:transitions AS json)) AS verdict (
                    order_id text, action text, part text, state text, reason text,
                    next_look_at timestamptz, deadline timestamptz, tries integer{given}
                )
                CROSS JOIN LATERAL (SELECT ctid FROM {name} WHERE seller = :s AND {key} OFFSET 0) AS entry
            ) AS found
            WHERE {name}.ctid = found.place AND {name}.state IN ({states})
                AND ({name}.reason <> '{Reason.LEFT_OUT.value}' OR {name}.next_look_at IS NOT NULL)
            """  # noqa: S608  names of our own tables and states


def _place(seller: str, key: Key) -> dict[str, str]:
    return {"s": seller, "o": key.order_id, "a": key.action, "p": key.part}


def _flat(each: Transition) -> dict[str, Any]:
    """As PostgreSQL is given it."""
    key = each.key
    return {
        "order_id": key.order_id,
        "action": key.action,
        "part": key.part,
        "state": each.state,
        "reason": each.reason,
        "next_look_at": each.next_look_at,
        "deadline": each.deadline,
        "tries": each.tries,
        "business": each.business,
    }


def _in(column: ColumnElement[str], *states: State) -> ColumnElement[bool]:
    return _one_of(column, [state.value for state in states])


def _one_of(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Not IN (): that can't be executed for many rows at once."""
    return or_(*(column == str(value) for value in values)) if values else ~true()


_STANDING = ("state", "reason", "tries", "deadline", "next_look_at", "asked_at", "changed_at")
