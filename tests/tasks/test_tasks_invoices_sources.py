"""Where a document comes from, and where it goes: bad input, a folder, Amazon's VAT service, North America."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.state import Action, State
from marketplace.simulator.faults import Kind
from marketplace.simulator.sim_order import SimRefund
from marketplace.simulator.sim_sale import SimPrice
from rules.order import Money
from rules.reason import Reason
from tests.invoices.samples import PLAIN
from tests.tasks.bookkeeping import document
from tests.tasks.invoice_workshop import FEED, JEAN, KEY, MESSAGE, MUG, US, InvoiceWorkshop, pdf_is_that_of
from tests.tasks.workshop import DAY, HOUR, MINUTE, NOW

SENT = (State.SENT, Reason.INVOICED)
UNTAXED = replace(MUG, tax_rate=None)
CUP = SimPrice(Decimal("9.90"), tax_rate=Decimal("5.5"), shipment=2)


# what is missing, and comes later


def test_an_order_without_tax_data_is_held_until_the_settings_name_a_rate(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order, other = shop.shipped(UNTAXED, shipped_at=NOW - 5 * HOUR), shop.shipped()
    shop.passes()
    assert shop.stands(order) == (State.HELD, Reason.TAX_DATA_MISSING)
    assert (shop.invoice(order).number, shop.invoice(other).number) == (None, "2026-000001")
    shop.wants(vat_rates={"FR": 20})
    shop.passes(3)
    assert shop.stands(order) == SENT
    assert (shop.invoice(order).number, shop.invoice(order).vat) == ("2026-000002", "6.82")


def test_an_order_without_its_buyer_is_held_and_tried_again_a_day_later(invoicing: InvoiceWorkshop) -> None:
    invoicing.account(buyer_data=False)
    order = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == (State.HELD, Reason.BUYER_DATA_MISSING)
    invoicing.account()
    invoicing.passes(2, every=HOUR)
    assert invoicing.stands(order) == (State.HELD, Reason.BUYER_DATA_MISSING)
    invoicing.passes(4, every=12 * HOUR)
    assert invoicing.stands(order) == SENT


def test_a_logo_that_is_gone_holds_the_invoice_until_it_is_back(invoicing: InvoiceWorkshop, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>')
    invoicing.wants(logo=logo)
    kept = logo.read_bytes()
    logo.unlink()
    order = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == (State.HELD, Reason.NOT_PRINTABLE)
    assert str(logo) in invoicing.said(order)[-1]
    logo.write_bytes(kept)
    invoicing.passes(3, every=25 * HOUR)
    assert invoicing.stands(order) == SENT
    assert invoicing.invoice(order).number == "2026-000001"


def test_a_wrong_key_holds_what_is_made_and_the_right_one_sends_the_same_bytes(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order = shop.shipped()
    shop.trouble("error_500_before", "createFeedDocument", times=1)
    shop.whole_pass()
    before = shop.invoice(order)
    assert before.number == "2026-000001"
    shop.key(bytes(32))
    shop.passes()
    assert shop.stands(order) == (State.HELD, Reason.WRONG_KEY)
    shop.key(KEY)
    shop.passes(3, every=25 * HOUR)
    assert shop.stands(order) == SENT
    assert (shop.invoice(order).sha256, shop.invoice(order).number) == (before.sha256, before.number)
    assert pdf_is_that_of(shop, shop.invoice(order))


def test_a_refund_is_held_while_the_key_does_not_open_its_invoice(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.passes()
    invoicing.refunds(order, "10.00")
    invoicing.key(bytes(32))
    invoicing.passes(3, every=10 * MINUTE)
    (row,) = invoicing.credit_notes(order)
    assert (row.state, row.reason, row.number) == (State.HELD, Reason.WRONG_KEY, None)
    invoicing.key(KEY)
    invoicing.passes(3, every=25 * HOUR)
    (row,) = invoicing.credit_notes(order)
    assert (row.reason, row.number) == (Reason.CREDIT_NOTE_KEPT, "C2026-000001")


def test_a_name_that_no_font_has_is_held_and_keeps_up_nobody(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped(buyer=replace(JEAN, name="\U00013000"), shipped_at=NOW - 5 * HOUR)
    other = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == (State.HELD, Reason.NOT_PRINTABLE)
    assert (invoicing.stands(other), invoicing.invoice(other).number) == (SENT, "2026-000001")


# a folder


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
    assert (row.number, row.series, row.record, row.total) == ("FA-7", None, None, str(PLAIN.gross))
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


# Amazon's VAT Calculation Service


@pytest.fixture
def vcs(any_invoicing: InvoiceWorkshop) -> InvoiceWorkshop:
    """A seller of the VAT Calculation Service, on each database in turn."""
    any_invoicing.account(invoicing="vcs")
    any_invoicing.wants(vat_calculation_service=True)
    return any_invoicing


LIST = timedelta(hours=12, minutes=1)
"""After that Amazon's list of what it misses is read again."""


