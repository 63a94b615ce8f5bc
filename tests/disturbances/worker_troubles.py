"""What happens to workers in mid-send: many at once, and one that is frozen (SIGSTOP) past its lease."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from marketplace.simulator.faults import Fault
from tests.disturbances.agency import Agency
from tests.disturbances.amazon_troubles import REQUEST, before, url_of
from tests.disturbances.postgres_troubles import at_work_on
from tests.worker.seller_folder import ASK, OFFER, Running, until

LEFT = "the lane was taken over"
"""What a worker says that finds its lane taken over before it asks."""
RECORDED = "was taken over while it was being sent"
"""What it says when it hears the answer too late."""


def many_workers(path: Path, database_url: str, workers: int = 3) -> None:
    """On fifty due orders of five sellers; every message that rings for them comes again and again."""
    sellers = [f"shop-{letter}" for letter in "abcde"]
    with at_work_on(path, database_url, sellers=sellers, each=10) as at_work:
        at_work.pause()
        at_work.work(workers)
        until(lambda: len(at_work.folder.states()) == 50)
        at_work.resume()
        at_work.ends_well()


def eight_workers(path: Path, database_url: str) -> None:
    many_workers(path, database_url, 8)


def frozen_at_the_look(path: Path, database_url: str) -> None:
    with at_work_on(path, database_url, sellers=["shop-a"], each=1) as at_work:
        at_work.amazon.faults(Fault("slow", OFFER, times=1, seconds=5))
        at_work.work()
        until(lambda: OFFER in at_work.amazon.summary()["calls"])
        with frozen_past_its_lease(at_work) as first:
            pass
        until(lambda: LEFT in first.stderr())
        assert at_work.amazon.summary()["calls"][ASK] == 1
        at_work.ends_well()


def frozen_after_the_look(path: Path, database_url: str) -> None:
    """While the database answers its last check: if the answer was on its way, only Amazon's own refusal is left."""
    with at_work_on(path, database_url, sellers=["shop-a"], each=1, accept_repeats=False) as at_work:
        at_work.amazon.faults(Fault("slow", OFFER, times=1, seconds=15))
        at_work.work()
        until(lambda: OFFER in at_work.amazon.summary()["calls"])
        with at_work.folder.ledger.engine.connect() as connection:
            connection.execute(text("LOCK TABLE controls IN ACCESS EXCLUSIVE MODE"))  # it waits at the kill switch
            until(lambda: at_work.folder.rows("SELECT pid FROM pg_locks WHERE NOT granted"))
            at_work.workers[0].process.send_signal(signal.SIGSTOP)
        with frozen_past_its_lease(at_work) as first:
            pass
        until(lambda: LEFT in first.stderr())
        at_work.ends_well()


def frozen_with_the_call_on_the_wire(path: Path, database_url: str) -> None:
    with at_work_on(path, database_url, sellers=["shop-a"], each=1, seconds=5) as at_work:
        at_work.work()
        at_work.in_mid_send()
        with frozen_past_its_lease(at_work) as first:
            pass
        until(lambda: RECORDED in first.stderr())
        assert at_work.amazon.summary()["calls"][ASK] == 1
        at_work.ends_well()


def frozen_before_the_request_leaves(path: Path, database_url: str) -> None:
    """After its last check, where nothing can stop it: it asks late, and only Amazon's own refusal is left."""
    with (
        at_work_on(path, database_url, sellers=["shop-a"], each=1, accept_repeats=False) as at_work,
        before(at_work) as proxy,
    ):
        proxy.hold(REQUEST)
        at_work.work(SP_API_ENDPOINT=url_of(proxy))
        assert proxy.begun.wait(60)
        with frozen_past_its_lease(at_work) as first:
            assert at_work.amazon.summary()["calls"][ASK] == 1
            proxy.let_go()
        until(lambda: RECORDED in first.stderr())
        assert at_work.amazon.summary()["calls"][ASK] == 2
        at_work.ends_well()


@contextmanager
def frozen_past_its_lease(at_work: Agency) -> Iterator[Running]:
    """The worker stops, its lease ends, another takes over and sends; then it goes on."""
    first = at_work.workers[0]
    first.process.send_signal(signal.SIGSTOP)
    # No test can wait for the ten minutes of a lease; but the worker's own clock has not moved at all.
    at_work.folder.write("UPDATE lanes SET expires_at = expires_at - interval '11 minutes'")
    at_work.folder.write("UPDATE entries SET next_look_at = next_look_at - interval '11 minutes'")
    at_work.work()
    with at_work.ticking():
        until(at_work.is_done, 240)
    yield first
    first.process.send_signal(signal.SIGCONT)
