"""Documents that the seller's bookkeeping puts into a folder."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from invoices import page
from invoices.document import Kind, Reference, Vat, VatCategory
from ledger.state import Action, State
from marketplace.simulator.sim_sale import SimPrice
from rules.reason import Reason
from rules.sale import Party
from tests.invoices.samples import PLAIN
from tests.tasks.invoice_workshop import JEAN, InvoiceWorkshop, pdf_is_that_of
from tests.tasks.workshop import HOUR, MINUTE, NOW
from tests.worker.invoice_shop import blank_pdf

PRICE = SimPrice(PLAIN.gross)
ZERO = Decimal(0)
SENT = (State.SENT, Reason.INVOICED)


@pytest.fixture
def folder(invoicing: InvoiceWorkshop, tmp_path: Path) -> Path:
    """The seller's bookkeeping puts its PDFs there."""
    place = tmp_path / "invoices"
    place.mkdir()
    invoicing.wants(source="folder", folder=place, seller=None)
    return place


@cache
def pdf(order: str, number: str = "FA-7", **changes: Any) -> bytes:
    """As the bookkeeping makes it: the XML inside names the order, its buyer, and what it cost."""
    buyer = Party(JEAN.name, None, JEAN.lines, JEAN.postal_code, JEAN.city, None, JEAN.country)
    return page.document(replace(PLAIN, number=number, order_id=order, **{"buyer": buyer} | changes), None).pdf


def credit_note(order: str, number: str, euros: str) -> bytes:
    """One line of goods at 0 %."""
    amount = Decimal(euros)
    line = replace(PLAIN.lines[0], quantity=Decimal(1), net_price=amount, net=amount, discount=Decimal(0), rate=ZERO)
    line = replace(line, category=VatCategory.ZERO)
    sums: dict[str, Any] = {"net": amount, "vat": ZERO, "gross": amount, "lines": (line,)}
    vats = (Vat(VatCategory.ZERO, ZERO, amount, ZERO),)
    original = Reference("FA-7", date(2026, 11, 1))
    return pdf(order, number, kind=Kind.CREDIT_NOTE, original=original, vats=vats, **sums)


def test_a_pdf_of_the_bookkeeping_is_sent_byte_for_byte(invoicing: InvoiceWorkshop, folder: Path) -> None:
    order = invoicing.shipped(PRICE)
    invoicing.whole_pass()
    assert invoicing.stands(order) == (State.WAITING, Reason.PDF_MISSING)
    (folder / f"FA-7_{order}.pdf").write_bytes(pdf(order))
    invoicing.passes(3, every=31 * MINUTE)
    assert invoicing.stands(order) == SENT
    row = invoicing.invoice(order)
    assert (row.number, invoicing.sealed(row).record, row.total) == ("FA-7", None, PLAIN.gross)
    assert pdf_is_that_of(invoicing, row)
    invoicing.refunds(order, "10.00")
    invoicing.passes(3, every=31 * MINUTE)
    assert invoicing.credit_notes(order) == []


def test_credit_notes_of_the_bookkeeping_are_taken_by_their_type_each_for_its_refund(
    invoicing: InvoiceWorkshop, folder: Path
) -> None:
    invoicing.wants(source="folder", folder=folder, seller=None, upload_credit_notes=True)
    order = invoicing.shipped(PRICE)
    (folder / f"FA-7_{order}.pdf").write_bytes(pdf(order))
    invoicing.passes()
    invoicing.refunds(order, "10.00", "5.00", "5.00")
    invoicing.passes(3, every=31 * MINUTE)
    assert {(row.state, row.reason) for row in invoicing.credit_notes(order)} == {(State.WAITING, Reason.PDF_MISSING)}
    for number, euros in (("AV-1", "5.00"), ("AV-2", "10.00"), ("AV-3", "5.00"), ("AV-4", "7.00")):
        (folder / f"{number}_{order}.pdf").write_bytes(credit_note(order, number, euros))
    invoicing.passes(3, every=31 * MINUTE)
    rows = invoicing.credit_notes(order)
    assert {(row.state, row.reason) for row in rows} == {SENT}
    assert sorted((row.total, row.number) for row in rows) == [
        (Decimal("5.00"), "AV-1"),
        (Decimal("5.00"), "AV-3"),
        (Decimal("10.00"), "AV-2"),
    ]
    assert [each.kind for each in invoicing.got(order)] == ["invoice", *["credit_note"] * 3]
    assert invoicing.stands(order) == SENT


