from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from msgspec.json import decode, encode

from marketplace.amazon.finances import transactions_page
from marketplace.amazon.mapping import order_of, orders_page
from marketplace.errors import Broken
from marketplace.port import Transaction
from rules.order import UNKNOWN, Item, Money, Order, Package, Refund
from tests.marketplace.odd_values import JSON, spoilt

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = "403-1234567-7654321"

MINIMAL: dict[str, Any] = {
    "orderId": ORDER,
    "createdTime": "2026-02-01T10:00:00Z",
    "lastUpdatedTime": "2026-02-03T11:00:00.250+01:00",
    "salesChannel": {"channelName": "AMAZON"},
}

FULL: dict[str, Any] = {
    **MINIMAL,
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A13V1IB3VIYZZH", "marketplaceName": "Amazon.fr"},
    "programs": ["PRIME", "AMAZON_BUSINESS"],
    "associatedOrders": [
        {"orderId": "403-0000000-0000001", "associationType": "REPLACEMENT_ORIGINAL_ID"},
        {"orderId": "403-0000000-0000002", "associationType": "EXCHANGE_ORIGINAL_ID"},
        {"orderId": "403-0000000-0000003", "associationType": "SOMETHING_NEW"},
        {"associationType": "REPLACEMENT_ORIGINAL_ID"},
    ],
    "buyer": {"buyerName": "Jeanne Martin", "buyerEmail": "x@marketplace.amazon.example"},
    "recipient": {"deliveryAddress": {"name": "Jeanne Martin", "addressLine1": "1 rue de la Paix"}},
    "proceeds": {"grandTotal": {"amount": "29.90", "currencyCode": "EUR"}},
    "fulfillment": {
        "fulfillmentStatus": "SHIPPED",
        "fulfilledBy": "MERCHANT",
        "deliverByWindow": {"earliestDateTime": "2026-02-05T00:00:00Z", "latestDateTime": "2026-02-08T22:59:59Z"},
    },
    "orderItems": [
        {
            "orderItemId": "1",
            "quantityOrdered": 2,
            "product": {"asin": "B07FGXZQZ1", "sellerSku": "MUG-1", "title": "Mug"},
            "promotion": {"breakdowns": [{"promotionId": "SPRING"}, {"promotionId": "PRIME"}, {}]},
        },
        {
            "orderItemId": "2",
            "quantityOrdered": 1,
            "product": {"asin": "B07FGXZQZ2", "sellerSku": "MUG-2"},
            "cancellation": {"cancellationExecution": {"cancelledBy": "BUYER"}},
        },
        {
            "orderItemId": "3",
            "quantityOrdered": 1,
            "product": {"sellerSku": "MUG-3"},
            "cancellation": {"cancellationRequest": {"requester": "BUYER"}},
        },
        {"orderItemId": "4", "quantityOrdered": 0, "product": {}},
    ],
    "packages": [
        {
            "packageReferenceId": "1",
            "shipTime": "2026-02-02T09:00:00Z",
            "packageStatus": {"status": "IN_TRANSIT", "detailedStatus": "OUT_FOR_DELIVERY"},
        },
        {"packageReferenceId": "2", "packageStatus": {"status": "DELIVERED"}},
        {"packageReferenceId": "3"},
    ],
}


def transaction(**fields: Any) -> dict[str, Any]:
    return {
        "transactionId": "t1",
        "transactionType": "Shipment",
        "transactionStatus": "RELEASED",
        "description": "Order Payment",
        "postedDate": "2026-02-20T08:00:00Z",
        "totalAmount": {"currencyAmount": Decimal("12.50"), "currencyCode": "EUR"},
        "relatedIdentifiers": [{"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": ORDER}],
        **fields,
    }


def related(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"relatedIdentifierName": name, "relatedIdentifierValue": value} for name, value in pairs]


CONTENT: dict[str, Any] = {
    "contexts": [{"deferralReason": "DD7", "maturityDate": "2026-02-15T00:00:00Z"}],
    "breakdowns": [
        {"breakdownType": "ProductCharges", "breakdownAmount": {"currencyAmount": 3, "currencyCode": "EUR"}}
    ],
    "items": [{"breakdowns": []}],
}
RELEASED: dict[str, Any] = {
    "transactionStatus": "Deferred_Released",  # seen in this case (selling-partner-api-models issue 4271)
    "contexts": [{"deferralReason": "DD7", "maturityDate": "2026-02-15T00:00:00Z"}],
}
OTHER_ID = "403-0000000-0000009"
OTHER = {**MINIMAL, "orderId": OTHER_ID}