def parts(shop: InvoiceWorkshop, order: str) -> dict[str, tuple[str, str]]:
    return {key.part: (row.state, row.reason) for key, row in shop.rows(order).items()}


def test_what_the_list_names_is_made_of_it_with_the_shipments_id(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.passes()
    assert parts(vcs, order) == {f"{order}-1": SENT}
    (got,) = vcs.got(order)
    row = vcs.invoice(order)
    assert (got.shipping_id, got.number, row.total, row.vat) == (f"{order}-1", "2026-000001", "40.90", "6.82")
    assert row.deadline == NOW - HOUR + DAY
    vcs.passes(3, every=LIST)
    assert parts(vcs, order) == {f"{order}-1": SENT}
    assert vcs.calls(FEED) == 1


def test_the_daemon_reads_the_list_although_nothing_is_due(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.ticks(1)
    reports = vcs.calls("createReport")
    vcs.ticks(5)
    assert parts(vcs, order) == {f"{order}-1": SENT}
    assert vcs.calls("createReport") == reports


def test_an_order_that_the_list_does_not_name_yet_waits_for_it(vcs: InvoiceWorkshop) -> None:
    vcs.whole_pass()
    order = vcs.shipped()
    vcs.passes()
    assert vcs.stands(order) == (State.WAITING, Reason.AWAITING_TAX_DATA)
    assert vcs.invoice(order).number is None
    vcs.passes(2, every=LIST)
    vcs.passes()
    assert vcs.stands(order) == SENT


def test_each_shipment_has_an_invoice_of_its_own(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped(MUG, CUP)
    vcs.passes()
    assert parts(vcs, order) == {f"{order}-1": SENT, f"{order}-2": SENT}
    assert {each.shipping_id for each in vcs.got(order)} == {f"{order}-1", f"{order}-2"}
    assert {row.total for row in vcs.rows(order).values()} == {"40.90", "9.90"}


def test_a_refund_that_the_list_names_gets_a_credit_note_that_is_sent(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.passes()
    vcs.refunds(order, "10.00")
    vcs.passes(2, every=LIST)
    vcs.passes()
    (row,) = vcs.credit_notes(order)
    assert (row.state, row.reason, row.number, row.total) == (*SENT, "C2026-000001", "10.00")
    invoice, credit_note = vcs.got(order)
    assert (invoice.kind, credit_note.kind) == ("invoice", "credit_note")
    assert credit_note.transaction_id == row.transaction_id == row.part


def test_an_order_that_the_list_names_before_it_is_read_waits_for_that(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.trouble("error_500_before", "searchOrders", times=1)
    vcs.whole_pass()
    assert vcs.rows(order) == {}
    vcs.passes(3, every=LIST)
    assert parts(vcs, order) == {f"{order}-1": SENT}


def test_an_order_that_is_never_read_and_that_the_list_names_harms_nobody(vcs: InvoiceWorkshop) -> None:
    refund = SimRefund(NOW - HOUR, Money(Decimal(10), "EUR"))
    old = vcs.shipped(
        purchased_at=NOW - 86 * DAY, shipped_at=NOW - 85 * DAY, delivered_at=NOW - 80 * DAY, refunds=(refund,)
    )
    order = vcs.shipped()
    vcs.passes(3, every=LIST)
    assert vcs.stands(order) == SENT
    assert (vcs.rows(old), vcs.got(old)) == ({}, [])


def test_a_document_whose_amounts_amazon_does_not_share_is_held_and_named_by_the_list(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.trouble("error_500_before", "createFeedDocument", times=1)
    vcs.whole_pass()
    vcs.simulator.patch_order(order, prices=[{"item": "50.00", "tax_rate": "20"}])
    vcs.passes(3)
    assert vcs.stands(order) == (State.HELD, Reason.INVOICE_REJECTED)
    vcs.passes(2, every=LIST)
    assert vcs.stands(order) == (State.HELD, Reason.INVOICE_REJECTED)
    assert vcs.calls(FEED) == 1


def test_what_is_accepted_and_still_on_the_list_is_said_to_be_until_it_is_not(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.trouble("error_500_before", "createFeedDocument")
    vcs.whole_pass()
    assert vcs.invoice(order).number
    vcs.trouble("report_in_progress", "getReport")
    vcs.passes(2, every=LIST)  # a list that still names it is ordered, and not read
    vcs.simulator.clear_faults()
    vcs.trouble("report_in_progress", "getReport")
    vcs.passes(3, every=2 * MINUTE)
    assert vcs.stands(order) == SENT
    vcs.wait(7 * HOUR)
    vcs.simulator.clear_faults()
    vcs.whole_pass()
    assert vcs.stands(order) == (State.SENT, Reason.STILL_PENDING)
    vcs.passes(2, every=LIST)
    assert vcs.stands(order) == SENT
    assert vcs.calls(FEED) == 1


def test_the_list_is_read_again_when_it_could_not_be(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.trouble("report_fatal", "getReport", times=1)
    vcs.passes(4, every=16 * MINUTE)
    assert vcs.stands(order) == SENT


def test_amazons_own_invoices_are_not_on_the_list_and_are_left_alone(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped(invoiced_by_amazon=True)
    vcs.passes(2, every=LIST)
    assert vcs.stands(order) == (State.SKIPPED, Reason.INVOICED_BY_AMAZON)


# North America


@pytest.fixture
def america(any_invoicing: InvoiceWorkshop) -> InvoiceWorkshop:
    """A seller in North America, on each database in turn."""
    any_invoicing.wants(region="na")
    return any_invoicing


def american(shop: InvoiceWorkshop, **changes: Any) -> str:
    given: dict[str, Any] = {"marketplace_id": US, "value": Money(Decimal(0), "USD"), "locale": "en-US"}
    return shop.shipped(SimPrice(Decimal("20.00"), tax_rate=Decimal(8)), **given | changes)


def test_a_shipped_order_gets_its_invoice_as_a_message_at_once(america: InvoiceWorkshop) -> None:
    order = american(america)
    america.whole_pass()
    assert america.stands(order) == SENT
    (got,) = america.got(order)
    row = america.invoice(order)
    assert (got.route, got.number) == ("message", "2026-000001.pdf")
    assert (row.total, row.vat, row.currency) == ("21.60", "1.60", "USD")
    assert pdf_is_that_of(america, row)
    america.passes(3, every=DAY)
    assert america.calls(MESSAGE) == 1


@pytest.mark.parametrize(("kind", "sent"), [("drop_before", 0), ("error_500_before", 0), ("drop_after", 1)])
def test_a_message_whose_answer_was_lost_is_left_to_a_person(america: InvoiceWorkshop, kind: Kind, sent: int) -> None:
    order, other = american(america, shipped_at=NOW - 5 * HOUR), american(america)
    america.trouble(kind, MESSAGE, times=1)
    america.whole_pass()
    assert america.stands(order) == (State.UNCLEAR, Reason.UNCLEAR)
    america.passes(4, every=3 * MINUTE)
    assert america.stands(order) == (State.HELD, Reason.UNCLEAR)
    america.passes(3, every=25 * HOUR)
    assert (america.stands(order)[0], america.stands(other)) == (State.HELD, SENT)
    assert len(america.got(order)) == sent
    assert america.calls(MESSAGE) == 2


def _no_role(shop: InvoiceWorkshop) -> None:
    shop.account(message_role=False)


def _not_offered(shop: InvoiceWorkshop) -> None:
    shop.trouble("empty_actions", "getMessagingActionsForOrder")


def _refused(shop: InvoiceWorkshop) -> None:
    shop.trouble("outage", MESSAGE)


@pytest.mark.parametrize(
    ("trouble", "standing"),
    [
        (_no_role, (State.DUE, Reason.INVOICES_NOT_AUTHORISED)),
        (_not_offered, (State.WAITING, Reason.NOT_OFFERED)),
        (_refused, (State.WAITING, Reason.NOT_OFFERED)),
    ],
)
def test_a_message_that_amazon_does_not_take_now_goes_out_later_as_it_was_made(
    america: InvoiceWorkshop, trouble: Callable[[InvoiceWorkshop], None], standing: tuple[str, str]
) -> None:
    order = american(america)
    trouble(america)
    america.whole_pass()
    assert america.stands(order) == standing
    number = america.invoice(order).number
    america.account()
    america.simulator.clear_faults()
    america.passes(3, every=25 * HOUR)
    assert (america.stands(order), america.invoice(order).number) == (SENT, number or "2026-000001")


def test_a_refund_in_america_gets_a_credit_note_that_is_made_and_kept(america: InvoiceWorkshop) -> None:
    order = american(america)
    america.passes()
    refund = {"at": america.clock.now().isoformat(), "amount": {"amount": "5.40", "currency": "USD"}}
    america.simulator.patch_order(order, refunds=[refund])
    america.passes(3, every=10 * MINUTE)
    (row,) = america.credit_notes(order)
    assert (row.kind, row.reason, row.total) == (Action.CREDIT_NOTE, Reason.CREDIT_NOTE_KEPT, "5.40")
