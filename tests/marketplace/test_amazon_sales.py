from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.amazon.sales import divided, sale_of
from marketplace.errors import Broken
from rules.sale import Charge, Party, Sale, SaleLine
from settings.marketplaces import MARKETPLACES
from tests.marketplace.odd_values import spoilt

FR, US = MARKETPLACES["FR"].marketplace_id, MARKETPLACES["US"].marketplace_id


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "EUR"}


def part(kind: str, subtotal: str, **details: str) -> dict[str, Any]:
    parts = [{"subtype": subtype, "value": eur(value)} for subtype, value in details.items()]
    return {"type": kind, "subtotal": eur(subtotal), **({"detailedBreakdowns": parts} if parts else {})}


def item(*breakdowns: dict[str, Any], total: str | None = None, **more: Any) -> dict[str, Any]:
    proceeds: dict[str, Any] = {"breakdowns": list(breakdowns)} if breakdowns else {}
    if total:
        proceeds["proceedsTotal"] = eur(total)
    return {
        "orderItemId": "1",
        "quantityOrdered": 2,
        "product": {"asin": "B0C", "sellerSku": "TEAPOT", "title": "Théière bleue"},
        "proceeds": proceeds,
        **more,
    }


def order(*items: dict[str, Any], total: str, marketplace: str = FR, **more: Any) -> dict[str, Any]:
    return {
        "order": {
            "orderId": "403-1234567-7654321",
            "createdTime": "2026-03-01T10:00:00Z",
            "lastUpdatedTime": "2026-03-02T10:00:00Z",
            "salesChannel": {"channelName": "AMAZON", "marketplaceId": marketplace},
            "proceeds": {"grandTotal": eur(total)},
            "orderItems": list(items),
            **more,
        }
    }


def line(charge: Charge, amount: str, discount: str = "0", tax: str | None = None) -> SaleLine:
    return SaleLine(
        charge=charge,
        description="Théière bleue",
        quantity=2,
        amount=Decimal(amount),
        discount=Decimal(discount),
        tax=None if tax is None else Decimal(tax),
        sku="TEAPOT",
        asin="B0C",
        item="1",
    )


ITEM, SHIPPING, GIFT, OTHER = Charge.ITEM, Charge.SHIPPING, Charge.GIFT_WRAP, Charge.OTHER

TWO_OF_THREE: dict[str, Any] = {
    "quantityOrdered": 3,
    "fulfillment": {"quantityFulfilled": 2, "quantityUnfulfilled": 0},
    "cancellation": {"cancellationExecution": {"cancelledBy": "BUYER"}},
}


def in_part(*fulfilled: int | None, **packed: int) -> list[Fraction]:
    """How much has left, as Amazon says of two items of 2 pieces, by what they say, and by a package of both."""
    items = [
        item(part("ITEM", "10"), orderItemId=f"{number}")
        | ({} if count is None else {"fulfillment": {"quantityFulfilled": count, "quantityUnfulfilled": 2 - count}})
        for number, count in enumerate(fulfilled)
    ]
    contents = [{"orderItemId": name[1:], "quantity": count} for name, count in packed.items()]
    package = {"shipTime": "2026-03-02T09:00:00Z", "packageStatus": {"status": "IN_TRANSIT"}, "packageItems": contents}
    told = order(
        *items, total="20", fulfillment={"fulfillmentStatus": "PARTIALLY_SHIPPED"}, packages=[package] if packed else []
    )
    return [each.left for each in sale_of(told).lines]


def test_of_an_order_that_left_in_part_it_is_known_how_much_of_each_charge_has_left() -> None:
    half, nothing, all_of_it = Fraction(1, 2), Fraction(0), Fraction(1)
    assert in_part(1, 0) == [half, nothing]
    assert in_part(2, 1) == [all_of_it, half]
    assert in_part(1, 0, _0=2, _1=2) == [half, nothing]  # the item itself goes before its packages
    assert in_part(None, None, _0=1, _1=2) == [half, all_of_it]
    assert in_part(0, 0) == [nothing, nothing]
    assert in_part(None, None, _0=9) == [all_of_it, nothing]
    assert [each.left for each in sale_of(order(item(part("ITEM", "10")), total="10")).lines] == [all_of_it]


