"""Workers, persons, and the transactions that they commit: each runs on the ledger and on its model alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import armings, controls, lanes, numbers, orders, retention, said
from ledger.lanes import LEASE, Lane, LaneLost
from ledger.numbers import Serial, Superseded
from ledger.requests import REVIEWS
from ledger.state import State
from ledger.transitions import Answered, Transition
from rules.order import Imported, LeftOut, Order
from rules.reason import Reason
from tests.ledger.examples import DAY, HOUR, NOW, order, refund, review
from tests.ledger.invoice_examples import SERIES, WITH_INVOICES, document
from tests.ledger.machine.amazon import LOOK_AFTER, Amazon, Place
from tests.ledger.machine.work import Call, Work

LIMIT = 100
IMPORTED = State.SKIPPED, Reason.ALREADY_REQUESTED
PLACE = "FR"
"""The marketplace of every order."""


@dataclass(slots=True)
class Sending:
    """A claim in a worker's hands, and the answer once there is one."""

    order_id: str
    tries: int
    claimed_at: datetime
    answer: tuple[Transition, bool] | None = None


@dataclass(slots=True, eq=False)
class Worker:
    """One worker and what it believes, rightly or not. While it takes no step it is frozen."""

    name: str
    work: Work
    lane: Lane | None = None
    lease_ends: datetime = NOW
    sending: Sending | None = None
    looked: tuple[State, Transition] | None = None  # a doubt's state, and what a look made of it

    @property
    def mine(self) -> Lane:
        assert self.lane is not None
        return self.lane

    def leaves(self) -> None:
        self.lane = self.sending = self.looked = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """`then` is what its worker makes of what `run` returned, or of LaneLost or Superseded, which rolled it back."""

    run: Callable[[Call], Any]
    then: Callable[[Any], None] = lambda _said: None


def fenced(
    worker: Worker,
    now: datetime,
    run: Callable[[Call], Any] = lambda _call: None,
    then: Callable[[Any], None] = lambda _said: None,
) -> Transaction:
    """What is done only while the lane is the worker's."""
    lane = worker.mine

    def renewed(call: Call) -> Any:
        call(lanes.renew, lane, {"at": now.isoformat()}, now)
        return run(call)

    def after(said: Any) -> None:
        if said is LaneLost:
            worker.leaves()
        elif said is not Superseded:
            worker.lease_ends = now + LEASE
            then(said)

    return Transaction(renewed, after)


def acquire(worker: Worker, seller: str, now: datetime, *, new_settings: bool = False) -> Transaction:
    def run(call: Call) -> Any:
        lane = call(lanes.acquire, seller, worker.name, now)
        if lane and new_settings:
            call(worker.work.queue.wake_all, seller, now, since=now - DAY)
        return lane

    def then(lane: Lane | None) -> None:
        worker.lane, worker.lease_ends = lane, now + LEASE

    return Transaction(run, then)


def release(worker: Worker) -> Transaction:
    lane = worker.mine
    return Transaction(lambda call: call(lanes.release, lane, {}), lambda _said: worker.leaves())


def confirm(worker: Worker, now: datetime) -> Transaction:
    """Look whether the lane is still the worker's and its seller not stopped, as before asking."""
    lane, denied = worker.mine, worker.work.denied
    return Transaction(
        lambda call: bool(call(lanes.confirm, lane, "any", now, denied, worker.work.action, PLACE)[0]),
        lambda said: worker.leaves() if said is LaneLost else None,
    )


def read_orders(worker: Worker, order_ids: Sequence[str], now: datetime) -> Transaction:
    """Orders as they were at first."""
    return _read(worker, [order(order_id) for order_id in order_ids], now)


def read_again(worker: Worker, order_ids: Sequence[str], now: datetime) -> Transaction:
    """Orders that have changed."""
    return _read(worker, [order(order_id, updated_at=now) for order_id in order_ids], now)


def _read(worker: Worker, page: Sequence[Order], now: datetime) -> Transaction:
    seller, work = worker.mine.seller, worker.work
    opens = WITH_INVOICES if work.is_made_first else orders.REVIEWS_ALONE
    return fenced(
        worker, now, lambda call: call(orders.record_orders, seller, page, as_of=now, previous=None, opens=opens)
    )


def read_refunds(worker: Worker, order_ids: Sequence[str], now: datetime) -> Transaction:
    seller = worker.mine.seller
    refunds = {order_id: {"transaction": refund("5.00", now)} for order_id in order_ids}
    return fenced(worker, now, lambda call: call(orders.record_refunds, seller, refunds, now))


