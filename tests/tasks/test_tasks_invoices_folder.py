"""Documents that the seller's bookkeeping puts into a folder."""

from pathlib import Path

import pytest

from ledger.state import State
from rules.reason import Reason
from tests.invoices.samples import PLAIN
from tests.tasks.bookkeeping import document
from tests.tasks.invoice_workshop import InvoiceWorkshop, pdf_is_that_of
from tests.tasks.workshop import HOUR, MINUTE, NOW

SENT = (State.SENT, Reason.INVOICED)


@pytest.fixture
def folder(invoicing: InvoiceWorkshop, tmp_path: Path) -> Path:
    """The seller's bookkeeping puts its PDFs there."""
    place = tmp_path / "invoices"
    place.mkdir()
    invoicing.wants(source="folder", folder=place, seller=None)
    return place


def pdf(number: str = "FA-7") -> bytes:
    return document(number).pdf


def test_a_pdf_of_the_bookkeeping_is_sent_byte_for_byte(invoicing: InvoiceWorkshop, folder: Path) -> None:
    order = invoicing.shipped()
    invoicing.whole_pass()
    assert invoicing.stands(order) == (State.WAITING, Reason.PDF_MISSING)
    (folder / f"FA-7_{order}.pdf").write_bytes(pdf())
    invoicing.passes(3, every=31 * MINUTE)
    assert invoicing.stands(order) == SENT
    row = invoicing.invoice(order)
    assert (row.number, invoicing.sealed(row).record, row.total) == ("FA-7", None, PLAIN.gross)
    assert pdf_is_that_of(invoicing, row)
    invoicing.refunds(order, "10.00")
    invoicing.passes(3, every=31 * MINUTE)
    assert invoicing.credit_notes(order) == []


# what lies in the folder → why it is not sent
LIE: dict[str, tuple[dict[str, bytes], State, Reason]] = {
    "nothing": ({}, State.WAITING, Reason.PDF_MISSING),
    "half of one": ({"FA-7_{}.pdf": pdf()[:-40]}, State.WAITING, Reason.PDF_MISSING),
    "two": ({"FA-7_{}.pdf": pdf(), "FA-8_{}.pdf": pdf("FA-8")}, State.HELD, Reason.PDF_AMBIGUOUS),
    "no PDF": ({"FA-7_{}.pdf": b"<html>"}, State.HELD, Reason.PDF_UNUSABLE),
    "an empty one": ({"FA-7_{}.pdf": b""}, State.HELD, Reason.PDF_UNUSABLE),
    "12 MB": ({"FA-7_{}.pdf": pdf() + bytes(12_000_000) + b"%%EOF"}, State.HELD, Reason.PDF_UNUSABLE),
    "another order's number": ({"FA-1_{}.pdf": pdf("FA-1")}, State.HELD, Reason.PDF_UNUSABLE),
}


@pytest.mark.parametrize("what", LIE)
def test_what_cannot_be_sent_says_why_and_goes_out_when_it_is_mended(
    invoicing: InvoiceWorkshop, folder: Path, what: str
) -> None:
    files, state, reason = LIE[what]
    first, order = invoicing.shipped(shipped_at=NOW - 5 * HOUR), invoicing.shipped()
    (folder / f"FA-1_{first}.pdf").write_bytes(pdf("FA-1"))
    for name, content in files.items():
        (folder / name.format(order)).write_bytes(content)
    invoicing.passes()
    assert (invoicing.stands(first), invoicing.stands(order)) == (SENT, (state, reason))
    assert invoicing.got(order) == []
    for name in files:
        (folder / name.format(order)).unlink()
    (folder / f"FA-9_{order}.pdf").write_bytes(pdf("FA-9"))
    invoicing.passes(3, every=25 * HOUR)
    assert (invoicing.stands(order), invoicing.invoice(order).number) == (SENT, "FA-9")


def test_a_folder_that_is_gone_is_waited_for(invoicing: InvoiceWorkshop, folder: Path) -> None:
    folder.rmdir()
    order = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == (State.WAITING, Reason.PDF_MISSING)


def test_from_a_folder_to_pages_of_our_own_no_number_is_given_twice(invoicing: InvoiceWorkshop, folder: Path) -> None:
    order = invoicing.shipped()
    (folder / f"2026-000001_{order}.pdf").write_bytes(pdf("2026-000001"))
    invoicing.passes()
    invoicing.wants()
    other = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == SENT
    assert (invoicing.stands(other)[0], invoicing.invoice(other).number) == (State.HELD, None)
    assert "2026-000001" in invoicing.said(other)[-1]
