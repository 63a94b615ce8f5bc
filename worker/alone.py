"""One embedded worker for each SQLite ledger."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.database import LedgerError


@contextmanager
def alone(database: str | None) -> Iterator[None]:
    """Hold the SQLite file against a second embedded worker, for as long as this process lives."""
    if database is None:
        yield
        return
    path = Path(f"{database}.worker")
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerError(
                f"another askonce works on {database} already. Stop it first, or give this one its own DATABASE_URL"
            ) from None
        yield
