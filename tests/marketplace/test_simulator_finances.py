from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.sim_order import SimGivenBack, SimRefund
from marketplace.simulator.sim_sale import SimPrice
from rules.order import Money
from tests.marketplace.simulator_world import DAY, FR, NOW, SellerView, delivered, message, simulated

LIST = "/finances/2024-06-19/transactions"
EUR_5 = Money(Decimal("5.00"), "EUR")


def transactions(seller: SellerView, **query: str) -> list[dict[str, Any]]:
    given = {"postedAfter": (NOW - 60 * DAY).isoformat()} | query
    found: list[dict[str, Any]] = seller.get(LIST, **given).json()["payload"]["transactions"]
    return found


def test_funds_are_deferred_at_shipping_and_released_seven_days_after_delivery() -> None:
    with simulated(delivered("a", 6.5)) as (simulator, seller):
        [deferred] = transactions(seller)
        simulator.advance(DAY)
        seller.token = seller.get_token().json()["access_token"]
        [released] = transactions(seller)
    assert (deferred["transactionStatus"], deferred["postedDate"]) == ("DEFERRED", "2026-10-11T00:00:00Z")
    assert (released["transactionStatus"], released["postedDate"]) == ("DEFERRED_RELEASED", "2026-10-21T00:00:00Z")
    deferral = {"contextType": "DeferredContext", "deferralReason": "DD7", "maturityDate": "2026-10-21T00:00:00Z"}
    assert released["contexts"] == [deferral]


def test_a_release_is_seen_by_a_sweep_that_starts_after_the_shipping() -> None:
    with simulated(delivered("a", 8)) as (_, seller):
        [released] = transactions(seller, postedAfter=(NOW - 2 * DAY).isoformat())
        assert released["relatedIdentifiers"][0] == {
            "relatedIdentifierName": "ORDER_ID",
            "relatedIdentifierValue": "a",
        }


@pytest.mark.parametrize("change", [{"release": False}, {"delivered_at": None}], ids=["not released", "not delivered"])
def test_funds_can_stay_deferred(change: dict[str, Any]) -> None:
    with simulated(replace(delivered("a"), **change)) as (_, seller):
        assert [found["transactionStatus"] for found in transactions(seller)] == ["DEFERRED"]


def test_a_late_refund_is_posted_in_the_past() -> None:
    refund = SimRefund(NOW - DAY, EUR_5)
    with simulated(delivered("a", refunds=(refund,), refund_visible_after=DAY + timedelta(hours=1))) as (
        simulator,
        seller,
    ):
        assert [found["transactionType"] for found in transactions(seller)] == ["Shipment"]
        simulator.advance(timedelta(hours=1))
        seller.token = seller.get_token().json()["access_token"]
        late = transactions(seller)[-1]
        assert (late["transactionType"], late["postedDate"]) == ("Refund", "2026-10-19T12:00:00Z")
        assert late["totalAmount"] == {"currencyAmount": -4.4, "currencyCode": "EUR"}  # 0.75 of commission, less 0.15


def test_orders_not_sold_on_amazon_have_no_transactions() -> None:
    with simulated(delivered("a", channel="NON_AMAZON")) as (_, seller):
        assert transactions(seller) == []


def test_pages_are_followed_to_the_end_through_empty_ones() -> None:
    with simulated(*(delivered(f"o{n:04}") for n in range(1250))) as (_, seller):
        pages: list[int] = []
        token: dict[str, str] = {}
        while True:
            payload = seller.get(LIST, postedAfter=(NOW - 60 * DAY).isoformat(), **token).json()["payload"]
            pages.append(len(payload["transactions"]))
            if "nextToken" not in payload:
                break
            token = {"nextToken": payload["nextToken"]}
        assert pages == [0, 0, 250, 500, 500]  # the shipments have moved to their releases


def test_one_orders_transactions_can_be_asked_for() -> None:
    with simulated(delivered("a", refunds=(SimRefund(NOW - DAY, EUR_5),)), delivered("b")) as (_, seller):
        query = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": "a"}
        found = seller.get(LIST, **query).json()["payload"]["transactions"]
        assert [said["transactionType"] for said in found] == ["Shipment", "Refund"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"transactionStatus": "DEFERRED"}, 0),
        ({"transactionStatus": "DEFERRED_RELEASED"}, 1),
        ({"marketplaceId": FR}, 1),
        ({"marketplaceId": "ATVPDKIKX0DER"}, 0),
        ({"postedAfter": "2026-01-01T00:00:00Z"}, 0),
    ],
    ids=["deferred", "released", "marketplace", "other marketplace", "more than 180 days"],
)
def test_transactions_can_be_narrowed(query: dict[str, str], count: int) -> None:
    with simulated(delivered("a")) as (_, seller):
        assert len(transactions(seller, **query)) == count


