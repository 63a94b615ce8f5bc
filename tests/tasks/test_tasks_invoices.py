from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from invoices.vault import Vault
from ledger import controls, history, orders
from ledger.state import Action, State
from ledger.tables import invoices
from ledger.transitions import Key
from marketplace.operations import Operation
from marketplace.simulator.sim_order import SimRefund
from marketplace.simulator.sim_sale import SimPrice
from rules.order import UNKNOWN, Item, Money, Refund, RefundPart
from rules.reason import Reason
from rules.sale import Charge
from tasks import entrypoints
from tasks.invoices.resend import resend
from tests.tasks.invoice_workshop import DE, FEED, FR, JEAN, KEY, MUG, InvoiceWorkshop, pdf_is_that_of
from tests.tasks.workshop import ASK, CLAIRE, DAY, HOUR, MINUTE, NOW

SENT = (State.SENT, Reason.INVOICED)


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("fulfilled_by", ["AMAZON", "MERCHANT"])
def test_the_day_of_dispatch_stands_on_the_invoice(invoicing: InvoiceWorkshop, fulfilled_by: str) -> None:
    order = invoicing.shipped(fulfilled_by=fulfilled_by, shipped_at=NOW - 30 * HOUR, purchased_at=NOW - 60 * HOUR)
    invoicing.passes(3)
    assert invoicing.content(invoicing.invoice(order)).supplied_on == (NOW - 30 * HOUR).date()


def test_what_amazon_shipped_waits_for_the_report_that_names_its_day_but_not_for_ever(
    invoicing: InvoiceWorkshop,
) -> None:
    order = invoicing.shipped(fulfilled_by="AMAZON", fba_report=False)
    invoicing.passes(3)
    assert invoicing.stands(order) == (State.WAITING, Reason.AWAITING_SHIPPING_DATE)
    invoicing.passes(5, every=DAY)
    assert invoicing.stands(order) == (State.SENT, Reason.INVOICED)
    assert invoicing.content(invoicing.invoice(order)).supplied_on == (NOW - HOUR).date()


