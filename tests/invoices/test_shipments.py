"""An order that leaves in several parts: its invoices add up to the order, each piece is on one of them, once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from invoices import xml
from invoices.document import Invoice, Unmakeable
from invoices.shipments import part_of
from rules.reason import Reason
from rules.sale import Charge, Sale, SaleLine, to_cent
from settings.invoices import SkuRates
from tests.invoices.checker import complaints
from tests.invoices.vat_examples import CENT, check_sums, item, made, paid, sale, settings, shipping

D, ZERO = Decimal, Decimal(0)
WISH = settings(vat_rates={"FR": D(20)}, sku_vat_rates=(SkuRates(skus=("SKU-1",), rates={"FR": D("5.5")}),))


def line(number: int, amount: str, quantity: int, left: int, charge: Charge = Charge.ITEM, **more: Any) -> SaleLine:
    return SaleLine(
        charge,
        f"Item {number}",
        quantity,
        D(amount),
        sku=f"SKU-{number}",
        item=f"item-{number}",
        left=Fraction(left, quantity),
        **more,
    )


def order(*lines: SaleLine) -> Sale:
    return sale(*lines, total=sum((each.amount - each.discount for each in lines), ZERO))


def invoiced(wanted: Sale, before: Sequence[Invoice] = ()) -> Invoice:
    part = part_of(wanted, before)
    return replace(made(part.sale, WISH), pieces=part.pieces, number=f"2026-{len(before) + 1:06}")


def test_an_order_that_leaves_at_once_has_one_invoice_over_all_of_it() -> None:
    whole = sale(item("30.00"), shipping("4.90"), total=D("34.90"))
    part = part_of(whole, [])
    assert (part.sale, part.pieces, part.last) == (whole, (), True)


def test_each_invoice_has_what_left_since_the_one_before() -> None:
    cups = ("20.00", 3)
    first = invoiced(
        order(line(1, "12.00", 1, 1), line(2, *cups, 1), line(2, "5.00", 3, 1, Charge.SHIPPING), line(3, "9.99", 1, 0))
    )
    last = invoiced(
        order(line(1, "12.00", 1, 1), line(2, *cups, 3), line(2, "5.00", 3, 3, Charge.SHIPPING), line(3, "9.99", 1, 1)),
        [first],
    )
    assert [f"{each.quantity} {each.description} {each.gross}" for each in (*first.lines, *last.lines)] == [
        "1 Item 1 12.00",
        "1 Item 2 6.67",
        "1 Shipping 1.67",
        "2 Item 2 13.33",
        "1 Item 3 9.99",
        "1 Shipping 3.33",
    ]
    assert first.gross + last.gross == D("46.99")
    assert (first.pieces, last.pieces) == ((("item-1", 1), ("item-2", 1)), (("item-2", 2), ("item-3", 1)))


def test_what_is_charged_for_the_order_as_a_whole_is_on_the_first() -> None:
    def of(left: int) -> Sale:
        return order(line(1, "10.00", 4, left), SaleLine(Charge.SHIPPING, "", 1, D("5.00")))

    first = invoiced(of(1))
    last = invoiced(of(4), [first])
    assert [each.gross for each in (*first.lines, *last.lines)] == [D("2.50"), D("5.00"), D("7.50")]


def test_when_nothing_more_has_left_there_is_nothing_to_invoice() -> None:
    half = order(line(1, "10.00", 2, 1))
    part = part_of(half, [invoiced(half)])
    assert (part.sale.lines, part.last) == ((), False)
    whole = order(line(1, "5.00", 1, 1))  # the other piece was cancelled
    part = part_of(whole, [invoiced(half)])
    assert (part.sale.lines, part.last) == ((), True)


HELD = {
    "an invoice of all of it": ([made(order(line(1, "10.00", 2, 2)), WISH)], "is of the whole order already"),
    "a price that has changed": ([invoiced(order(line(1, "30.00", 2, 1)))], "but 10.00 was paid for the order"),
}


@pytest.mark.parametrize(("before", "words"), HELD.values(), ids=HELD)
def test_what_does_not_fit_is_held(before: list[Invoice], words: str) -> None:
    with pytest.raises(Unmakeable, match=words) as caught:
        part_of(order(line(1, "10.00", 2, 2)), before)
    assert caught.value.reason is Reason.NOT_PRINTABLE


@dataclass(frozen=True)
class Ordered:
    """An item: so many pieces for all of it, what is beside it, and by when which piece leaves (None: never)."""

    pieces: int
    charges: tuple[tuple[Charge, Decimal, Decimal], ...]
    leaves: tuple[int | None, ...]

    def lines(self, number: int, now: int, *, over: bool) -> list[SaleLine]:
        """As Amazon tells it; when it is `over` the pieces that never leave were cancelled, and are not charged."""
        live = sum(each is not None for each in self.leaves) if over else self.pieces
        left = sum(each is not None and each <= now for each in self.leaves)
        share = D(live) / self.pieces
        return [
            line(
                number,
                str(to_cent(amount * share)),
                live,
                left,
                charge,
                discount=min(to_cent(discount * share), to_cent(amount * share)),
            )
            for charge, amount, discount in self.charges
            if live
        ]


cents = st.integers(0, 20_000).map(lambda n: n * CENT)
MOMENTS = 4


@st.composite
def ordered(draw: st.DrawFn) -> Ordered:
    pieces = draw(st.integers(1, 6))
    charges = [(Charge.ITEM, draw(cents), draw(st.integers(0, 100)))]
    charges += [(kind, draw(cents), 0) for kind in draw(st.sets(st.sampled_from((Charge.SHIPPING, Charge.GIFT_WRAP))))]
    leaves = draw(st.lists(st.none() | st.integers(0, MOMENTS), min_size=pieces, max_size=pieces))
    return Ordered(pieces, tuple((c, a, to_cent(a * percent / 100)) for c, a, percent in charges), tuple(leaves))


def pieces_of(amount: str, discount: str, *leaves: int | None) -> Ordered:
    return Ordered(len(leaves), ((Charge.ITEM, D(amount), D(discount)),), leaves)


@example([pieces_of("0.12", "0.07", None, None, None, 0, 0, 1)], ZERO, [0])  # nothing is left of the price
@example([pieces_of("0.03", "0.01", None, 0, 1), pieces_of("0.03", "0.01", None, 0, 1)], ZERO, [0])
@given(st.lists(ordered(), min_size=1, max_size=4), cents, st.lists(st.integers(0, MOMENTS), max_size=3))
def test_the_invoices_of_an_order_add_up_to_it_whatever_leaves_when(
    items: list[Ordered], other: Decimal, looks: list[int]
) -> None:
    before: list[Invoice] = []
    never = any(None in each.leaves for each in items)
    for now, over in [*((look, False) for look in sorted(looks)), (MOMENTS, True)]:
        lines = [each for number, of in enumerate(items) for each in of.lines(number, now, over=over)]
        if not any(each.left for each in lines):
            continue
        lines.append(SaleLine(Charge.SHIPPING, "", 1, other))
        wanted = order(*lines)
        part = part_of(wanted, before)
        if part.paid:
            document = replace(made(part.sale, WISH), pieces=part.pieces)
            check_sums(document)
            assert document.gross == part.paid
            before.append(document)
        if part.last and (part.paid or not before):
            assert sum((each.gross for each in before), ZERO) == paid(wanted)
        if part.last:
            off = paid(wanted) - sum((each.gross for each in before), ZERO)
            assert not off or (never and abs(off) <= CENT * len(lines) * MOMENTS)
            break
    if len(before) > 1:
        for number, each in enumerate(items):
            billed = sum(count for one in before for name, count in one.pieces if name == f"item-{number}")
            assert billed <= sum(leaves is not None for leaves in each.leaves)


def test_parts_are_valid_invoices() -> None:
    half = order(
        line(1, "10.00", 2, 1), line(2, "9.99", 3, 2, discount=D("1.00")), line(2, "3.50", 3, 2, Charge.SHIPPING)
    )
    assert complaints(xml.write(invoiced(half))) == set()