def test_an_order_with_every_field() -> None:
    assert order_of(FULL) == Order(
        order_id=ORDER,
        purchased_at=datetime(2026, 2, 1, 10, tzinfo=UTC),
        updated_at=datetime(2026, 2, 3, 10, 0, 0, 250_000, tzinfo=UTC),
        channel="AMAZON",
        marketplace_id="A13V1IB3VIYZZH",
        status="SHIPPED",
        fulfilled_by="MERCHANT",
        items=(
            Item("MUG-1", "B07FGXZQZ1", 2, promotions=("SPRING", "PRIME")),
            Item("MUG-2", "B07FGXZQZ2", cancelled=True),
            Item("MUG-3", None),
            Item(None, None, 0, cancelled=True),
        ),
        packages=(
            Package("IN_TRANSIT", "OUT_FOR_DELIVERY", datetime(2026, 2, 2, 9, tzinfo=UTC)),
            Package("DELIVERED"),
            Package(""),
        ),
        deliver_by=datetime(2026, 2, 8, 22, 59, 59, tzinfo=UTC),
        value=Money(Decimal("29.90"), "EUR"),
        programs=("PRIME", "AMAZON_BUSINESS"),
        original_order_ids=("403-0000000-0000001", "403-0000000-0000002"),
    )


def test_nothing_of_the_buyer_is_kept() -> None:
    assert "Jeanne" not in repr(order_of(FULL))


def test_an_order_without_optional_fields() -> None:
    assert order_of(MINIMAL) == Order(
        order_id=ORDER,
        purchased_at=datetime(2026, 2, 1, 10, tzinfo=UTC),
        updated_at=datetime(2026, 2, 3, 10, 0, 0, 250_000, tzinfo=UTC),
        channel="AMAZON",
        marketplace_id=None,
        status=None,
        fulfilled_by=None,
    )


def test_words_that_are_new_are_kept_as_they_came() -> None:
    node = {
        **MINIMAL,
        "salesChannel": {"channelName": "OTHER"},
        "fulfillment": {"fulfillmentStatus": "TELEPORTED", "fulfilledBy": "ROBOT"},
        "packages": [{"packageStatus": {"status": "LOST_IN_SPACE", "detailedStatus": "NEAR_MARS"}}],
        "programs": ["MOON"],
    }
    order = order_of(node)
    assert order is not None
    assert (order.channel, order.status, order.fulfilled_by) == ("OTHER", "TELEPORTED", "ROBOT")
    assert (order.packages, order.programs) == ((Package("LOST_IN_SPACE", "NEAR_MARS"),), ("MOON",))


@pytest.mark.parametrize("junk", [None, 7, "?", [], {}, [None], ["?"], [{}]], ids=repr)
@pytest.mark.parametrize(
    "key", ["fulfillment", "orderItems", "packages", "programs", "associatedOrders", "proceeds", "buyer"]
)
def test_junk_in_an_optional_field_does_not_lose_the_order(key: str, junk: Any) -> None:
    order = order_of({**MINIMAL, key: junk})
    assert order is not None
    assert order.value is None


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        ("10.00", Decimal("10.00")),
        (Decimal("9.5"), Decimal("9.5")),
        (7, Decimal(7)),
        ("NaN", None),
        ("ten", None),
        (None, None),
    ],
)
def test_an_amount_is_a_number_or_unknown(amount: Any, value: Decimal | None) -> None:
    order = order_of({**MINIMAL, "proceeds": {"grandTotal": {"amount": amount, "currencyCode": "EUR"}}})
    assert order is not None
    assert order.value == (None if value is None else Money(value, "EUR"))