def swept(worker: Worker, now: datetime) -> Transaction:
    """What a sweep finds to decide."""
    seller, queue = worker.mine.seller, worker.work.queue
    states = [state for state in queue.undecided if state is not State.DUE]

    def run(call: Call) -> list[str]:
        rows = [*call(queue.looks, seller, states, now, LIMIT), *call(queue.expired, seller, now, LIMIT)]
        return sorted(row.order_id for row in rows)

    return Transaction(run)


def decide(worker: Worker, verdicts: Sequence[Transition], now: datetime) -> Transaction:
    """As a sweep and before a claim: on rows that were read some time ago."""
    seller, queue = worker.mine.seller, worker.work.queue
    return fenced(worker, now, lambda call: call(queue.decide, seller, verdicts, now))


def next_serial(worker: Worker) -> Transaction:
    seller = worker.mine.seller
    return Transaction(lambda call: call(numbers.next_serial, seller, SERIES))


def keep(worker: Worker, order_id: str, serial: Serial, now: datetime) -> Transaction:
    """Make the document, under the number that was looked up before."""
    seller, key = worker.mine.seller, worker.work.key(order_id)
    made = document(SERIES.format(number=serial.serial), serial)
    return fenced(worker, now, lambda call: call(numbers.keep, seller, key, made))


def claim(worker: Worker, order_id: str, tries: int, now: datetime) -> Transaction:
    lane, work = worker.mine, worker.work

    def then(claimed: bool) -> None:
        if claimed:
            worker.sending = Sending(order_id, tries, now)

    return fenced(
        worker,
        now,
        lambda call: call(work.queue.claim, lane.seller, work.key(order_id), token=lane.token, now=now),
        then,
    )


def settle(worker: Worker, now: datetime) -> Transaction:
    """Write the answer, however late: not the lane but the claim decides whether it counts."""
    write = _writing(worker, now)

    def then(_settled: bool) -> None:
        worker.sending = None

    return Transaction(write, then)


def settle_and_claim(worker: Worker, order_id: str, tries: int, now: datetime) -> Transaction:
    """One commit for the answer of one order and the claim of the next. When the lane is lost, neither is written."""
    write, lane, work = _writing(worker, now), worker.mine, worker.work

    def run(call: Call) -> Any:
        settled = write(call)
        call(lanes.renew, lane, {}, now)
        return settled, call(work.queue.claim, lane.seller, work.key(order_id), token=lane.token, now=now)

    def then(said: Any) -> None:
        if said is not LaneLost:  # else the answer is still to be settled: it is evidence, however late
            worker.lease_ends = now + LEASE
            worker.sending = Sending(order_id, tries, now) if said[1] else None

    return Transaction(run, then)


def _writing(worker: Worker, now: datetime) -> Callable[[Call], Any]:
    lane, work = worker.mine, worker.work
    assert worker.sending is not None
    assert worker.sending.answer is not None
    verdict, asked = worker.sending.answer

    def run(call: Call) -> Any:
        said = {"token": lane.token, "transition": verdict, "answered": Answered()}
        settled = call(work.queue.settle, lane.seller, **said, now=now, asked=asked)
        if verdict.reason is work.denied:
            call(controls.stop, lane.seller, work.denied, until=now + HOUR)
        return settled

    return run


def reconcile(worker: Worker, amazon: Amazon, order_id: str, now: datetime) -> Transaction:
    """Find the claims of ended lanes, and the doubts that are due; then look at one order, if it is among them."""
    lane, work = worker.mine, worker.work

    def run(call: Call) -> Any:
        orphans = call(work.queue.orphaned, lane.seller, token=lane.token, now=now, look_at=now + LOOK_AFTER)
        rows = call(work.queue.looks, lane.seller, work.in_doubt, now, LIMIT)
        doubts = {row.order_id: (State(row.state), Reason(row.reason), row.tries, row.deadline) for row in rows}
        return sorted(orphans, key=lambda key: key.order_id), doubts  # a database returns them in any order

    def then(said: Any) -> None:
        if doubt := said[1].get(order_id):
            worker.looked = doubt[0], amazon.look((lane.seller, order_id), now, *doubt)

    return fenced(worker, now, run, then)


