"""What was accepted, on disk, so that the simulator's memory outlives its process."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path


class Journal:
    """One line for each accepted solicitation: order id, tab, ISO time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def append(self, order_id: str, at: datetime) -> None:
        """Hands the line to the system in one write: killing this process cannot undo it."""
        os.write(self._file, f"{order_id}\t{at.isoformat()}\n".encode())

    def read(self) -> Iterator[tuple[str, datetime]]:
        for line in self._path.read_text().splitlines():
            order_id, at = line.split("\t")
            yield order_id, datetime.fromisoformat(at)
