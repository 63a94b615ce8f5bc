"""From Amazon's answers about an order and its refunds to documents: to the cent what was paid and given back.

The answers are the simulator's, as bytes, without the way over HTTP between them.
"""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from invoices.crediting import credit_note, left_of
from invoices.document import Invoice
from invoices.vat import invoice
from ledger.refunds import joined
from marketplace.amazon.finances import transactions_page
from marketplace.amazon.invoices import SALE_DATA
from marketplace.amazon.sales import sale_of
from marketplace.simulator.finances_api import list_transactions
from marketplace.simulator.messages import Call
from marketplace.simulator.orders_api import get_order
from marketplace.simulator.replies import Reply
from marketplace.simulator.sim_order import SimGivenBack, SimOrder, SimRefund
from marketplace.simulator.sim_sale import SimBuyer, SimPrice
from marketplace.simulator.world import World
from rules.order import Item, Money, Refund
from settings.invoices import SkuRates
from settings.marketplaces import MARKETPLACES
from tests.invoices.vat_examples import CENT, ISSUED, check_sums, settings

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = "403-0000001-0000001"
BUYER = SimBuyer("Jean Petit", ("3 rue du Port",), postal_code="33000", city="Bordeaux", country="FR")
RATES = {"A": Decimal(20), "B": Decimal("5.5"), "C": Decimal("2.1"), "D": Decimal(20), "E": Decimal(0)}
WISH = settings(
    vat_rates={"FR": Decimal(20)},
    sku_vat_rates=tuple(SkuRates(skus=(sku,), rates={"FR": rate}) for sku, rate in RATES.items()),
)
cents = st.integers(150, 20_000) | st.integers(150, 300)  # the VAT of a few cents does not tell its rate
few = st.sampled_from([0, 0, 0, 199, 499])


@st.composite
def prices(draw: st.DrawFn, rate: Decimal | None, pieces: int) -> SimPrice:
    item, shipping = draw(cents) * CENT, draw(few) * CENT
    return SimPrice(
        item=item,
        shipping=shipping,
        gift_wrap=draw(few) * CENT,
        discount=(item * draw(st.sampled_from([0, 0, 10, 33])) / 100).quantize(CENT),
        shipping_discount=draw(st.sampled_from([shipping, Decimal(0), Decimal(0)])),
        tax_rate=rate,
        cancelled=draw(st.integers(0, pieces - 1)),
    )


@st.composite
def orders(draw: st.DrawFn) -> SimOrder:
    """Of one to five items at several rates; Amazon says their VAT, or not."""
    said = draw(st.booleans())
    skus = draw(st.lists(st.sampled_from(list(RATES)), min_size=1, max_size=5, unique=True))
    items = [Item(sku, f"B{sku}", quantity=draw(st.sampled_from([1, 1, 2, 3, 7]))) for sku in skus]
    order = SimOrder(
        order_id=ORDER,
        purchased_at=NOW - 12 * DAY,
        marketplace_id=MARKETPLACES["FR"].marketplace_id,
        items=tuple(items),
        value=Money(Decimal(0), "EUR"),
        prices=tuple(draw(prices(RATES[each.sku or ""] if said else None, each.quantity)) for each in items),
        other=draw(few) * CENT,
        buyer=BUYER,
        shipped_at=NOW - 10 * DAY,
        delivered_at=NOW - draw(st.sampled_from([6, 8])) * DAY,
    )
    return order_with_refunds(draw, order)


def order_with_refunds(draw: st.DrawFn, order: SimOrder) -> SimOrder:
    """One to four, each of some charges, whole or in part; some deferred and listed again when they were released."""
    left = {
        (number, kind): amount - discount
        for number, _, price in order.sold()
        for kind, amount, discount in price.charges
        if amount > discount
    }
    refunds = []
    for count in range(draw(st.integers(1, 4))):
        of = []
        for place in draw(st.lists(st.sampled_from(sorted(left)), min_size=1, max_size=3, unique=True)):
            amount = left[place] if draw(st.booleans()) else draw(st.integers(0, int(left[place] / CENT))) * CENT
            left[place] -= amount
            if amount:
                of.append(SimGivenBack(*place, amount))
        if of:
            total = sum((part.amount for part in of), Decimal(0))
            at = NOW - draw(st.sampled_from([1, 2])) * DAY - count * timedelta(minutes=1)
            refunds.append(SimRefund(at, Money(total, "EUR"), of=tuple(of)))
    return SimOrder(**{name: getattr(order, name) for name in SimOrder.__slots__} | {"refunds": tuple(refunds)})


def answer(reply: Reply) -> Any:
    return json.loads(reply.body, parse_float=Decimal, parse_int=Decimal)


def call(operation: str, resource: str = "", **query: str) -> Call:
    return Call(operation, "seller", resource, query, b"", "", NOW)


def told(order: SimOrder) -> tuple[Invoice, list[Refund]]:
    """The order's invoice, and its refunds as the ledger knows them after reading the finances once and again."""
    world = World()
    world.put([order], NOW)
    sale = sale_of(answer(get_order(world, call("getOrder", ORDER, includedData=",".join(SALE_DATA)))))
    made = invoice(sale, WISH, number="2026-000001", issued_on=date(2026, 10, 20), language="en")
    listed = answer(list_transactions(world, call("listTransactions", postedAfter=(NOW - 30 * DAY).isoformat())))
    known: dict[str, Refund] = {}
    found = [each for each in transactions_page(listed).transactions if each.refund]
    for each in [*found, *reversed(found)]:
        assert each.refund
        known = joined(known, {each.transaction_id: each.refund})
    return made, list(known.values())


def check(order: SimOrder) -> None:
    made, refunds = told(order)
    paid = order.total()
    assert paid
    assert made.gross == paid.amount
    check_sums(made)
    assert Counter(refund.amount for refund in refunds) == Counter(refund.amount for refund in order.refunds)
    notes: list[Invoice] = []
    for refund in refunds:
        notes.append(
            credit_note(made, refund.amount.amount, number="C", issued_on=ISSUED, parts=refund.parts, before=notes)
        )
        assert notes[-1].gross == refund.amount.amount
        check_sums(notes[-1], vat_within=5 * CENT)  # a cent for each line
    given_back = sum((refund.amount.amount for refund in order.refunds), Decimal(0))
    assert left_of(made, notes) == paid.amount - given_back
    if given_back < paid.amount:
        notes.append(credit_note(made, None, number="C", issued_on=ISSUED, before=notes))
    assert sum((note.gross for note in notes), Decimal(0)) == made.gross
    for vat in made.vats:
        mine = [each for note in notes for each in note.vats if (each.category, each.rate) == (vat.category, vat.rate)]
        assert sum(each.net for each in mine) == vat.net
        assert sum(each.vat for each in mine) == vat.vat


@hypothesis(deadline=None, max_examples=60)
@given(orders())
def test_documents_are_what_was_paid_and_given_back(order: SimOrder) -> None:
    check(order)


@pytest.mark.long
@hypothesis(deadline=None, max_examples=2000)
@given(orders())
def test_two_thousand_orders_and_their_refunds_are_to_the_cent(order: SimOrder) -> None:
    check(order)
