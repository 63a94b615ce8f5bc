"""North America: a document goes to the buyer as a message."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ledger.state import Action, State
from marketplace.simulator.faults import Kind
from marketplace.simulator.sim_sale import SimPrice
from rules.order import Money
from rules.reason import Reason
from tests.tasks.invoice_workshop import MESSAGE, US, InvoiceWorkshop, pdf_is_that_of
from tests.tasks.workshop import DAY, HOUR, MINUTE, NOW

SENT = (State.SENT, Reason.INVOICED)


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
    assert (row.total, row.vat, row.currency) == (Decimal("21.60"), Decimal("1.60"), "USD")
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
    assert (row.key.action, row.reason, row.total) == (Action.CREDIT_NOTE, Reason.CREDIT_NOTE_KEPT, Decimal("5.40"))