def test_a_credit_note_over_another_amount_than_the_refund_is_awaited(invoicing: InvoiceWorkshop, folder: Path) -> None:
    invoicing.wants(source="folder", folder=folder, seller=None, upload_credit_notes=True)
    order = invoicing.shipped(PRICE)
    (folder / f"FA-7_{order}.pdf").write_bytes(pdf(order))
    invoicing.passes()
    invoicing.refunds(order, "10.00")
    (folder / f"AV-1_{order}.pdf").write_bytes(credit_note(order, "AV-1", "9.99"))
    invoicing.passes(3, every=31 * MINUTE)
    (row,) = invoicing.credit_notes(order)
    assert (row.state, row.reason) == (State.WAITING, Reason.PDF_MISSING)
    assert "are over 9.99" in invoicing.said(order, Action.CREDIT_NOTE)[-1]


def test_a_document_of_another_buyer_never_goes_out(invoicing: InvoiceWorkshop, folder: Path) -> None:
    """Whatever else its XML says: the order's id, and the right total."""
    order = invoicing.shipped(PRICE)
    (folder / f"FA-7_{order}.pdf").write_bytes(pdf(order, buyer=PLAIN.buyer))
    invoicing.passes()
    assert invoicing.stands(order) == (State.HELD, Reason.PDF_UNUSABLE)
    assert invoicing.said(order)[-1] == "the XML inside the PDF names another buyer"
    (folder / f"FA-7_{order}.pdf").write_bytes(pdf(order))
    invoicing.passes(3, every=25 * HOUR)
    assert invoicing.stands(order) == SENT


def test_without_the_role_for_the_buyers_data_the_rest_is_compared(invoicing: InvoiceWorkshop, folder: Path) -> None:
    invoicing.account(buyer_data=False)
    order = invoicing.shipped(PRICE)
    (folder / f"FA-7_{order}.pdf").write_bytes(pdf(order, buyer=PLAIN.buyer))
    invoicing.passes()
    assert invoicing.stands(order) == SENT


def test_the_same_pdf_for_two_orders_is_held_for_both(invoicing: InvoiceWorkshop, folder: Path) -> None:
    one, other = invoicing.shipped(PRICE), invoicing.shipped(PRICE)
    for number, order in enumerate((one, other)):
        (folder / f"FA-{number + 7}_{order}.pdf").write_bytes(blank_pdf())
    invoicing.passes()
    assert [invoicing.stands(order) for order in (one, other)] == [(State.HELD, Reason.PDF_UNUSABLE)] * 2
    (folder / f"FA-8_{other}.pdf").unlink()
    invoicing.passes(3, every=25 * HOUR)
    assert invoicing.stands(one) == SENT
    (folder / f"FA-7_{one}.pdf").unlink()
    (folder / f"FA-8_{other}.pdf").write_bytes(blank_pdf())
    invoicing.passes(3, every=25 * HOUR)
    assert invoicing.stands(other) == (State.HELD, Reason.PDF_UNUSABLE)
    assert invoicing.said(other)[-1] == "another document is the same PDF"


