"""A business order that leaves in several packages: an invoice for what left, early enough, and one for the rest."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ledger.state import State
from marketplace.simulator.sim_order import SimShipment
from marketplace.simulator.sim_sale import SimPrice
from rules.order import Item
from rules.reason import Reason
from tasks.audit import Person
from tasks.invoices import by_hand
from tests.tasks.invoice_workshop import MUG, InvoiceWorkshop
from tests.tasks.workshop import DAY, FBA, HOUR, MINUTE, NOW

SENT = (State.SENT, Reason.INVOICED)
CUPS = SimPrice(Decimal("20.00"), shipping=Decimal("1.00"), tax_rate=Decimal(20), title="Cup")
ITEMS = (Item("MUG", "B1"), Item("CUP", "B2", 3))
EARLY = datetime(2026, 10, 21, 19, 0, tzinfo=UTC)
"""Wednesday, 21:00 in Paris: what left on Tuesday is late at midnight."""
FRIDAY = NOW + 3 * DAY


def order(shop: InvoiceWorkshop, *shipments: SimShipment, **more: Any) -> str:
    """A mug and three cups: 61.90 with shipping."""
    wanted: dict[str, Any] = {"items": ITEMS, "business": True, "shipped_at": None, "shipments": shipments}
    return shop.shipped(MUG, CUPS, **wanted | more)


def until(shop: InvoiceWorkshop, moment: datetime) -> None:
    """A pass every two hours, and one then."""
    while shop.clock.now() < moment:
        shop.at(min(shop.clock.now() + 2 * HOUR, moment))
        shop.whole_pass()
    shop.passes(2)


def made(shop: InvoiceWorkshop, order_id: str) -> list[Any]:
    shop.resent.add(order_id)  # Amazon is given several for one order
    rows = [row for row in shop.rows(order_id).values() if row.number and not row.is_credit_note]
    return sorted(rows, key=lambda row: row.number)


def lines(shop: InvoiceWorkshop, row: Any) -> list[str]:
    return [f"{line.quantity} {line.description} {line.gross}" for line in shop.content(row).lines]


MUG_AND_CUP = ["1 Mug 36.00", "1 Cup 6.67", "1 Frais de livraison 5.23"]
TWO_CUPS = ["2 Cup 13.33", "1 Frais de livraison 0.67"]
FIRST, REST = SimShipment(NOW - HOUR, (1, 1)), SimShipment(FRIDAY, (0, 2))


def test_what_left_is_invoiced_before_it_is_late_and_the_rest_when_it_has_left(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    sold = order(shop, FIRST, REST)
    until(shop, EARLY - 10 * MINUTE)
    assert made(shop, sold) == []
    until(shop, EARLY)
    (first,) = made(shop, sold)
    assert (first.state, first.reason) == SENT
    assert first.deadline == datetime(2026, 10, 21, 21, 59, tzinfo=UTC)
    assert lines(shop, first) == MUG_AND_CUP
    assert shop.content(first).supplied_on == (NOW - HOUR).date()
    until(shop, FRIDAY + HOUR)
    first, rest = made(shop, sold)
    assert lines(shop, rest) == TWO_CUPS
    assert (rest.state, rest.deadline) == (State.SENT, datetime(2026, 10, 26, 22, 59, tzinfo=UTC))
    assert first.total + rest.total == Decimal("61.90")
    until(shop, FRIDAY + 3 * DAY)
    assert len(shop.rows(sold)) == len(shop.got(sold)) == 2


SHIPMENTS: dict[str, tuple[tuple[SimShipment, ...], list[str]]] = {
    "all of it by the deadline": ((FIRST, SimShipment(EARLY - HOUR, (0, 2))), ["61.90"]),
    "three packages, three invoices": (
        (SimShipment(NOW - HOUR, (0, 1)), SimShipment(FRIDAY, (1, 0)), SimShipment(FRIDAY + 5 * DAY, (0, 2))),
        ["7.00", "40.90", "14.00"],
    ),
    "two of them within a day": (
        (SimShipment(NOW - HOUR, (0, 1)), SimShipment(NOW + HOUR, (1, 0)), SimShipment(FRIDAY, (0, 2))),
        ["47.90", "14.00"],
    ),
    "the last one first": ((SimShipment(FRIDAY, (1, 1)), SimShipment(NOW - HOUR, (0, 2))), ["14.00", "47.90"]),
    "a package that was cancelled, and sent anew": (
        (FIRST, SimShipment(NOW - HOUR, (0, 2), cancelled=True), REST),
        ["47.90", "14.00"],
    ),
}
QUICK = "a package that was cancelled, and sent anew"


@pytest.mark.parametrize(
    ("shipments", "totals"),
    [pytest.param(*each, id=name, marks=() if name == QUICK else pytest.mark.long) for name, each in SHIPMENTS.items()],
)
def test_the_invoices_come_to_the_order_whatever_leaves_when(
    invoicing: InvoiceWorkshop, shipments: tuple[SimShipment, ...], totals: list[str]
) -> None:
    sold = order(invoicing, *shipments)
    until(invoicing, FRIDAY + 7 * DAY)
    found = made(invoicing, sold)
    assert [str(row.total) for row in found] == totals
    assert sum(Decimal(each) for each in totals) == Decimal("61.90")
    assert all(row.asked_at <= row.deadline for row in found)


WHOLE: dict[str, dict[str, Any]] = {
    "of a consumer": {"business": False},
    "of one package": {"shipments": (SimShipment(FRIDAY, (1, 3)),)},
}


@pytest.mark.parametrize("more", WHOLE.values(), ids=WHOLE)
def test_other_orders_have_one_invoice_when_all_has_left(invoicing: InvoiceWorkshop, more: dict[str, Any]) -> None:
    sold = order(invoicing, **{"shipments": (FIRST, REST)} | more)
    until(invoicing, FRIDAY - HOUR)
    assert made(invoicing, sold) == []
    until(invoicing, FRIDAY + HOUR)
    assert [str(row.total) for row in made(invoicing, sold)] == ["61.90"]


def test_when_the_rest_is_cancelled_nothing_follows(invoicing: InvoiceWorkshop) -> None:
    sold = order(invoicing, FIRST, REST)
    until(invoicing, EARLY)
    fewer = {"item": "6.67", "shipping": "0.33", "tax_rate": "20", "title": "Cup", "cancelled": 2}
    mug = {"item": "36.00", "shipping": "4.90", "tax_rate": "20", "title": "Mug"}
    shipments = [{"at": FIRST.at.isoformat(), "pieces": FIRST.pieces}]
    invoicing.simulator.patch_order(sold, prices=[mug, fewer], shipments=shipments)
    until(invoicing, FRIDAY)
    (first,) = made(invoicing, sold)
    others = [row for row in invoicing.rows(sold).values() if not row.number]
    assert [(row.state, row.reason) for row in others] == [(State.SKIPPED, Reason.NOTHING_TO_INVOICE)]
    assert first.total == Decimal("47.90")


def test_what_amazon_ships_in_parts_is_invoiced_in_time_too(invoicing: InvoiceWorkshop) -> None:
    sold = order(invoicing, FIRST, REST, **FBA)
    until(invoicing, FRIDAY + 4 * DAY)  # Amazon's report, which would tell when it left, is waited for
    found = made(invoicing, sold)
    assert [str(row.total) for row in found] == ["47.90", "14.00"]
    assert all(row.asked_at <= row.deadline for row in found)


def refunded(shop: InvoiceWorkshop, order_id: str, *parts: tuple[int, str, str]) -> None:
    total = sum((Decimal(amount) for *_, amount in parts), Decimal(0))
    of = [{"item": item, "charge": charge, "amount": amount} for item, charge, amount in parts]
    amount = {"amount": str(total), "currency": "EUR"}
    shop.simulator.patch_order(order_id, refunds=[{"at": shop.clock.now().isoformat(), "amount": amount, "of": of}])


def notes(shop: InvoiceWorkshop, order_id: str) -> list[tuple[str, str, list[str]]]:
    """The invoice that each takes back, its total, and its lines."""
    rows = sorted(shop.credit_notes(order_id), key=lambda row: row.number or "")
    assert all(row.number for row in rows), [row.reason for row in rows]
    return [(row.original, str(row.total), lines(shop, row)) for row in rows]


REFUNDS: dict[str, tuple[tuple[tuple[int, str, str], ...], list[tuple[str, str, list[str]]]]] = {
    "an item of the first": (((1, "ITEM", "36.00"),), [("2026-000001", "36.00", ["1 Mug 36.00"])]),
    "pieces that are on both": (
        ((2, "ITEM", "13.33"),),
        [("2026-000001", "6.67", ["1 Cup 6.67"]), ("2026-000002", "6.66", ["1 Cup 6.66"])],
    ),
    "all of it": (
        ((1, "ITEM", "36.00"), (1, "SHIPPING", "4.90"), (2, "ITEM", "20.00"), (2, "SHIPPING", "1.00")),
        [("2026-000001", "47.90", MUG_AND_CUP), ("2026-000002", "14.00", TWO_CUPS)],
    ),
}


@pytest.mark.parametrize(("parts", "expected"), REFUNDS.values(), ids=REFUNDS)
def test_credit_notes_take_back_the_invoice_that_the_goods_are_on(
    any_invoicing: InvoiceWorkshop,
    parts: tuple[tuple[int, str, str], ...],
    expected: list[tuple[str, str, list[str]]],
) -> None:
    shop = any_invoicing
    sold = order(shop, FIRST, REST)
    until(shop, FRIDAY + HOUR)
    assert len(made(shop, sold)) == 2
    refunded(shop, sold, *parts)
    shop.passes(6, every=10 * MINUTE)
    assert notes(shop, sold) == expected


def test_a_refund_of_what_is_not_invoiced_yet_waits_for_its_invoice(invoicing: InvoiceWorkshop) -> None:
    sold = order(invoicing, SimShipment(NOW - HOUR, (0, 3)), SimShipment(FRIDAY, (1, 0)))
    until(invoicing, EARLY)
    assert len(made(invoicing, sold)) == 1
    refunded(invoicing, sold, (1, "ITEM", "36.00"))
    invoicing.passes(4, every=10 * MINUTE)
    assert [row.number for row in invoicing.credit_notes(sold)] == [None]
    until(invoicing, FRIDAY + 2 * DAY)
    assert notes(invoicing, sold) == [("2026-000002", "36.00", ["1 Mug 36.00"])]


def test_one_of_them_is_corrected_by_a_new_one_over_the_same(invoicing: InvoiceWorkshop) -> None:
    sold = order(invoicing, FIRST, REST)
    until(invoicing, FRIDAY + HOUR)
    first, _ = made(invoicing, sold)
    wish = by_hand.ByHand(first, "the address", Person("jean", "test"))
    assert by_hand.correct(invoicing.ledger, invoicing.sellers[invoicing.name], wish, invoicing.clock.now())
    invoicing.passes(4)
    found = made(invoicing, sold)
    assert [lines(invoicing, row) for row in found] == [MUG_AND_CUP, TWO_CUPS, MUG_AND_CUP]
    assert notes(invoicing, sold) == [(first.number, "47.90", MUG_AND_CUP)]
