"""A turn: one action of one seller for a bounded time. Each item is claimed, looked at, acted on and settled.

commit 1   the lane is still ours; the work is ours to send
look       does Amazon still offer it? stopped? facts fresh? time left?
act        the one irrevocable call
commit 2   the answer, and the state it leads to, if the claim is still ours; with it commit 1 of the next, unless that
           one must be made or prepared first
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, cast
from zlib import crc32

from msgspec.structs import replace

from ledger import controls, lanes
from ledger.database import Connection, LedgerError
from ledger.errors import Outgrown
from ledger.lanes import LEASE, Lane, LaneLost
from ledger.state import State
from ledger.transitions import Answered, Transition
from marketplace.errors import Answer, NotAuthorised, Unclear
from rules.reason import Reason
from tasks.brakes.answers import Answers
from tasks.gate import Gate
from tasks.line import (
    CALL_TAKES,
    STOPPED_FOR,
    Found,
    Line,
    T,
    after,
    answered,
    broken,
    log_outcome,
    mask,
    name_of,
    nothing_sent,
    stop_scope,
)
from tasks.session import SellerSession
from tasks.where import place_of

log = logging.getLogger("askonce.route")

TURN = timedelta(minutes=2)
"""How long one seller may send at the most before others get a turn."""
BATCH = 50
FAILURES_IN_A_ROW = 3
"""So many failures one after another are the seller's or Amazon's, not the orders': the turn ends."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a claimed item, to be recorded. `asked`: the irrevocable call was made, or may have been."""

    found: Found
    at: datetime
    asked: bool
    rests: str | None  # the scope that rests, because Amazon denied it


_NOBODY_NEEDED = (Reason.DAILY_LIMIT, Reason.RAMP_UP, Reason.BUSY)
_SENT = (State.SENT, State.SUBMITTED)
_FAILED = (State.DUE, State.HELD)
"""Where an answer other than yes, or a bug, leaves what has failed."""


