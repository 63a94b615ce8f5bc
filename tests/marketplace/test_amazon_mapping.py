from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.amazon.finances import transactions_page
from marketplace.amazon.mapping import order_of, orders_page
from marketplace.errors import Broken
from marketplace.port import Transaction
from rules.order import Item, Money, Order, Package, Refund

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
    assert page.unreadable == 3


def test_a_page_without_its_own_time_is_known_as_of_two_minutes_ago() -> None:
    assert orders_page({"orders": []}, NOW).as_of == NOW - timedelta(minutes=2)


def transaction(**fields: Any) -> dict[str, Any]:
    return {
        "transactionId": "t1",
        "transactionType": "Shipment",
        "transactionStatus": "RELEASED",
        "description": "Order Payment",
        "postedDate": "2026-02-20T08:00:00Z",
        "totalAmount": {"currencyAmount": Decimal("-12.50"), "currencyCode": "EUR"},
        "relatedIdentifiers": [{"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": ORDER}],
        **fields,
    }


def related(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"relatedIdentifierName": name, "relatedIdentifierValue": value} for name, value in pairs]


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
        {"transactionType": "Refund", "totalAmount": {"currencyAmount": "12.50", "currencyCode": "EUR"}},
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


@pytest.mark.parametrize(
    "node",
    [transaction(), transaction(transactionType="Refund", relatedIdentifiers=[]), {}],
    ids=["a plain payment", "a refund of no order", "nothing"],
)
def test_transactions_that_say_nothing_of_an_order_are_dropped(node: dict[str, Any]) -> None:
    assert read(node) == ()


@pytest.mark.parametrize("lacking", ["transactionId", "postedDate", "totalAmount"])
def test_a_refund_that_cannot_be_read_is_never_passed_over(lacking: str) -> None:
    with pytest.raises(Broken):
        read(transaction(transactionType="Refund", **{lacking: None}))


@pytest.mark.parametrize(
    ("payload", "token"), [({}, None), ({"transactions": []}, None), ({"transactions": [], "nextToken": "n"}, "n")]
)
def test_an_empty_page_need_not_be_the_last(payload: dict[str, Any], token: str | None) -> None:
    page = transactions_page({"payload": payload})
    assert (page.transactions, page.next_token) == ((), token)
