"""What may happen: workers that die, freeze and go on late, on the ledger and on a model beside it.

Assumed, and not shown here: all clocks agree; a request reaches Amazon before the lease that its claim took has ended,
or not at all (the route begins none near that end); a look shows what Amazon accepted; a person says the truth.
The route also looks before it asks. Nobody does here: the ledger alone must keep an order from being asked twice.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import rule, run_state_machine_as_test

from ledger import controls
from ledger.database import Ledger
from ledger.lanes import LEASE
from ledger.state import State
from ledger.transitions import Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, HOUR, MINUTE
from tests.ledger.machine import workers
from tests.ledger.machine.amazon import LOOK_AFTER
from tests.ledger.machine.stage import GONE, SELLERS, VERDICTS, Stage, held
from tests.ledger.machine.work import Call, Work
from tests.ledger.machine.workers import LIMIT, Transaction, Worker

# By itself Hypothesis makes five of six examples by repeating parts of another: here that shows less than a new one.
AVAILABLE_PROVIDERS["anew"] = HypothesisProvider
QUICK = settings(
    backend="anew",
    max_examples=40,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
FIRST_FAILURE = settings(QUICK, phases=[Phase.generate])


def free(worker: Worker) -> bool:
    return worker.lane is None


def at_work(worker: Worker) -> bool:
    return worker.lane is not None


def idle(worker: Worker) -> bool:
    return at_work(worker) and worker.sending is None


def making(worker: Worker) -> bool:
    return idle(worker) and worker.work.is_made_first


def asking(worker: Worker) -> bool:
    return worker.sending is not None and worker.sending.answer is None


def answered(worker: Worker) -> bool:
    return worker.sending is not None and worker.sending.answer is not None


def doubting(worker: Worker) -> bool:
    return worker.looked is not None


def anybody(_worker: Worker) -> bool:
    return True


PEOPLE = (workers.leave_out, workers.take_back, workers.import_asked, workers.undo_import, workers.wish)
Step = Callable[[Any, st.DataObject], None]
STEPS: list[tuple[Step, Callable[[Worker], bool]]] = []


def step(who: Callable[[Worker], bool], weight: int = 1) -> Callable[[Step], Step]:
    """A step that can be taken while one of the workers is such."""

    def taken(step: Step) -> Step:
        STEPS.extend([(step, who)] * weight)
        return step

    return taken


class LedgerMachine(Stage):
    """What workers, people and Amazon do, one step after the other."""

    steps: ClassVar[list[tuple[Step, Callable[[Worker], bool]]]] = STEPS

    @rule(data=st.data())
    def somebody_does_something(self, data: st.DataObject) -> None:
        """One rule for all: Hypothesis gives each of many rules a share of its own making, and some almost none."""
        possible = [step for step, who in self.steps if any(map(who, self.workers))]
        data.draw(st.sampled_from(possible), label="step")(self, data)

    # the route of an order

    @step(idle, weight=4)
    def a_worker_claims_what_is_due(self, data: st.DataObject) -> None:
        worker = self.one(data, idle)
        self.claim(worker, self.an_order(data, worker.mine.seller, State.DUE))

    @step(idle)
    def a_worker_claims_any_order(self, data: st.DataObject) -> None:
        worker = self.one(data, idle)
        order_id = self.an_order(data, worker.mine.seller, *State)
        self.do(workers.claim(worker, order_id, self.tries(worker, order_id), self.now))

    @step(making)
    def a_document_is_made_and_meets_new_facts(self, data: st.DataObject) -> None:
        worker = self.one(data, making)
        order_id = self.an_order(data, worker.mine.seller, State.DUE)
        self.make(worker, order_id)
        if worker.lane:
            self.do(workers.read_again(worker, [order_id], self.now))

    @step(making)
    def a_document_is_held_and_meets_new_settings(self, data: st.DataObject) -> None:
        worker = self.one(data, making)
        seller = worker.mine.seller
        order_id = self.an_order(data, seller, State.DUE)
        if data.draw(st.booleans(), label="made"):
            self.make(worker, order_id)
        if worker.lane:
            self.do(workers.decide(worker, [self.verdicts(held, seller)[order_id]], self.now))
        if worker.lane:
            self.do(workers.release(worker))
            self.now += MINUTE
            self.do(workers.acquire(worker, seller, self.now, new_settings=True))

    @step(asking, weight=4)
    def a_worker_asks(self, data: st.DataObject) -> None:
        self.ask(self.one(data, asking), data.draw(st.sampled_from(self.amazon.answers)))

    @step(at_work)
    def a_worker_confirms_its_lane(self, data: st.DataObject) -> None:
        self.do(workers.confirm(self.one(data, at_work), self.now))

    @step(answered, weight=3)
    def a_worker_settles(self, data: st.DataObject) -> None:
        self.do(workers.settle(self.one(data, answered), self.now))

    @step(answered)
    def a_worker_settles_and_claims_the_next(self, data: st.DataObject) -> None:
        worker = self.one(data, answered)
        order_id = self.an_order(data, worker.mine.seller, State.DUE)
        self.make(worker, order_id)
        if worker.lane:
            self.do(workers.settle_and_claim(worker, order_id, self.tries(worker, order_id), self.now))

    @step(at_work)
    def a_worker_looks_for_doubts(self, data: st.DataObject) -> None:
        worker = self.one(data, at_work)
        order_id = self.an_order(data, worker.mine.seller, *self.work.in_doubt)
        self.do(workers.reconcile(worker, self.amazon, order_id, self.now))

    @step(doubting, weight=3)
    def a_worker_writes_what_a_look_showed(self, data: st.DataObject) -> None:
        self.do(workers.conclude(self.one(data, doubting), self.now))

    # facts, verdicts and people

    @step(at_work, weight=2)
    def new_orders_become_due(self, data: st.DataObject) -> None:
        self.new_orders(self.one(data, at_work))

    @step(at_work, weight=2)
    def a_worker_reads_facts(self, data: st.DataObject) -> None:
        worker = self.one(data, at_work)
        read = data.draw(st.sampled_from([workers.read_orders, workers.read_again, workers.read_refunds]))
        states = data.draw(st.sampled_from([tuple(State), (State.SENT,)]))
        self.do(read(worker, [self.an_order(data, worker.mine.seller, *states)], self.now))

    @step(at_work)
    def a_worker_sweeps(self, data: st.DataObject) -> None:
        worker = self.one(data, at_work)
        self.do(workers.decide(worker, self.found(data, worker), self.now))

    def found(self, data: st.DataObject, worker: Worker) -> list[Transition]:
        """What a sweep finds to decide, and how: it reads first."""
        verdict = self.verdicts(data.draw(st.sampled_from(VERDICTS)), worker.mine.seller)
        return [verdict[order_id] for order_id in self.do(workers.swept(worker, self.now))]

    @step(at_work)
    def a_worker_decides_on_an_old_row(self, data: st.DataObject) -> None:
        worker = self.one(data, at_work)
        verdict = data.draw(st.sampled_from(VERDICTS))
        order_id = self.an_order(data, worker.mine.seller, *State)
        self.do(workers.decide(worker, [self.verdicts(verdict, worker.mine.seller)[order_id]], self.now))

    @step(at_work)
    def a_worker_says_why_due_orders_wait(self, data: st.DataObject) -> None:
        reason = data.draw(st.sampled_from([Reason.DUE, Reason.PAUSED]))
        self.do(workers.say_why(self.one(data, at_work), reason, self.now))

    @step(anybody)
    def a_person_resolves(self, data: st.DataObject) -> None:
        seller = self.a_seller(data)
        fits = data.draw(st.sampled_from([(State.HELD, State.UNCLEAR), tuple(State)]))
        self.do(workers.resolve(self.work, self.amazon, (seller, self.an_order(data, seller, *fits)), self.now))

    @step(anybody)
    def a_person_pauses_or_resumes(self, data: st.DataObject) -> None:
        parts = (f"{SELLERS[0]}/{workers.PLACE}", f"*//{self.work.action}", "*/another place")
        scope = data.draw(st.sampled_from([*SELLERS, controls.ALL, *parts]))
        pauses = [workers.lift(scope), workers.pause(scope, None), workers.pause(scope, self.now + HOUR)]
        self.do(data.draw(st.sampled_from(pauses)))

    @step(anybody)
    def a_person_arms_or_disarms(self, data: st.DataObject) -> None:
        seller = self.a_seller(data)
        self.do(data.draw(st.sampled_from([workers.disarm(seller), workers.arm(seller, self.now)])))

    @step(anybody, weight=2)
    def a_person_leaves_out_or_imports_an_order_or_takes_that_back_or_wants_it_now(self, data: st.DataObject) -> None:
        seller = self.a_seller(data)
        if not self.work.is_made_first:  # documents are the law's
            self.do(data.draw(st.sampled_from(PEOPLE))(seller, self.an_order(data, seller, *State), self.now))

    @step(at_work, weight=4)
    def what_has_ended_is_deleted_and_comes_again(self, data: st.DataObject) -> None:
        worker = self.one(data, at_work)
        self.now += MINUTE
        self.do(workers.tidy(worker.mine.seller, self.now - data.draw(st.sampled_from([DAY, HOUR, MINUTE / 2]))))
        self.the_ledger_keeps_its_promises()
        self.new_orders(worker)

    @step(anybody)
    def amazon_is_odd_for_a_while(self, data: st.DataObject) -> None:
        self.amazon.is_odd = data.draw(st.booleans())

    # time, and who comes and goes

    @step(anybody, weight=3)
    def time_passes(self, data: st.DataObject) -> None:
        self.now += data.draw(st.sampled_from([LEASE, LEASE - LOOK_AFTER, LOOK_AFTER, MINUTE, HOUR, DAY]))

    @step(free, weight=3)
    def a_worker_wants_a_lane(self, data: st.DataObject) -> None:
        self.do(workers.acquire(self.one(data, free), self.a_seller(data), self.now))

    @step(free)
    def a_worker_with_new_settings_wants_a_lane(self, data: st.DataObject) -> None:
        self.do(workers.acquire(self.one(data, free), self.a_seller(data), self.now, new_settings=True))

    @step(at_work)
    def a_worker_lets_go(self, data: st.DataObject) -> None:
        self.do(workers.release(self.one(data, at_work)))

    @step(at_work)
    def a_worker_dies_far_away(self, data: st.DataObject) -> None:
        self.one(data, at_work).leaves()

    @step(free, weight=2)
    def a_process_of_this_machine_takes_a_lane_and_is_killed(self, data: st.DataObject) -> None:
        seller, killed = self.a_seller(data), Worker(GONE, self.work)
        if self.do(workers.acquire(killed, seller, self.now)):
            order_id = self.an_order(data, seller, State.DUE)
            self.make(killed, order_id)
            if self.do(workers.claim(killed, order_id, 0, self.now)) and data.draw(st.booleans(), label="asked"):
                self.amazon.accepted[seller, order_id] += 1
        self.do(workers.acquire(self.one(data, free), seller, self.now))

    @step(free, weight=3)
    def a_lane_is_taken_over(self, data: st.DataObject) -> None:
        self.take_over(data, self.a_seller(data))

    @step(idle, weight=3)
    def a_worker_sleeps_past_its_lease_and_goes_on(self, data: st.DataObject) -> None:
        worker = self.one(data, idle)
        self.claim(worker, self.an_order(data, worker.mine.seller, State.DUE))
        if worker.sending and any(map(free, self.workers)):
            self.ask(worker, data.draw(st.sampled_from(self.amazon.answers)))
            self.take_over(data, worker.mine.seller)
            self.do(workers.settle(worker, self.now))

    def take_over(self, data: st.DataObject, seller: str) -> None:
        """The lease ends; another worker takes the lane, settles the doubts and perhaps goes on sending."""
        worker = self.one(data, free)
        self.now += LEASE
        assert self.do(workers.acquire(worker, seller, self.now))
        left, _ = self.do(workers.reconcile(worker, self.amazon, "", self.now))
        self.look_until_nothing_is_in_doubt(worker, LOOK_AFTER)
        if data.draw(st.booleans()):
            self.claim(worker, left[0].order_id if left else self.an_order(data, seller, State.DUE))

    # what must hold

    @step(anybody)
    def all_ways_to_read_agree(self, data: st.DataObject) -> None:
        seller = self.a_seller(data)

        queue = self.work.queue

        def read(call: Call) -> Any:
            due, expired = (call(of, seller, self.now, LIMIT) for of in (queue.due, queue.expired))
            return (
                sorted(row.order_id for row in due),
                [row.deadline for row in due],
                sorted(row.order_id for row in expired),
                self.work.counted(call, seller, self.now),
                [state for state in State if call(queue.has_work, seller, [state], self.now)],
                sorted(call(queue.with_work, list(State), self.now)),
            )

        self.do(Transaction(read))

    @step(anybody)
    def nothing_eligible_is_lost(self, data: st.DataObject) -> None:
        """A seller's workers die, and what hinders ends: one new worker then brings every open order to its end."""
        seller = self.a_seller(data)
        for worker in self.workers:
            if worker.lane and worker.mine.seller == seller:
                worker.leaves()
        entries, states = self.model.entries, self.work.open
        open_now = [place for place, entry in entries.items() if entry.seller == seller and entry.state in states]
        for scope in (seller, controls.ALL):
            self.do(workers.lift(scope))
        self.do(workers.arm(seller, self.now))
        self.amazon.is_odd = False
        self.now += HOUR
        worker = Worker("new 0d5f:pid 17 4243", self.work)
        assert self.do(workers.acquire(worker, seller, self.now))
        self.do(workers.reconcile(worker, self.amazon, "", self.now))
        self.look_until_nothing_is_in_doubt(worker, HOUR)
        for order_id in [entry.order_id for entry in self.model.due(seller, self.now, LIMIT)]:
            self.claim(worker, order_id)
            if worker.sending:  # what a person left out meanwhile was not claimed
                self.ask(worker, "accepted")
                assert self.do(workers.settle(worker, self.now))
        self.look_until_nothing_is_in_doubt(worker, HOUR)
        self.do(workers.release(worker))
        never = self.model.left_out | self.model.imports | self.model.reappeared
        for place in open_now:
            assert self.model.entries[place].state == State.HELD or place in never or not self.amazon.offers(place)

    def look_until_nothing_is_in_doubt(self, worker: Worker, every: timedelta) -> None:
        for _ in range(self.work.looks):
            self.now += every
            self.settle_doubts(worker)


def run(ledger: Ledger, work: Work, machine: type[Stage], chosen: settings) -> None:
    made: Any = partial(machine, ledger, work)  # its type asks for a class, its documentation for a function too
    run_state_machine_as_test(made, settings=chosen)
