"""Two transactions at once on PostgreSQL: the first stops between two statements while the second runs.

What comes of them must be what comes of one after the other, in one order or the other.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from threading import Event
from typing import Any, ClassVar

import psycopg
from hypothesis import strategies as st
from sqlalchemy import text

from ledger.database import Connection, Ledger
from ledger.lanes import LEASE
from ledger.state import State
from tests.ledger.invoice_examples import SERIES
from tests.ledger.machine import workers
from tests.ledger.machine.machine import (
    LedgerMachine,
    Step,
    answered,
    anybody,
    at_work,
    doubting,
    free,
    idle,
)
from tests.ledger.machine.snapshot import snapshot
from tests.ledger.machine.stage import ORDERS, SELLERS, on_ledger
from tests.ledger.machine.workers import Transaction, Worker

Make = Callable[[LedgerMachine, st.DataObject, Worker], Transaction]


def _due(machine: LedgerMachine, data: st.DataObject, worker: Worker) -> tuple[str, int]:
    order_id = machine.an_order(data, worker.mine.seller, State.DUE)
    return order_id, machine.tries(worker, order_id)


def _doubtful(machine: LedgerMachine, data: st.DataObject, worker: Worker) -> str:
    return machine.an_order(data, worker.mine.seller, *machine.work.in_doubt)


def _decide(machine: LedgerMachine, data: st.DataObject, worker: Worker) -> Transaction:
    return workers.decide(worker, machine.found(data, worker), machine.now)


def _keep(machine: LedgerMachine, data: st.DataObject, worker: Worker) -> Transaction:
    order_id, _ = _due(machine, data, worker)
    return workers.keep(worker, order_id, machine.model.next_serial(worker.mine.seller, SERIES), machine.now)


def _resolve(machine: LedgerMachine, data: st.DataObject, _person: Worker) -> Transaction:
    seller = machine.a_seller(data)
    order_id = machine.an_order(data, seller, State.HELD, State.UNCLEAR)
    return workers.resolve(machine.work, machine.amazon, (seller, order_id), machine.now)


RACERS: dict[str, tuple[Callable[[Worker], bool], Make]] = {
    "claim": (idle, lambda m, data, w: workers.claim(w, *_due(m, data, w), m.now)),
    "settle": (answered, lambda m, _, w: workers.settle(w, m.now)),
    "settle and claim": (answered, lambda m, data, w: workers.settle_and_claim(w, *_due(m, data, w), m.now)),
    "reconcile": (at_work, lambda m, data, w: workers.reconcile(w, m.amazon, _doubtful(m, data, w), m.now)),
    "acquire": (free, lambda m, data, w: workers.acquire(w, m.a_seller(data), m.now)),
    "renew": (at_work, lambda m, _, w: workers.fenced(w, m.now)),
    "release": (at_work, lambda _, __, w: workers.release(w)),
    "conclude": (doubting, lambda m, _, w: workers.conclude(w, m.now)),
    "decide": (at_work, _decide),
    "read orders": (at_work, lambda m, _, w: workers.read_again(w, ORDERS[:2], m.now)),
    "resolve": (anybody, _resolve),
    "acquire with new settings": (
        free,
        lambda m, data, w: workers.acquire(w, m.a_seller(data), m.now, new_settings=True),
    ),
}
RACERS_OF_DOCUMENTS = RACERS | {"make": (idle, _keep)}


class RacingMachine(LedgerMachine):
    """The same steps, and two transactions at once."""

    def two_do_something_at_once(self, data: st.DataObject) -> None:
        racers = RACERS_OF_DOCUMENTS if self.work.is_made_first else RACERS
        hands = list(self.workers)
        both = []
        for _ in range(2):
            possible = [name for name, (who, _) in racers.items() if any(map(who, hands))]
            who, make = racers[data.draw(st.sampled_from(possible), label="at once")]
            worker = data.draw(st.sampled_from([worker for worker in hands if who(worker)]))
            hands.remove(worker)
            both.append(make(self, data, worker))
        self.race(data, *both)

    def a_worker_goes_on_while_its_lane_is_taken(self, data: st.DataObject) -> None:
        worker = self.one(data, at_work)
        if any(map(free, self.workers)):
            self.now += LEASE
            taken = workers.acquire(self.one(data, free), worker.mine.seller, self.now)
            self.race(data, *data.draw(st.permutations([taken, workers.fenced(worker, self.now)])))

    def a_worker_goes_on_while_its_claim_is_called_an_orphan(self, data: st.DataObject) -> None:
        worker = self.one(data, idle)
        seller = worker.mine.seller
        self.new_orders(worker)
        if worker.lane:
            self.claim(worker, self.an_order(data, seller, State.DUE))
        if worker.sending and any(map(free, self.workers)):
            self.ask(worker, data.draw(st.sampled_from(self.amazon.answers)))
            another = self.one(data, free)
            self.now += LEASE
            assert self.do(workers.acquire(another, seller, self.now))
            both = [workers.reconcile(another, self.amazon, "", self.now), workers.settle(worker, self.now)]
            self.race(data, *data.draw(st.permutations(both)))

    steps: ClassVar[list[tuple[Step, Callable[[Worker], bool]]]] = [
        *LedgerMachine.steps,
        *[(two_do_something_at_once, anybody)] * 15,
        *[(a_worker_goes_on_while_its_lane_is_taken, at_work)] * 5,
        *[(a_worker_goes_on_while_its_claim_is_called_an_orphan, idle)] * 10,
    ]

    def race(self, data: st.DataObject, *both: Transaction) -> None:
        said = at_once(self.ledger, both[0], both[1], data.draw(st.sampled_from([1, 2, 3]), label="statement"))
        with self.ledger.read() as connection:
            now = snapshot(connection, self.work, SELLERS)
        for order in ((0, 1), (1, 0)):
            model, expected = self.model, {}
            for number in order:
                model, expected[number] = model.after(both[number].run)
            if [expected[0], expected[1]] == said and model.is_that_of(now):
                self.model = model
                for transaction, outcome in zip(both, said, strict=True):
                    transaction.then(outcome)
                return
        raise AssertionError(f"no order of the two gives {said}{self.model.differs_from(now)}")


def at_once(ledger: Ledger, first: Transaction, second: Transaction, statement: int) -> list[Any]:
    """Run the first up to that statement, the second until it ends or waits for the first, then both to the end."""
    here, go_on = Event(), Event()
    second_is: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(on_ledger, ledger, first, partial(_stop, statement, here, go_on))
        one.add_done_callback(lambda _: here.set())
        try:
            here.wait()
            two = pool.submit(on_ledger, ledger, second, lambda c: second_is.append(_driver(c).info.backend_pid))
            while not two.done() and not (second_is and _waits(ledger, second_is[0])):
                time.sleep(0.001)
        finally:
            go_on.set()
        return [one.result(), two.result()]


def _stop(statement: int, here: Event, go_on: Event, connection: Connection) -> None:
    numbers = count()

    class Stopping(psycopg.Cursor[Any]):
        def execute(self, *args: Any, **named: Any) -> Any:
            self._meet()
            return super().execute(*args, **named)

        def executemany(self, *args: Any, **named: Any) -> None:
            self._meet()
            super().executemany(*args, **named)

        def _meet(self) -> None:
            if next(numbers) == statement:
                here.set()
                go_on.wait()

    connection.detach()  # nobody else is ever to stop there
    _driver(connection).cursor_factory = Stopping


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _waits(ledger: Ledger, pid: int) -> bool:
    with ledger.read() as connection:
        return bool(connection.execute(text("SELECT pg_blocking_pids(:pid) <> '{}'"), {"pid": pid}).scalar())
