"""Invoices that the seller's bookkeeping makes: PDFs in a folder, each named after its Amazon order."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

from invoices import hybrid
from invoices.document import Unmakeable
from rules.reason import Reason

LIMIT = 10_000_000  # bytes: Amazon takes less than 10 MB

_END = b"%%EOF"
_NEAR_THE_END = 1024  # bytes within which readers of PDFs look for it
_SEPARATORS = " _-.,;#()[]+"
_CII = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
}
_SUMS = ".//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"


@dataclass(frozen=True, slots=True)
class Found:
    """One PDF as it lies there. `number`, `total` (VAT included) and `vat` as far as its name or its XML say them."""

    pdf: bytes
    sha256: str  # hexadecimal
    number: str | None
    total: Decimal | None
    vat: Decimal | None


def find(folder: Path, order_id: str) -> Found:
    """The PDF directly in `folder` whose name contains the order's id.

    The rest of the name is the invoice's number: `INV-7_171-1234567-1234567.pdf` is INV-7. Without one (a number has a
    digit) it is read from the XML of a Factur-X file. Raises Unmakeable (pdf_missing, pdf_ambiguous, pdf_unusable).
    """
    path = _only(folder, order_id)
    pdf = _read(path)
    try:
        xml = hybrid.embedded(pdf)
    except hybrid.Unreadable as error:
        raise _unusable(f"the PDF cannot be read: {error}") from error
    number, total, vat = _said(xml) if xml else (None, None, None)
    return Found(pdf, sha256(pdf).hexdigest(), _number(path.stem, order_id) or number, total, vat)


def _only(folder: Path, order_id: str) -> Path:
    wanted = _pattern(order_id)
    try:
        found = [path for path in folder.iterdir() if _is_pdf(path) and wanted.search(path.stem) and path.is_file()]
    except OSError as error:
        raise Unmakeable(Reason.PDF_MISSING, f"the invoice folder cannot be read: {error.strerror}") from error
    if not found:
        raise Unmakeable(Reason.PDF_MISSING, f"no PDF in the invoice folder has {order_id} in its name")
    if len(found) > 1:
        raise Unmakeable(Reason.PDF_AMBIGUOUS, f"{len(found)} PDFs in the invoice folder have {order_id} in the name")
    return found[0]


def _is_pdf(path: Path) -> bool:
    """Not those hidden, which programs put beside a file while they write it."""
    return path.suffix.lower() == ".pdf" and not path.name.startswith((".", "~"))


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LIMIT:
            raise _unusable(f"the PDF has {size / 1e6:.1f} MB; Amazon takes {LIMIT / 1e6:.0f} MB")
        pdf = path.read_bytes()
    except OSError as error:
        raise _unusable(f"the PDF cannot be read: {error.strerror}") from error
    if not pdf:
        raise _unusable("the PDF is empty")
    if not pdf.startswith(b"%PDF-"):
        raise _unusable("the file is named .pdf but is no PDF")
    if _END not in pdf[-_NEAR_THE_END:]:
        raise Unmakeable(Reason.PDF_MISSING, "the PDF has no end: it is still being written")
    return pdf


def _number(stem: str, order_id: str) -> str | None:
    rest = "-".join(part for part in (each.strip(_SEPARATORS) for each in _pattern(order_id).split(stem)) if part)
    return rest if any(each.isdigit() for each in rest) else None


def _pattern(order_id: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\d){re.escape(order_id)}(?!\d)")


def _said(xml: bytes) -> tuple[str | None, Decimal | None, Decimal | None]:
    """Number, total and VAT of a Cross Industry Invoice; None what it does not say."""
    try:
        root = ET.fromstring(xml)  # noqa: S314 (the seller's own file; expat bounds what entities grow to)
    except ET.ParseError:
        return None, None, None
    number = (root.findtext("rsm:ExchangedDocument/ram:ID", None, _CII) or "").strip() or None
    total, rounding, vat = (
        _amount(root.findtext(_SUMS + name, None, _CII))
        for name in ("GrandTotalAmount", "RoundingAmount", "TaxTotalAmount")
    )
    return number, None if total is None else total + (rounding or 0), vat


def _amount(text: str | None) -> Decimal | None:
    try:
        amount = Decimal(text or "")
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _unusable(detail: str) -> Unmakeable:
    return Unmakeable(Reason.PDF_UNUSABLE, detail)
