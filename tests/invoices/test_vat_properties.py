"""Of any sale: the invoice is to the cent what was paid, and its sums are those of EN 16931."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from invoices import xml
from invoices.rates import RATES
from rules.sale import Charge, Sale, SaleLine
from settings.invoices import Invoices, SkuRates
from tests.invoices.checker import complaints
from tests.invoices.vat_examples import BUYER, CENT, check_sums, made, paid, sale, settings, to_cent

CURRENCIES = {"FR": "EUR", "DE": "EUR", "IT": "EUR", "ES": "EUR", "NL": "EUR", "PL": "PLN", "SE": "SEK", "UK": "GBP"}
ZERO = Decimal(0)
COUNTRIES = {"UK": "GB"}
MOST_TAX_ROUNDING = Decimal("0.99")

thorough = hypothesis(deadline=None, max_examples=500)
many = hypothesis(deadline=None, max_examples=150)
cents = st.integers(0, 200_000) | st.integers(0, 300)
discounts = st.sampled_from([ZERO, ZERO, Decimal("0.1"), Decimal("0.333"), Decimal(1)])


@st.composite
def charges(draw: st.DrawFn) -> SaleLine:
    amount = draw(cents) * CENT
    return SaleLine(
        charge=draw(st.sampled_from([Charge.ITEM, Charge.ITEM, *Charge])),
        description="A mug",
        quantity=draw(st.sampled_from([1, 1, 2, 3, 7, 9999])),
        amount=amount,
        discount=to_cent(amount * draw(discounts)),
        sku=draw(st.sampled_from(["FIRST", "LAST", "ZERO"])),
    )


def rates_in(country: str) -> dict[str, Decimal]:
    """By SKU."""
    return {"FIRST": RATES[country][0], "LAST": RATES[country][-1], "ZERO": ZERO}


def tax_of(line: SaleLine, rate: Decimal) -> Decimal:
    """As Amazon rounds it."""
    return to_cent((line.amount - line.discount) * rate / (100 + rate))


@st.composite
def sales(draw: st.DrawFn, market: str | None = None) -> Sale:
    code = market or draw(st.sampled_from(list(CURRENCIES)))
    bought = st.lists(charges(), min_size=1, max_size=8)
    lines = draw(bought.filter(lambda lines: any(line.amount > line.discount for line in lines)))
    buyer = replace(BUYER, country=COUNTRIES.get(code, code), postal_code="10000")
    return sale(*lines, market=code, currency=CURRENCIES.get(code, "USD"), buyer=buyer)


def country_of(wanted: Sale) -> str:
    assert wanted.buyer
    assert wanted.buyer.country
    return wanted.buyer.country


def by_settings(wanted: Sale) -> Invoices:
    country = country_of(wanted)
    rates = (SkuRates(skus=(sku,), rates={country: rate}) for sku, rate in rates_in(country).items())
    return settings(country, sku_vat_rates=tuple(rates))


def by_amazon(wanted: Sale, *, with_rate: bool) -> Sale:
    rates = rates_in(country_of(wanted))
    taxed = (
        replace(line, tax=tax_of(line, rate := rates[line.sku or ""]), tax_rate=rate if with_rate else None)
        for line in wanted.lines
    )
    return replace(wanted, lines=tuple(taxed))


@thorough
@given(sales())
def test_an_invoice_is_what_was_paid_and_adds_up(wanted: Sale) -> None:
    found = made(wanted, by_settings(wanted))
    assert found.gross == paid(wanted)
    assert found.currency == wanted.currency
    check_sums(found)


@hypothesis(deadline=None, max_examples=50)
@given(sales(), st.booleans())
def test_an_invoice_is_valid_by_schema_and_schematron(wanted: Sale, calculated: bool) -> None:
    check_valid(wanted, calculated=calculated)


@pytest.mark.long
@thorough
@given(sales(), st.booleans())
def test_five_hundred_invoices_are_valid_by_schema_and_schematron(wanted: Sale, calculated: bool) -> None:
    check_valid(wanted, calculated=calculated)


def check_valid(wanted: Sale, *, calculated: bool) -> None:
    order = by_amazon(wanted, with_rate=True) if calculated else wanted
    found = made(order, settings(country_of(wanted)) if calculated else by_settings(wanted))
    assert found.gross == paid(wanted)
    assert complaints(xml.write(found)) == set()


@many
@given(sales())
def test_what_is_paid_for_each_line_adds_up_and_nothing_is_rounded(wanted: Sale) -> None:
    found = made(wanted, by_settings(wanted))
    assert found.rounding == 0
    assert sum(line.gross or ZERO for line in found.lines) == found.gross
    assert all(line.net <= (line.gross or ZERO) for line in found.lines)


@many
@given(sales())
def test_each_lines_net_is_within_a_cent_of_its_own(wanted: Sale) -> None:
    items = replace(wanted, lines=tuple(replace(line, charge=Charge.ITEM) for line in wanted.lines if line.amount))
    found = made(items, by_settings(items))
    for line, charge in zip(found.lines, items.lines, strict=True):
        assert abs(line.net - (charge.amount - charge.discount) / (1 + line.rate / 100)) <= CENT


@many
@given(sales())
def test_amounts_of_vat_alone_add_up_too(wanted: Sale) -> None:
    wanted = by_amazon(wanted, with_rate=False)
    if any(line.tax for line in wanted.lines):
        found = made(wanted, settings(country_of(wanted)))
        assert found.gross == paid(wanted)
        check_sums(found)


@many
@given(sales())
def test_rates_are_found_again_by_amazons_vat(wanted: Sale) -> None:
    """Where an amount is large enough to tell one rate from another."""
    large = tuple(replace(line, quantity=1, amount=line.amount + 5, discount=ZERO) for line in wanted.lines)
    wanted = by_amazon(replace(wanted, lines=large), with_rate=False)
    if any(line.tax for line in wanted.lines):
        rates = rates_in(country_of(wanted))
        found = made(wanted, settings(country_of(wanted)))
        assert {vat.rate for vat in found.vats} == {rates[line.sku or ""] for line in wanted.lines}


@many
@given(sales())
def test_calculated_vat_is_kept_to_the_cent(wanted: Sale) -> None:
    wanted = by_amazon(wanted, with_rate=True)
    found = made(wanted, settings(country_of(wanted)))
    assert found.vat == sum(line.tax or ZERO for line in wanted.lines)
    assert (found.gross, found.rounding) == (paid(wanted), ZERO)
    check_sums(found, vat_within=MOST_TAX_ROUNDING)


@many
@given(sales("US"), st.lists(cents, min_size=8, max_size=8))
def test_sales_tax_is_on_top(wanted: Sale, taxes: list[int]) -> None:
    lines = (replace(line, tax=tax * CENT) for line, tax in zip(wanted.lines, taxes, strict=False))
    wanted = replace(wanted, lines=tuple(lines))
    found = made(wanted, settings("US"))
    assert found.gross == paid(wanted) + sum(line.tax or ZERO for line in wanted.lines)
    assert found.net == sum(line.net for line in found.lines) == paid(wanted)
    for line in found.lines:
        assert line.net == to_cent(line.net_price * line.quantity) - line.discount
