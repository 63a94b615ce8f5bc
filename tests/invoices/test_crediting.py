"""What a credit note takes back, and that several of one invoice end where it does."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from invoices import xml
from invoices.crediting import credit_note, left_of
from invoices.document import Invoice, Unmakeable
from rules.order import RefundPart
from rules.reason import Reason
from rules.sale import Charge, Sale
from settings.invoices import SkuRates
from tests.invoices.checker import complaints
from tests.invoices.test_vat_properties import by_amazon, by_settings, country_of, sales
from tests.invoices.vat_examples import CENT, ISSUED, check_sums, item, made, sale, settings, shipping

D = Decimal
ZERO = D(0)
BOOKS = settings(vat_rates={"FR": D(20)}, sku_vat_rates=(SkuRates(skus=("BOOK",), rates={"FR": D("5.5")}),))
MIXED = made(
    sale(
        item("10.55", sku="BOOK", description="A book"),  # 10.00 + 0.55
        item("24.00", 2),  # 20.00 + 4.00
        shipping("2.11", sku="BOOK"),  # 2.00 + 0.11
        shipping("6.00"),  # 5.00 + 1.00
    ),
    BOOKS,
)
"""42.66: the book and its way at 5.5 %, two mugs and theirs at 20 %."""


def part(amount: str, charge: Charge = Charge.ITEM, **more: Any) -> RefundPart:
    return RefundPart(charge, D(amount), **{"sku": "MUG-1"} | more)


def note(*parts: RefundPart, of: Invoice = MIXED, before: tuple[Invoice, ...] = ()) -> Invoice:
    amount = sum((each.amount for each in parts), ZERO)
    number = f"C{len(before)}"
    return credit_note(of, amount, number=number, issued_on=date(2026, 12, 9), parts=parts, before=before)


def lines(found: Invoice) -> list[tuple[str, str, str, str]]:
    return [(line.description, str(line.quantity), str(line.rate), str(line.net)) for line in found.lines]


CREDITED: dict[str, tuple[Invoice, list[tuple[str, str, str, str]]]] = {
    "the mugs, at their rate": (note(part("24.00")), [("A mug", "2", "20", "20.00")]),
    "one mug": (note(part("12.00")), [("A mug", "1", "20", "10.00")]),
    "the book, at its rate": (note(part("10.55", sku="BOOK")), [("A book", "1", "5.5", "10.00")]),
    "the way of the book": (note(part("2.11", Charge.SHIPPING, sku="BOOK")), [("Shipping", "1", "5.5", "2.00")]),
    "the way of the mugs": (note(part("6.00", Charge.SHIPPING)), [("Shipping", "1", "20", "5.00")]),
    "shipping by its VAT": (
        note(part("6.00", Charge.SHIPPING, sku=None, tax=D("1.00"))),
        [("Shipping", "1", "20", "5.00")],
    ),
    "a book and a part of its way": (
        note(part("10.55", sku="BOOK"), part("1.00", Charge.SHIPPING, sku="BOOK")),
        [("A book", "1", "5.5", "10.00"), ("Shipping", "1", "5.5", "0.95")],
    ),
    "more than the mugs, with what else is at their rate": (
        note(part("27.00")),
        [("A mug", "2", "20", "20.00"), ("Shipping", "1", "20", "2.50")],
    ),
    "an item that the invoice does not name, by its VAT": (
        note(part("12.00", sku="CUP", tax=D("2.00"))),
        [("A mug", "1", "20", "10.00")],
    ),
    "an item that the invoice does not name, at its only rate": (
        note(part("6.00", sku="CUP"), of=made(sale(item("24.00")))),
        [("A mug", "1", "20", "5.00")],
    ),
    "a charge that the invoice does not name": (
        note(part("6.00", Charge.GIFT_WRAP), of=made(sale(item("24.00")))),
        [("A mug", "1", "20", "5.00")],
    ),
    "all of it": (
        note(part("24.00"), part("18.66", sku="BOOK")),
        [("A book", "1", "5.5", "10.00"), ("A mug", "2", "20", "20.00"), *lines(MIXED)[2:]],
    ),
    "the rest": (
        note(part("30.66"), before=(note(part("12.00")),)),
        [("A book", "1", "5.5", "10.00"), ("A mug", "1", "20", "10.00"), *lines(MIXED)[2:]],
    ),
}


@pytest.mark.parametrize(("found", "expected"), CREDITED.values(), ids=CREDITED)
def test_a_refund_is_taken_back_at_the_rate_of_what_was_refunded(
    found: Invoice, expected: list[tuple[str, str, str, str]]
) -> None:
    assert lines(found) == expected
    check_sums(found)
    assert complaints(xml.write(found)) == set()


WITHHELD = {
    "more than the invoice": ((part("42.67"),), Reason.NOT_PRINTABLE),
    "more than what is at the rate": ((part("13.00", sku="BOOK"),), Reason.NOT_PRINTABLE),
    "at which of two rates is not said": ((part("1.00", sku="CUP"),), Reason.TAX_DATA_MISSING),
    "shipping of which of two rates is not said": ((part("1.00", Charge.SHIPPING, sku=None),), Reason.TAX_DATA_MISSING),
    "at a VAT that is at none of the rates": ((part("1.00", sku=None, tax=D("0.80")),), Reason.TAX_DATA_MISSING),
    "half a cent": ((part("0.005"),), Reason.NOT_PRINTABLE),
    "nothing": ((), Reason.NOTHING_TO_INVOICE),
}


@pytest.mark.parametrize(("parts", "reason"), WITHHELD.values(), ids=WITHHELD)
def test_what_cannot_be_taken_back_says_why(parts: tuple[RefundPart, ...], reason: Reason) -> None:
    with pytest.raises(Unmakeable) as caught:
        note(*parts)
    assert caught.value.reason == reason


def test_goodwill_beyond_the_invoice_says_the_two_things_that_can_be_done() -> None:
    with pytest.raises(Unmakeable) as caught:
        note(part("5.00"), before=(credit_note(MIXED, D("40.00"), number="C1", issued_on=ISSUED),))
    assert "5.00 was given back, and 2.66 is left of 2026-000001" in caught.value.detail
    assert "askonce invoice credit" in caught.value.detail
    assert "askonce invoice correct" in caught.value.detail


def test_nothing_is_left_of_what_was_taken_back_whole() -> None:
    whole = credit_note(MIXED, None, number="C1", issued_on=ISSUED)
    assert left_of(MIXED, [whole]) == 0
    with pytest.raises(Unmakeable) as caught:
        credit_note(MIXED, None, number="C2", issued_on=ISSUED, before=[whole])
    assert caught.value.reason == Reason.NOTHING_TO_INVOICE


def older(document: Invoice) -> Invoice:
    """As it was kept before lines said what was paid for them."""
    return replace(document, lines=tuple(replace(line, charge=None, gross=None) for line in document.lines))


def rounded() -> Invoice:
    """9.99 as it was reckoned from the net: 8.33 and 1.67, less a cent."""
    new = made(sale(item("9.99")))
    line = replace(older(new).lines[0], net=D("8.33"), net_price=D("8.33"))
    vat = replace(new.vats[0], net=D("8.33"))
    return replace(new, lines=(line,), vats=(vat,), net=D("8.33"), rounding=-CENT)


@pytest.mark.parametrize("parts", [("42.66",), ("10.00", "20.00", "12.66"), ("0.01", "42.65")], ids=str)
def test_an_older_invoice_is_taken_back_to_the_cent_too(parts: tuple[str, ...]) -> None:
    before: tuple[Invoice, ...] = ()
    for amount in parts:
        found = credit_note(older(MIXED), D(amount), number="C", issued_on=ISSUED, before=before)
        before = (*before, older(found))
    together(MIXED, before)


def test_an_older_invoice_with_a_rounding_amount_is_taken_back_with_it() -> None:
    first = note(part("4.00"), of=rounded())
    rest = note(part("5.99"), of=rounded(), before=(first,))
    assert (first.rounding, rest.rounding) == (ZERO, -CENT)
    together(rounded(), (first, rest))


def together(original: Invoice, notes: tuple[Invoice, ...]) -> None:
    """The notes take back all of the invoice: total, net, VAT and rounding, at each of its rates."""
    assert left_of(original, notes) == 0
    assert sum(each.gross for each in notes) == original.gross
    assert sum(each.rounding for each in notes) == original.rounding
    for vat in original.vats:
        mine = [
            found for each in notes for found in each.vats if (found.category, found.rate) == (vat.category, vat.rate)
        ]
        assert (sum(each.net for each in mine), sum(each.vat for each in mine)) == (vat.net, vat.vat)


# of any order and any refunds


@st.composite
def refunds(draw: st.DrawFn, wanted: Sale) -> list[list[RefundPart]]:
    """Refunds that give back all or a part of what was paid: of some charges each, in any order."""
    left = {index: line.amount - line.discount for index, line in enumerate(wanted.lines)}
    found: list[list[RefundPart]] = []
    for _ in range(draw(st.integers(1, 4))):
        parts = []
        for index in draw(st.lists(st.sampled_from(list(left)), min_size=1, max_size=3, unique=True)):
            whole, line = draw(st.booleans()), wanted.lines[index]
            cents = int(left[index] / CENT)
            amount = left[index] if whole else draw(st.integers(0, cents)) * CENT
            left[index] -= amount
            if amount:
                parts.append(RefundPart(line.charge, amount, sku=line.sku))
        if parts:
            found.append(parts)
    return found


def check(data: st.DataObject, *, valid: bool = False) -> None:
    wanted = data.draw(sales())
    wanted = replace(wanted, lines=(*wanted.lines, *(item("1.00", sku=sku) for sku in ("FIRST", "LAST", "ZERO"))))
    calculated = data.draw(st.booleans())
    order, wish = (
        (by_amazon(wanted, with_rate=True), settings(country_of(wanted)))
        if calculated
        else (wanted, by_settings(wanted))
    )
    original = made(order, wish)
    assert original.gross == sum((line.amount - line.discount for line in wanted.lines), ZERO)
    notes: tuple[Invoice, ...] = ()
    given = data.draw(refunds(wanted))
    for parts in given:
        notes = (*notes, note(*parts, of=original, before=notes))
    for parts, found in zip(given, notes, strict=True):
        assert found.gross == sum((each.amount for each in parts), ZERO)
        check_sums(found, vat_within=D("0.99"))
        assert all(vat.vat >= 0 and vat.net >= 0 for vat in found.vats)
        if valid:
            assert complaints(xml.write(found)) == set()
    left = left_of(original, notes)
    assert left == original.gross - sum((each.gross for each in notes), ZERO)
    if left:
        notes = (*notes, credit_note(original, None, number="C9", issued_on=ISSUED, before=notes))
    together(original, notes)


@hypothesis(deadline=None, max_examples=100)
@given(st.data())
def test_what_is_credited_is_what_was_given_back_and_ends_where_the_invoice_does(data: st.DataObject) -> None:
    check(data)


@hypothesis(deadline=None, max_examples=5)
@given(st.data())
def test_credit_notes_are_valid_by_schema_and_schematron(data: st.DataObject) -> None:
    check(data, valid=True)


@pytest.mark.long
@hypothesis(deadline=None, max_examples=2000)
@given(st.data())
def test_two_thousand_orders_and_their_refunds_add_up(data: st.DataObject) -> None:
    check(data)