def whole(total: str, *breakdowns: dict[str, Any]) -> dict[str, Any]:
    """`proceeds` of an order."""
    return {"grandTotal": eur(total), "breakdowns": list(breakdowns)}


LINES = {
    "no tax is said": (order(item(part("ITEM", "30")), total="30"), [line(ITEM, "30")]),
    "one total and no parts": (order(item(total="30"), total="30"), [line(ITEM, "30")]),
    "tax within the price": (
        order(item(part("ITEM", "30"), part("TAX", "5", ITEM="5")), total="30"),
        [line(ITEM, "30", tax="5")],
    ),
    "tax on top of the price": (
        order(item(part("ITEM", "25"), part("TAX", "5", ITEM="5")), total="30"),
        [line(ITEM, "30", tax="5")],
    ),
    "no tax, said": (order(item(part("ITEM", "30"), part("TAX", "0")), total="30"), [line(ITEM, "30", tax="0")]),
    "every charge": (
        order(
            item(
                part("ITEM", "30"),
                part("SHIPPING", "6"),
                part("GIFT_WRAP", "3"),
                part("COD_FEE", "1.20"),
                part("TAX", "6.70", ITEM="5", SHIPPING="1", GIFT_WRAP="0.5", COD_FEE="0.2"),
            ),
            total="40.20",
        ),
        [
            line(ITEM, "30", tax="5"),
            line(SHIPPING, "6", tax="1"),
            line(GIFT, "3", tax="0.5"),
            line(OTHER, "1.20", tax="0.2"),
        ],
    ),
    "a charge of nothing is left out": (
        order(item(part("ITEM", "30"), part("SHIPPING", "0")), total="30"),
        [line(ITEM, "30")],
    ),
    "free shipping": (
        order(
            item(
                part("ITEM", "30"),
                part("SHIPPING", "6"),
                part("DISCOUNT", "6", SHIPPING="6"),
                part("TAX", "5", ITEM="5", SHIPPING="1", DISCOUNT="-1"),
            ),
            total="30",
        ),
        [line(ITEM, "30", tax="5"), line(SHIPPING, "6", "6", tax="0")],
    ),
    "free shipping, and a cent of rounding": (
        order(
            item(
                part("ITEM", "3.51"),
                part("SHIPPING", "4.99"),
                part("DISCOUNT", "6.15", ITEM="1.16", SHIPPING="4.99"),
                part("TAX", "0.39", ITEM="0.59", SHIPPING="0.83", DISCOUNT="-1.03"),
            ),
            total="2.35",
        ),
        [line(ITEM, "3.51", "1.16", tax="0.39"), line(SHIPPING, "4.99", "4.99", tax="0")],
    ),
    "free shipping, and a cent of rounding that is the discounted item's": (
        order(
            item(
                part("ITEM", "1.71"),
                part("SHIPPING", "1.99"),
                part("GIFT_WRAP", "1.99"),
                part("DISCOUNT", "-2.16", ITEM="-0.17", SHIPPING="-1.99"),
                part("TAX", "0.07", ITEM="0.04", SHIPPING="0.04", GIFT_WRAP="0.04", DISCOUNT="-0.05"),
            ),
            total="3.53",
        ),
        [
            line(ITEM, "1.71", "0.17", tax="0.03"),
            line(SHIPPING, "1.99", "1.99", tax="0"),
            line(GIFT, "1.99", tax="0.04"),
        ],
    ),
    "all of it free, and cents of rounding": (
        order(
            item(
                part("ITEM", "1.20"),
                part("SHIPPING", "1.99"),
                part("DISCOUNT", "3.19", ITEM="1.20", SHIPPING="1.99"),
                part("TAX", "0.00", ITEM="0.04", SHIPPING="0.03", DISCOUNT="-0.07"),
            ),
            total="0.00",
        ),
        [line(ITEM, "1.20", "1.20", tax="0"), line(SHIPPING, "1.99", "1.99", tax="0")],
    ),
    "a discount without its parts": (
        order(item(part("ITEM", "36"), part("DISCOUNT", "-6"), part("TAX", "5")), total="30"),
        [line(ITEM, "36", "6", tax="5")],
    ),
    "the tax of a discount is within the subtotal": (
        order(
            item(part("ITEM", "36"), part("DISCOUNT", "6", ITEM="6"), part("TAX", "5", ITEM="6", DISCOUNT="-1")),
            total="30",
        ),
        [line(ITEM, "36", "6", tax="5")],
    ),
    "the tax of a discount is told beside the subtotal": (
        order(
            item(part("ITEM", "36"), part("DISCOUNT", "6", ITEM="6"), part("TAX", "5", ITEM="5", DISCOUNT="1")),
            total="30",
        ),
        [line(ITEM, "36", "6", tax="5")],
    ),
    "a tax without its parts is divided as the charges are": (
        order(item(part("ITEM", "30"), part("SHIPPING", "6"), part("TAX", "6")), total="36"),
        [line(ITEM, "30", tax="5"), line(SHIPPING, "6", tax="1")],
    ),
    "tax on top, and a discount": (
        order(item(part("ITEM", "30"), part("DISCOUNT", "5"), part("TAX", "5")), total="30"),
        [line(ITEM, "36", "6", tax="5")],
    ),
    "a total that is neither is read as the region does": (
        order(item(part("ITEM", "30"), part("TAX", "5")), total="31"),
        [line(ITEM, "30", tax="5")],
    ),
    "North America": (
        order(item(part("ITEM", "39.99"), part("TAX", "10")), total="49.99", marketplace=US),
        [line(ITEM, "39.99", tax="10")],
    ),
    "North America, tax within the price": (
        order(item(part("ITEM", "49.99"), part("TAX", "10")), total="49.99", marketplace=US),
        [line(ITEM, "39.99", tax="10")],
    ),
    "a cancelled item is left out": (
        order(
            item(part("ITEM", "30")),
            item(part("ITEM", "9"), cancellation={"cancellationExecution": {"cancelledBy": "BUYER"}}),
            item(part("ITEM", "9"), quantityOrdered=0),
            total="30",
        ),
        [line(ITEM, "30")],
    ),
    "two of three shipped, and the price of two": (
        order(item(part("ITEM", "20"), part("TAX", "3.33", ITEM="3.33"), **TWO_OF_THREE), total="20"),
        [line(ITEM, "20", tax="3.33")],
    ),
    "two of three shipped, and the price of three": (
        order(
            item(part("ITEM", "36"), part("DISCOUNT", "6"), part("TAX", "5", ITEM="5"), **TWO_OF_THREE),
            item(part("ITEM", "5"), part("TAX", "0.83")),
            total="25",
        ),
        [line(ITEM, "24", "4", tax="3.33"), line(ITEM, "5", tax="0.83")],
    ),
    "a charge of the order alone": (
        order(item(part("ITEM", "30")), total="35", proceeds=whole("35", part("ITEM", "30"), part("OTHER", "5"))),
        [line(ITEM, "30"), SaleLine(OTHER, "", 1, Decimal(5))],
    ),
    "a charge of the order alone, with its tax on top": (
        order(
            item(part("ITEM", "25"), part("TAX", "5")),
            total="36",
            proceeds=whole("36", part("ITEM", "25"), part("SHIPPING", "5"), part("TAX", "6")),
        ),
        [line(ITEM, "30", tax="5"), SaleLine(SHIPPING, "", 1, Decimal(6), Decimal(0), Decimal(1))],
    ),
    "a charge of the order that is not in its total": (
        order(item(part("ITEM", "30")), total="30", proceeds=whole("30", part("OTHER", "5"))),
        [line(ITEM, "30")],
    ),
    "charges of the items that the order sums": (
        order(
            item(part("ITEM", "30"), part("SHIPPING", "6")),
            total="36",
            proceeds=whole("36", part("ITEM", "30"), part("SHIPPING", "6")),
        ),
        [line(ITEM, "30"), line(SHIPPING, "6")],
    ),
    "a request to cancel is not enough": (
        order(item(part("ITEM", "30"), cancellation={"cancellationRequest": {"requester": "BUYER"}}), total="30"),
        [line(ITEM, "30")],
    ),
    "a free order": (order(item(), total="0.00"), [line(ITEM, "0")]),
}


