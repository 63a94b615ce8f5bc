"""Holding up a worker in the ledger, so that it can be killed in the midst of a transaction; it is not touched."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import text

from tests.worker.seller_folder import Folder

_FOR_EVER = {
    "sqlite": (
        "CREATE VIEW for_ever AS WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE TRIGGER held BEFORE {write} WHEN {row} BEGIN SELECT count(*) FROM for_ever; END",
    ),
    "postgresql": (
        "CREATE FUNCTION for_ever() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END'",
        "CREATE TRIGGER held BEFORE {write} FOR EACH ROW WHEN ({row}) EXECUTE FUNCTION for_ever()",
    ),
}
_NO_MORE = {
    "sqlite": ("DROP TRIGGER held", "DROP VIEW for_ever"),
    "postgresql": ("DROP FUNCTION for_ever CASCADE",),
}
ASLEEP = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
"""PostgreSQL: the sessions that are held up."""


@contextmanager
def held(folder: Folder, write: str, row: str) -> Iterator[None]:
    """Such a write ("UPDATE ON entries") of such a row lasts for ever."""
    database = folder.ledger.engine.dialect.name
    for statement in _FOR_EVER[database]:
        folder.write(statement.format(write=write, row=row))
    yield
    if database == "postgresql":  # the server would not notice that its client has been killed
        folder.rows(f"SELECT pg_terminate_backend(pid) {ASLEEP}")
    for statement in _NO_MORE[database]:
        folder.write(statement)


def is_held(folder: Folder) -> bool:
    """Whether a worker is in the midst of such a write."""
    url = folder.ledger.engine.url
    if url.get_backend_name() == "postgresql":
        return bool(folder.rows(f"SELECT 1 {ASLEEP}"))
    with closing(sqlite3.connect(str(url.database), timeout=0.5, isolation_level=None)) as connection:
        return is_locked(connection)


def is_locked(connection: sqlite3.Connection) -> bool:
    """Whether somebody else is writing into this SQLite file, and goes on for longer than the connection's time-out."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    connection.execute("ROLLBACK")
    return False


@contextmanager
def locked(folder: Folder, table: str) -> Iterator[None]:
    """PostgreSQL: nobody can even read the table."""
    with folder.ledger.begin() as connection:
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield


def is_locked_out(folder: Folder) -> bool:
    """PostgreSQL: whether somebody waits for a lock."""
    return bool(
        folder.rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    )
