"""Of a refund that Amazon lists twice, one is known, whichever copy comes first and whichever names the other."""

from dataclasses import replace
from itertools import permutations

import pytest

from ledger import orders
from ledger.database import Ledger
from ledger.documents import DOCUMENTS
from ledger.refunds import joined, named
from ledger.state import Action
from ledger.transitions import Key
from rules.order import Refund, RefundPart
from rules.sale import Charge
from tests.ledger.examples import NOW, SELLER, refund

TOLD = replace(refund("5.00"), parts=(RefundPart(Charge.ITEM, refund("5.00").amount.amount),))
DEFERRED, RELEASED = replace(TOLD, others=("r",)), replace(TOLD, others=("d",))
READINGS: dict[str, list[dict[str, Refund]]] = {
    "each names the other": [{"d": DEFERRED}, {"d": replace(TOLD, others=("r",))}],
    "the deferred one names the released": [{"d": DEFERRED}, {"r": TOLD}],
    "the released one names the deferred": [{"d": TOLD}, {"r": RELEASED}],
    "in one reading": [{"d": DEFERRED, "r": RELEASED}],
    "one that was read before that was told": [{"r": refund("4.40")}, {"d": DEFERRED}],
    "both were read before that was told": [{"d": refund("4.40"), "r": refund("4.40")}, {"d": DEFERRED}],
}


@pytest.mark.parametrize("readings", READINGS.values(), ids=READINGS)
def test_it_is_one_in_any_order_and_however_often_it_is_read(readings: list[dict[str, Refund]]) -> None:
    for order in permutations(readings):
        known: dict[str, Refund] = {}
        for new in order:
            known = joined(known, new)
            assert joined(known, new) == known
        [(key, found)] = known.items()
        assert ({key, *found.others}, found.parts) == ({"d", "r"}, TOLD.parts)
        assert named(known, "d") == named(known, "r") == ({"d", "r"}, found)


def test_another_refund_of_the_same_amount_stays_another() -> None:
    known = joined({}, {"d": DEFERRED, "r": RELEASED, "x": TOLD})
    assert (len(known), named(known, "x"), named(known, "y")) == (2, ({"x"}, TOLD), None)


def test_a_refund_whose_parts_are_told_later_has_them_and_keeps_them(ledger: Ledger) -> None:
    for each in (refund("4.40"), TOLD, refund("4.40")):
        with ledger.begin() as connection:
            orders.record_refunds(connection, SELLER, {"a": {"d": each}}, NOW)
    with ledger.read() as connection:
        assert orders.refunds(connection, SELLER, "a") == {"d": TOLD}


@pytest.mark.parametrize("first", ["d", "r"])
def test_it_gets_one_row_for_its_credit_note(ledger: Ledger, first: str) -> None:
    other = {"d": "r", "r": "d"}[first]
    with ledger.begin() as connection:
        invoice = Key("a", Action.INVOICE)
        DOCUMENTS.open(connection, SELLER, [invoice], NOW)
        for new in ({first: TOLD}, {other: replace(TOLD, others=(first,))}, {first: replace(TOLD, others=(other,))}):
            orders.record_refunds(connection, SELLER, {"a": new}, NOW, with_credit_notes=True)
        found = connection.exec_driver_sql("SELECT part FROM invoices WHERE kind = 'credit_note'").scalars().all()
    assert found == [first]
