"""What was accepted, on disk, so that the simulator's memory outlives its process."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

INVOICE = "invoice\t"


class Journal:
    """One line for each accepted solicitation: order id, tab, ISO time; and for each invoice: `invoice`, tab, JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def append(self, order_id: str, at: datetime) -> None:
        self._write(f"{order_id}\t{at.isoformat()}")

    def append_invoice(self, content: str) -> None:
        self._write(INVOICE + content)

    def read(self) -> Iterator[tuple[str, datetime]]:
        for line in self._lines():
            if not line.startswith(INVOICE):
                order_id, at = line.split("\t")
                yield order_id, datetime.fromisoformat(at)

    def read_invoices(self) -> Iterator[str]:
        return (line.removeprefix(INVOICE) for line in self._lines() if line.startswith(INVOICE))

    def _write(self, line: str) -> None:
        """Hands the line to the system in one write: killing this process cannot undo it."""
        os.write(self._file, f"{line}\n".encode())

    def _lines(self) -> list[str]:
        return self._path.read_text().splitlines()
