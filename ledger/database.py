"""Opening the ledger: SQLite or PostgreSQL, migrated on the way in, with errors that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as Connection
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from ledger.migrations import HEAD

BUSY_SECONDS = 30
MIGRATION_LOCK = 4_726_173  # any number, the same in every process


class LedgerError(Exception):
    """The database said no. The message ends with what to type; nothing of the transaction was kept."""


class Ledger:
    """An open, migrated ledger. `begin` writes, `read` reads; both are one transaction each."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name = engine.url.render_as_string(hide_password=True)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction: committed at the end, or rolled back by whatever is raised."""
        with _plain_errors(self.engine), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, and so never waits for a writer."""
        with _plain_errors(self.engine), self.engine.connect().execution_options(reads=True) as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_ledger(url: str, *, durable: bool = True) -> Ledger:
    """Open and migrate. `durable=False` survives a killed process but not a power cut: for simulations only.

    Raises LedgerError: unreachable, unwritable, not a database, made by a newer askonce.
    """
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
            raise ValueError(parsed.drivername)
    except (ArgumentError, ValueError):
        raise LedgerError(
            "DATABASE_URL is not the URL of a database that askonce knows. "
            "Type: DATABASE_URL=sqlite:///var/askonce.db, or DATABASE_URL=postgresql://user:password@host/name"
        ) from None
    ledger = Ledger(_sqlite(parsed, durable) if parsed.drivername == "sqlite" else _server(parsed))
    try:
        with ledger.read() as connection:
            revision = _revision(connection)
        if revision != HEAD:
            _migrate(ledger, revision)
    except LedgerError:
        ledger.close()
        raise
    return ledger


def _sqlite(url: URL, durable: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise LedgerError("the ledger must outlive the process. Type: DATABASE_URL=sqlite:///var/askonce.db")
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(_remedy(url, str(error))) from None
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE: two writers that read first and write later would otherwise both believe what they read
        reads = connection.get_execution_options().get("reads")
        driver: Any = connection.connection.driver_connection  # straight to SQLite: ten times as fast as by SQLAlchemy
        driver.execute("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _server(url: URL) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=10,
        max_overflow=90,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10},
    )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(ledger: Ledger, revision: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with ledger.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError:
        raise LedgerError(
            f"the ledger {ledger.name} was made by a newer askonce (revision {revision}). "
            "Type: git pull && make install"
        ) from None


@contextmanager
def _plain_errors(engine: Engine) -> Iterator[None]:
    url, driver = engine.url, engine.dialect.loaded_dbapi
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise LedgerError(_remedy(url, str(error.orig))) from error
    except (driver.OperationalError, driver.InterfaceError) as error:  # what goes straight to the driver
        raise LedgerError(_remedy(url, str(error))) from error
    except DBAPIError as error:
        if "file is not a database" in str(error.orig):
            raise LedgerError(_remedy(url, str(error.orig))) from error
        raise


def _remedy(url: URL, said: str) -> str:
    name = url.render_as_string(hide_password=True)
    said = " ".join(said.split())
    for words, remedy in _REMEDIES:
        if words in said.lower():
            return f"{name}: {said}. {remedy}"
    return f"{name}: {said}. Type: askonce check"


_REMEDIES = (
    ("full", "Nothing was lost. Free some space on the disk, then start again: df -h"),
    ("locked", "Another program holds the file. Stop it, or see which: fuser -v FILE"),
    ("readonly", "Make the file and its folder writable: chmod u+w FILE FOLDER"),
    ("read-only", "Make the file and its folder writable: chmod u+w FILE FOLDER"),
    ("permission denied", "Make the folder writable: chmod u+w FOLDER, or set DATABASE_URL to another place"),
    ("no such file", "Set DATABASE_URL to a place that exists, or type: unset DATABASE_URL"),
    ("file exists", "Rename the file, or set DATABASE_URL to another place"),
    ("not a directory", "Rename the file, or set DATABASE_URL to another place"),
    ("unable to open", "Make the folder writable: chmod u+w FOLDER, or set DATABASE_URL to another place"),
    ("not a database", "DATABASE_URL names a file that is no ledger. Set it to another file"),
    ("authentication", "Set the right user and password in DATABASE_URL"),
    ("connection", "Start the database, or set DATABASE_URL to where it is"),
)
