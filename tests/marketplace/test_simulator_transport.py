from collections.abc import Iterator
from datetime import timedelta

import pytest

from marketplace.simulator.process import SimulatorProcess
from tests.marketplace.simulator_world import ASK, FR, OFFER, SellerView, delivered, message, simulated

Still = tuple[SimulatorProcess, SellerView]


@pytest.fixture(scope="module")
def still() -> Iterator[Still]:
    """One simulator for the tests that do not move its clock."""
    with simulated() as both:
        yield both


def test_every_reply_has_a_request_id_and_good_ones_their_rate() -> None:
    with simulated(delivered("a")) as (_, seller):
        good = seller.get("/solicitations/v1/orders/a", marketplaceIds=FR)
        assert good.headers["x-amzn-RequestId"]
        assert good.headers["x-amzn-RateLimit-Limit"] == "1.0"
        assert seller.get("/solicitations/v1/orders/a").headers["x-amzn-RateLimit-Limit"] == "1.0"
        seller.ask("a")
        refused = seller.ask("a")
        assert refused.headers["x-amzn-RequestId"] != good.headers["x-amzn-RequestId"]
        assert "x-amzn-RateLimit-Limit" not in refused.headers


def test_the_date_header_is_simulated_time() -> None:
    with simulated() as (_, seller):
        assert seller.get("/nowhere").headers["date"] == "Tue, 20 Oct 2026 12:00:00 GMT"


def test_an_unknown_path_is_not_found_in_amazons_shape() -> None:
    with simulated() as (_, seller):
        reply = seller.get("/orders/v0/orders")
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, "NotFound")


@pytest.mark.parametrize("token", ["", "Atza|", "Atza|x|", "nonsense"], ids=["none", "empty", "cut", "nonsense"])
def test_without_a_good_access_token_nothing_is_answered(still: Still, token: str) -> None:
    simulator, good = still
    simulator.post_orders([delivered("a")])
    bad = SellerView(simulator.url)
    bad.token = token
    reply = bad.ask("a")
    bad.close()
    assert (reply.status_code, message(reply)) == (403, "The access token you provided has expired.")
    assert good.offered("a")


def test_an_access_token_lasts_an_hour() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.advance(timedelta(hours=1))
        assert seller.ask("a").status_code == 403
        seller.token = seller.get_token().json()["access_token"]
        assert seller.ask("a").status_code == 201


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"refresh_token": "revoked"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lwa_refuses_in_its_own_words(still: Still, form: dict[str, str], error: str) -> None:
    _, seller = still
    assert seller.get_token(**form).json()["error"] == error


def test_each_account_and_operation_has_a_bucket_of_its_own() -> None:
    with simulated(delivered("a"), throttled=True) as (simulator, seller):
        path = "/solicitations/v1/orders/a"
        statuses = [seller.get(path, marketplaceIds=FR).status_code for _ in range(7)]
        assert statuses == [200] * 5 + [429] * 2
        assert seller.ask("a").status_code == 201
        other = SellerView(simulator.url, "another")
        assert other.offered("a") is False
        other.close()
        assert simulator.summary()["throttled"] == {OFFER: 2}


def test_a_bucket_fills_at_amazons_rate() -> None:
    with simulated(throttled=True) as (simulator, seller):
        statuses = []
        for _ in range(3):
            statuses += [seller.ask("nobody's").status_code for _ in range(7)]
            simulator.advance(timedelta(seconds=2))
        assert [statuses.count(404), statuses.count(429)] == [5 + 2 + 2, 12]
        assert simulator.summary()["throttled"] == {ASK: 12}


def test_a_throttled_call_says_quota_exceeded_without_a_rate() -> None:
    with simulated(throttled=True) as (_, seller):
        reply = [seller.ask("a") for _ in range(6)][-1]
        assert reply.json()["errors"][0]["code"] == "QuotaExceeded"
        assert message(reply) == "You exceeded your quota for the requested resource."
        assert "x-amzn-RateLimit-Limit" not in reply.headers
