from typing import Any

import pytest

from tests.marketplace.simulator_world import ASK, DAY, DE, NOW, OFFER, delivered, message, simulated

NOT_AVAILABLE = "The requested solicitation is not available for this amazonOrderId."
OUTSIDE = (
    "You can\u2019t use this feature to request a review outside the 5-30 day range after the order delivery date."
)


def test_a_delivered_order_is_offered_and_accepted_once() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        assert seller.offered("a")
        first, second = seller.ask("a"), seller.ask("a")
        assert (first.status_code, first.json()) == (201, {})
        assert (second.status_code, message(second)) == (403, "You have already requested a review for this order.")
        assert not seller.offered("a")
        assert {order: (said.count, said.at) for order, said in simulator.accepted().items()} == {"a": (1, NOW)}
        assert simulator.summary()["refused"] == {"already_requested": 1}


def test_with_accept_repeats_a_second_request_is_accepted_and_counted() -> None:
    with simulated(delivered("a"), accept_repeats=True) as (simulator, seller):
        assert [seller.ask("a").status_code, seller.ask("a").status_code] == [201, 201]
        assert simulator.accepted()["a"].count == 2


@pytest.mark.parametrize(
    ("days", "offered"), [(4.9, False), (5, True), (30, True), (30.1, False)], ids=["4.9", "5", "30", "30.1"]
)
def test_the_request_is_offered_from_5_to_30_days_after_delivery(days: float, offered: bool) -> None:
    with simulated(delivered("a", days)) as (_, seller):
        assert seller.offered("a") is offered
        reply = seller.ask("a")
        assert reply.status_code == (201 if offered else 403)
        assert offered or message(reply) == OUTSIDE


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "NON_AMAZON"},
        {"cancelled_at": NOW - DAY},
        {"pending": True},
        {"packages": ()},
    ],
    ids=["not sold on Amazon", "cancelled", "pending", "not delivered"],
)
def test_an_order_that_cannot_be_asked_for_is_refused(change: dict[str, Any]) -> None:
    with simulated(delivered("a", -1 if "packages" in change else 10, **change)) as (simulator, seller):
        assert not seller.offered("a")
        assert message(seller.ask("a")) == NOT_AVAILABLE
        assert simulator.accepted() == {}


def test_the_marketplace_must_be_named_and_be_the_orders_own() -> None:
    with simulated(delivered("a")) as (_, seller):
        path = "/solicitations/v1/orders/a/solicitations/productReviewAndSellerFeedback"
        missing = seller.call("POST", path)
        assert (missing.status_code, message(missing)) == (
            400,
            "Missing or invalid request parameters: [marketplaceIds]",
        )
        assert seller.ask("a", DE).status_code == 404
        assert seller.ask("nobody's").status_code == 404


def test_another_account_does_not_see_the_order() -> None:
    with simulated(delivered("a", account="somebody-else")) as (_, seller):
        assert seller.ask("a").status_code == 404


def test_calls_are_counted_by_operation() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        seller.offered("a")
        seller.ask("a")
        assert simulator.summary()["calls"] == {"lwa": 1, OFFER: 1, ASK: 1}
