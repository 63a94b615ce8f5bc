"""How much of Amazon's budget is used while work is due: `askonce run` against the real rates, in real time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep

from benchmarks.daemon import SELLER, askonce_run
from benchmarks.figure import Figure
from benchmarks.stage import workplace
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


def measure() -> list[Figure]:
    now = SystemClock().now()
    with workplace() as folder:
        journal = folder / "journal"
        with SimulatorProcess(Options(start=now, journal=journal)) as amazon:
            amazon.post_orders(list(_orders(now)))
            with askonce_run(folder, folder / "budget.db", amazon.url):
                _wait_for_first(journal)
                sleep(SECONDS)
            throttled = sum(amazon.summary()["throttled"].values())
        accepted = _accepted_in_time(journal)
    detail = f"{accepted} of {BUDGET} accepted in the {SECONDS} s from the first on"
    return [
        Figure("budget", accepted / BUDGET, GOAL, detail, more_is_better=True),
        Figure("budget, 429", throttled, 0, "calls refused for their rate, of all operations"),
    ]


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