def test_a_shipped_order_gets_its_invoice_and_the_report_is_read(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order = shop.shipped()
    shop.whole_pass()
    assert shop.stands(order) == (State.SUBMITTED, Reason.SUBMITTED)
    shop.passes()
    assert shop.stands(order) == SENT
    row = shop.invoice(order)
    (got,) = shop.got(order)
    assert (row.number, row.total, row.vat, row.currency) == ("2026-000001", Decimal("40.90"), Decimal("6.82"), "EUR")
    assert (row.deadline, row.business, row.asked_at) == (NOW - HOUR + 7 * DAY, False, NOW)
    assert (got.number, got.route, got.shipping_id) == (row.number, "feed", None)
    assert pdf_is_that_of(shop, row)
    assert len(shop.said(order)) == 2  # taken, and accepted


def test_the_seal_keeps_the_buyer_out_of_the_ledger(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.passes()
    row = invoicing.invoice(order)
    content = invoicing.content(row)
    assert (content.buyer.name, content.language) == (JEAN.name, "fr")
    with invoicing.ledger.read() as connection:
        stored = connection.execute(select(invoices).where(invoices.c.order_id == order)).one()
    assert JEAN.name not in str(tuple(stored))
    assert JEAN.name.encode() not in stored.record + stored.pdf
    assert not any(JEAN.name in said for said in invoicing.said(order))


def test_an_order_that_is_not_shipped_waits_and_goes_out_once_it_is(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order = shop.shipped(shipped_at=NOW + 30 * MINUTE)
    shop.whole_pass()
    assert shop.stands(order) == (State.WAITING, Reason.NOT_SHIPPED)
    shop.passes(3, every=HOUR)
    assert shop.stands(order) == SENT


@pytest.mark.parametrize(
    ("changes", "wish", "reason"),
    [
        ({"invoiced_by_amazon": True}, {}, Reason.INVOICED_BY_AMAZON),
        ({"cancelled_at": NOW - HOUR, "shipped_at": None}, {}, Reason.CANCELLED),
        ({"channel": "NON_AMAZON"}, {}, Reason.NOT_AMAZON_ORDER),
        ({"purchased_at": at(10, 18, 21, 59)}, {"since": date(2026, 10, 19)}, Reason.BEFORE_START),
        ({}, {"marketplaces": ["DE"]}, Reason.MARKETPLACE_NOT_ENABLED),
        ({"tax_by_amazon": True}, {}, Reason.INVOICED_BY_AMAZON),
        ({"prices": (SimPrice(Decimal(0), tax_rate=Decimal(20)),)}, {}, Reason.NOTHING_TO_INVOICE),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_an_order_that_gets_no_invoice_says_why_and_takes_no_number(
    invoicing: InvoiceWorkshop, changes: dict[str, Any], wish: dict[str, Any], reason: Reason
) -> None:
    invoicing.wants(**wish)
    order, other = invoicing.shipped(**changes), invoicing.shipped(marketplace_id=DE)
    invoicing.passes()
    assert invoicing.stands(order) == (State.SKIPPED, reason)
    assert invoicing.got(order) == []
    assert invoicing.invoice(other).number == "2026-000001"


def test_the_nearest_deadline_goes_first(invoicing: InvoiceWorkshop) -> None:
    orders = [
        invoicing.shipped(shipped_at=NOW - 2 * HOUR),
        invoicing.shipped(shipped_at=NOW - 5 * HOUR),
        invoicing.shipped(business=True),
    ]
    invoicing.passes()
    rows = [invoicing.invoice(order) for order in orders]
    assert [row.number for row in rows] == ["2026-000003", "2026-000002", "2026-000001"]
    assert rows[2].business
    assert rows[2].deadline == at(10, 21, 21, 59)  # 23:59 in Paris, on the next day


def test_no_document_is_made_that_amazons_pace_does_not_let_through(invoicing: InvoiceWorkshop) -> None:
    burst, throttled = Operation.CREATE_FEED.burst, invoicing.simulator.summary()["throttled"]
    orders = [invoicing.shipped() for _ in range(burst + 3)]
    invoicing.whole_pass()
    made = [order for order in orders if invoicing.invoice(order).number]
    assert burst - 1 <= len(made) <= burst
    assert {invoicing.stands(order)[0] for order in made} == {State.SUBMITTED}
    invoicing.passes(10, every=2 * MINUTE)
    assert {invoicing.stands(order) for order in orders} == {SENT}
    assert invoicing.simulator.summary()["throttled"] == throttled


# what holds a whole seller back


def test_nothing_is_made_while_the_seller_is_not_live(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.wants(live=False)
    order = shop.shipped()
    shop.whole_pass()
    assert shop.stands(order) == (State.DUE, Reason.NOT_LIVE)
    assert shop.invoice(order).number is None
    shop.wants()
    shop.passes()
    assert shop.stands(order) == SENT


@pytest.mark.parametrize("scope", ["seller", "all"])
def test_nothing_is_made_while_the_seller_is_paused(invoicing: InvoiceWorkshop, scope: str) -> None:
    named = invoicing.name if scope == "seller" else controls.ALL
    order = invoicing.shipped()
    with invoicing.ledger.begin() as connection:
        controls.stop(connection, named, Reason.PAUSED)
    invoicing.whole_pass()
    assert invoicing.stands(order) == (State.DUE, Reason.PAUSED)
    with invoicing.ledger.begin() as connection:
        controls.lift(connection, named)
    invoicing.passes()
    assert invoicing.stands(order) == SENT


def test_invoices_need_no_source_but_the_orders(invoicing: InvoiceWorkshop) -> None:
    invoicing.trouble("denied", "listTransactions")
    invoicing.trouble("denied", "createReport")
    order = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == SENT
    invoicing.trouble("denied", "searchOrders")
    late = invoicing.shipped()
    invoicing.passes(2, every=2 * DAY)
    assert invoicing.rows(late) == {}


def test_switched_off_what_is_under_way_is_followed_and_the_rest_stays(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    under_way = shop.shipped()
    shop.whole_pass()
    made = shop.shipped()
    shop.trouble("error_500_before", "createFeedDocument")
    shop.whole_pass()
    shop.simulator.clear_faults()
    shop.wants(enabled=False)
    shop.wait(HOUR)
    entrypoints.sweep(shop.app, shop.name)
    entrypoints.send_due(shop.app, shop.name)
    entrypoints.reconcile(shop.app, shop.name)
    assert shop.stands(under_way) == SENT
    assert shop.stands(made) == (State.SKIPPED, Reason.DISABLED)
    assert (shop.invoice(made).number, shop.got(made)) == ("2026-000002", [])
    shop.wants()
    shop.passes(3)
    assert shop.stands(made) == SENT
    assert shop.invoice(made).number == "2026-000002"


def test_switched_on_later_the_orders_since_then_get_theirs(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.wants(enabled=False)
    before = shop.shipped(purchased_at=at(10, 17, 12), shipped_at=at(10, 18, 12))
    since = shop.shipped()
    shop.whole_pass()
    assert shop.rows(before) == shop.rows(since) == {}
    shop.wants(since=date(2026, 10, 19))
    shop.passes(3)
    assert shop.stands(before) == (State.SKIPPED, Reason.BEFORE_START)
    assert shop.stands(since) == SENT


def test_a_missing_role_stops_the_invoices_and_not_the_requests(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.account(tax_role=False)
    delivered = shop.shipped(
        purchased_at=NOW - 14 * DAY, shipped_at=NOW - 12 * DAY, delivered_at=NOW - 10 * DAY, business=True
    )
    other = shop.shipped()
    shop.whole_pass()
    assert shop.asked(delivered) == 1
    assert {shop.stands(order) for order in (delivered, other)} == {(State.DUE, Reason.INVOICES_NOT_AUTHORISED)}
    with shop.ledger.read() as connection:
        assert controls.stopped(connection, shop.name, shop.clock.now(), Reason.NOT_AUTHORISED) is None
    asked = shop.calls(FEED) + shop.calls("createFeedDocument")
    shop.passes(3)
    assert shop.calls(FEED) + shop.calls("createFeedDocument") == asked
    assert shop.calls(ASK) == 1
    shop.account()
    shop.wait(61 * MINUTE)
    shop.passes()
    assert {shop.stands(order) for order in (delivered, other)} == {SENT}


# numbers and days


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (at(10, 24, 21, 59), "2026-10-24"),
        (at(10, 24, 22, 0), "2026-10-25"),
        (at(10, 25, 0, 30), "2026-10-25"),  # 02:30 in Paris, for the first time
        (at(10, 25, 22, 59), "2026-10-25"),
        (at(10, 25, 23, 0), "2026-10-26"),
        (at(3, 27, 22, 59, year=2027), "2027-03-27"),
        (at(3, 28, 1, 0, year=2027), "2027-03-28"),  # 03:00 in Paris: there is no 02:00
        (at(3, 28, 21, 59, year=2027), "2027-03-28"),
        (at(3, 28, 22, 0, year=2027), "2027-03-29"),
    ],
    ids=str,
)
def test_the_day_of_issue_is_the_marketplaces(invoicing: InvoiceWorkshop, moment: datetime, day: str) -> None:
    invoicing.at(moment)
    order = invoicing.shipped()
    invoicing.whole_pass()
    row = invoicing.invoice(order)
    assert (row.issued_on.isoformat(), row.number) == (day, f"{day[:4]}-000001")
    assert invoicing.content(row).issued_on == row.issued_on


def test_a_marketplace_may_have_a_series_of_its_own(invoicing: InvoiceWorkshop) -> None:
    invoicing.wants(number="{marketplace}-{number:03}", credit_note_number="C{marketplace}-{number}")
    orders = [invoicing.shipped(marketplace_id=market) for market in (FR, DE, FR)]
    invoicing.passes()
    assert {invoicing.invoice(order).number for order in orders} == {"FR-001", "DE-001", "FR-002"}


def test_a_new_year_begins_a_new_series_at_midnight_of_the_marketplace(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    found = []
    for moment in (at(12, 31, 22, 58), at(12, 31, 22, 59), at(12, 31, 23, 0), at(1, 1, 0, 5, year=2027)):
        shop.at(moment)
        order = shop.shipped()
        shop.whole_pass()
        found.append(shop.invoice(order).number)
    assert found == ["2026-000001", "2026-000002", "2027-000001", "2027-000002"]
    shop.passes()


def test_another_form_of_number_begins_at_one_and_never_takes_a_number_again(invoicing: InvoiceWorkshop) -> None:
    first = invoicing.shipped()
    invoicing.passes()
    invoicing.wants(number="{year}-0{number:05}")
    second = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(second)[0] == State.HELD
    assert invoicing.invoice(second).number is None
    invoicing.wants(number="FR{year}{month:02}-{number}")
    invoicing.passes(3)
    assert [invoicing.invoice(order).number for order in (first, second)] == ["2026-000001", "FR202610-1"]


def test_after_the_legal_period_the_document_is_deleted(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.wants(keep_years=2)
    order = shop.shipped()
    shop.passes()
    for moment, kept in ((at(12, 31, 23, 59, year=2028), True), (at(1, 1, 0, year=2029), False)):
        shop.at(moment)
        entrypoints.tidy(shop.app)
        row = shop.invoice(order)
        content = shop.sealed(row)
        assert (bool(content.pdf), bool(content.record), row.kept) == (kept, kept, kept)
    assert (row.number, row.total) == ("2026-000001", Decimal("40.90"))


# credit notes


def test_a_refund_gets_a_credit_note_that_is_made_and_kept(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order = shop.shipped()
    shop.passes()
    shop.refunds(order, "10.00")
    shop.passes(3, every=10 * MINUTE)
    (row,) = shop.credit_notes(order)
    assert (row.state, row.reason) == (State.SKIPPED, Reason.CREDIT_NOTE_KEPT)
    assert (row.number, row.total, row.vat) == ("C2026-000001", Decimal("10.00"), Decimal("1.67"))
    content = shop.content(row)
    assert content.original is not None
    assert (content.original.number, content.gross) == ("2026-000001", Decimal("10.00"))
    assert len(shop.got(order)) == 1
    assert shop.stands(order) == SENT


def test_credit_notes_are_uploaded_without_the_vat_service_where_the_settings_say_so(
    any_invoicing: InvoiceWorkshop,
) -> None:
    shop = any_invoicing
    shop.wants(upload_credit_notes=True)
    order = shop.shipped()
    shop.passes()
    shop.refunds(order, "10.00", "5.00")
    shop.passes(4, every=10 * MINUTE)
    assert {(row.state, row.reason) for row in shop.credit_notes(order)} == {SENT}
    invoice, *credit_notes = shop.got(order)
    assert (invoice.kind, {each.kind for each in credit_notes}) == ("invoice", {"credit_note"})
    assert {(each.number, each.transaction_id) for each in credit_notes} == {
        ("C2026-000001", None),
        ("C2026-000002", None),
    }


def test_a_credit_note_that_was_kept_is_not_uploaded_by_new_settings(invoicing: InvoiceWorkshop) -> None:
    """It may have been given by hand since; a person can send it."""
    order = invoicing.shipped()
    invoicing.passes()
    invoicing.refunds(order, "10.00")
    invoicing.passes(3, every=10 * MINUTE)
    invoicing.wants(upload_credit_notes=True)
    invoicing.passes(3, every=10 * MINUTE)
    (row,) = invoicing.credit_notes(order)
    assert (row.state, row.reason) == (State.SKIPPED, Reason.CREDIT_NOTE_KEPT)
    seller, now = invoicing.sellers[invoicing.name], invoicing.clock.now()
    resend(invoicing.ledger, Vault(KEY), seller, row, "sent by Claire", CLAIRE, now)
    invoicing.passes()
    (row,) = invoicing.credit_notes(order)
    assert (row.state, row.reason) == SENT


def test_refunds_in_parts_add_up_to_the_invoice_and_one_beyond_it_is_held(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.passes()
    invoicing.refunds(order, "10.00", "30.90", "0.01")
    invoicing.passes(3, every=10 * MINUTE)
    rows = sorted(invoicing.credit_notes(order), key=lambda row: row.number or "~")
    assert [row.number for row in rows] == ["C2026-000001", "C2026-000002", None]
    assert rows[2].state == State.HELD


def test_a_full_refund_takes_back_every_line(invoicing: InvoiceWorkshop) -> None:
    cup = SimPrice(Decimal("9.90"), tax_rate=Decimal("5.5"))
    order = invoicing.shipped(MUG, cup)
    invoicing.passes()
    invoicing.refunds(order, "50.80")
    invoicing.passes(3, every=10 * MINUTE)
    (row,) = invoicing.credit_notes(order)
    original, taken_back = invoicing.content(invoicing.invoice(order)), invoicing.content(row)
    assert (taken_back.net, taken_back.vats, len(taken_back.lines)) == (original.net, original.vats, 3)


def test_refunds_of_items_and_shipping_have_the_rate_of_what_was_refunded(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    book = SimPrice(Decimal("10.55"), tax_rate=Decimal("5.5"), title="Book")
    order = shop.shipped(MUG, book)
    shop.passes()
    given = [(2, "ITEM", "10.55"), (1, "SHIPPING", "4.90"), (1, "ITEM", "12.00"), (1, "ITEM", "24.00")]
    refunds = [
        {
            "at": (shop.clock.now() + n * MINUTE).isoformat(),
            "amount": {"amount": amount, "currency": "EUR"},
            "of": [{"item": item, "charge": charge, "amount": amount}],
        }
        for n, (item, charge, amount) in enumerate(given)
    ]
    shop.simulator.patch_order(order, refunds=refunds)
    shop.passes(3, every=10 * MINUTE)
    notes = sorted((shop.content(row) for row in shop.credit_notes(order)), key=lambda note: note.number)
    original = shop.content(shop.invoice(order))
    assert [(note.lines[0].description, note.vats[0].rate, note.gross) for note in notes] == [
        ("Book", Decimal("5.5"), Decimal("10.55")),
        ("Frais de livraison", Decimal(20), Decimal("4.90")),
        ("Mug", Decimal(20), Decimal("12.00")),
        ("Mug", Decimal(20), Decimal("24.00")),
    ]
    assert (sum(note.vat for note in notes), sum(note.net for note in notes)) == (original.vat, original.net)


def test_what_was_paid_is_billed_of_a_line_that_was_cancelled_in_part(invoicing: InvoiceWorkshop) -> None:
    mugs = SimPrice(Decimal("20.00"), tax_rate=Decimal(20), title="Mug", cancelled=1)
    cup = SimPrice(Decimal("5.00"), tax_rate=Decimal(20), title="Cup")
    items = (Item("SKU-1", "B1", quantity=3), Item("SKU-2", "B2"))
    order = invoicing.shipped(mugs, cup, items=items, other=Decimal("3.00"))
    invoicing.wants(vat_rates={"FR": 20})
    invoicing.passes()
    content = invoicing.content(invoicing.invoice(order))
    assert content.gross == Decimal("28.00")
    assert [(line.description, line.quantity, line.gross) for line in content.lines] == [
        ("Mug", Decimal(2), Decimal("20.00")),
        ("Cup", Decimal(1), Decimal("5.00")),
        ("Autres frais", Decimal(1), Decimal("3.00")),
    ]


def test_a_refund_before_the_invoice_waits_for_it(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.wants(live=False)
    order = shop.shipped()
    shop.refunds(order, "10.00")
    shop.passes(2, every=10 * MINUTE)
    (row,) = shop.credit_notes(order)
    assert (row.state, row.number) == (State.WAITING, None)
    shop.wants()
    shop.passes(3)
    (row,) = shop.credit_notes(order)
    assert (shop.stands(order), row.reason) == (SENT, Reason.CREDIT_NOTE_KEPT)


def test_an_order_without_an_invoice_gets_no_credit_note_until_it_has_one(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.wants(since=date(2026, 10, 20))
    order = shop.shipped()
    shop.refunds(order, "10.00")
    shop.passes(3, every=10 * MINUTE)
    (row,) = shop.credit_notes(order)
    assert (row.state, row.reason) == (State.SKIPPED, Reason.BEFORE_START)
    shop.wants()
    shop.passes(3, every=25 * HOUR)
    (row,) = shop.credit_notes(order)
    assert (shop.stands(order), row.reason) == (SENT, Reason.CREDIT_NOTE_KEPT)


def test_a_refund_of_an_order_that_was_never_read_harms_nobody(invoicing: InvoiceWorkshop) -> None:
    refund = SimRefund(NOW - HOUR, Money(Decimal(10), "EUR"))
    old = invoicing.shipped(purchased_at=NOW - 89 * DAY, shipped_at=NOW - 88 * DAY, refunds=(refund,))
    order = invoicing.shipped()
    invoicing.passes(3)
    assert invoicing.stands(order) == SENT
    assert invoicing.rows(old) == {}


def test_a_refund_that_is_deferred_and_then_released_is_credited_once(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order = shop.shipped(shipped_at=NOW - 2 * DAY, delivered_at=NOW - HOUR)
    shop.passes()
    shop.refunds(order, "10.00", "40.90")  # the second is the mug again, which no invoice covers
    shop.passes(3, every=10 * MINUTE)
    first = {row.key.part: (row.number, row.total) for row in shop.credit_notes(order)}
    shop.passes(9, every=DAY)  # the funds are released
    with shop.ledger.read() as connection:
        refunds = orders.refunds(connection, shop.name, order)
    assert {tuple(refund.others) for refund in refunds.values()} == {(f"{key}-released",) for key in refunds}
    assert {row.key.part: (row.number, row.total) for row in shop.credit_notes(order)} == first
    assert sorted(map(str, first.values())) == sorted(map(str, [("C2026-000001", Decimal("10.00")), (None, None)]))


@pytest.mark.parametrize("credited", ["", "-released"], ids=["deferred", "released"])
def test_a_copy_that_was_credited_before_it_was_known_to_be_one_is_not_credited_again(
    invoicing: InvoiceWorkshop, credited: str
) -> None:
    order = invoicing.shipped(shipped_at=NOW - 9 * DAY, delivered_at=NOW - 6.9 * DAY)
    invoicing.passes()
    known = Refund(Money(Decimal("10.00"), "EUR"), NOW, parts=(RefundPart(Charge.ITEM, Decimal("10.00")),))
    with invoicing.ledger.begin() as connection:
        refunds = {order: {f"{order}-refund-0{credited}": known}}
        orders.record_refunds(connection, invoicing.name, refunds, NOW, with_credit_notes=True)
    invoicing.passes()
    (before,) = invoicing.credit_notes(order)
    invoicing.refunds(order, "10.00")
    invoicing.passes(4, every=3 * HOUR)
    assert [row.number for row in invoicing.credit_notes(order)] == [before.number] == ["C2026-000001"]


def test_of_two_copies_that_both_have_a_row_one_is_credited(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.passes()
    parts = (RefundPart(Charge.ITEM, Decimal("10.00")),)
    told = Refund(Money(Decimal("10.00"), "EUR"), NOW, parts=parts)
    for refunds in ({"d": told, "r": told}, {"d": replace(told, others=("r",))}):
        with invoicing.ledger.begin() as connection:
            orders.record_refunds(connection, invoicing.name, {order: refunds}, NOW, with_credit_notes=True)
    invoicing.passes(3, every=10 * MINUTE)
    rows = sorted(invoicing.credit_notes(order), key=lambda row: row.number or "~")
    assert [(row.number, row.reason) for row in rows] == [
        ("C2026-000001", Reason.CREDIT_NOTE_KEPT),
        (None, Reason.NOTHING_TO_INVOICE),
    ]


UNTOLD = {
    "a part": ("10.00", None),
    "all of it": ("40.90", Decimal("40.90")),
}


@pytest.mark.parametrize(("debit", "credited"), UNTOLD.values(), ids=UNTOLD)
def test_a_debit_whose_parts_are_not_told_is_credited_only_where_it_is_the_invoice(
    invoicing: InvoiceWorkshop, debit: str, credited: Decimal | None
) -> None:
    order = invoicing.shipped()
    invoicing.passes()
    with invoicing.ledger.begin() as connection:
        refunds = {order: {"t-1": Refund(Money(Decimal(debit), "EUR"), None)}}
        orders.record_refunds(connection, invoicing.name, refunds, NOW, with_credit_notes=True)
    invoicing.passes()
    (row,) = invoicing.credit_notes(order)
    assert (row.state is State.HELD, row.total) == (credited is None, credited)


def test_a_refund_whose_amount_cannot_be_read_holds_its_credit_note(any_invoicing: InvoiceWorkshop) -> None:
    order = any_invoicing.shipped()
    any_invoicing.passes()
    with any_invoicing.ledger.begin() as connection:
        refunds = {order: {"t-1": Refund(UNKNOWN, None)}}
        orders.record_refunds(connection, any_invoicing.name, refunds, NOW, with_credit_notes=True)
    any_invoicing.passes()
    (row,) = any_invoicing.credit_notes(order)
    assert (row.state, row.reason, row.number) == (State.HELD, Reason.TAX_DATA_MISSING, None)


# one order at a person's wish


def test_one_order_is_invoiced_at_a_persons_wish(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order, other = shop.shipped(), shop.shipped()
    assert entrypoints.send_invoice(shop.app, shop.name, order) is Reason.SUBMITTED
    assert shop.invoice(other).number is None
    assert entrypoints.send_invoice(shop.app, shop.name, order) is Reason.SUBMITTED
    assert entrypoints.send_invoice(shop.app, shop.name, "402-0000000-0000000") is None
    shop.passes()
    assert len(shop.got(order)) == len(shop.got(other)) == 1


def test_an_invoice_that_is_held_back_is_not_sent_at_a_persons_wish_either(invoicing: InvoiceWorkshop) -> None:
    invoicing.wants(live=False)
    order = invoicing.shipped()
    assert entrypoints.send_invoice(invoicing.app, invoicing.name, order) is Reason.NOT_LIVE
    assert invoicing.invoice(order).number is None


def test_the_key_of_a_document_is_its_order_kind_and_part(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.refunds(order, "10.00")
    invoicing.passes(3, every=10 * MINUTE)
    assert set(invoicing.rows(order)) == {
        Key(order, Action.INVOICE),
        Key(order, Action.CREDIT_NOTE, f"{order}-refund-0"),
    }
    with invoicing.ledger.read() as connection:
        totals = history.invoice_totals(connection, [invoicing.name])
    assert (totals.seen, totals.sent, totals.skipped) == (2, 1, 1)
