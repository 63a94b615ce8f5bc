"""One embedded worker for each SQLite ledger."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import LedgerError


@contextmanager
def single_instance(database: Path | None) -> Iterator[None]:
    """Lock the SQLite file against a second embedded worker, as long as the block lasts. None: PostgreSQL, no lock.

    Raises LedgerError when another process has the lock.
    """
    if database is None:
        yield
        return
    path = database.with_name(f"{database.name}.worker")
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerError(
                f"another askonce works on {database.absolute()} already. "
                "Stop it first, or give this one its own DATABASE_URL"
            ) from None
        yield
