"""What the steps of the ledger's machine stand on: ledger and model side by side, and what must always hold."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from ledger import controls
from ledger.database import Connection, Ledger
from ledger.lanes import LEASE
from ledger.process_identity import this_process
from ledger.state import State
from ledger.transitions import Key, Transition
from rules.reason import Reason
from tests.emptied import empty
from tests.ledger.examples import DAY, HOUR, NOW
from tests.ledger.machine import workers
from tests.ledger.machine.model import ENDED, ROLLED_BACK, Model
from tests.ledger.machine.snapshot import snapshot
from tests.ledger.machine.work import Work
from tests.ledger.machine.workers import Transaction, Worker

SELLERS = ("shop-a", "shop-b")
ORDERS = ("1", "2", "3", "4", "5", "6", "7", "8")
GONE = f"{this_process().rpartition(' ')[0]} 1"
"""A process of this machine that has ended: its number is ours, its start is not."""
Verdict = Callable[[Key, datetime], Transition]
VERDICTS: list[Verdict] = [
    lambda key, now: Transition(key, State.DUE, Reason.DUE, now, now + 10 * DAY),
    lambda key, now: Transition(key, State.DUE, Reason.DUE, now, now + HOUR, business=True),
    lambda key, now: Transition(key, State.WAITING, Reason.TOO_EARLY, now + HOUR),
    lambda key, now: Transition(key, State.SKIPPED, Reason.REFUNDED),
]


def held(key: Key, now: datetime) -> Transition:
    """What came to an unexpected end: nothing was sent."""
    return Transition(key, State.HELD, Reason.BROKEN, now + DAY)


class Stage(RuleBasedStateMachine):
    """A seller with due orders, four workers, and Amazon. The ledger is emptied for each example."""

    def __init__(self, ledger: Ledger, work: Work) -> None:
        super().__init__()
        self.ledger = ledger
        self.work = work
        self.now = NOW
        self.model = Model(work, gone=frozenset([GONE]))
        self.amazon = work.amazon()
        self.workers = [Worker(f"machine-{n} 0d5f:pid 17 4242", work) for n in range(4)]
        with ledger.begin() as connection:
            empty(connection)
            self.before = snapshot(connection, work, SELLERS)

    def do(self, transaction: Transaction) -> Any:
        """Carry it out on the ledger and on the model, which must agree."""
        said = on_ledger(self.ledger, transaction)
        self.model, expected = self.model.after(transaction.run)
        assert said == expected, f"the ledger says {said}, the model {expected}"
        transaction.then(said)
        return said

    def one(self, data: st.DataObject, who: Callable[[Worker], bool]) -> Worker:
        return data.draw(st.sampled_from([worker for worker in self.workers if who(worker)]))

    def a_seller(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(SELLERS))

    def an_order(self, data: st.DataObject, seller: str, *states: State) -> str:
        """One of the seller's orders in these states, or any if there is none."""
        found = [e.order_id for e in self.model.entries.values() if e.seller == seller and e.state in states]
        return data.draw(st.sampled_from(found or ORDERS))

    def new_orders(self, worker: Worker) -> None:
        """Two orders that nobody has seen yet, and that are due."""
        seller = worker.mine.seller
        new = [order_id for order_id in ORDERS if (seller, order_id) not in self.model.placed][:2]
        self.do(workers.read_orders(worker, new, self.now))
        if worker.lane:
            due = self.verdicts(VERDICTS[0], seller)
            self.do(workers.decide(worker, [due[order_id] for order_id in new], self.now))

    def tries(self, worker: Worker, order_id: str) -> int:
        entry = self.model.entries.get((worker.mine.seller, order_id))
        return entry.tries if entry else 0

    def verdicts(self, decided: Verdict, seller: str) -> dict[str, Transition]:
        """The same of every order, but of those that the rules never ask."""
        return {each: self._never(seller, each) or decided(self.work.key(each), self.now) for each in ORDERS}

    def _never(self, seller: str, order_id: str) -> Transition | None:
        """What becomes of an order that a person left out or imported, or of one that may have been here before."""
        key, place = self.work.key(order_id), (seller, order_id)
        if self.work.is_made_first:
            return None  # documents are the law's
        if place in self.model.left_out:
            return Transition(key, State.SKIPPED, Reason.LEFT_OUT)
        if place in self.model.imports:
            return Transition(key, *workers.IMPORTED)
        return Transition(key, State.SKIPPED, Reason.NO_LONGER_KEPT) if place in self.model.reappeared else None

    def make(self, worker: Worker, order_id: str) -> None:
        """Make what must be made before it can be claimed, if it is due and not made yet."""
        if self.work.is_made_first:
            serial = self.do(workers.next_serial(worker))
            self.do(workers.keep(worker, order_id, serial, self.now))

    def claim(self, worker: Worker, order_id: str) -> None:
        if never := self._never(worker.mine.seller, order_id):  # as the route decides once more
            self.do(workers.decide(worker, [never], self.now))
            return
        self.make(worker, order_id)
        if worker.lane:
            self.do(workers.claim(worker, order_id, self.tries(worker, order_id), self.now))

    @initialize()
    def a_seller_has_due_orders(self) -> None:
        for seller in SELLERS:
            self.do(workers.arm(seller, self.now))
        worker = self.workers[0]
        self.do(workers.acquire(worker, SELLERS[0], self.now))
        self.new_orders(worker)

    def ask(self, worker: Worker, kind: str) -> None:
        """Ask, if nobody has stopped the seller and the lease that the claim took has not ended."""
        sending, seller = worker.sending, worker.mine.seller
        assert sending is not None
        where = (seller, self.now, self.work.denied, self.work.action, workers.PLACE)
        stopped = self.do(Transaction(lambda call: bool(call(controls.stopped, *where))))
        stopped = stopped or seller not in self.model.armed
        if stopped or self.now >= sending.claimed_at + LEASE:
            kind = "busy"
        if (never := self._never(seller, sending.order_id)) and not stopped:
            sending.answer = never, False
            return
        sending.answer = self.amazon.ask((seller, sending.order_id), kind, sending.tries, self.now)

    def settle_doubts(self, worker: Worker) -> None:
        """Look once at every doubt whose look is due."""
        _, doubts = self.do(workers.reconcile(worker, self.amazon, "", self.now))
        for order_id in doubts:
            self.do(workers.reconcile(worker, self.amazon, order_id, self.now))
            assert self.do(workers.conclude(worker, self.now))

    @invariant()
    def the_ledger_keeps_its_promises(self) -> None:
        with self.ledger.read() as connection:
            said = snapshot(connection, self.work, SELLERS)
        before, self.before = self.before, said
        assert max(self.amazon.accepted.values(), default=0) <= 1, "an order was asked twice"
        assert said.broken == {}
        assert said.totals["seen"] == sum(said.totals.values()) - said.totals["seen"] == len(said.entries)
        gone = before.entries.keys() - said.entries.keys()
        assert all(before.entries[key].state in ENDED and not before.entries[key].next_look_at for key in gone)
        kept = [attempt for attempt in before.attempts if attempt[1:3] not in gone]
        assert said.attempts[: len(kept)] == kept, "an attempt was changed or forgotten"
        for seller in SELLERS:
            believers = [w for w in self.workers if w.lane and w.lane.seller == seller and self.now < w.lease_ends]
            assert len(believers) <= 1, "two workers hold one lane"
        for seller, lane in before.lanes.items():
            assert said.lanes[seller].token >= lane.token
        for key, entry in before.entries.items():
            if entry.state in (State.SENT, State.REFUSED) and said.entries.get(key, entry).state != entry.state:
                assert key in self.amazon.shown, "a final entry is open again"
        self.amazon.shown -= {key for key, entry in said.entries.items() if entry.state != State.SENT}
        assert self.model.is_that_of(said), self.model.differs_from(said)


def on_ledger(
    ledger: Ledger, transaction: Transaction, begun: Callable[[Connection], None] = lambda _connection: None
) -> Any:
    """What the transaction returns when it is committed, or what has rolled it back."""
    try:
        with ledger.begin() as connection:
            begun(connection)
            return transaction.run(lambda function, *args, **named: function(connection, *args, **named))
    except ROLLED_BACK as lost:
        return type(lost)
