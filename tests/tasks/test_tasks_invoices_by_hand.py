"""What a person asks for: an invoice in part or wholly taken back, and a new one. Numbers are never used again."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invoices.document import Kind
from ledger.state import Action, State
from ledger.transitions import Key
from rules.reason import Reason
from tasks.invoices.by_hand import ByHand, correct, credit
from tasks.not_done import NotDone
from tests.tasks.invoice_workshop import MAKER, InvoiceWorkshop
from tests.tasks.test_tasks_invoices_folder import PRICE, pdf
from tests.tasks.workshop import CLAIRE, MINUTE

SENT = (State.SENT, Reason.INVOICED)
KEPT = (State.SKIPPED, Reason.CREDIT_NOTE_KEPT)


def live(shop: InvoiceWorkshop, order: str) -> Any:
    """The order's invoice that nothing replaces."""
    found = [row for key, row in shop.rows(order).items() if key.action == Action.INVOICE]
    (row,) = (each for each in found if each.reason is not Reason.CORRECTED)
    return row


def asks(shop: InvoiceWorkshop, order: str, amount: str | None = None, why: str = "by Claire: wrong") -> bool:
    seller, now = shop.sellers[shop.name], shop.clock.now()
    wish = ByHand(live(shop, order), why, CLAIRE)
    if amount is None:
        shop.resent.add(order)  # a second invoice of one order, on purpose
        return correct(shop.ledger, seller, wish, now)
    return credit(shop.ledger, seller, wish, Decimal(amount), now)


def standing(shop: InvoiceWorkshop, order: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (key.action, key.part): (row.number, row.total, (row.state, row.reason))
        for key, row in shop.rows(order).items()
    }


