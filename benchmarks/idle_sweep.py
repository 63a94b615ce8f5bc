"""Whether a sweep's cost follows what is due: one seller with nothing due, of many stored orders and of few."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

from benchmarks.daemon import SELLER
from benchmarks.figure import Figure
from benchmarks.stage import workplace
from benchmarks.stored import load_seller, stored
from ledger import sources
from ledger.database import open_ledger
from ledger.process_identity import this_process
from ledger.sources import Reading
from marketplace.amazon.client import Amazon
from rules.order import Source
from settings.environment import Credentials
from settings.schema import Seller
from tasks import entrypoints
from tasks.app import App
from tasks.refresh import EVERY
from worker.clock import SimulatedClock, SystemClock
from worker.wiring import Silent, connector

MANY, FEW = 1_000_000, 10_000
ROUNDS = 200
GOAL = 1.5


def measure() -> list[Figure]:
    with workplace() as folder:
        seller = load_seller(folder)
        large_url, small_url = (f"sqlite:///{stored(many)}" for many in (MANY, FEW))
        with quiet_house(large_url, seller) as large, quiet_house(small_url, seller) as small:
            for app in (large, small):
                _sweep(app)  # connects, and compiles the statements
            pairs = [(_sweep(large), _sweep(small)) for _ in range(ROUNDS)]
    many, few = (median(seconds) * 1000 for seconds in zip(*pairs, strict=True))
    detail = f"{MANY:,} orders {many:.1f} ms, {FEW:,} orders {few:.1f} ms; medians of {ROUNDS} sweeps"
    return [Figure("idle sweep", many / few, GOAL, detail)]


@contextmanager
def quiet_house(database_url: str, seller: Seller) -> Iterator[App]:
    """A app whose facts are fresh, so that nothing of a sweep waits for Amazon. Time stands still in it."""
    clock = SimulatedClock(SystemClock().now())
    ledger = open_ledger(database_url)
    with ledger.begin() as connection:
        for source in Source:
            fresh = Reading(as_of=clock.now(), next_read_at=clock.now() + EVERY[source])
            sources.record(connection, seller.name, source, fresh)
    amazon = Amazon(clock, "http://127.0.0.1:9", "http://127.0.0.1:9")
    connect = connector(amazon, {seller.name: Credentials("simulated", "simulated", seller.name)})
    yield App({seller.name: seller}, ledger, clock, connect, this_process(), Silent(), threading.Event())
    amazon.close()
    ledger.close()


def _sweep(app: App) -> float:
    begun = perf_counter()
    entrypoints.sweep(app, SELLER)
    return perf_counter() - begun