def test_a_start_is_needed() -> None:
    with simulated() as (_, seller):
        reply = seller.get(LIST)
        assert (reply.status_code, message(reply)) == (400, "Start date cannot be null")


@pytest.mark.parametrize("kind", ["GuaranteeClaim", "Chargeback"])
def test_money_can_be_given_back_in_other_ways(kind: Any) -> None:
    with simulated(delivered("a", refunds=(SimRefund(NOW - DAY, EUR_5, kind),))) as (_, seller):
        found = transactions(seller)[-1]
    assert (found["transactionType"], found["totalAmount"]["currencyAmount"]) == (kind, -4.4)
    assert [each["relatedIdentifierName"] for each in found["relatedIdentifiers"]] == ["ORDER_ID"]


MANY = tuple(SimRefund(NOW - DAY - timedelta(seconds=number), EUR_5) for number in range(600))


def test_the_same_page_can_come_for_ever() -> None:
    with simulated(delivered("a", refunds=MANY)) as (simulator, seller):
        simulator.faults(Fault("same_page", "listTransactions"))
        query = {"postedAfter": (NOW - 60 * DAY).isoformat()}
        first = seller.get(LIST, **query).json()["payload"]
        second = seller.get(LIST, **query, nextToken=first["nextToken"]).json()["payload"]
    assert first == second


@pytest.mark.parametrize(
    ("kind", "days", "status"),
    [("late_pages_fail", 60, 500), ("late_pages_fail", 15, 200), ("page_token_expired", 15, 400)],
)
def test_a_further_page_can_fail(kind: Kind, days: int, status: int) -> None:
    with simulated(delivered("a", refunds=MANY)) as (simulator, seller):
        simulator.faults(Fault(kind, "listTransactions"))
        query = {"postedAfter": (NOW - days * DAY).isoformat()}
        token = seller.get(LIST, **query).json()["payload"]["nextToken"]
        assert seller.get(LIST, **query, nextToken=token).status_code == status


def test_a_refund_before_the_funds_are_released_is_deferred_and_listed_again_under_another_id() -> None:
    refund = SimRefund(NOW - DAY, EUR_5)
    with simulated(delivered("a", 6.5, refunds=(refund,))) as (simulator, seller):
        deferred = transactions(seller)[-1]
        simulator.advance(DAY)
        seller.token = seller.get_token().json()["access_token"]
        listed = [each for each in transactions(seller) if each["transactionType"] == "Refund"]
    assert (deferred["transactionId"], deferred["transactionStatus"]) == ("a-refund-0", "DEFERRED")
    assert [(each["transactionId"], each["transactionStatus"]) for each in listed] == [
        ("a-refund-0", "DEFERRED_RELEASED"),
        ("a-refund-0-released", "RELEASED"),
    ]
    names = [{each["relatedIdentifierName"] for each in copy["relatedIdentifiers"]} for copy in listed]
    assert [name & {"DEFERRED_TRANSACTION_ID", "RELEASE_TRANSACTION_ID"} for name in names] == [
        {"RELEASE_TRANSACTION_ID"},
        {"DEFERRED_TRANSACTION_ID"},
    ]
    assert listed[0]["totalAmount"] == listed[1]["totalAmount"]


def test_a_refund_says_what_the_buyer_got_beside_the_fees() -> None:
    price = SimPrice(Decimal("24.00"), Decimal("6.00"), discount=Decimal("4.00"), tax_rate=Decimal(20))
    of = (SimGivenBack(1, "ITEM", Decimal("20.00")), SimGivenBack(1, "SHIPPING", Decimal("6.00")))
    refund = SimRefund(NOW - DAY, Money(Decimal("26.00"), "EUR"), of=of)
    with simulated(delivered("a", prices=(price,), value=Money(Decimal(0), "EUR"), refunds=(refund,))) as (_, seller):
        [item] = transactions(seller)[-1]["items"]
    found = {
        leaf["breakdownType"]: leaf["breakdownAmount"]["currencyAmount"]
        for part in item["breakdowns"]
        for leaf in part["breakdowns"]
    }
    assert found == {
        "OurPricePrincipal": -20.67,
        "OurPriceDiscount": 4.0,
        "OurPriceTax": -3.33,
        "ShippingPrincipal": -5.0,
        "ShippingTax": -1.0,
        "Commission": 3.9,
        "RefundCommission": -0.78,
    }
    assert item["totalAmount"]["currencyAmount"] == -22.88
