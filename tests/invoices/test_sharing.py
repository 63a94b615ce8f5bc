"""A refund of an order that has several invoices: which takes back which."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.crediting import credit_note, left_of
from invoices.document import Invoice, Unmakeable
from invoices.sharing import Billed, shared
from rules.order import RefundPart
from rules.reason import Reason
from rules.sale import Charge
from settings.invoices import SkuRates
from tests.invoices.vat_examples import CENT, ISSUED, check_sums, item, made, sale, settings, shipping

D, ZERO = Decimal, Decimal(0)
WISH = settings(vat_rates={"FR": D(20)}, sku_vat_rates=(SkuRates(skus=("BOOK",), rates={"FR": D("5.5")}),))
BOOK = made(sale(item("10.55", sku="BOOK"), item("12.00"), shipping("2.11", sku="BOOK")), WISH)
MUGS = replace(made(sale(item("24.00", 2), shipping("6.00")), WISH), number="2026-000002")


def part(amount: str, charge: Charge = Charge.ITEM, sku: str | None = "MUG-1", tax: str = "0") -> RefundPart:
    return RefundPart(charge, D(amount), D(tax), sku)


def shares(*parts: RefundPart, notes: tuple[Invoice, ...] = ()) -> list[tuple[str, list[str]]]:
    amount = sum((each.amount for each in parts), ZERO)
    found = shared([Billed(BOOK, notes), Billed(MUGS, ())], amount, parts)
    return [(each.of.invoice.number[-1], [str(part.amount) for part in each.parts or ()]) for each in found]


SHARED: dict[str, tuple[list[tuple[str, list[str]]], list[tuple[str, list[str]]]]] = {
    "an item of one": (shares(part("10.55", sku="BOOK")), [("1", ["10.55"])]),
    "a mug, of the first": (shares(part("12.00")), [("1", ["12.00"])]),
    "a mug, when the first is taken back": (
        shares(part("12.00"), notes=(credit_note(BOOK, None, number="C1", issued_on=ISSUED),)),
        [("2", ["12.00"])],
    ),
    "all mugs": (shares(part("36.00")), [("1", ["12.00"]), ("2", ["24.00"])]),
    "with their way": (
        shares(part("36.00"), part("8.11", Charge.SHIPPING)),
        [("1", ["12.00", "2.11"]), ("2", ["24.00", "6.00"])],
    ),
    "the way of the book": (shares(part("2.11", Charge.SHIPPING, "BOOK")), [("1", ["2.11"])]),
    "more than there is": (shares(part("40.00")), [("1", ["16.00"]), ("2", ["24.00"])]),
    "goodwill of no item": (shares(part("1.00", Charge.OTHER, None)), [("1", ["1.00"])]),
}


@pytest.mark.parametrize(("found", "expected"), SHARED.values(), ids=SHARED)
def test_a_part_takes_back_the_invoice_that_it_is_on(
    found: list[tuple[str, list[str]]], expected: list[tuple[str, list[str]]]
) -> None:
    assert found == expected


def test_an_item_that_is_on_none_waits_for_its_invoice() -> None:
    with pytest.raises(Unmakeable, match="is not made") as caught:
        shares(part("5.00", sku="LAMP"))
    assert caught.value.reason is Reason.NOT_PRINTABLE


def test_without_parts_only_all_of_it_can_be_told() -> None:
    every = [Billed(BOOK, ()), Billed(MUGS, ())]
    assert [each.amount for each in shared(every, D("54.66"), None)] == [D("24.66"), D("30.00")]
    with pytest.raises(Unmakeable, match=r"does not say what of 24\.66 the buyer got"):
        shared(every, D("24.66"), None)


kinds = st.sampled_from(
    ((Charge.ITEM, "MUG-1"), (Charge.ITEM, "BOOK"), (Charge.SHIPPING, "MUG-1"), (Charge.SHIPPING, "BOOK"))
)
refunds = st.lists(st.lists(st.tuples(kinds, st.integers(1, 2000)), min_size=1, max_size=3), max_size=4)


@given(refunds)
def test_what_the_buyer_got_is_taken_back_to_the_cent_and_never_more_than_was_invoiced(
    wanted: list[list[tuple[tuple[Charge, str], int]]],
) -> None:
    notes: dict[str, list[Invoice]] = {BOOK.number: [], MUGS.number: []}
    for of in wanted:
        parts = [RefundPart(charge, cents * CENT, sku=sku) for (charge, sku), cents in of]
        amount = sum((each.amount for each in parts), ZERO)
        found = shared([Billed(each, notes[each.number]) for each in (BOOK, MUGS)], amount, parts)
        assert sum((each.amount for each in found), ZERO) == amount
        for share in found:
            of_it, before = share.of.invoice, notes[share.of.invoice.number]
            try:
                note = credit_note(of_it, share.amount, number="C", issued_on=ISSUED, parts=share.parts, before=before)
            except Unmakeable:
                continue  # more than is left, or of which rate is not told: a person decides
            check_sums(note)
            assert note.original is not None
            assert (note.gross, note.original.number) == (share.amount, of_it.number)
            assert {line.sku for line in note.lines} <= {line.sku for line in of_it.lines}
            before.append(note)
    for each in (BOOK, MUGS):
        assert left_of(each, notes[each.number]) >= 0
