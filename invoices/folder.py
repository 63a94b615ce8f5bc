"""Invoices that the seller's bookkeeping makes: PDFs in a folder, each named after its Amazon order."""

import os
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from invoices import file_name, hybrid, said
from invoices.document import Unmakeable
from invoices.text import plain
from rules.order import Money
from rules.reason import Reason

LIMIT = 10_000_000  # bytes: Amazon takes less than 10 MB
LONGEST_NUMBER = 64  # characters that the ledger keeps
FRESH = 2.0
"""Seconds for which a look serves although the folder's time stands still: some file systems count in whole ones."""

_END = b"%%EOF"
_LAST_END = re.compile(rb"startxref\s+([1-9]\d*)\s+%%EOF")
_TAKEN = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9 ,/_;:#-]+")
"""What Amazon takes in an upload's values (SP-API docs, VAT Calculation Service, option 3)."""
_CENT = Decimal("0.01")
_WRITING = timedelta(days=1)
_MOST_COPIES = 10


@dataclass(frozen=True, slots=True)
class Found:
    """One PDF as it lies there. `number`, `total` (VAT included) and `vat` as far as its XML or its name say them."""

    pdf: bytes
    sha256: str  # hexadecimal
    number: str | None
    total: Decimal | None
    vat: Decimal | None


def find(folder: Path, order_id: str) -> Found:
    """`Look.find` in this folder, without what is known of the order."""
    return look(folder).find(order_id)


@lru_cache(maxsize=1000)
def look(folder: Path) -> "Look":
    """The look through this folder that all orders of this process share."""
    return Look(folder)


class Look:
    """What lies directly in a folder, by the orders in the files' names. The folder is read again when it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, list[str]] = {}
        self._others: list[str] = []
        self._state: tuple[int, float] = (0, -FRESH)

    def find(self, order_id: str, value: Money | None = None, now: datetime | None = None) -> Found:
        """The order's PDF: one, or several that are alike.

        Number, total and VAT are those of the XML inside, if there is one, which must not contradict the name, the
        order, or its `value`. Else the name has the number: `INV-7_171-1234567-1234567.pdf` is INV-7. `now` ends the
        wait for a PDF that is being written. Raises Unmakeable (pdf_missing, pdf_ambiguous, pdf_unusable).
        """
        names = self._of(order_id)
        contents = {_read(self._folder / name, now) for name in names[:_MOST_COPIES]}
        if len(contents) > 1 or len(names) > _MOST_COPIES:
            raise _ambiguous(f"{len(names)} PDFs in the invoice folder have {order_id} in the name")
        pdf = contents.pop()
        inside = _inside(pdf, order_id, value)
        number = _number([Path(name).stem for name in names], order_id, inside.number if inside else None)
        total, vat = (inside.total, inside.vat) if inside else (None, None)
        return Found(pdf, sha256(pdf).hexdigest(), number, total, vat)

    def _of(self, order_id: str) -> list[str]:
        try:
            self._refresh()
            wanted = re.compile(rf"(?<!\d){re.escape(order_id)}(?!\d)")
            known = said.ORDER_ID.fullmatch(order_id)
            names = self._names.get(order_id, []) if known else [each for each in self._others if wanted.search(each)]
            found = [name for name in names if (self._folder / name).is_file()]
        except OSError as error:
            raise Unmakeable(Reason.PDF_MISSING, f"the invoice folder cannot be read: {error.strerror}") from error
        if not found:
            raise Unmakeable(Reason.PDF_MISSING, f"no PDF in the invoice folder has {order_id} in its name")
        if any(len(set(said.ORDER_ID.findall(name))) > 1 for name in found):
            raise _ambiguous("a PDF in the invoice folder has the ids of several orders in its name")
        return found

    def _refresh(self) -> None:
        changed, looked = self._folder.stat().st_mtime_ns, time.monotonic()
        if changed == self._state[0] and looked < self._state[1] + FRESH:
            return
        names: defaultdict[str, list[str]] = defaultdict(list)
        others: list[str] = []
        with os.scandir(self._folder) as entries:
            pdfs = sorted(entry.name for entry in entries if _is_pdf(entry.name))
        for name in pdfs:
            orders = set(said.ORDER_ID.findall(name))
            for order_id in orders:
                names[order_id].append(name)
            if not orders:
                others.append(name)
        self._names, self._others, self._state = names, others, (changed, looked)


def _is_pdf(name: str) -> bool:
    """Not those hidden, which programs put beside a file while they write it."""
    return name.lower().endswith(".pdf") and not name.startswith((".", "~"))


def _read(path: Path, now: datetime | None) -> bytes:
    try:
        state = path.stat()
        if state.st_size > LIMIT:
            raise _unusable(f"the PDF has {state.st_size / 1e6:.1f} MB; Amazon takes {LIMIT / 1e6:.0f} MB")
        with path.open("rb") as file:
            pdf = file.read(LIMIT)
    except OSError as error:
        raise _unusable(f"the PDF cannot be read: {error.strerror}") from error
    if not pdf:
        raise _unusable("the PDF is empty")
    if not pdf.startswith(b"%PDF-"):
        raise _unusable("the file is named .pdf but is no PDF")
    if not _is_whole(pdf):
        if now and now - datetime.fromtimestamp(state.st_mtime, UTC) > _WRITING:
            raise _unusable("the PDF has no end, and nothing was added to it for a day")
        raise Unmakeable(Reason.PDF_MISSING, "the PDF has no end: it is still being written")
    return pdf


def _is_whole(pdf: bytes) -> bool:
    """Whether the file ends with the end of a PDF, whatever follows it. An earlier version's end does not count."""
    if _END in pdf.rstrip(b"\0\t\n\r ")[-1024:]:  # where readers of PDFs look for it
        return True
    ends = list(_LAST_END.finditer(pdf))
    return bool(ends) and b" obj" not in pdf[ends[-1].end() :]


