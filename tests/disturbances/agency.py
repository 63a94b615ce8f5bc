"""An agency at work: real workers, Redis, PostgreSQL and a simulated Amazon, to be disturbed in mid-send."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from celery import Celery
from kombu.exceptions import OperationalError

from ledger import controls
from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from rules.reason import Reason
from tests.worker.seller_folder import ASK, Folder, Running, amazon, delivered, selling, until

SELLERS = ("shop-a", "shop-b", "shop-c")
TICKS = ("send_due", "reconcile", "sweep")


@dataclass
class Agency:
    """`workers` are those that must be alive in the end."""

    folder: Folder
    amazon: SimulatorProcess
    workers: list[Running] = field(default_factory=list)

    def work(self, workers: int = 1, options: Sequence[str] = (), **environ: str) -> None:
        """Start workers, and wait until they take messages. `environ`: where they are told to find what they need."""
        with _changed(self.folder.environ, environ):
            started = [self.folder.celery("worker", *options) for _ in range(workers)]
        for worker in started:
            until(lambda: "working for" in worker.stderr() or worker.process.poll() is not None, 240)  # noqa: B023
        self.workers += started

    def in_mid_send(self) -> None:
        """Wait until Amazon has accepted a request whose answer is not in the ledger."""
        until(self._unsettled, 240)

    def _unsettled(self) -> set[str]:
        sending = {order_id for order_id, state in self.folder.states().items() if state == "sending"}
        return sending & self.amazon.accepted().keys()

    def pause(self) -> None:
        with self.folder.ledger.begin() as connection:
            controls.stop(connection, controls.ALL, Reason.PAUSED)

    def resume(self) -> None:
        with self.folder.ledger.begin() as connection:
            controls.lift(connection, controls.ALL)

    def ring(self, *tasks: str, **arguments: str) -> None:
        """Messages, as beat sends them: a broker that is away gets none."""
        with Celery(broker=self.folder.variables["REDIS_URL"]) as app, suppress(OperationalError):
            for task in tasks:
                app.send_task(f"tasks.{task}", kwargs=arguments, expires=60, retry=False)

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """Beat, but faster."""
        over = threading.Event()

        def tick() -> None:
            while not over.wait(2):
                self.ring(*TICKS)

        thread = threading.Thread(target=tick)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def is_done(self) -> bool:
        states = self.folder.states()
        return len(states) == self.amazon.summary()["orders"] and set(states.values()) == {"sent"}

    def ends_well(self, seconds: float = 240) -> None:
        """By itself, every order is asked, and none twice; every worker is alive and takes messages."""
        try:
            with self.ticking():
                until(self.is_done, seconds)
        except AssertionError as error:
            error.add_note(f"the orders are {self.folder.states()}; the last worker said:")
            error.add_note(self.workers[-1].stderr()[-3000:])
            raise
        self.nobody_is_asked_twice()
        assert self.folder.broken_invariants() == {}
        for worker in self.workers:
            self._is_listening(worker)

    def nobody_is_asked_twice(self) -> None:
        said = {order_id: accepted.count for order_id, accepted in self.amazon.accepted().items()}
        assert said == dict.fromkeys(said, 1)

    def _is_listening(self, worker: Running) -> None:
        nobody = f"nobody-{uuid4().hex}"

        def heard() -> bool:
            assert worker.process.poll() is None, worker.stderr()
            self.ring("sweep", seller=nobody)
            time.sleep(0.5)
            return f"no seller '{nobody}'" in worker.stderr()

        until(heard)


@contextmanager
def agency(
    path: Path,
    database_url: str,
    redis_url: str,
    *,
    sellers: Sequence[str] = SELLERS,
    each: int = 4,
    seconds: float = 1,
    accept_repeats: bool = True,
) -> Iterator[Agency]:
    """Each seller has so many orders to ask for, and Amazon takes so many seconds to answer each request."""
    orders = [delivered(100 * s + n, account=name) for s, name in enumerate(sellers) for n in range(each)]
    with amazon(*orders, accept_repeats=accept_repeats) as simulator:
        simulator.faults(Fault("slow", ASK, seconds=seconds))
        with selling(path, simulator.url, *sellers, database_url=database_url, redis_url=redis_url) as folder:
            yield Agency(folder, simulator)


@contextmanager
def _changed(environ: dict[str, str], changes: dict[str, str]) -> Iterator[None]:
    before = environ.copy()
    environ.update(changes)
    yield
    environ.clear()
    environ.update(before)
