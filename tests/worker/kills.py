"""The moments on the route of an order at which a worker is killed, each brought about without touching the worker."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import text

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from tests.worker.seller_folder import ASK, OFFER, SELLER, Folder, Running, delivered, until

LONG = 60
"""Seconds: longer than any of these tests waits."""


@dataclass
class Route:
    """One worker on its way from claim to settlement; `mode` is the command that works."""

    folder: Folder
    amazon: SimulatorProcess
    mode: str
    ends: ExitStack = field(default_factory=ExitStack)  # what must be undone after the kill

    def start(self) -> Running:
        return self.folder.start(self.mode)

    def called(self, operation: str, times: int = 1) -> None:
        """Wait until Amazon has seen so many calls."""
        until(lambda: self.amazon.summary()["calls"].get(operation, 0) >= times)

    def accepted(self, orders: int = 1) -> None:
        until(lambda: self.amazon.summary()["accepted_total"] >= orders)

    def block_commits(self) -> None:
        """Nobody can write an answer into the ledger; reading goes on."""
        self.ends.enter_context(_locked(self.folder, "LOCK TABLE attempts IN SHARE MODE"))

    def block_controls(self) -> None:
        """PostgreSQL: nobody can look whether sending is paused."""
        self.ends.enter_context(_locked(self.folder, "LOCK TABLE controls IN ACCESS EXCLUSIVE MODE"))


@contextmanager
def _locked(folder: Folder, statement: str) -> Iterator[None]:
    with folder.ledger.engine.connect() as connection:  # on SQLite every transaction begins by taking the write lock
        if connection.dialect.name == "postgresql":
            connection.execute(text(statement))
        else:
            connection.execute(text("SELECT 1"))
        yield


def before_the_claim(route: Route) -> Running:
    route.amazon.faults(Fault("slow", "listTransactions", times=1, seconds=LONG))
    started = route.start()
    route.called("listTransactions")
    return started


def between_claim_and_look(route: Route) -> Running:
    route.amazon.faults(Fault("slow", OFFER, times=1, seconds=LONG))
    started = route.start()
    route.called(OFFER)
    return started


def between_look_and_call(route: Route) -> Running:
    """The worker waits four seconds for a token of its own bucket."""
    _empty_the_bucket(route.folder)
    started = route.start()
    route.called(OFFER)
    time.sleep(1)
    assert ASK not in route.amazon.summary()["calls"]
    return started


def between_look_and_call_at_the_kill_switch(route: Route) -> Running:
    route.amazon.faults(Fault("slow", OFFER, times=1, seconds=2))
    started = route.start()
    route.called(OFFER)
    route.block_controls()
    time.sleep(3)
    assert ASK not in route.amazon.summary()["calls"]
    return started


def with_the_call_on_the_wire(route: Route) -> Running:
    """Amazon reads the request only after the worker has gone."""
    _empty_the_bucket(route.folder)
    started = route.start()
    route.called(OFFER)
    time.sleep(0.5)
    os.kill(route.amazon.pid, signal.SIGSTOP)
    route.ends.callback(os.kill, route.amazon.pid, signal.SIGCONT)
    time.sleep(5)
    return started


def after_a_call_that_amazon_never_processed(route: Route) -> Running:
    route.amazon.faults(Fault("slow", OFFER, times=1, seconds=2), Fault("drop_before", ASK, times=1))
    started = route.start()
    route.called(OFFER)
    route.block_commits()
    route.called(ASK)
    time.sleep(0.5)
    return started


def after_amazon_accepted_and_before_the_reply(route: Route) -> Running:
    route.amazon.faults(Fault("slow", ASK, times=1, seconds=LONG))
    started = route.start()
    route.accepted()
    return started


def after_the_reply_and_before_the_commit(route: Route) -> Running:
    route.amazon.faults(Fault("slow", OFFER, times=1, seconds=2))
    started = route.start()
    route.called(OFFER)
    route.block_commits()
    route.accepted()
    time.sleep(0.5)
    return started


def after_the_commit(route: Route) -> Running:
    second = delivered(1, days_ago=9)
    route.amazon.post_orders([second])
    route.amazon.faults(Fault("slow", OFFER, order_id=second.order_id, times=1, seconds=LONG))
    started = route.start()
    route.called(OFFER, 2)
    assert sorted(route.folder.states().values()) == ["sending", "sent"]
    return started


MOMENTS: dict[str, tuple[Callable[[Route], Running], int | None]] = {
    "before the claim": (before_the_claim, 0),
    "between claim and look": (between_claim_and_look, 0),
    "between look and call": (between_look_and_call, 0),
    "with the call on the wire": (with_the_call_on_the_wire, None),
    "after a call that Amazon never processed": (after_a_call_that_amazon_never_processed, 0),
    "after Amazon accepted and before the reply": (after_amazon_accepted_and_before_the_reply, 1),
    "after the reply and before the commit": (after_the_reply_and_before_the_commit, 1),
    "after the commit": (after_the_commit, 1),
}
"""How each moment is reached, and how many requests Amazon has accepted by then (None: either way)."""

MOMENTS_ON_POSTGRESQL = {
    "between look and call": (between_look_and_call_at_the_kill_switch, 0),
    "after Amazon accepted and before the reply": (after_amazon_accepted_and_before_the_reply, 1),
    "after the reply and before the commit": (after_the_reply_and_before_the_commit, 1),
}


def _empty_the_bucket(folder: Folder) -> None:
    """As if the last process had spent its tokens for the call, at 0.3 a second: one is there four seconds later."""
    folder.askonce("sweep", "--dry-run")
    pace = json.dumps({ASK: {"full_at": 9e9, "per_second": 0.3}})
    folder.write("UPDATE lanes SET pace = :pace WHERE seller = :seller", pace=pace, seller=SELLER)


def goes_on_until_all_is_sent(route: Route) -> None:
    """Start the worker again, as a supervisor does: it finishes everything by itself."""
    started = route.start()
    if route.mode == "run":
        until(lambda: set(route.folder.states().values()) == {"sent"}, 120)
        assert started.stop() == 0, started.stderr()
    assert started.process.wait(90) == 0, started.stderr()
    assert set(route.folder.states().values()) == {"sent"}
