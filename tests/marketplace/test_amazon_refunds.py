"""What the buyer got back is told from what the seller was debited; a refund that is listed twice is one."""

from decimal import Decimal
from typing import Any

import pytest

from marketplace.amazon.finances import transactions_page
from rules.order import UNKNOWN, Money, Refund
from rules.sale import Charge

ORDER = "403-1234567-7654321"
Leaves = dict[str, Any]  # by breakdownType: an amount, or the leaves below


def amount(value: str | Decimal) -> dict[str, Any]:
    return {"currencyAmount": Decimal(value), "currencyCode": "EUR"}


def parts(leaves: Leaves) -> list[dict[str, Any]]:
    return [
        {"breakdownType": name, "breakdownAmount": amount(total(inner)), "breakdowns": parts(inner)}
        if isinstance(inner, dict)
        else {"breakdownType": name, "breakdownAmount": amount(inner), "breakdowns": None}
        for name, inner in leaves.items()
    ]


def total(leaves: Leaves) -> Decimal:
    each = (total(inner) if isinstance(inner, dict) else Decimal(inner) for inner in leaves.values())
    return sum(each, Decimal(0))


def item(sku: str | None, **leaves: Any) -> dict[str, Any]:
    return {"contexts": [{"contextType": "ProductContext", "sku": sku}], "breakdowns": parts(leaves)}


def refund(debit: str, *items: dict[str, Any], **fields: Any) -> Refund:
    node = {
        "transactionId": "t1",
        "transactionType": "Refund",
        "relatedIdentifiers": [{"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": ORDER}],
        "totalAmount": amount(debit),
        "items": list(items),
        **fields,
    }
    [found] = transactions_page({"payload": {"transactions": [node]}}).transactions
    assert found.refund
    return found.refund


FEES = {"Commission": {"Base": "6.84"}, "RefundCommission": "-1.37"}  # 5.47 given back to the seller
TOLD: dict[str, tuple[Refund, dict[tuple[str | None, Charge], tuple[str, str]]]] = {
    "goods and the commission given back": (
        refund("-51.54", item("MUG", ProductCharges={"OurPricePrincipal": "-57.01"}, AmazonFees=FEES)),
        {("MUG", Charge.ITEM): ("57.01", "0")},
    ),
    "with the tax beside it": (
        refund("-18.53", item("MUG", ProductCharges="-20", Tax={"OurPriceTax": "-4"}, AmazonFees=FEES)),
        {("MUG", Charge.ITEM): ("24", "4")},
    ),
    "shipping and its tax": (
        refund("-4.90", item("MUG", Shipping={"ShippingPrincipal": "-4.08"}, Tax={"ShippingTax": "-0.82"})),
        {("MUG", Charge.SHIPPING): ("4.90", "0.82")},
    ),
    "shipping that FBA charges the seller": (
        refund("0", item("MUG", Shipping="-4.90", AmazonFees={"ShippingChargeback": "4.90"})),
        {("MUG", Charge.SHIPPING): ("4.90", "0")},
    ),
    "gift wrap": (
        refund("-3.99", item("MUG", Giftwrap={"GiftwrapPrincipal": "-3.67"}, Tax={"GiftwrapTax": "-0.32"})),
        {("MUG", Charge.GIFT_WRAP): ("3.99", "0.32")},
    ),
    "less what was promised off": (
        refund("-17", item("MUG", ProductCharges="-20", PromoRebates={"OurPriceDiscount": "3"})),
        {("MUG", Charge.ITEM): ("17", "0")},
    ),
    "free shipping": (
        refund("-20", item("MUG", ProductCharges="-20", Shipping="-4", PromoRebates={"ShippingDiscount": "4"})),
        {("MUG", Charge.ITEM): ("20", "0")},
    ),
    "less a restocking fee of the seller": (
        refund("-16", item("MUG", ProductCharges={"OurPricePrincipal": "-20", "RestockingDeductionPrincipal": "4"})),
        {("MUG", Charge.ITEM): ("16", "0")},
    ),
    "goodwill": (
        refund("-5", item("MUG", ProductCharges={"GoodwillPrincipal": "-5"})),
        {("MUG", Charge.ITEM): ("5", "0")},
    ),
    "sales tax that Amazon withheld": (
        refund(
            "-20",
            item("MUG", ProductCharges="-20", Tax={"OurPriceTax": "-2", "MarketplaceFacilitatorTax-Principal": "2"}),
        ),
        {("MUG", Charge.ITEM): ("22", "2")},
    ),
    "VAT that Amazon withheld": (
        refund("-20", item("MUG", ProductCharges="-20", Tax="-4", **{"MarketplaceFacilitatorVAT-Principal": "4"})),
        {("MUG", Charge.ITEM): ("24", "4")},
    ),
    "a tax of no charge in particular": (
        refund("-30", item("MUG", ProductCharges="-20", Shipping="-5", Tax="-5")),
        {("MUG", Charge.ITEM): ("24", "4"), ("MUG", Charge.SHIPPING): ("6", "1")},
    ),
    "several items": (
        refund("-30", item("MUG", ProductCharges="-20"), item("CUP", ProductCharges="-10")),
        {("MUG", Charge.ITEM): ("20", "0"), ("CUP", Charge.ITEM): ("10", "0")},
    ),
    "one item in two entries": (
        refund("-30", item("MUG", ProductCharges="-20"), item("MUG", ProductCharges="-10")),
        {("MUG", Charge.ITEM): ("30", "0")},
    ),
    "of the transaction, where the items say nothing": (
        refund(
            "-51.54",
            {**item("MUG"), "breakdowns": None},
            breakdowns=parts({"Sales": {"AmazonFees": "5.47"}, "Expenses": {"ProductCharges": "-57.01"}}),
        ),
        {(None, Charge.ITEM): ("57.01", "0")},
    ),
    "of the transaction, where the items are not all of it": (
        refund("-30", item("MUG", ProductCharges="-20"), breakdowns=parts({"Sales": {"Product Charges": "-30"}})),
        {(None, Charge.ITEM): ("30", "0")},
    ),
    "of the transaction, as the model's example has it": (
        refund("-30", breakdowns={"breakdowns": parts({"Sales": {"Product Charges": {"Principal": "-30"}}})}),
        {(None, Charge.ITEM): ("30", "0")},
    ),
    "of an item without its SKU": (
        refund("-30", item("MUG", ProductCharges={"OurPricePrincipal": "-30"}) | {"contexts": None}),
        {(None, Charge.ITEM): ("30", "0")},
    ),
    "smaller parts that are not all of the larger one": (
        refund("-30", {"breakdowns": [parts({"ProductCharges": "-30"})[0] | {"breakdowns": parts({"Other": "-7"})}]}),
        {(None, Charge.ITEM): ("30", "0")},
    ),
    "nothing for the buyer": (refund("-5", item("MUG", AmazonFees={"RefundCommission": "-5"})), {}),
}