@pytest.mark.parametrize("lacking", ["orderId", "createdTime", "lastUpdatedTime", "salesChannel"])
def test_an_order_that_lacks_a_required_field_is_left_out_and_counted(lacking: str) -> None:
    broken = {key: value for key, value in MINIMAL.items() if key != lacking}
    page = orders_page({"orders": [broken, FULL, None, {**MINIMAL, lacking: "?" if "Time" in lacking else 7}]}, NOW)
    assert [order.order_id for order in page.orders] == [ORDER]
    named = "an order without its id" if lacking == "orderId" else "order …7654321"
    assert page.left_out == (named, "an order without its id", named)


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_copies_of_an_order_on_a_page_the_newest_counts(newest_first: bool) -> None:
    newer = {**FULL, "lastUpdatedTime": "2026-02-04T00:00:00Z", "fulfillment": {"fulfillmentStatus": "CANCELLED"}}
    nodes = [newer, FULL] if newest_first else [FULL, newer]
    assert [order.status for order in orders_page({"orders": nodes}, NOW).orders] == ["CANCELLED"]


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        *((True, 1), ("two", 1), (-3, 1), (10**40, 1), (Decimal("2.5"), 1), (None, 1)),
        *((Decimal("2.0"), 2), ("3", 3), (0, 0)),
    ],
    ids=repr,
)
def test_a_quantity_is_a_number_of_pieces(said: Any, read_as: int) -> None:
    order = order_of({**MINIMAL, "orderItems": [{"quantityOrdered": said}]})
    assert order is not None
    assert [(item.quantity, item.cancelled) for item in order.items] == [(read_as, read_as == 0)]
    assert type(order.items[0].quantity) is int


