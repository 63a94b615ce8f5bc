"""How much of Amazon's budget is used while work is due: `askonce run` against the real rates, in real time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from time import sleep

from benchmarks.daemon import SELLER, askonce_run, environment, put_in_service
from benchmarks.figure import Figure
from benchmarks.stage import workplace
from benchmarks.visitors import Crowd, served
from marketplace.operations import Operation
from marketplace.simulator.journal import Journal
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from settings.marketplaces import MARKETPLACES
from worker.clock import SystemClock

SECONDS = 120
BUDGET = Operation.REQUEST_REVIEW.burst + int(SECONDS * Operation.REQUEST_REVIEW.per_second)
GOAL = 0.99
PATIENCE = 60  # seconds until the first request
OPENED = ("/", "/orders", "/calendar", "/held", "/health")

Daemon = Callable[[Path, Path, str], AbstractContextManager[object]]


def measure() -> list[Figure]:
    return [*_used("budget", askonce_run), *_used("budget, page open", _looked_at)]


def _used(name: str, run: Daemon) -> list[Figure]:
    now = SystemClock().now()
    with workplace() as folder:
        journal = folder / "journal"
        with SimulatorProcess(Options(start=now, journal=journal)) as amazon:
            amazon.post_orders(list(_orders(now)))
            with run(folder, folder / "budget.db", amazon.url):
                _wait_for_first(journal)
                sleep(SECONDS)
            throttled = sum(amazon.summary()["throttled"].values())
        accepted = _accepted_in_time(journal)
    detail = f"{accepted} of {BUDGET} accepted in the {SECONDS} s from the first on"
    return [
        Figure(name, accepted / BUDGET, GOAL, detail, more_is_better=True),
        Figure(f"{name}, 429", throttled, 0, "calls refused for their rate, of all operations"),
    ]


@contextmanager
def _looked_at(folder: Path, database: Path, amazon: str) -> Iterator[None]:
    """The daemon with its page, and somebody who opens another page each second."""
    put_in_service(database)
    with served(folder, environment(folder, database, amazon), "run", "--web") as place:
        crowd = Crowd(place, OPENED)
        looking = Thread(target=crowd.look, args=(1, SECONDS))
        looking.start()
        yield
        looking.join()
    if not all(crowd.took.values()):
        raise RuntimeError(f"not every page was opened: {crowd.took}")


def _orders(now: datetime) -> Iterator[SimOrder]:
    """More than the budget, delivered ten days ago."""
    day = timedelta(days=1)
    for number in range(2 * BUDGET):
        yield SimOrder(
            order_id=f"402-{1_000_000 + number:07}-{2_000_000 + number:07}",
            account=SELLER,
            purchased_at=now - 14 * day,
            marketplace_id=MARKETPLACES["FR"].marketplace_id,
            shipped_at=now - 13 * day,
            delivered_at=now - 10 * day,
        )


def _wait_for_first(journal: Path) -> None:
    for _ in range(10 * PATIENCE):
        if journal.stat().st_size:
            return
        sleep(0.1)
    raise RuntimeError(f"nothing was asked in {PATIENCE} s")


def _accepted_in_time(journal: Path) -> int:
    times = [at for _, at in Journal(journal).read()]
    return sum(at - times[0] <= timedelta(seconds=SECONDS) for at in times)