@pytest.mark.parametrize(("found", "expected"), TOLD.values(), ids=TOLD)
def test_the_buyers_part_is_told_from_the_fees(found: Refund, expected: dict[Any, tuple[str, str]]) -> None:
    assert found.parts is not None
    assert {(each.sku, each.charge): (each.amount, each.tax) for each in found.parts} == {
        place: (Decimal(gross), Decimal(tax)) for place, (gross, tax) in expected.items()
    }
    assert found.amount == Money(sum((each.amount for each in found.parts), Decimal(0)), "EUR")


NOT_TOLD: dict[str, Refund] = {
    "no breakdowns": refund("-12.50"),
    "empty breakdowns": refund("-12.50", item("MUG"), breakdowns=[]),
    "breakdowns that are not all of it": refund("-12.50", item("MUG", ProductCharges="-10")),
    "a word that is new": refund("-12.50", item("MUG", ProductCharges="-10", Concoction="-2.50")),
    "another currency": refund(
        "-12.50",
        item("MUG") | {"breakdowns": [{"breakdownType": "ProductCharges"} | {"breakdownAmount": amount("-12.50")}]},
        totalAmount={"currencyAmount": Decimal("-12.50"), "currencyCode": "SEK"},
    ),
    "money from the buyer": refund("12.50", item("MUG", ProductCharges="12.50")),
    "of two deferred transactions": refund(
        "-12.50",
        item("MUG", ProductCharges="-12.50"),
        relatedIdentifiers=[
            {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": ORDER},
            {"relatedIdentifierName": "DEFERRED_TRANSACTION_ID", "relatedIdentifierValue": "d1"},
            {"relatedIdentifierName": "DEFERRED_TRANSACTION_ID", "relatedIdentifierValue": "d2"},
        ],
    ),
}


@pytest.mark.parametrize("found", NOT_TOLD.values(), ids=NOT_TOLD)
def test_what_cannot_be_told_is_said_so_with_the_debit(found: Refund) -> None:
    assert (found.parts, found.amount.amount, found.at_most) == (None, Decimal("12.50"), Decimal(25))


def test_a_refund_of_several_orders_does_not_say_what_each_got() -> None:
    node = {
        "transactionType": "Refund",
        "transactionId": "t1",
        "totalAmount": amount("-12.50"),
        "description": f"Refund of {ORDER} and 403-1234567-7654322",
        "items": [item("MUG", ProductCharges="-12.50")],
    }
    found = transactions_page({"payload": {"transactions": [node]}}).transactions
    assert [each.refund and each.refund.parts for each in found] == [None, None]


def test_an_amount_that_cannot_be_read_is_of_no_parts() -> None:
    assert refund("-1", item("MUG", ProductCharges="-1"), totalAmount=None) == Refund(UNKNOWN, None)