def _inside(pdf: bytes, order_id: str, value: Money | None) -> said.Said | None:
    """What the XML says, looked at whether it is this order's invoice."""
    try:
        xml = hybrid.embedded(pdf)
        inside = said.read(xml) if xml else None
    except hybrid.Unreadable as error:
        raise _unusable(f"the PDF cannot be read: {error}") from error
    except said.NotSaid:
        raise _unusable("the XML inside the PDF cannot be read as an invoice") from None
    if inside is None:
        return None
    if not inside.is_invoice or (inside.total is not None and inside.total < 0):
        raise _unusable("the XML inside the PDF says that it is a credit note or a correction, not an invoice")
    if inside.orders and order_id not in inside.orders:
        raise _unusable("the XML inside the PDF names another order")
    if value and inside.currency and inside.currency != value.currency:
        raise _unusable(f"the XML inside the PDF is in {plain(inside.currency)[:9]}, the order in {value.currency}")
    if value and inside.total is not None and abs(inside.total - value.amount) > _CENT:
        raise _unusable(f"the XML inside the PDF says {inside.total}, the order is worth {value.amount}")
    return inside


def _number(stems: list[str], order_id: str, inside: str | None) -> str | None:
    """The XML's number before the names', if they do not contradict each other."""
    names: set[str | None] = set()
    for stem in stems:
        try:
            names.add(None if inside and file_name.holds(stem, order_id, inside) else file_name.number(stem, order_id))
        except file_name.Doubtful:
            if not inside:
                raise _unusable("its name does not show the invoice's number: call it NUMBER_ORDER.pdf") from None
    numbers = names - {None}
    if len(numbers) > 1:
        raise _ambiguous(f"{len(stems)} PDFs in the invoice folder have {order_id} in the name, with other numbers")
    if inside and numbers:
        raise _unusable(f"its name says {_shown(numbers.pop())}, the XML inside {_shown(inside)}")
    number = inside or (numbers.pop() if numbers else None)
    if number and len(number) > LONGEST_NUMBER:
        raise _unusable(f"the invoice's number has {len(number)} characters, more than {LONGEST_NUMBER}")
    if number and not _TAKEN.fullmatch(number):
        raise _unusable(f"Amazon takes letters, digits, blanks and , / - _ ; : # in a number, not {_shown(number)}")
    return number


def _shown(number: str | None) -> str:
    return plain(number or "")[:LONGEST_NUMBER]


def _ambiguous(detail: str) -> Unmakeable:
    return Unmakeable(Reason.PDF_AMBIGUOUS, detail)


def _unusable(detail: str) -> Unmakeable:
    return Unmakeable(Reason.PDF_UNUSABLE, detail)
