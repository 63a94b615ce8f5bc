"""One PDF of the seller's bookkeeping: whether it is whole, what the XML inside says, and which number it has."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from invoices import file_name, hybrid, said
from invoices.compared import Buyers, contradiction
from invoices.document import Kind, Unmakeable
from invoices.text import plain
from rules.order import Money
from rules.reason import Reason

LIMIT = 10_000_000  # bytes: Amazon takes less than 10 MB
LONGEST_NUMBER = 64  # characters that the ledger keeps

_END = b"%%EOF"
_LAST_END = re.compile(rb"startxref\s+([1-9]\d*)\s+%%EOF")
_TAKEN = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9 ,/_;:#-]+")
"""What Amazon takes in an upload's values (SP-API docs, VAT Calculation Service, option 3)."""
_WRITING = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """One PDF as it lies there. `number`, `total` (VAT included) and `vat` as far as its XML or its name say them."""

    pdf: bytes
    sha256: str  # hexadecimal
    number: str | None
    total: Decimal | None
    vat: Decimal | None


class FolderPdf:
    """A PDF, and the names without `.pdf` under which it lies there."""

    def __init__(self, order_id: str, pdf: bytes, stems: Sequence[str]) -> None:
        self._order_id = order_id
        self._pdf = pdf
        self.stems = stems

    @cached_property
    def inside(self) -> said.Said | None:
        """What its XML says; None: there is none. Raises Unmakeable."""
        try:
            xml = hybrid.embedded(self._pdf)
            return said.read(xml) if xml else None
        except hybrid.Unreadable as error:
            raise unusable(f"the PDF cannot be read: {error}") from error
        except said.NotSaid:
            raise unusable("the XML inside the PDF cannot be read as an invoice") from None

    @cached_property
    def number(self) -> str | None:
        """The XML's before the names', if they do not contradict each other. Raises Unmakeable."""
        return _number(self.stems, self._order_id, self.inside.number if self.inside else None)

    @property
    def kind(self) -> Kind:
        """As its XML says; without one that can be read it is an invoice."""
        with suppress(Unmakeable):
            return Kind.CREDIT_NOTE if self.inside and self.inside.is_credit_note else Kind.INVOICE
        return Kind.INVOICE

    @property
    def known_number(self) -> str | None:
        """Its number, or the order's id, which stands for one; None: it cannot be told."""
        with suppress(Unmakeable):
            return self.number or self._order_id
        return None

    @property
    def total(self) -> Decimal | None:
        """What its XML says that it comes to, VAT included. Raises Unmakeable."""
        return self.inside.total if self.inside else None

    def found(self, kind: Kind, value: Money | None, buyers: Buyers) -> Found:
        """What it says, looked at whether it is the order's document of that kind. Raises Unmakeable."""
        inside = self.inside
        if inside:
            is_kind = inside.is_credit_note if kind is Kind.CREDIT_NOTE else inside.is_invoice
            if not is_kind or (inside.total is not None and inside.total < 0):
                raise unusable(f"the XML inside the PDF says that it is {_OTHER[kind]}")
            if why := contradiction(inside, self._order_id, value, buyers):
                raise unusable(f"the XML inside the PDF {why}")
        vat = inside.vat if inside else None
        return Found(self._pdf, sha256(self._pdf).hexdigest(), self.number, self.total, vat)


_OTHER = {Kind.INVOICE: "a credit note or a correction, not an invoice", Kind.CREDIT_NOTE: "no credit note"}


def read(path: Path, now: datetime | None) -> bytes:
    """A whole PDF. `now` ends the wait for one that is being written. Raises Unmakeable."""
    try:
        state = path.stat()
        if state.st_size > LIMIT:
            raise unusable(f"the PDF has {state.st_size / 1e6:.1f} MB; Amazon takes {LIMIT / 1e6:.0f} MB")
        with path.open("rb") as file:
            pdf = file.read(LIMIT)
    except OSError as error:
        raise unusable(f"the PDF cannot be read: {error.strerror}") from error
    if not pdf:
        raise unusable("the PDF is empty")
    if not pdf.startswith(b"%PDF-"):
        raise unusable("the file is named .pdf but is no PDF")
    if not _is_whole(pdf):
        if now and now - datetime.fromtimestamp(state.st_mtime, UTC) > _WRITING:
            raise unusable("the PDF has no end, and nothing was added to it for a day")
        raise Unmakeable(Reason.PDF_MISSING, "the PDF has no end: it is still being written")
    return pdf


def ambiguous(detail: str) -> Unmakeable:
    return Unmakeable(Reason.PDF_AMBIGUOUS, detail)


def unusable(detail: str) -> Unmakeable:
    return Unmakeable(Reason.PDF_UNUSABLE, detail)


def _is_whole(pdf: bytes) -> bool:
    """Whether the file ends with the end of a PDF, whatever follows it. An earlier version's end does not count."""
    if _END in pdf.rstrip(b"\0\t\n\r ")[-1024:]:  # where readers of PDFs look for it
        return True
    ends = list(_LAST_END.finditer(pdf))
    return bool(ends) and b" obj" not in pdf[ends[-1].end() :]


def _number(stems: Sequence[str], order_id: str, inside: str | None) -> str | None:
    names: set[str | None] = set()
    for stem in stems:
        try:
            names.add(None if inside and file_name.holds(stem, order_id, inside) else file_name.number(stem, order_id))
        except file_name.Doubtful:
            if not inside:
                raise unusable("its name does not show the invoice's number: call it NUMBER_ORDER.pdf") from None
    numbers = names - {None}
    if len(numbers) > 1:
        raise ambiguous(f"{len(stems)} PDFs in the invoice folder have {order_id} in the name, with other numbers")
    if inside and numbers:
        raise unusable(f"its name says {_shown(numbers.pop())}, the XML inside {_shown(inside)}")
    number = inside or (numbers.pop() if numbers else None)
    if number and len(number) > LONGEST_NUMBER:
        raise unusable(f"the invoice's number has {len(number)} characters, more than {LONGEST_NUMBER}")
    if number and not _TAKEN.fullmatch(number):
        raise unusable(f"Amazon takes letters, digits, blanks and , / - _ ; : # in a number, not {_shown(number)}")
    return number


def _shown(number: str | None) -> str:
    return plain(number or "")[:LONGEST_NUMBER]