@pytest.mark.parametrize(("document", "expected"), LINES.values(), ids=LINES.keys())
def test_charges_become_lines(document: dict[str, Any], expected: list[SaleLine]) -> None:
    assert list(sale_of(document).lines) == expected


UNUSABLE = {
    "nothing": {},
    "no order": {"order": []},
    "no proceeds": {"order": {k: v for k, v in order(total="1")["order"].items() if k != "proceeds"}},
    "no marketplace": order(item(part("ITEM", "1")), total="1", salesChannel={"channelName": "NON_AMAZON"}),
    "no date": order(item(part("ITEM", "1")), total="1", createdTime="soon"),
    "an item without a price": order(item(part("TAX", "1")), total="1"),
    "an item without proceeds": order(item(), total="1"),
    "an amount that is none": order(item(part("ITEM", "a lot")), total="1"),
}


@pytest.mark.parametrize("document", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_order_without_its_amounts_is_broken_rather_than_guessed(document: dict[str, Any]) -> None:
    with pytest.raises(Broken):
        sale_of(document)


ADDRESS = {
    "name": "Zoë Łukasiewicz",
    "addressLine1": "12 rue des Lilas",
    "addressLine2": "",
    "addressLine3": "Bâtiment B",
    "postalCode": "75011",
    "city": "Paris",
    "countryCode": "FR",
    "phone": "+33 1 00 00 00 00",
}
AT_HOME: dict[str, Any] = {
    "lines": ("12 rue des Lilas", "Bâtiment B"),
    "postal_code": "75011",
    "city": "Paris",
    "country": "FR",
}
REGISTRATION = {
    "entityType": "BUYER",
    "taxRegistrationType": "VAT",
    "taxRegistrationNumber": "FR11123456782",
    "legalName": "Ateliers Réunis SARL",
    "taxRegistrationAddress": {"addressLine1": "1 place du Marché", "city": "Lyon", "countryCode": "FR"},
}


def sale(**more: Any) -> Sale:
    return sale_of(order(item(part("ITEM", "30")), total="30", **more))


@pytest.mark.parametrize(
    ("more", "buyer"),
    [
        ({}, None),
        ({"buyer": {}}, None),
        ({"buyer": {"buyerName": "Zoë Ł."}}, Party("Zoë Ł.")),
        ({"recipient": {"deliveryAddress": ADDRESS}}, Party("Zoë Łukasiewicz", **AT_HOME)),
        (
            {"buyer": {"buyerName": "Jean Petit"}, "recipient": {"deliveryAddress": ADDRESS}},
            Party("Jean Petit", **AT_HOME),
        ),
        (
            {
                "buyer": {"buyerName": "Jean Petit", "buyerCompanyName": "Ateliers"},
                "recipient": {"deliveryAddress": ADDRESS},
                "tax": {"taxRegistrations": [{"entityType": "MARKETPLACE"}, REGISTRATION]},
            },
            Party(
                "Jean Petit",
                company="Ateliers Réunis SARL",
                lines=("1 place du Marché",),
                city="Lyon",
                country="FR",
                vat_number="FR11123456782",
            ),
        ),
        (
            {
                "recipient": {"deliveryAddress": ADDRESS},
                "tax": {"taxRegistrations": [{**REGISTRATION, "taxRegistrationAddress": None}]},
            },
            Party("Zoë Łukasiewicz", company="Ateliers Réunis SARL", vat_number="FR11123456782", **AT_HOME),
        ),
        (
            {
                "buyer": {"buyerName": "João"},
                "tax": {"taxRegistrations": [{**REGISTRATION, "taxRegistrationType": "CPF"}]},
            },
            Party("João"),
        ),
    ],
    ids=[
        *("no role", "empty", "a name alone", "an address alone", "name and address", "a company's own address"),
        *("a VAT number without an address", "another tax's number"),
    ],
)
def test_the_buyer_is_who_pays_at_the_address_of_the_tax_registration(
    more: dict[str, Any], buyer: Party | None
) -> None:
    assert sale(**more).buyer == buyer


def test_the_recipient_is_at_the_delivery_address() -> None:
    assert sale(recipient={"deliveryAddress": ADDRESS}).recipient == Party("Zoë Łukasiewicz", **AT_HOME)
    assert sale().recipient is None


def test_a_sale_knows_its_order() -> None:
    packages = [{"shipTime": "2026-03-02T08:00:00Z"}, {"shipTime": "2026-03-03T08:00:00Z"}, {}]
    found = sale(programs=["AMAZON_BUSINESS"], packages=packages, buyer={"buyerPurchaseOrderNumber": "PO-7"})
    assert (found.order_id, found.marketplace_id, found.currency) == ("403-1234567-7654321", FR, "EUR")
    assert found.purchased_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert found.shipped_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert (found.business, found.purchase_order, found.tax_by_amazon) == (True, "PO-7", False)


@pytest.mark.parametrize(
    ("tax", "by_amazon"),
    [
        ({"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}, True),
        ({"taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}]}, True),
        ({"taxCalculationBreakdowns": [{"reportingScheme": "UOSS"}]}, True),
        ({"taxCalculationBreakdowns": [{"reportingScheme": "DEEMED_RESELLER-IOSS"}]}, True),
        ({"taxCalculationBreakdowns": [{"reportingScheme": "REGULAR"}]}, False),
        ({"taxCollections": [{"model": "SOMETHING_NEW"}]}, False),
        ({}, False),
    ],
    ids=str,
)
def test_amazon_owes_the_tax_where_it_collects_it_or_is_deemed_to_be_the_seller(
    tax: dict[str, Any], by_amazon: bool
) -> None:
    found = sale_of(order(item(part("ITEM", "30"), tax=tax), item(part("ITEM", "1")), total="31"))
    assert found.tax_by_amazon is by_amazon


def test_a_buyer_is_not_shown_in_a_repr() -> None:
    found = sale(buyer={"buyerName": "Zoë"}, recipient={"deliveryAddress": ADDRESS})
    assert "Zo" not in repr(found) + repr(found.buyer) + str(found.recipient)


cents = st.integers(0, 10**7).map(lambda n: Decimal(n) / 100)


@given(amount=cents, weights=st.dictionaries(st.sampled_from("ABCDE"), cents, min_size=1))
def test_an_amount_that_is_divided_adds_up_again(amount: Decimal, weights: dict[str, Decimal]) -> None:
    assert sum(divided(amount, weights).values()) == amount


EVERYTHING = order(
    item(part("ITEM", "30"), part("SHIPPING", "5"), part("DISCOUNT", "3", ITEM="2"), part("TAX", "5", ITEM="4")),
    item(total="3"),
    total="35",
    buyer={"buyerName": "Jeanne", "buyerPurchaseOrderNumber": "7"},
    recipient={"deliveryAddress": {"name": "Jeanne", "addressLine1": "1 rue de la Paix"}},
    packages=[{"shipTime": "2026-03-01T10:00:00Z"}],
    tax={"taxRegistrations": [{"entityType": "BUYER", "taxRegistrationType": "VAT", "taxRegistrationAddress": {}}]},
)


@given(document=spoilt(EVERYTHING))
def test_any_value_in_any_place_of_an_order_is_a_sale_or_an_answer(document: Any) -> None:
    with suppress(Broken):
        sale = sale_of(document)
        assert all(line.amount.is_finite() and line.quantity >= 0 for line in sale.lines)
