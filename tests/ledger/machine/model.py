"""The ledger as plain Python. Each method stands for the function of `ledger` that has its name."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from ledger.lanes import LEASE, Lane, LaneLost
from ledger.numbers import Made, Serial, Superseded
from ledger.state import State
from ledger.transitions import Answered, Key, Transition
from rules.order import Imported, LeftOut, Order, Refund
from rules.reason import Reason
from tests.ledger.machine.amazon import Place
from tests.ledger.machine.snapshot import COUNTED, Entry, LaneRow, Snapshot
from tests.ledger.machine.work import Call, Work

ROLLED_BACK = (LaneLost, Superseded)
ENDED = (State.SENT, State.REFUSED, State.SKIPPED)
AWAKE = (State.WAITING, State.SKIPPED, State.DUE)
"""What new facts let the sweep look at."""


@dataclass(slots=True)
class Model:
    """`gone`: the names of holders that everybody can see to have ended."""

    work: Work
    gone: frozenset[str]
    placed: dict[Place, Order] = field(default_factory=dict)
    refunds: dict[Place, dict[str, Refund]] = field(default_factory=dict)
    noted: dict[Place, datetime] = field(default_factory=dict)
    left_out: frozenset[Place] = frozenset()
    imports: frozenset[Place] = frozenset()
    reappeared: frozenset[Place] = frozenset()
    kept_since: dict[str, datetime] = field(default_factory=dict)
    entries: dict[Place, Entry] = field(default_factory=dict)
    attempts: list[tuple[Any, ...]] = field(default_factory=list)
    lanes: dict[str, LaneRow] = field(default_factory=dict)
    stops: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    armed: frozenset[str] = frozenset()

    def after(self, run: Callable[[Call], Any]) -> tuple["Model", Any]:
        """The model after this transaction, and what the transaction returned; LaneLost and Superseded roll it back."""
        changed = replace(
            self,
            placed=dict(self.placed),
            refunds=dict(self.refunds),
            noted=dict(self.noted),
            kept_since=dict(self.kept_since),
            entries=dict(self.entries),
            attempts=list(self.attempts),
            lanes=dict(self.lanes),
            stops=dict(self.stops),
        )
        try:
            return changed, run(lambda function, *args, **named: getattr(changed, function.__name__)(*args, **named))
        except ROLLED_BACK as lost:
            return self, type(lost)

    def is_that_of(self, said: Snapshot) -> bool:
        """Whether the ledger says what the model says."""
        counted = {name: sum(e.state in of for e in self.entries.values()) for name, of in COUNTED.items()}
        mine = (self.entries, self.lanes, self.stops, self.armed, {"seen": len(self.entries), **counted}, self.marks)
        theirs = (said.entries, said.lanes, said.stops, said.armed, said.totals, said.marks)
        return mine == theirs and sorted(self.attempts) == sorted(attempt[1:9] for attempt in said.attempts)

    @property
    def marks(self) -> dict[Place, tuple[bool, bool, bool]]:
        return {
            place: (place in self.left_out, place in self.imports, place in self.reappeared)
            for place in {**self.placed, **self.noted}
        }

    def differs_from(self, said: Snapshot) -> str:
        """Model and ledger one above the other, for the reader of a failure."""
        return f"\nmodel  {self.entries} {self.lanes} {self.attempts}\nledger {said}"

    # lanes

    def acquire(self, seller: str, holder: str, now: datetime) -> Lane | None:
        row = self.lanes.get(seller, LaneRow(0, "", now, "{}"))
        if not self._is_free(row, now):
            return None
        self.lanes[seller] = LaneRow(row.token + 1, holder, now + LEASE, row.pace)
        return Lane(seller, row.token + 1, json.loads(row.pace))

    def renew(self, lane: Lane, pace: dict[str, Any], now: datetime) -> None:
        self.lanes[lane.seller] = replace(self._mine(lane), expires_at=now + LEASE, pace=json.dumps(pace))

    def release(self, lane: Lane, pace: dict[str, Any]) -> None:
        self.lanes[lane.seller] = replace(self._mine(lane), holder="", pace=json.dumps(pace))

    def confirm(
        self, lane: Lane, _order_id: str, now: datetime, denied: Reason, action: str, place: str
    ) -> tuple[bool, None, tuple[()]]:
        self._mine(lane)
        stopped = lane.seller not in self.armed or self.stopped(lane.seller, now, denied, action, place)
        return stopped, None, ()

    def with_work(self, states: Sequence[State], now: datetime) -> set[str]:
        return {
            seller
            for seller, row in self.lanes.items()
            if self._is_free(row, now) and (self.has_work(seller, states, now) or self._of(seller, State.SENDING))
        }

    def _is_free(self, row: LaneRow, now: datetime) -> bool:
        return not row.holder or row.expires_at <= now or row.holder in self.gone

    def _mine(self, lane: Lane) -> LaneRow:
        row = self.lanes[lane.seller]
        if row.token != lane.token:
            raise LaneLost
        return row

    # facts

    def record_orders(self, seller: str, page: Sequence[Order], *, as_of: datetime, **_more: Any) -> int:
        new = 0
        for order in page:
            key = (seller, order.order_id)
            known = self.placed.get(key)
            if known and (known == order or known.updated_at > order.updated_at):
                continue
            if key not in self.placed:
                new += 1
                if order.purchased_at < self.kept_since.get(seller, order.purchased_at):
                    self.reappeared |= {key}
                self.entries[key] = Entry(
                    *key,
                    *(State.WAITING, self.work.first),
                    next_look_at=as_of,
                    tries=0,
                    changed_at=as_of,
                    business=False if self.work.is_made_first else None,
                )
            self.placed[key] = order
            self._wake(key, as_of)
        return new

    def record_refunds(self, seller: str, refunds: Mapping[str, Mapping[str, Refund]], now: datetime) -> None:
        for order_id, mine in refunds.items():
            key = (seller, order_id)
            before = self.refunds.get(key, {})
            self.refunds[key] = before | {name: _first_posted(before.get(name), read) for name, read in mine.items()}
            if before != self.refunds[key] and not self.work.is_made_first:  # a refund has a document of its own
                self._wake(key, now)
            if before != self.refunds[key]:
                self.noted[key] = now

    def leave_out(self, seller: str, order_id: str, said: LeftOut | None, now: datetime) -> None:
        place = {(seller, order_id)}
        self.left_out = self.left_out | place if said else self.left_out - place
        self.noted[seller, order_id] = now

    def imported(self, seller: str, order_id: str) -> bool:
        return (seller, order_id) in self.imports

    def record_imported(self, seller: str, order_id: str, said: Sequence[Imported]) -> None:
        place = {(seller, order_id)}
        self.imports = self.imports | place if said else self.imports - place
        for each in said:
            self.noted[seller, order_id] = each.at

    def wake(self, seller: str, order_ids: Iterable[str], now: datetime) -> None:
        for order_id in order_ids:
            self._wake((seller, order_id), now)

    # what is kept

    def old(self, seller: str, before: datetime) -> set[str]:
        unseen = {place for place, at in self.noted.items() if place not in self.placed and at < before}
        ended = {place for place in self.entries if self._ended(place, before)}
        return {order_id for of, order_id in unseen | ended if of == seller}

    def delete_old(self, seller: str, order_ids: Iterable[str], before: datetime) -> int:
        known, gone = {**self.noted, **{place: order.purchased_at for place, order in self.placed.items()}}, 0
        places = [(seller, order_id) for order_id in order_ids if known[seller, order_id] < before]
        for place in places:
            if self._ended(place, before):
                del self.entries[place]
                self.reappeared |= {place}  # what stays beside it is never taken for new
                self._forget_told(place)
            # an order of which a document was opened has a request for a review, too, which nobody decides here
            if place not in self.entries and not (self.work.is_made_first and place in self.placed):
                self._forget(place)
                gone += 1
        if places:
            self.kept_since[seller] = max(before, self.kept_since.get(seller, before))
        return gone

    def _ended(self, place: Place, before: datetime) -> bool:
        entry = self.entries.get(place)
        if entry is None or entry.next_look_at or entry.changed_at >= before or entry.number:
            return False
        return entry.state in ((State.SKIPPED,) if self.work.is_made_first else ENDED)

    def _forget(self, place: Place) -> None:
        for known in (self.placed, self.refunds, self.noted):
            known.pop(place, None)
        self.left_out -= {place}
        self.imports -= {place}
        self.reappeared -= {place}
        self._forget_told(place)

    def _forget_told(self, place: Place) -> None:
        self.attempts = [attempt for attempt in self.attempts if attempt[:2] != place]

    def _wake(self, key: Place, now: datetime) -> None:
        entry = self.entries.get(key)
        if entry and entry.state in AWAKE and not entry.number:
            self._look(entry, now)

    def wake_all(self, seller: str, now: datetime, since: datetime) -> None:
        held = [entry for entry in self._of(seller, State.HELD) if self.work.is_made_first and not entry.number]
        skipped = [entry for entry in self._of(seller, State.SKIPPED) if entry.changed_at >= since]
        for entry in (*self._of(seller, State.WAITING, State.DUE), *held, *skipped):
            self._look(entry, now)

    def _look(self, entry: Entry, now: datetime) -> None:
        self._put(entry, state=State.WAITING if entry.state == State.DUE else entry.state, next_look_at=now)

    # documents

    def next_serial(self, seller: str, series: str) -> Serial:
        return Serial(series, 1 + sum(entry.number is not None for entry in self._of(seller, *State)))

    def keep(self, seller: str, key: Key, made: Made) -> None:
        assert made.serial
        entry = self.entries.get((seller, key.order_id))
        is_unmade = entry and entry.state == State.DUE and not entry.number
        if not is_unmade or self.next_serial(seller, made.serial.series) != made.serial:
            raise Superseded
        assert entry
        self._put(entry, number=made.number)

    def any_unclear(self, seller: str) -> bool:
        return bool(self._of(seller, State.UNCLEAR))

    # entries

    def one(self, seller: str, key: Key) -> Entry | None:
        return self.entries.get((seller, key.order_id))

    def looks(self, seller: str, states: Sequence[State], now: datetime, _limit: int) -> list[Entry]:
        return [entry for entry in self._of(seller, *states) if entry.next_look_at and entry.next_look_at <= now]

    def due(self, seller: str, now: datetime, limit: int) -> list[Entry]:
        return sorted(self.looks(seller, (State.DUE,), now, limit), key=lambda entry: entry.deadline or now)

    def expired(self, seller: str, now: datetime, _limit: int) -> list[Entry]:
        return [entry for entry in self._of(seller, State.DUE) if entry.deadline and entry.deadline <= now]

    def has_work(self, seller: str, states: Sequence[State], now: datetime) -> bool:
        return bool(self.looks(seller, states, now, 1))

    def asked_since(self, seller: str, _action: str, since: datetime) -> int:
        asked = (entry for entry in self._of(seller, *State) if entry.asked_at and entry.asked_at >= since)
        return len({entry.order_id for entry in (*asked, *self._of(seller, State.SENDING))})

    def decide(self, seller: str, verdicts: Iterable[Transition], now: datetime) -> None:
        for verdict in verdicts:
            entry = self.entries.get((seller, verdict.key.order_id))
            is_final = entry and entry.reason in self._by_word and entry.next_look_at is None
            if entry and entry.state in self.work.queue.undecided and not is_final:
                self._move(entry, self._confirmed(seller, verdict, now), now)

    def claim(self, seller: str, key: Key, token: int, now: datetime) -> bool:
        entry = self.entries.get((seller, key.order_id))
        if entry is None or entry.state != State.DUE or (self.work.is_made_first and not entry.number):
            return False
        self._put(entry, state=State.SENDING, claim=token, next_look_at=now + LEASE, changed_at=now)
        return True

    def settle(
        self, seller: str, token: int, transition: Transition, answered: Answered, now: datetime, asked: bool
    ) -> bool:
        transition = self._confirmed(seller, transition, now)
        self._record(seller, transition, answered, now)
        entry = self.entries[seller, transition.key.order_id]
        if entry.state != State.SENDING or entry.claim != token:
            return False
        doubt = transition.state is State.UNCLEAR
        asked_at = (now if doubt else entry.asked_at or now) if asked else entry.asked_at
        self._move(entry, transition, now, claim=None, asked_at=asked_at)
        return True

    @property
    def _by_word(self) -> dict[Reason, frozenset[Place]]:
        return {Reason.LEFT_OUT: self.left_out, Reason.ALREADY_REQUESTED: self.imports}

    def _confirmed(self, seller: str, verdict: Transition, now: datetime) -> Transition:
        said = self._by_word.get(verdict.reason) if verdict.state is State.SKIPPED else None
        if said is None or (seller, verdict.key.order_id) in said:
            return verdict
        return msgspec.structs.replace(verdict, state=State.WAITING, next_look_at=now)

    def orphaned(self, seller: str, token: int, now: datetime, look_at: datetime) -> list[Key]:
        found = [entry for entry in self._of(seller, State.SENDING) if entry.claim != token]
        for entry in found:
            doubt = {"state": State.UNCLEAR, "reason": Reason.UNCLEAR, "next_look_at": look_at}
            if self.work.is_made_first:  # the time of its claim says which upload may be it
                self._put(entry, **doubt, claim=None, asked_at=entry.changed_at, tries=0)
            else:
                self._put(entry, **doubt, claim=None, asked_at=now, changed_at=now)
            verdict = Transition(self.work.key(entry.order_id), State.UNCLEAR, Reason.UNCLEAR)
            self._record(seller, verdict, Answered("the worker ended between claim and answer"), now)
        return [self.work.key(entry.order_id) for entry in found]

    def move(
        self, seller: str, verdict: Transition, answered: Answered, now: datetime, *, out_of: Sequence[State]
    ) -> bool:
        entry = self.entries.get((seller, verdict.key.order_id))
        if entry is None or entry.state not in out_of:
            return False
        asked_at = {State.DUE: None, State.SENT: entry.asked_at or now}.get(verdict.state, entry.asked_at)
        self._move(entry, verdict, now, asked_at=asked_at)
        self._record(seller, verdict, answered, now)
        return True

    def say_why(self, seller: str, reason: Reason, now: datetime) -> int:
        changed = [entry for entry in self.looks(seller, (State.DUE,), now, 0) if entry.reason != reason]
        for entry in changed:
            self._put(entry, reason=reason)
        return len(changed)

    def _of(self, seller: str, *states: State) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.seller == seller and entry.state in states]

    def _put(self, entry: Entry, **changes: Any) -> None:
        self.entries[entry.seller, entry.order_id] = replace(entry, **changes)

    def _move(self, entry: Entry, verdict: Transition, now: datetime, **changes: Any) -> None:
        self._put(
            entry,
            state=verdict.state,
            reason=verdict.reason,
            next_look_at=verdict.next_look_at,
            deadline=verdict.deadline or entry.deadline,
            tries=verdict.tries,
            changed_at=now,
            feed_id=verdict.feed_id or entry.feed_id,
            business=entry.business if verdict.business is None or entry.business is None else verdict.business,
            **changes,
        )

    def _record(self, seller: str, verdict: Transition, answered: Answered, now: datetime) -> None:
        said = (verdict.state, verdict.reason, answered.detail)
        self.attempts.append((seller, verdict.key.order_id, self.work.action, "", now, *said))

    # controls

    def stop(self, scope: str, reason: Reason, *, until: datetime | None = None) -> None:
        self.stops[scope, reason] = until

    def arm(self, seller: str, _by: str, _place: str, _now: datetime) -> None:
        self.armed |= {seller}

    def disarm(self, seller: str) -> bool:
        was, self.armed = seller in self.armed, self.armed - {seller}
        return was

    def lift(self, scope: str) -> int:
        lifted = [stop for stop in self.stops if stop[0] == scope or stop[0].startswith(f"{scope}/")]
        for stop in lifted:
            del self.stops[stop]
        return len(lifted)

    def stopped(self, seller: str, now: datetime, _denied: Reason, action: str, place: str) -> bool:
        parts = ("", f"/{place}", f"//{action}", f"/{place}/{action}")
        mine = [of + part for of in ("*", seller) for part in parts]
        return any(of in mine and (end is None or end > now) for (of, _), end in self.stops.items())


def _first_posted(known: Refund | None, read: Refund) -> Refund:
    """A refund that was read again, with the earlier of the two times."""
    assert read.posted_at
    return replace(read, posted_at=min(known.posted_at, read.posted_at)) if known and known.posted_at else read