# what lies in the folder → why it is not sent
LIE: dict[str, tuple[dict[str, Callable[[str], bytes]], State, Reason]] = {
    "nothing": ({}, State.WAITING, Reason.PDF_MISSING),
    "half of one": ({"FA-7_{}.pdf": lambda order: pdf(order)[:-40]}, State.WAITING, Reason.PDF_MISSING),
    "two": ({"FA-7_{}.pdf": pdf, "FA-8_{}.pdf": lambda order: pdf(order, "FA-8")}, State.HELD, Reason.PDF_AMBIGUOUS),
    "no PDF": ({"FA-7_{}.pdf": lambda _: b"<html>"}, State.HELD, Reason.PDF_UNUSABLE),
    "an empty one": ({"FA-7_{}.pdf": lambda _: b""}, State.HELD, Reason.PDF_UNUSABLE),
    "12 MB": ({"FA-7_{}.pdf": lambda _: pdf("1") + bytes(12_000_000) + b"%%EOF"}, State.HELD, Reason.PDF_UNUSABLE),
    "a number given already": ({"FA-1_{}.pdf": lambda order: pdf(order, "FA-1")}, State.HELD, Reason.PDF_UNUSABLE),
    "another order's": ({"FA-7_{}.pdf": lambda _: pdf("406-9999999-9999999")}, State.HELD, Reason.PDF_UNUSABLE),
    "a name that is no UTF-8": ({"M\udcfcller_{}_1.2.pdf": lambda _: blank_pdf()}, State.HELD, Reason.PDF_UNUSABLE),
    "a number of 78 characters": (
        {"N" * 70 + "-17_{}.pdf": lambda _: blank_pdf()},
        State.HELD,
        Reason.PDF_UNUSABLE,
    ),
}


@pytest.mark.parametrize("what", LIE)
def test_what_cannot_be_sent_says_why_and_goes_out_when_it_is_mended(
    invoicing: InvoiceWorkshop, folder: Path, what: str
) -> None:
    files, state, reason = LIE[what]
    first, order = invoicing.shipped(PRICE, shipped_at=NOW - 5 * HOUR), invoicing.shipped(PRICE)
    (folder / f"FA-1_{first}.pdf").write_bytes(pdf(first, "FA-1"))
    for name, content in files.items():
        (folder / name.format(order)).write_bytes(content(order))
    invoicing.passes()
    assert (invoicing.stands(first), invoicing.stands(order)) == (SENT, (state, reason))
    assert invoicing.got(order) == []
    for name in files:
        (folder / name.format(order)).unlink()
    (folder / f"FA-9_{order}.pdf").write_bytes(pdf(order, "FA-9"))
    invoicing.passes(3, every=25 * HOUR)
    assert (invoicing.stands(order), invoicing.invoice(order).number) == (SENT, "FA-9")


def test_a_pdf_that_says_another_total_is_held(invoicing: InvoiceWorkshop, folder: Path) -> None:
    order = invoicing.shipped(SimPrice(PLAIN.gross - 1))
    (folder / f"{order}.pdf").write_bytes(pdf(order))
    invoicing.passes()
    assert invoicing.stands(order) == (State.HELD, Reason.PDF_UNUSABLE)
    assert "the XML inside the PDF says 94.98, the order is worth 93.98" in invoicing.said(order)[-1]


def test_a_folder_that_is_gone_is_waited_for(invoicing: InvoiceWorkshop, folder: Path) -> None:
    folder.rmdir()
    order = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == (State.WAITING, Reason.PDF_MISSING)


def test_from_a_folder_to_pages_of_our_own_no_number_is_given_twice(invoicing: InvoiceWorkshop, folder: Path) -> None:
    order = invoicing.shipped(PRICE)
    (folder / f"2026-000001_{order}.pdf").write_bytes(pdf(order, "2026-000001"))
    invoicing.passes()
    invoicing.wants()
    other = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == SENT
    assert (invoicing.stands(other)[0], invoicing.invoice(other).number) == (State.HELD, None)
    assert "2026-000001" in invoicing.said(other)[-1]