def conclude(worker: Worker, now: datetime) -> Transaction:
    """Write what the look made of the doubt."""
    seller, queue = worker.mine.seller, worker.work.queue
    assert worker.looked is not None
    state, verdict = worker.looked

    def then(_moved: bool) -> None:
        worker.looked = None

    return fenced(
        worker, now, lambda call: call(queue.move, seller, verdict, Answered("looked"), now, out_of=[state]), then
    )


def say_why(worker: Worker, reason: Reason, now: datetime) -> Transaction:
    seller, queue = worker.mine.seller, worker.work.queue
    return fenced(worker, now, lambda call: call(queue.say_why, seller, reason, now))


def resolve(work: Work, amazon: Amazon, place: Place, now: datetime) -> Transaction:
    """A person says the truth (`askonce resolve`)."""
    seller, key = place[0], work.key(place[1])
    sent = Transition(key, State.SENT, Reason.RESOLVED)
    verdict = sent if amazon.accepted[place] else Transition(key, State.DUE, Reason.DUE, now)
    out_of = [State.HELD, State.UNCLEAR]
    return Transaction(lambda call: call(work.queue.move, seller, verdict, Answered("a person"), now, out_of=out_of))


def leave_out(seller: str, order_id: str, now: datetime) -> Transaction:
    """A person does not want it asked (`askonce skip`)."""
    words, skipped = LeftOut(now, "Claire", "rude"), Transition(review(order_id), State.SKIPPED, Reason.LEFT_OUT)
    out_of = [State.WAITING, State.DUE, State.SKIPPED, State.HELD]

    def run(call: Call) -> bool:
        call(said.leave_out, seller, order_id, words, now)
        return bool(call(REVIEWS.move, seller, skipped, Answered("left out"), now, out_of=out_of))

    return Transaction(run)


def take_back(seller: str, order_id: str, now: datetime) -> Transaction:
    """A person takes that back (`askonce skip --undo`): the rules decide again."""
    waiting = Transition(review(order_id), State.WAITING, Reason.TOO_EARLY, now)

    def run(call: Call) -> bool:
        call(said.leave_out, seller, order_id, None, now)
        return bool(call(REVIEWS.move, seller, waiting, Answered("taken back"), now, out_of=[State.SKIPPED]))

    return Transaction(run)


def import_asked(seller: str, order_id: str, now: datetime) -> Transaction:
    """Another tool asked for it (`askonce import asked`). What may have been sent stays in doubt."""
    mine, skipped = Imported(now, "Claire", "asked.csv"), Transition(review(order_id), *IMPORTED)

    def run(call: Call) -> bool:
        if call(said.imported, seller, order_id):
            return False
        call(said.record_imported, seller, order_id, [mine])
        before = call(REVIEWS.one, seller, review(order_id))
        held = [] if before and before.reason == Reason.UNCLEAR else [State.HELD]
        out_of = [State.WAITING, State.DUE, State.SKIPPED, *held]
        return bool(call(REVIEWS.move, seller, skipped, Answered("imported"), now, out_of=out_of))

    return Transaction(run)


def undo_import(seller: str, order_id: str, now: datetime) -> Transaction:
    """The import is taken back (`askonce import asked --undo`): the rules decide again."""
    waiting = Transition(review(order_id), State.WAITING, Reason.TOO_EARLY, now)

    def run(call: Call) -> bool:
        if not call(said.imported, seller, order_id):
            return False
        call(said.record_imported, seller, order_id, [])
        return bool(call(REVIEWS.move, seller, waiting, Answered("import taken back"), now, out_of=[State.SKIPPED]))

    return Transaction(run)


def wish(seller: str, order_id: str, now: datetime) -> Transaction:
    """A person wants it asked now (`askonce ask`)."""
    return Transaction(lambda call: call(REVIEWS.wake, seller, [order_id], now))


def tidy(seller: str, before: datetime) -> Transaction:
    """What ended before then is kept no longer."""

    def run(call: Call) -> tuple[list[str], int]:
        found = sorted(call(retention.old, seller, before))
        return found, call(retention.delete_old, seller, found, before)

    return Transaction(run)


def pause(scope: str, until: datetime | None) -> Transaction:
    return Transaction(lambda call: call(controls.stop, scope, Reason.PAUSED, until=until))


def arm(seller: str, now: datetime) -> Transaction:
    return Transaction(lambda call: call(armings.arm, seller, "Claire", "a test", now))


def disarm(seller: str) -> Transaction:
    return Transaction(lambda call: call(armings.disarm, seller))


def lift(scope: str) -> Transaction:
    return Transaction(lambda call: call(controls.lift, scope))