class Turn(Generic[T]):
    """One action of one seller for a bounded time: its budget, its failures in a row, and the unsettled answer."""

    def __init__(self, session: SellerSession, line: Line[T]) -> None:
        self.sent = 0
        self._session = session
        self._line = line
        self._ends = session.clock.now() + turn_of(session.lane)
        self._failures = 0
        self._denied: Counter[str] = Counter()  # by marketplace
        self._unsettled: Ended | None = None
        self._answers = Answers(session, watched=line.watched)
        self._gate: Gate
        self._closed = False  # the gate has to be read again

    def run(self) -> int:
        """Send what is due, nearest deadline first, until none is left, the time is up, or the gate closes.

        Returns how many were sent.
        """
        self._answers.look()
        while items := self._batch():
            while items and not self._closed:
                if self._is_over():
                    self._settle()
                    self._answers.end()
                    return self.sent
                self._step(items.pop(self._next(items)))
            self._settle()
        return self.sent

    def send_one(self, item: T) -> Reason:
        """Send one due item, if it may still be sent. Returns the reason of what became of it."""
        self._answers.look()
        with self._session.begin() as connection:
            self._gate, closed = self._read_gate(connection)
            self._answers.begin(connection, [item], self._session.clock.now())
        outcome = closed or self._step(item)
        self._settle()
        self._answers.end()
        return outcome

    def _batch(self) -> list[T]:
        session, line, now = self._session, self._line, self._session.clock.now()
        items: list[T] = []
        resting = True
        while resting and not items and not self._is_over():
            with session.begin() as connection:
                self._gate, closed = self._read_gate(connection)
                self._closed = False
                said = line.queue.say_why(connection, session.name, closed or Reason.DUE, now, line.action)
                due = [] if closed else line.queue.due(connection, session.name, now, BATCH, line.action)
                items, resting = self._without_resting(connection, due, now)
                self._answers.begin(connection, items, now)
            if closed and said:
                level = logging.INFO if closed in _NOBODY_NEEDED else logging.WARNING
                remedy = f". To do: {closed.remedy}" if closed.remedy else ""
                log.log(
                    level, "%s: %s: what is due is held back: %s%s", session.name, line.action, closed.meaning, remedy
                )
        return items

    def _without_resting(self, connection: Connection, due: list[T], now: datetime) -> tuple[list[T], bool]:
        """What may be tried; what belongs to a marketplace that rests goes to the back. True: there was some."""
        session, terms = self._session, self._line.terms
        if not due:
            return [], False
        stops = controls.stopped_marketplaces(connection, session.name, now, terms.denied, terms.action)
        resting = [(item, stops[place_of(item.facts)]) for item in due if place_of(item.facts) in stops]
        latest = now + STOPPED_FOR  # a pause may be lifted, or end sooner than was said
        back = [
            Transition(each.key, State.DUE, stop.reason, min(stop.until or latest, latest), tries=each.tries)
            for each, stop in resting
        ]
        self._line.queue.decide(connection, session.name, back, now)
        return [item for item in due if place_of(item.facts) not in stops], bool(resting)

    def _next(self, items: Sequence[T]) -> int:
        """The place of the next one: after a denial, best of another marketplace."""
        return next((place for place, item in enumerate(items) if place_of(item.facts) not in self._denied), 0)

    def _read_gate(self, connection: Connection) -> tuple[Gate, Reason | None]:
        session, line, now = self._session, self._line, self._session.clock.now()
        gate = Gate.read(connection, line.terms, session.seller, now, session.stop_file)
        return gate, gate.closed(connection, now) or line.also_closed(connection, session)

    def _is_over(self) -> bool:
        session = self._session
        is_over = session.stopping.is_set() or session.clock.now() >= self._ends
        return is_over or self._failures >= FAILURES_IN_A_ROW or not self._line.has_room(session)

    def _step(self, item: T) -> Reason:
        """One due item from claim to answer: why it is where it is now."""
        try:
            return self._claim(item)
        except (LaneLost, LedgerError):
            raise
        except Exception as bug:  # noqa: BLE001  whatever is odd about one order stays with that order
            return self._move(item, Found(broken(self._session, item, bug), Answered(name_of(bug))), bug)

    def _claim(self, item: T) -> Reason:
        """Make what is to be sent, decide once more, prepare, claim, act. One commit settles and claims."""
        session, line = self._session, self._line
        if line.prepares:
            self._settle()
        try:
            made = line.make(session, item)
            if isinstance(made, Reason):
                return made
            changed = line.reconsider(session, made, self._gate, session.clock.now())
            prepared = None if changed else line.prepare(session, made)
        except Answer as answer:
            return self._move(item, Found(after(session, line, item, nothing_sent(answer)), answered(answer)), answer)
        if isinstance(prepared, Found):
            return self._move(item, prepared)
        now, claimed = session.clock.now(), False
        try:
            with session.ledger.begin() as connection:
                self._record(connection, self._unsettled)
                session.renew(connection)
                if changed:
                    line.queue.decide(connection, session.name, [changed], now)
                else:
                    claimed = line.queue.claim(connection, session.name, made.key, session.lane.token, now)
        except (LaneLost, Outgrown):
            self._settle()  # record the last answer even though the lane is lost
            raise
        self._unsettled = ended = self._act(made, prepared, now) if claimed else None
        if ended is None:
            return changed.reason if changed else made.reason
        if ended.rests or self._answers.found:
            self._settle()  # before the next is claimed
        return ended.found.transition.reason

    def _count(self, item: T, became: Transition, failure: Exception | None) -> None:
        """What one attempt means for those that follow. `failure`: the answer other than yes, or the bug."""
        sent = became.state in _SENT
        if sent or became.state is State.UNCLEAR:
            self._gate.spend(item.facts)
            self._closed |= self._gate.left is not None and self._gate.left <= 0
        self.sent += sent
        self._failures = self._failures + 1 if failure and became.state in _FAILED else 0
        self._closed |= became.state in self._line.closing

    def _act(self, item: T, prepared: Any, claimed_at: datetime) -> Ended:
        """Look, and make the one irrevocable call. Whatever happens, there is an answer to be recorded."""
        session, line = self._session, self._line
        asked = False
        failure: Answer | None = None
        try:
            held_back = self._look(item, claimed_at)
            if held_back is None:
                asked = True
                found = line.act(session, item, prepared)
            else:
                found = Found(held_back, Answered())
        except Answer as answer:
            asked, failure = isinstance(answer, Unclear), answer
            found = Found(after(session, line, item, answer), answered(answer))
        except (LaneLost, LedgerError):  # before the call: what is claimed is found again, and looked at
            raise
        except Exception as bug:  # noqa: BLE001  whatever is odd about one order stays with that order
            failure = Unclear(name_of(bug))
            became = after(session, line, item, failure) if asked else broken(session, item, bug)
            found = Found(became, answered(failure))
        self._count(item, found.transition, failure)
        self._answers.answered(item, found.transition, now := session.clock.now(), asked=asked)
        return Ended(found, now, asked, self._rests(item, failure))

    def _look(self, item: T, claimed_at: datetime) -> Transition | None:
        """The last look before the call. None: act; else what becomes of the item. Raises Answer, LaneLost."""
        session, line = self._session, self._line
        refused = line.look(session, item)
        now = session.clock.now()
        with session.ledger.glance() as connection:
            # Raises LaneLost if this process was frozen long enough to lose the lane.
            where = (line.terms.denied, line.action, place_of(item.facts))
            stop, left_out, imported = lanes.confirm(connection, session.lane, item.order_id, now, *where)
        reason = self._gate.shut(stop, now)
        self._closed |= reason is not None
        if session.clock.now() - claimed_at > LEASE - CALL_TAKES:
            reason = Reason.BUSY  # stopped or asleep until now: the lane may soon be somebody else's
        if reason:
            return Transition(item.key, State.DUE, reason, now, tries=item.tries)
        # What was left out or imported since the claim: not even a "not offered" is to bring it back.
        facts = replace(item.facts, left_out=left_out, imported=imported)
        known_now: T = replace(cast(Any, item), facts=facts)
        return line.reconsider(session, known_now, self._gate, now) or refused

    def _rests(self, item: T, answer: Exception | None) -> str | None:
        """Which scope rests because of this answer: the seller, one marketplace, or neither, after one denial alone."""
        if not isinstance(answer, NotAuthorised):
            return None
        place, seller = place_of(item.facts), self._session.seller
        self._denied[place] += 1
        if answer.account or (self._denied.total() > 1 and {*seller.marketplaces} <= self._denied.keys()):
            return seller.name
        return controls.part(seller.name, place) if self._denied[place] > 1 else None

    def _move(self, item: T, found: Found, failure: Exception | None = None) -> Reason:
        """Record what became of a due item that was not claimed."""
        session, now = self._session, self._session.clock.now()
        self._count(item, found.transition, failure)
        rests = self._rests(item, failure)
        with session.ledger.begin() as connection:
            self._record(connection, self._unsettled)
            self._unsettled = None
            session.renew(connection)
            queue = self._line.queue
            queue.move(connection, session.name, found.transition, found.answered, now, out_of=[State.DUE])
            self._rest(connection, rests, found, now)
        return found.transition.reason

    def _settle(self) -> None:
        """Record the answer that is not recorded yet."""
        ended, self._unsettled = self._unsettled, None
        if ended:
            with self._session.ledger.begin() as connection:
                self._record(connection, ended)

    def _record(self, connection: Connection, ended: Ended | None) -> None:
        if ended is None:
            return
        session, found = self._session, ended.found
        became, token = found.transition, session.lane.token
        queue = self._line.queue
        if not queue.settle(connection, session.name, token, became, found.answered, ended.at, asked=ended.asked):
            log.error("%s: order %s was taken over while it was being sent", session.name, mask(became.key.order_id))
        self._rest(connection, ended.rests, found, ended.at)
        self._closed |= self._answers.brake(connection, ended.at)
        log_outcome(session, became)

    def _rest(self, connection: Connection, scope: str | None, found: Found, now: datetime) -> None:
        if scope:
            stop_scope(connection, scope, self._line, found.answered.detail, now)
            self._closed = True


def turn_of(lane: Lane) -> timedelta:
    """Between TURN/2 and TURN, varied per lane, so that turns started together do not all restart together."""
    return TURN * (1 + crc32(f"{lane.seller} {lane.token}".encode()) / 2**32) / 2
