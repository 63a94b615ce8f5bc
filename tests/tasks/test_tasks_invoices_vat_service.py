"""Amazon's VAT Calculation Service: documents are made of Amazon's own list."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ledger.state import Action, State
from ledger.transitions import Key
from marketplace.simulator.sim_order import SimRefund
from marketplace.simulator.sim_sale import SimPrice
from rules.order import Money
from rules.reason import Reason
from tasks.invoices.pending import reading
from tests.tasks.invoice_workshop import FEED, MUG, InvoiceWorkshop
from tests.tasks.workshop import DAY, HOUR, MINUTE, NOW

SENT = (State.SENT, Reason.INVOICED)
CUP = SimPrice(Decimal("9.90"), tax_rate=Decimal("5.5"), shipment=2)


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
    assert (got.shipping_id, got.number, row.total, row.vat) == (
        f"{order}-1",
        "2026-000001",
        Decimal("40.90"),
        Decimal("6.82"),
    )
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


def test_the_list_is_read_each_hour_while_a_shipment_is_awaited_and_else_twice_a_day(vcs: InvoiceWorkshop) -> None:
    def read_at() -> str:
        with vcs.ledger.read() as connection:
            return reading(connection, vcs.name).as_of

    vcs.whole_pass()
    order = vcs.shipped()
    vcs.passes()
    assert vcs.stands(order) == (State.WAITING, Reason.AWAITING_TAX_DATA)
    vcs.wait(HOUR)
    vcs.ticks(8)
    assert vcs.stands(order) == SENT
    last = read_at()
    vcs.passes(5, every=HOUR)
    assert read_at() == last
    vcs.passes(3, every=4 * HOUR)
    assert read_at() > last


def test_each_shipment_has_an_invoice_of_its_own(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped(MUG, CUP)
    vcs.passes()
    assert parts(vcs, order) == {f"{order}-1": SENT, f"{order}-2": SENT}
    assert {each.shipping_id for each in vcs.got(order)} == {f"{order}-1", f"{order}-2"}
    assert {row.total for row in vcs.rows(order).values()} == {Decimal("40.90"), Decimal("9.90")}


def test_a_shipment_is_invoiced_at_once_though_the_rest_of_the_order_waits(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped(MUG, CUP, partly_shipped_at=NOW - HOUR, shipped_at=NOW + 2 * DAY, delivered_at=None)
    vcs.passes()
    assert parts(vcs, order) == {f"{order}-1": SENT}
    assert vcs.invoice(order).deadline == NOW - HOUR + DAY
    vcs.passes(6, every=LIST)
    assert parts(vcs, order) == {f"{order}-1": SENT, f"{order}-2": SENT}
    assert {row.deadline for row in vcs.rows(order).values()} == {NOW - HOUR + DAY, NOW + 3 * DAY}


def test_a_refund_that_the_list_names_gets_a_credit_note_that_is_sent(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.passes()
    vcs.refunds(order, "10.00")
    vcs.passes(2, every=LIST)
    vcs.passes()
    (row,) = vcs.credit_notes(order)
    assert (row.state, row.reason, row.number, row.total) == (*SENT, "C2026-000001", Decimal("10.00"))
    invoice, credit_note = vcs.got(order)
    assert (invoice.kind, credit_note.kind) == ("invoice", "credit_note")
    assert credit_note.transaction_id == row.transaction_id == row.key.part


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


def test_a_row_that_cannot_be_read_holds_its_document_and_no_other(vcs: InvoiceWorkshop) -> None:
    odd = vcs.shipped(prices=(replace(MUG, tax_rate=Decimal(1900)),))  # a rate of 19 for 0.19
    order = vcs.shipped()
    vcs.passes(3)
    assert parts(vcs, odd) == {f"{odd}-1": (State.HELD, Reason.TAX_DATA_MISSING)}
    assert parts(vcs, order) == {f"{order}-1": SENT}
    assert vcs.got(odd) == []


@pytest.mark.parametrize("item", [1, 2])
def test_a_credit_note_takes_back_the_invoice_of_its_own_shipment(vcs: InvoiceWorkshop, item: int) -> None:
    order = vcs.shipped(MUG, CUP)
    vcs.passes()
    invoices = {row.shipping_id: row.number for row in vcs.rows(order).values()}
    amount = "9.90" if item == 2 else "36.00"
    given = {"item": item, "charge": "ITEM", "amount": amount}
    at, money = vcs.clock.now().isoformat(), {"amount": amount, "currency": "EUR"}
    vcs.simulator.patch_order(order, refunds=[{"at": at, "amount": money, "of": [given]}])
    vcs.passes(3, every=LIST)
    (row,) = vcs.credit_notes(order)
    content = vcs.content(row)
    assert (row.state, row.shipping_id, row.total) == (State.SENT, f"{order}-{item}", Decimal(amount))
    assert content.original.number == invoices[f"{order}-{item}"]
    assert [vat.rate for vat in content.vats] == [Decimal("5.5") if item == 2 else Decimal(20)]


def test_a_correction_that_the_list_names_gets_a_credit_note_and_a_new_invoice_each_once(vcs: InvoiceWorkshop) -> None:
    order = vcs.shipped()
    vcs.passes()
    vcs.passes(2, every=LIST)
    vcs.simulator.patch_order(order, corrected_at=vcs.clock.now().isoformat())
    vcs.passes(4, every=LIST)
    first, *corrections = vcs.got(order)
    assert sorted((each.kind, each.transaction_id) for each in corrections) == [
        ("credit_note", f"CorrectionReversal:X:{order}-1"),
        ("invoice", f"Correction:X:{order}-1"),
    ]
    assert len({each.number for each in (first, *corrections)}) == 3
    assert {row.state for row in vcs.rows(order).values()} == {State.SENT}
    vcs.refunds(order, "10.00")
    vcs.passes(3, every=LIST)
    rows = vcs.rows(order)
    anew = rows[Key(order, Action.INVOICE, f"Correction:X:{order}-1")]
    notes = {row.total: vcs.content(row).original.number for row in vcs.credit_notes(order)}
    assert notes == {Decimal("40.90"): first.number, Decimal("10.00"): anew.number}
