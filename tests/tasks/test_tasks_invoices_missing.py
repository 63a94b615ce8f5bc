"""What an invoice needs and has not yet: it is held, says why, and goes out when it comes."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from ledger.state import State
from rules.reason import Reason
from tests.tasks.invoice_workshop import JEAN, KEY, MUG, InvoiceWorkshop, pdf_is_that_of
from tests.tasks.workshop import HOUR, MINUTE, NOW

SENT = (State.SENT, Reason.INVOICED)
UNTAXED = replace(MUG, tax_rate=None)


def test_an_order_without_tax_data_is_held_until_the_settings_name_a_rate(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order, other = shop.shipped(UNTAXED, shipped_at=NOW - 5 * HOUR), shop.shipped()
    shop.passes()
    assert shop.stands(order) == (State.HELD, Reason.TAX_DATA_MISSING)
    assert (shop.invoice(order).number, shop.invoice(other).number) == (None, "2026-000001")
    shop.wants(vat_rates={"FR": 20})
    shop.passes(3)
    assert shop.stands(order) == SENT
    assert (shop.invoice(order).number, shop.invoice(order).vat) == ("2026-000002", Decimal("6.82"))


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


def test_a_name_that_no_font_and_no_other_letters_have_is_held_and_keeps_up_nobody(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped(buyer=replace(JEAN, name="\u0787"), shipped_at=NOW - 5 * HOUR)
    other = invoicing.shipped()
    invoicing.passes()
    assert invoicing.stands(order) == (State.HELD, Reason.NOT_PRINTABLE)
    assert (invoicing.stands(other), invoicing.invoice(other).number) == (SENT, "2026-000001")
