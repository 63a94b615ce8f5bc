"""Opening the ledger: SQLite or PostgreSQL, migrated on the way in, with errors that say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection as Connection
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from ledger import upgrade
from ledger.errors import LedgerError as LedgerError
from ledger.errors import Unreachable, shown

BUSY_SECONDS = 30
CONNECTIONS = 16
"""To PostgreSQL, for each process."""
TURN_SECONDS = 300
"""How long a thread waits for a pooled connection when many sellers are busy."""
NOTICE_SILENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Seconds, the last one milliseconds: a server that is cut off without a word must not hold a thread for ever."""
PAUSE = 30
"""Seconds after which a connection to PostgreSQL may have been cut unnoticed."""


class Ledger:
    """An open, migrated ledger. `begin` writes, `read` reads, both in one transaction; `glance` reads in none."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name = shown(engine.url)
        self._glances = engine.execution_options(
            **{"reads": True} if engine.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        )

    @property
    def is_file(self) -> bool:
        """SQLite: of one machine, and of one daemon."""
        return self.engine.name == "sqlite"

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

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """A connection without a transaction, for single reads on the hot path: BEGIN costs more than the read."""
        with _plain_errors(self.engine), self._glances.connect() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_ledger(url: str, *, durable: bool = True) -> Ledger:
    """Open and migrate. `durable=False` survives a killed process but not a power cut: for simulations only.

    Raises LedgerError: unreachable, unwritable, not a database, locked; Outgrown: taken over by a newer askonce.
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
            behind = upgrade.is_behind(connection)
        if behind:
            with _plain_errors(ledger.engine):
                upgrade.migrate(ledger.engine)
    except LedgerError:
        ledger.close()
        raise
    return ledger


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite URL that was opened; None: PostgreSQL."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.drivername == "sqlite" and parsed.database else None


def _sqlite(url: URL, durable: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise LedgerError("the ledger must outlive the process. Type: DATABASE_URL=sqlite:///var/askonce.db")
    try:
        file = Path(url.database)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)  # SQLite gives -wal and -shm the same
    except OSError as error:
        raise LedgerError(_remedy(url, str(error))) from None
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is issued below
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
    """A few connections serve hundreds of threads, because a transaction is short and none waits for Amazon."""
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_use_lifo=True,  # last in, first out: each connection has its own prepared statements and caches
        pool_timeout=TURN_SECONDS,
        connect_args=NOTICE_SILENCE,
    )

    @event.listens_for(engine, "checkout")
    def _ping_after_a_pause(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        # a ping at each transaction would cost as much as the transaction
        if monotonic() - record.info.get("used", 0) > PAUSE:
            try:
                connection.execute("SELECT 1")
                connection.rollback()
            except connection.OperationalError:
                raise DisconnectionError from None

    @event.listens_for(engine, "checkin")
    def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["used"] = monotonic()

    return engine


@contextmanager
def _plain_errors(engine: Engine) -> Iterator[None]:
    url, driver = engine.url, engine.dialect.loaded_dbapi
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise _complaint(url, error.orig) from error
    except (driver.OperationalError, driver.InterfaceError) as error:  # what goes straight to the driver
        raise _complaint(url, error) from error
    except PoolTimeout:
        raise LedgerError(_remedy(url, "no connection became free")) from None
    except DBAPIError as error:
        if "file is not a database" in str(error.orig):
            raise LedgerError(_remedy(url, str(error.orig))) from error
        raise


def _complaint(url: URL, error: BaseException | None) -> LedgerError:
    said = str(error)
    kind = Unreachable if url.drivername != "sqlite" and _is_unreachable(error, said) else LedgerError
    return kind(_remedy(url, said))


def _is_unreachable(error: BaseException | None, said: str) -> bool:
    """Whether PostgreSQL was not there, or not yet. A connection that fails has no SQLSTATE: only words tell why."""
    if getattr(error, "sqlstate", None) or "password" in said:
        return False
    # FATAL: the server's own refusal, as of a wrong user; but it also says so while it starts, recovers or stops
    return "FATAL" not in said or "the database system is" in said


def _remedy(url: URL, said: str) -> str:
    name = shown(url)
    said = " ".join(said.split())
    for words, remedy in _REMEDIES:
        if words in said.lower():
            return f"{name}: {said}. {remedy}"
    return f"{name}: {said}. Type: askonce check"


_REMEDIES = (
    ("is the server running", "Start the database, or set DATABASE_URL to where it is"),
    ("full", "Nothing was lost. Free some space on the disk, then start again: df -h"),
    ("lock timeout", "It is in use by a backup or another upgrade: wait for the end of that, then start again"),
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
    ("does not exist", "Set DATABASE_URL to a database and user that exist, or make them: createdb NAME"),
    ("resolve host", "Set DATABASE_URL to where the database is"),
    ("connection", "Start the database, or set DATABASE_URL to where it is"),
)
