"""One queue of work: what is to be done for an order, and what was. Requests and documents are each such a queue.

Every move is one conditional UPDATE whose row count is looked at; which moves there are stands in ledger/state.py.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec.json import encode
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Update,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)

from ledger.decisions import is_told, telling
from ledger.hot_statements import HotStatement
from ledger.lanes import LEASE
from ledger.said import BY_WORD, confirmed
from ledger.state import OPEN, Action, Moves, State
from ledger.tables import entries
from ledger.transitions import Answered, Key, Transition, record_attempt
from ledger.upsert import insert_new
from ledger.work import T, Work, one_of, place_of
from rules.reason import Reason


class Queue(Work[T]):
    """Work and its moves. What wakes it (facts, settings, a clock that was set back) concerns all rows of the table."""

    undecided: tuple[State, ...] = (State.WAITING, State.SKIPPED, State.DUE)
    """What a sweep may decide."""

    def __init__(
        self, table: Table, actions: Sequence[str], moves: Moves, first: Reason, read: Callable[[Sequence[Any]], T]
    ) -> None:
        """`first`: why a new row waits."""
        super().__init__(table, actions, read)
        self._moves = moves
        self._first = first
        self._extra = [table.c[name] for name in ("business", "feed_id") if name in table.c]
        self._prepare_moving()

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

    def open_for_known_orders(
        self, connection: Connection, seller: str, action: str, now: datetime, since: datetime
    ) -> None:
        """The action was switched on: give a row to each order that was open, or came to its end, since then."""
        known, mine = entries.alias("known"), self.table.alias("mine")
        alive = known.c.state.in_((*OPEN, State.HELD)) | (known.c.changed_at >= since)
        row = {**self._named(seller, Key("", action)), **self._new(now)}
        columns: dict[str, ColumnElement[Any]] = {
            name: literal(value, self.table.c[name].type) for name, value in row.items()
        }
        columns["order_id"] = known.c.order_id
        has_one = select(mine.c.order_id).where(
            mine.c.seller == seller, mine.c.order_id == known.c.order_id, mine.c[self.action.name] == action
        )
        rows = select(*columns.values()).where(
            known.c.seller == seller, known.c.action == Action.REVIEW, alive, ~has_one.exists()
        )
        connection.execute(insert(self.table).from_select(list(columns), rows))

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
        held = one_of(c.state, *({*self.undecided} & {State.HELD})) & self.unmade
        skipped = (c.state == State.SKIPPED.value) & (c.changed_at >= bindparam("since"))
        again = one_of(c.state, State.WAITING, State.DUE) | held | skipped
        statement = update(self.table).where(self._of_seller, again)
        statement = statement.values(state=self._awoken, next_look_at=bindparam("now"))
        connection.execute(statement, {"s": seller, "since": since, "now": now})

    def wake_from_the_future(self, connection: Connection, seller: str, now: datetime) -> None:
        """The clock was set back: look now at what was decided in what is now the future.

        What was skipped then is looked at, too: its window may have seemed to be shut.
        """
        c = self.table.c
        moves = c.next_look_at.is_not(None) & (c.state != State.SENDING.value)
        skipped = (c.state == State.SKIPPED.value) & self.unmade
        ahead = self._of_seller & (c.changed_at > bindparam("now")) & (moves | skipped)
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
            values = {"s": seller, "transitions": encode(transitions).decode(), "now": now}
            self._move_many.run(connection, values)
        else:
            self._decide.run_many(connection, [self._parameters(seller, each, now) for each in transitions])
        told = [self._parameters(seller, each, now) for each in transitions if is_told(each)]
        self._tell.run_many(connection, told)

    def claim(self, connection: Connection, seller: str, key: Key, token: int, now: datetime) -> bool:
        """Take it for sending, until the lane's lease ends. False: somebody else did, or it is due no more."""
        more = {"token": token, "now": now, "until": now + LEASE}
        return self._claim.run(connection, {**place_of(seller, key), **more}) == 1

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
        values = dict(zip((column.name for column in self.key), (key.order_id, key.action, key.part), strict=False))
        return {"seller": seller, **values}

    def _new(self, now: datetime) -> dict[str, Any]:
        """How every row begins: the sweep looks at it now."""
        row = {"state": State.WAITING, "reason": self._first, "next_look_at": now, "tries": 0, "changed_at": now}
        return row | ({"business": False} if "business" in self.table.c else {})

    def _parameters(self, seller: str, transition: Transition, now: datetime) -> dict[str, Any]:
        return {
            **place_of(seller, transition.key),
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

    def _prepare_moving(self) -> None:
        """Make every statement once: SQLAlchemy takes longer to make one of these than SQLite to answer it."""
        c = self.table.c
        self._awoken = case((c.state == State.DUE.value, State.WAITING.value), else_=c.state)
        wake = (
            update(self.table)
            .where(self._of_seller, c.order_id == bindparam("o"))
            .where(one_of(c.state, State.WAITING, State.SKIPPED, State.DUE) & self.unmade)
            .values(state=self._awoken, next_look_at=bindparam("now"))
        )
        self._wake: dict[str | None, HotStatement] = {None: HotStatement(wake)}
        self._wake |= {action: HotStatement(wake.where(self.action == str(action))) for action in self.actions}
        # What a person has said meanwhile is not decided until it is to be looked at again.
        still_open = ~one_of(c.reason, *BY_WORD) | c.next_look_at.is_not(None)
        self._decide = HotStatement(self._move(one_of(c.state, *self.undecided) & still_open))
        self._move_many = HotStatement(text(self._many()))
        self._tell = HotStatement(telling(self.table, self.key, self._at_place))
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
            .where(self._mine, self._is_claimed, c.claim != bindparam("mine"))
            .values(
                state=State.UNCLEAR, reason=Reason.UNCLEAR, next_look_at=bindparam("look"), claim=None, **self._doubt()
            )
            .returning(*self.key)
        )
        self._say_why = (
            update(self.table)
            .where(self._of_seller, self._of_actions, self._is_due, c.reason != bindparam("why"))
            .values(reason=bindparam("why"))
        )

    def _many(self) -> str:
        """`_decide` for many rows, on PostgreSQL: half of the work for it, and a tenth for us.

        OFFSET 0 has each row looked up by its key; a join without it may be planned, as long as there are no
        statistics, as a walk through all of the seller's rows.
        """
        name = self.table.name
        key = " AND ".join(
            f"{column.name} = verdict.key ->> '{field}'"
            for column, field in zip(self.key, Key.__struct_fields__, strict=False)
        )
        business = f", business = coalesce(found.business, {name}.business)" if "business" in self.table.c else ""
        states = ", ".join(f"'{state.value}'" for state in self.undecided)
        by_word = ", ".join(f"'{reason.value}'" for reason in BY_WORD)
        return f"""
            UPDATE {name}
            SET state = found.state, reason = found.reason, next_look_at = found.next_look_at,
                deadline = coalesce(found.deadline, {name}.deadline), tries = found.tries, changed_at = :now{business}
            FROM (
                SELECT verdict.*, entry.ctid AS place
                FROM json_to_recordset(CAST(:transitions AS json)) AS verdict (
                    key json, state text, reason text,
                    next_look_at timestamptz, deadline timestamptz, tries integer, business boolean
                )
                CROSS JOIN LATERAL (SELECT ctid FROM {name} WHERE seller = :s AND {key} OFFSET 0) AS entry
            ) AS found
            WHERE {name}.ctid = found.place AND {name}.state IN ({states})
                AND ({name}.reason NOT IN ({by_word}) OR {name}.next_look_at IS NOT NULL)
            """  # noqa: S608  names of our own tables and states