@pytest.mark.parametrize(
    "at", ["1970-01-19T04:15:17Z", "2026-02-01T09:59:59Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_promise_that_cannot_be_one_is_none(at: str) -> None:
    order = order_of({**MINIMAL, "fulfillment": {"deliverByWindow": {"latestDateTime": at}}})
    assert order is not None
    assert order.deliver_by is None


def test_half_a_character_and_nul_are_replaced() -> None:
    node = {"product": {"sellerSku": "SKU-\ud83d"}, "promotion": {"breakdowns": [{"promotionId": "a\x00b"}]}}
    order = order_of({**MINIMAL, "orderItems": [node], "programs": ["\udcfc"]})
    assert order is not None
    assert (order.items[0].sku, order.items[0].promotions) == ("SKU-\ufffd", ("a\ufffdb",))
    assert order.programs == ("\ufffd",)


@pytest.mark.parametrize("order_id", ["x" * 33, "4 5", "403-1234567-765432\ud83d", "", "\x00"], ids=repr)
def test_an_id_that_the_ledger_cannot_keep_is_none(order_id: str) -> None:
    page = orders_page({"orders": [{**MINIMAL, "orderId": order_id}, MINIMAL]}, NOW)
    assert ([order.order_id for order in page.orders], len(page.left_out)) == ([ORDER], 1)


@given(node=spoilt(FULL))
def test_any_value_in_any_place_of_an_order_costs_that_order_alone(node: Any) -> None:
    page = orders_page({"orders": [node, OTHER]}, NOW)
    assert OTHER_ID in [order.order_id for order in page.orders]
    for order in page.orders:
        assert decode(encode(order), type=Order) == order
    for words in page.left_out:
        words.encode()


@given(document=spoilt({"orders": [FULL], "pagination": {"nextToken": "n"}, "lastUpdatedBefore": "2026-02-01T00:00Z"}))
def test_any_value_in_any_place_of_a_page_of_orders_is_a_page_or_an_answer(document: Any) -> None:
    with suppress(Broken):
        page = orders_page(document, NOW)
        assert page.as_of <= NOW


@given(node=spoilt(transaction(transactionType="Refund", **CONTENT)), more=JSON)
def test_any_value_in_any_place_of_a_refund_costs_that_one_alone(node: Any, more: Any) -> None:
    payment = transaction(transactionId="t2", relatedIdentifiers=related(("ORDER_ID", OTHER_ID)), **RELEASED)
    page = transactions_page({"payload": {"transactions": [node, more, payment], "nextToken": more}})
    assert OTHER_ID in [each.order_id for each in page.transactions if each.funds_released_for]
    for each in page.transactions:
        assert 0 < len(each.transaction_id.encode()) <= 800
        assert len(each.order_id) <= 32
        assert decode(encode(each.refund), type=Refund | None) == each.refund


@given(value=JSON)
def test_a_refund_counts_whatever_its_amount_and_its_dates_are(value: Any) -> None:
    for name in ("totalAmount", "postedDate", "transactionId", "contexts", "breakdowns", "items", "transactionStatus"):
        found = read(transaction(**{"transactionType": "Refund", name: value}))
        assert ORDER in [each.order_id for each in found if each.refund]


def test_a_page_without_its_own_time_is_known_as_of_two_minutes_ago() -> None:
    assert orders_page({"orders": []}, NOW).as_of == NOW - timedelta(minutes=2)


def read(*nodes: dict[str, Any]) -> tuple[Transaction, ...]:
    return transactions_page({"payload": {"transactions": list(nodes)}}).transactions


REFUND = Refund(Money(Decimal("12.50"), "EUR"), datetime(2026, 2, 20, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    "fields",
    [
        {"transactionType": "Refund"},
        {"transactionType": "refund", "transactionStatus": "DEFERRED"},
        {"relatedIdentifiers": related(("REFUND_ID", "r1"), ("ORDER_ID", ORDER))},
        {"description": "Refund Order"},
        {"description": "REFUND"},
        {"transactionType": "Refund", "totalAmount": {"currencyAmount": "-12.50", "currencyCode": "EUR"}},
        {
            "transactionType": "Refund",
            "transactionStatus": "DEFERRED_RELEASED",
            "contexts": [{"deferralReason": "DD7", "maturityDate": "2026-02-15T00:00:00Z"}],
        },
    ],
    ids=["type", "deferred", "identifier", "description", "capitals", "amount as text", "released"],
)
def test_a_refund_is_recognised_by_any_of_its_marks(fields: dict[str, Any]) -> None:
    assert read(transaction(**fields)) == (Transaction("t1", ORDER, refund=REFUND),)


def test_a_refund_of_several_orders_concerns_each_of_them_once() -> None:
    identifiers = related(("ORDER_ID", "1"), ("ORDER_ID", "2"), ("SHIPMENT_ID", "3"), ("ORDER_ID", "1"))
    found = read(transaction(transactionType="Refund", relatedIdentifiers=identifiers))
    assert [each.order_id for each in found] == ["1", "2"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, datetime(2026, 2, 15, tzinfo=UTC)),
        ({"transactionStatus": "DEFERRED"}, None),
        ({"transactionStatus": "RELEASED"}, None),
        ({"contexts": [{"deferralReason": "B2B", "maturityDate": "2026-02-15T00:00:00Z"}]}, None),
        ({"contexts": [{"deferralReason": "DD7"}]}, None),
        ({"contexts": []}, None),
        ({"contexts": None}, None),
    ],
    ids=["released", "deferred", "never deferred", "B2B", "no date", "no context", "null"],
)
def test_only_a_released_dd7_deferral_speaks_of_delivery(fields: dict[str, Any], expected: datetime | None) -> None:
    contexts = [
        {"contextType": "ProductContext", "asin": "B07FGXZQZ1"},
        {"contextType": "DeferredContext", "deferralReason": "DD7", "maturityDate": "2026-02-15T00:00:00Z"},
    ]
    node = transaction(**{"transactionStatus": "DEFERRED_RELEASED", "contexts": contexts, **fields})
    assert read(node) == ((Transaction("t1", ORDER, funds_released_for=expected),) if expected else ())


def amount(value: str) -> dict[str, Any]:
    return {"currencyAmount": Decimal(value), "currencyCode": "EUR"}


def parts(**amounts: str) -> list[dict[str, Any]]:
    return [{"breakdownType": name, "breakdownAmount": amount(value)} for name, value in amounts.items()]


GIVES_BACK: dict[str, dict[str, Any]] = {
    "a guarantee claim": {"transactionType": "GuaranteeClaim"},
    "a claim in words": {"transactionType": "Adjustment", "description": "A-to-z Guarantee claim"},
    "a chargeback": {"transactionType": "CHARGEBACK"},
    "a charge back": {"transactionType": "Charge_Back"},
    "another identifier": {"relatedIdentifiers": related(("AMAZON_ORDER_ID", ORDER), ("Refund_Event_Id", "r1"))},
    "an identifier in small letters": {"transactionType": "Refund", "relatedIdentifiers": related(("order_id", ORDER))},
    "a refund named in its description": {"relatedIdentifiers": [], "description": f"Refund for {ORDER}."},
    "a refund named by its items": {
        "transactionType": "Refund",
        "relatedIdentifiers": None,
        "items": [{"contexts": [{"contextType": "x", "order": ORDER}]}],
    },
    "a sum below zero": {"totalAmount": amount("-12.50")},
    "a sum below zero of an unknown type": {"transactionType": "Concoction", "totalAmount": amount("-12.50")},
    "goods below zero": {
        "totalAmount": amount("-12.50"),
        "breakdowns": parts(ProductCharges="-14", AmazonFees="1.5"),
    },
    "goods below zero in an item": {
        "totalAmount": amount("-12.50"),
        "items": [{"breakdowns": [{"breakdowns": parts(ProductCharges="-12.50")}]}],
    },
    "a deferred refund": {"transactionType": "Refund", "transactionStatus": "DEFERRED"},
}


@pytest.mark.parametrize("fields", GIVES_BACK.values(), ids=GIVES_BACK)
def test_money_that_goes_back_is_a_refund_whatever_it_is_called(fields: dict[str, Any]) -> None:
    [found] = read(transaction(**fields))
    assert (found.transaction_id, found.order_id, found.refund is not None) == ("t1", ORDER, True)


KEEPS = {
    "a plain payment": {},
    "postage": {"transactionType": "ShippingServices", "description": "Label", "totalAmount": amount("-4")},
    "postage given back": {"transactionType": "Adjustment", "description": "PostageRefund_Postage"},
    "a fee": {"transactionType": "ServiceFee", "totalAmount": amount("-4")},
    "a cheap item whose fees are more": {
        "totalAmount": amount("-1.20"),
        "breakdowns": parts(ProductCharges="2", AmazonFees="-3.2"),
    },
    "fees alone": {"transactionType": "Whatever", "totalAmount": amount("-3"), "breakdowns": parts(FBAFees="-3")},
}


@pytest.mark.parametrize("fields", KEEPS.values(), ids=KEEPS)
def test_what_the_buyer_does_not_get_is_no_refund(fields: dict[str, Any]) -> None:
    assert read(transaction(**fields)) == ()


@pytest.mark.parametrize("identifiers", [[], None, related(("SETTLEMENT_ID", "7"))], ids=repr)
def test_money_given_back_that_names_no_order_is_counted(identifiers: Any) -> None:
    node = transaction(transactionType="GuaranteeClaim", relatedIdentifiers=identifiers)
    page = transactions_page({"payload": {"transactions": [node, transaction()]}})
    assert page.transactions == ()
    assert page.left_out == ("money given back that names no order (GuaranteeClaim, 2026-02-20)",)


@pytest.mark.parametrize("junk", [None, {}, [], "?", {"currencyAmount": True, "currencyCode": "EUR"}], ids=repr)
def test_a_refund_whose_amount_cannot_be_read_counts_as_one(junk: Any) -> None:
    [found] = read(transaction(transactionType="Refund", totalAmount=junk, postedDate="0001-01-01T00:00:00+14:00"))
    assert found.refund == Refund(UNKNOWN, None)


def test_a_refund_without_an_id_has_the_same_one_each_time() -> None:
    nameless = transaction(transactionType="Refund", transactionId=None)
    [first], [second] = read(nameless), read({**nameless, "transactionStatus": "DEFERRED"})
    assert first.transaction_id == second.transaction_id
    assert read({**nameless, "totalAmount": amount("1")})[0].transaction_id != first.transaction_id


def test_a_refund_that_is_deferred_and_then_released_is_one() -> None:
    deferred = transaction(
        transactionType="Refund",
        transactionId="d",
        relatedIdentifiers=related(("ORDER_ID", ORDER), ("RELEASE_TRANSACTION_ID", "r")),
    )
    released = transaction(
        transactionType="Refund",
        transactionId="r",
        relatedIdentifiers=related(("ORDER_ID", ORDER), ("DEFERRED_TRANSACTION_ID", "d")),
    )
    assert {each.transaction_id for each in read(deferred, released)} == {"d"}


@pytest.mark.parametrize(
    ("payload", "token"), [({}, None), ({"transactions": []}, None), ({"transactions": [], "nextToken": "n"}, "n")]
)
def test_an_empty_page_need_not_be_the_last(payload: dict[str, Any], token: str | None) -> None:
    page = transactions_page({"payload": payload})
    assert (page.transactions, page.next_token) == ((), token)
