"""What a plan says of invoices is what the next pass does, and the plan itself leaves them as they are."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ledger.state import Action, State
from rules.reason import Reason
from tasks.plan import Outlooks, look, outlooks
from tests.tasks.invoice_workshop import MUG, InvoiceWorkshop
from tests.tasks.workshop import DAY, HOUR

UNTAXED = replace(MUG, tax_rate=None)
RATES: dict[str, Any] = {"vat_rates": {"FR": 20}}


def planned(shop: InvoiceWorkshop) -> Outlooks:
    """As the command does it."""
    with shop.session() as session:
        looks = {shop.name: look(session, 7)}
    return outlooks(shop.ledger, {shop.name: shop.sellers[shop.name]}, shop.clock.now(), 7, looks)


def said(shop: InvoiceWorkshop) -> Counter[str]:
    """How many documents have gone out, or do now, and the rest by reason."""
    found = planned(shop).documents
    out = found.sent + found.by_reason.pop(Reason.SUBMITTED, 0)
    return Counter({"out": out + sum(each.due_at <= shop.clock.now() for each in found.entries)}) + found.by_reason


def done(shop: InvoiceWorkshop, orders: list[str]) -> Counter[str]:
    """The same, of what a pass has done."""
    shop.whole_pass()
    rows = [row for order in orders for row in shop.rows(order).values()]
    return Counter("out" if row.state in (State.SUBMITTED, State.SENT) else str(row.reason) for row in rows)


@pytest.fixture
def orders(invoicing: InvoiceWorkshop) -> list[str]:
    """Orders of several kinds."""
    return [
        invoicing.shipped(),
        invoicing.shipped(UNTAXED),
        invoicing.shipped(UNTAXED, buyer=None),
        invoicing.shipped(shipped_at=None),
        invoicing.shipped(purchased_at=invoicing.clock.now() - 20 * DAY),
    ]


WISHES: dict[str, dict[str, Any]] = {
    "without a VAT rate": {},
    "with one": RATES,
    "for some days only": {**RATES, "since": date(2026, 10, 15)},
    "from a folder without a PDF": {"source": "folder"},
    "with Amazon's own VAT": {"vat_calculation_service": True},
}


@pytest.mark.parametrize("name", WISHES)
def test_what_is_planned_is_what_the_next_pass_does(
    name: str, invoicing: InvoiceWorkshop, orders: list[str], tmp_path: Path
) -> None:
    invoicing.wants(**WISHES[name] | {"folder": tmp_path})
    assert said(invoicing) == done(invoicing, orders)


def test_what_new_settings_change_is_planned_with_them(invoicing: InvoiceWorkshop, orders: list[str]) -> None:
    invoicing.wants(since=date(2026, 10, 19))
    invoicing.whole_pass()
    invoicing.wait(HOUR)
    invoicing.wants(**RATES)
    found = said(invoicing)
    assert found["out"] == 3
    assert found == done(invoicing, orders)


def test_a_plan_leaves_the_documents_and_their_numbers_as_they_are(
    invoicing: InvoiceWorkshop, orders: list[str]
) -> None:
    invoicing.wants(**RATES)
    invoicing.refresh()

    def kept() -> list[Any]:
        with invoicing.ledger.read() as connection:
            tables = ("invoices", "invoice_series", "attempts")
            return [row for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))]

    before = kept()
    planned(invoicing)
    assert kept() == before
    assert invoicing.calls("createFeed") == 0


def test_a_credit_note_is_planned_as_its_invoice_lets_it(invoicing: InvoiceWorkshop, orders: list[str]) -> None:
    invoicing.wants(**RATES)
    invoicing.refunds(orders[0], "9.90")
    invoicing.wait(HOUR)
    found = said(invoicing)
    assert found[Reason.CREDIT_NOTE_KEPT] == 1
    assert found == done(invoicing, orders)
    assert [row.key.action for row in invoicing.credit_notes(orders[0])] == [Action.CREDIT_NOTE]
