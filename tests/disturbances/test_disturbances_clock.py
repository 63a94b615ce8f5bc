"""A machine's clock that runs wrong, and is set right. Amazon's own goes on as it should."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event

import pytest

from ledger import lanes
from marketplace.amazon.client import Amazon
from marketplace.simulator.process import SimulatorProcess
from settings.load import load_settings
from tasks import entrypoints
from tasks.app import App
from tests.worker.seller_folder import DAY, Folder, amazon, delivered, selling, until
from worker.clock import SystemClock
from worker.embedded import Rings, work
from worker.schedule import RUN
from worker.wiring import wire

HOUR = timedelta(hours=1)
_numbers = count(1)


class WrongClock(SystemClock):
    """Real time, and what it is wrong by."""

    wrong_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.wrong_by


class AtOnce:
    """A doorbell that is answered where it rings."""

    app: App

    def ring(self, task: str, seller: str) -> None:
        RUN[task](self.app, seller)


@dataclass
class Desk:
    """One seller with three orders that may be asked for, worked for in this process, by a clock of its own."""

    seller: str
    orders: list[str]
    folder: Folder
    simulator: SimulatorProcess
    app: App
    clock: WrongClock

    def tick(self) -> None:
        for task in (entrypoints.sweep, entrypoints.send_due, entrypoints.reconcile):
            task(self.app)

    def asked(self) -> list[int]:
        accepted = self.simulator.accepted()
        return [accepted[order_id].count if order_id in accepted else 0 for order_id in self.orders]

    def let_amazons_pace_pass(self) -> None:
        """As the minutes do that it makes the next reading wait for."""
        self.folder.write("UPDATE lanes SET pace = '{}'")
        self.folder.write("UPDATE sources SET next_read_at = NULL")


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with amazon() as process:
        yield process


@pytest.fixture
def desk(tmp_path: Path, database_url: str, simulator: SimulatorProcess) -> Iterator[Desk]:
    seller = f"shop-{next(_numbers)}"
    orders = [delivered(next(_numbers), days, account=seller) for days in (20, 10, 6)]
    simulator.post_orders(orders)
    with selling(tmp_path, simulator.url, seller, database_url=database_url) as folder:
        variables = folder.environ | folder.variables | {"SELLERS_FILE": str(tmp_path / "sellers.toml")}
        clock = WrongClock()
        client = Amazon(clock, simulator.url, simulator.url)
        doorbell = AtOnce()
        doorbell.app = app = wire(load_settings(variables), folder.ledger, clock, client, doorbell, Event())
        yield Desk(seller, [order.order_id for order in orders], folder, simulator, app, clock)
        client.close()


@pytest.mark.parametrize(
    "ahead", [pytest.param(DAY, id="a day"), pytest.param(40 * DAY, id="40 days", marks=pytest.mark.long)]
)
def test_orders_seen_by_a_clock_that_ran_ahead_are_asked_once_when_it_is_set_right(
    desk: Desk, ahead: timedelta
) -> None:
    desk.clock.wrong_by = ahead
    desk.tick()
    with desk.folder.ledger.begin() as connection:
        assert lanes.acquire(connection, desk.seller, "another machine, switched off since", desk.clock.now())
    assert desk.asked() == [0, 0, 0]  # Amazon says how old its orders are: nothing goes out on facts that are stale
    desk.clock.wrong_by = timedelta()
    desk.tick()
    desk.let_amazons_pace_pass()
    for _ in range(2):
        desk.tick()
        assert desk.asked() == [1, 1, 1]
    assert set(desk.folder.states().values()) == {"sent"}
    assert desk.folder.broken_invariants() == {}


@pytest.mark.parametrize("jump", [pytest.param(DAY, id="on", marks=pytest.mark.long), pytest.param(-DAY, id="back")])
def test_nobody_is_asked_twice_after_a_jump_of_the_clock(desk: Desk, jump: timedelta) -> None:
    desk.tick()
    assert desk.asked() == [1, 1, 1]
    for wrong_by in (jump, timedelta()):
        desk.clock.wrong_by = wrong_by
        desk.tick()
    assert desk.asked() == [1, 1, 1]
    assert desk.folder.broken_invariants() == {}


def test_a_lease_given_before_the_clock_was_set_back_is_not_waited_for(desk: Desk) -> None:
    now = desk.clock.now()
    with desk.folder.ledger.begin() as connection:
        assert lanes.acquire(connection, desk.seller, "elsewhere", now)
        assert lanes.acquire(connection, desk.seller, "here", now - lanes.LEASE) is None
        assert lanes.acquire(connection, desk.seller, "here", now - lanes.LEASE - HOUR)


def test_a_clock_that_is_set_back_does_not_silence_the_embedded_worker(desk: Desk) -> None:
    doorbell = Rings()
    desk.clock.wrong_by = DAY
    with ThreadPoolExecutor() as pool:
        try:
            worker = pool.submit(work, replace(desk.app, doorbell=doorbell), doorbell)
            time.sleep(2)  # its first ticks stand a day from now, as after a clock that was set back
            desk.clock.wrong_by = timedelta()
            until(lambda: desk.asked() == [1, 1, 1])
        finally:
            desk.app.stopping.set()
        worker.result()