def test_an_amount_is_taken_back_once_whatever_is_typed_twice(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.wants(upload_credit_notes=True)
    order = shop.shipped()
    shop.passes()
    assert asks(shop, order, "12.50")
    assert not asks(shop, order, "12.50")
    shop.passes(3)
    (row,) = shop.credit_notes(order)
    assert (row.number, row.total, (row.state, row.reason)) == ("C2026-000001", Decimal("12.50"), SENT)
    assert shop.content(row).original.number == "2026-000001"
    assert shop.said(order, Action.CREDIT_NOTE)[0] == "by Claire: wrong"
    assert asks(shop, order, "12.50", why="by Claire: once more")
    with pytest.raises(NotDone, match=r"15\.91 is not between 0\.01 and 15\.90"):
        asks(shop, order, "15.91", why="by Claire: all")
    shop.passes(3)
    assert sorted(row.total for row in shop.credit_notes(order)) == [Decimal("12.50"), Decimal("12.50")]


def test_a_correction_takes_the_whole_back_and_invoices_anew_from_what_is_mended(
    any_invoicing: InvoiceWorkshop,
) -> None:
    shop = any_invoicing
    order = shop.shipped()
    shop.passes()
    before = shop.content(shop.invoice(order))
    shop.wants(seller=MAKER | {"city": "Lyon", "postal_code": "69003"})
    assert asks(shop, order)
    assert not asks(shop, order)
    shop.passes(3)
    assert standing(shop, order) == {
        ("invoice", ""): ("2026-000001", Decimal("40.90"), (State.SENT, Reason.CORRECTED)),
        ("invoice", "correction-1"): ("2026-000002", Decimal("40.90"), SENT),
        ("credit_note", "correction-1"): ("C2026-000001", Decimal("40.90"), KEPT),
    }
    rows = shop.rows(order)
    note = shop.content(rows[Key(order, Action.CREDIT_NOTE, "correction-1")])
    anew = shop.content(rows[Key(order, Action.INVOICE, "correction-1")])
    taken_back = [(line.description, line.net, line.rate) for line in note.lines]
    assert taken_back == [(line.description, line.net, line.rate) for line in before.lines]
    assert (note.original.number, note.vats, note.gross) == ("2026-000001", before.vats, before.gross)
    assert (before.seller.city, anew.seller.city) == ("Paris", "Lyon")
    assert [each.number for each in shop.got(order)] == ["2026-000001", "2026-000002"]


def test_what_was_refunded_before_a_correction_is_taken_back_of_the_new_invoice_too(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.passes()
    invoicing.refunds(order, "10.00")
    invoicing.passes(3, every=10 * MINUTE)
    asks(invoicing, order)
    invoicing.passes(3)
    invoicing.refunds(order, "10.00", "5.00")
    invoicing.passes(3, every=10 * MINUTE)
    notes = [invoicing.content(row) for row in invoicing.credit_notes(order) if row.number]
    of = sorted((note.original.number, note.gross) for note in notes)
    assert of == [
        ("2026-000001", Decimal("10.00")),
        ("2026-000001", Decimal("30.90")),
        ("2026-000002", Decimal("5.00")),
        ("2026-000002", Decimal("10.00")),
    ]
    kept = [invoicing.content(row) for row in invoicing.rows(order).values() if row.number]
    sums = sum(each.gross if each.kind == Kind.INVOICE else -each.gross for each in kept)
    assert sums == Decimal("40.90") - 15


def test_an_invoice_that_was_not_sent_is_not_sent_once_it_is_corrected(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.trouble("error_500_before", "createFeedDocument")
    invoicing.whole_pass()
    assert invoicing.invoice(order).number
    asks(invoicing, order)
    invoicing.simulator.clear_faults()
    invoicing.wants(footer=("RCS Paris",))  # new settings wake what was skipped
    invoicing.passes(4)
    assert standing(invoicing, order)["invoice", ""][2] == (State.SKIPPED, Reason.CORRECTED)
    assert [each.number for each in invoicing.got(order)] == ["2026-000002"]


def test_a_correction_may_be_corrected(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.passes()
    for why in ("once", "twice"):
        asks(invoicing, order, why=why)
        invoicing.passes(3)
    assert {number for number, *_ in standing(invoicing, order).values()} == {
        *("2026-000001", "2026-000002", "2026-000003", "C2026-000001", "C2026-000002")
    }
    notes = [invoicing.content(row) for row in invoicing.credit_notes(order)]
    assert sorted(note.original.number for note in notes) == ["2026-000001", "2026-000002"]


def test_from_a_folder_the_new_invoice_is_awaited(invoicing: InvoiceWorkshop, tmp_path: Path) -> None:
    invoicing.wants(source="folder", folder=tmp_path, seller=None)
    order = invoicing.shipped(PRICE)
    (tmp_path / f"FA-7_{order}.pdf").write_bytes(pdf(order))
    invoicing.passes()
    with pytest.raises(NotDone, match="your bookkeeping makes the credit notes"):
        asks(invoicing, order, "1.00")
    asks(invoicing, order)
    invoicing.passes()
    assert standing(invoicing, order)["invoice", "correction-1"][2] == (State.WAITING, Reason.PDF_MISSING)
    (tmp_path / f"FA-8_{order}.pdf").write_bytes(pdf(order, "FA-8"))
    invoicing.passes(3, every=31 * MINUTE)
    assert [number for number, *_ in standing(invoicing, order).values()] == ["FA-7", "FA-8"]


def test_what_cannot_be_taken_back_says_why(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped(shipped_at=None)
    invoicing.passes()
    with pytest.raises(NotDone, match="it was never made"):
        asks(invoicing, order)
    order = invoicing.shipped()
    invoicing.whole_pass()
    with pytest.raises(NotDone, match="is under way"):
        asks(invoicing, order)
    invoicing.passes()
    seller = invoicing.sellers[invoicing.name]
    invoices = seller.invoices.model_copy(update={"vat_calculation_service": True})
    wish = ByHand(live(invoicing, order), "wrong", CLAIRE)
    with pytest.raises(NotDone, match="Amazon's list says what is to be taken back"):
        correct(invoicing.ledger, seller.model_copy(update={"invoices": invoices}), wish, invoicing.clock.now())
    asks(invoicing, order)
    with pytest.raises(NotDone, match="was taken back already"):
        correct(invoicing.ledger, seller, replace(wish, said="again"), invoicing.clock.now())
