"""A copy of a SQLite ledger while it is in use, and when the last one was made."""

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from ledger import meta
from ledger.database import Connection, Ledger, sqlite_file
from ledger.errors import LedgerError

MADE_AT = "backup"
"""Key in `meta`: when the last copy was made, as ISO 8601."""
POSTGRESQL = "{name} is backed up by PostgreSQL's own tools. Type: pg_dump --format=custom --file=backup.dump DATABASE"


def back_up(ledger: Ledger, file: Path, now: datetime) -> int:
    """Write the copy, whole or not at all, readable by its owner only. Returns its size in bytes.

    A file of that name is replaced. Raises LedgerError.
    """
    here = sqlite_file(str(ledger.engine.url)) if ledger.is_file else None
    if here is None:
        raise LedgerError(POSTGRESQL.format(name=ledger.name))
    if file.exists() and file.samefile(here):
        raise LedgerError(f"{file} is the ledger itself. Type: askonce backup {file}.backup")
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        _copy(ledger, part)
        part.replace(file)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise LedgerError(f"{file}: {error}. Type: askonce backup FILE, in a folder that you may write to") from None
    with ledger.begin() as connection:
        meta.put(connection, MADE_AT, now.isoformat())
    return file.stat().st_size


def _copy(ledger: Ledger, part: Path) -> None:
    with ledger.read() as connection:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        target = sqlite3.connect(part)
        try:
            source.backup(target)
        finally:
            target.close()
    file = os.open(part, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def made_at(connection: Connection) -> datetime | None:
    """When the last copy was made. Copies by other means are not known."""
    return meta.moment(connection, MADE_AT)
