import time
from collections.abc import Callable, Iterator

import httpx2
import pytest

from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.process import SimulatorProcess
from tests.marketplace.simulator_world import ASK, DAY, FR, NOW, OFFER, SellerView, delivered, message, simulated

DROPPED = (httpx2.RemoteProtocolError, httpx2.ReadError)
Still = tuple[SimulatorProcess, SellerView]


@pytest.fixture(scope="module")
def still() -> Iterator[Still]:
    """One simulator for the tests that do not move its clock."""
    with simulated() as both:
        yield both


@pytest.mark.parametrize(("kind", "processed"), [("drop_before", False), ("drop_after", True)])
def test_a_dropped_connection_gets_no_reply(still: Still, kind: Kind, processed: bool) -> None:
    simulator, seller = still
    simulator.post_orders([delivered(kind)])
    simulator.faults(Fault(kind, operation=ASK, times=1))
    with pytest.raises(DROPPED):
        seller.ask(kind)
    assert (kind in simulator.accepted()) is processed
    assert seller.offered(kind) is not processed


Check = Callable[[httpx2.Response], bool]


@pytest.mark.parametrize(
    ("kind", "processed", "status", "check"),
    [
        ("error_500_before", False, 500, lambda r: message(r).startswith("We encountered an internal error")),
        ("error_503_after", True, 503, lambda r: r.json()["errors"][0]["code"] == "ServiceUnavailable"),
        ("html_503", False, 503, lambda r: r.text.startswith("<html>") and r.headers["content-type"] == "text/html"),
        ("cut_json", True, 201, lambda r: r.text == "{"),
        ("empty_body", True, 201, lambda r: r.content == b""),
        ("throttle", False, 429, lambda r: r.json()["errors"][0]["code"] == "QuotaExceeded"),
        ("denied", False, 403, lambda r: message(r) == "Access to requested resource is denied."),
        ("unknown_403", False, 403, lambda r: r.json()["errors"][0]["code"] == "Unauthorized"),
        ("expired_token", False, 403, lambda r: message(r) == "The access token you provided has expired."),
        ("already_requested", False, 403, lambda r: "already requested" in message(r)),
        ("outside_window", False, 403, lambda r: "can\u2019t" in message(r) and "5-30 day" in message(r)),
        ("denied_token", False, 403, lambda r: "revoked" in r.json()["errors"][0]["details"]),
        ("expired_secret", False, 403, lambda r: "secret" in r.json()["errors"][0]["details"]),
        ("html_400", False, 400, lambda r: r.text.startswith("<html>")),
        ("html_403", False, 403, lambda r: r.text.startswith("<html>")),
        ("empty_403", False, 403, lambda r: r.content == b""),
        ("blank_200", False, 200, lambda r: r.content == b""),
        ("proxy_200", False, 200, lambda r: "Sign in" in r.text),
        ("accepted_with_errors", False, 201, lambda r: message(r) == "Not done"),
        ("tiny_rate", True, 201, lambda r: r.headers["x-amzn-RateLimit-Limit"] == "1e-09"),
        ("slow_body", True, 201, lambda r: r.text == "{}"),
        ("outage", False, 403, lambda r: "not available" in message(r)),
        ("empty_actions", True, 201, lambda r: True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_post_meets_each_fault(still: Still, kind: Kind, processed: bool, status: int, check: Check) -> None:
    simulator, seller = still
    simulator.post_orders([delivered(kind)])
    simulator.faults(Fault(kind, order_id=kind))
    reply = seller.ask(kind)
    assert reply.status_code == status
    assert check(reply)
    assert (kind in simulator.accepted()) is processed


def test_a_slow_reply_comes_late_for_what_was_done_at_once() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("slow", operation=ASK, seconds=0.3))
        before = time.monotonic()
        assert seller.ask("a").status_code == 201
        assert time.monotonic() - before >= 0.3


def test_a_client_that_gives_up_waiting_has_still_sent_its_request() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("slow", operation=ASK, seconds=5))
        path = "/solicitations/v1/orders/a/solicitations/productReviewAndSellerFeedback"
        token = {"x-amz-access-token": seller.token}
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(
                simulator.url + path, params={"marketplaceIds": FR}, headers=token, timeout=0.2, trust_env=False
            )
        assert "a" in simulator.accepted()


def test_an_absurd_header_comes_with_what_was_done() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("absurd_headers", operation=ASK))
        with pytest.raises(DROPPED):
            seller.ask("a")
        assert "a" in simulator.accepted()


def test_a_kind_of_data_may_be_refused() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("refused_data"))
        assert len(seller.orders(NOW - 30 * DAY)["orders"]) == 1
        query = {"lastUpdatedAfter": (NOW - DAY).isoformat(), "includedData": "FULFILLMENT,PROMOTION"}
        reply = seller.get("/orders/2026-01-01/orders", **query)
        assert (reply.status_code, message(reply)) == (400, "Invalid value for includedData: PROMOTION")


def test_a_small_file_may_unpack_to_a_large_one() -> None:
    with simulated(delivered("a", return_requested_at=NOW - DAY)) as (simulator, seller):
        report = {"reportType": "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE", "marketplaceIds": [FR]}
        report_id = seller.post_json("/reports/2021-06-30/reports", report).json()["reportId"]
        url = seller.get(f"/reports/2021-06-30/documents/{report_id}").json()["url"]
        simulator.faults(Fault("gzip_bomb"))
        with httpx2.stream("GET", url, trust_env=False) as reply:
            packed = b"".join(reply.iter_raw())
        assert len(packed) < 700_000
        assert reply.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("kind", ["empty_actions", "outage"])
def test_nothing_is_offered_until_the_fault_ends(kind: Kind) -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault(kind, until=NOW + DAY))
        assert not seller.offered("a")
        simulator.advance(DAY)
        seller.token = seller.get_token().json()["access_token"]
        assert seller.offered("a")


def test_a_fault_is_used_up_after_its_times() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("empty_actions", times=2))
        assert [seller.offered("a") for _ in range(3)] == [False, False, True]


def test_a_fault_stays_until_it_is_cleared() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("outage"))
        assert [seller.offered("a") for _ in range(3)] == [False] * 3
        simulator.clear_faults()
        assert seller.offered("a")


def test_a_fault_may_concern_one_operation_one_order_or_one_account() -> None:
    with simulated(delivered("a"), delivered("b")) as (simulator, seller):
        simulator.faults(
            Fault("throttle", operation=ASK), Fault("denied", order_id="b"), Fault("denied", account="another")
        )
        assert seller.offered("a")
        assert seller.ask("a").status_code == 429
        assert seller.get("/solicitations/v1/orders/b", marketplaceIds=FR).status_code == 403


def test_a_token_exchange_belongs_to_the_account_that_its_refresh_token_names(still: Still) -> None:
    simulator, seller = still
    simulator.faults(Fault("throttle", "lwa", account="unlucky", times=1))
    assert seller.get_token("lucky").status_code == 200
    assert seller.get_token("unlucky").status_code == 429


def test_a_download_belongs_to_the_account_that_made_the_report() -> None:
    with simulated(delivered("a", return_requested_at=NOW - DAY)) as (simulator, seller):
        report = {"reportType": "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE", "marketplaceIds": [FR]}
        report_id = seller.post_json("/reports/2021-06-30/reports", report).json()["reportId"]
        url = seller.get(f"/reports/2021-06-30/documents/{report_id}").json()["url"]
        simulator.faults(
            Fault("denied", "download", account="another"),
            Fault("html_503", "download", account="maison-durand", times=1),
        )
        assert [seller.download(url).status_code for _ in range(2)] == [503, 200]


def test_spoilt_calls_are_counted_by_account_operation_and_kind() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("empty_actions", times=2), Fault("denied", account="another"))
        for _ in range(3):
            seller.offered("a")
        assert simulator.struck() == {("maison-durand", OFFER, "empty_actions"): 2}


def _pattern(simulator: SimulatorProcess, seller: SellerView) -> list[bool]:
    simulator.faults(Fault("empty_actions", probability=0.5))
    return [seller.offered("a") for _ in range(40)]


def test_a_fault_with_a_probability_is_the_same_for_the_same_seed() -> None:
    with simulated(delivered("a"), seed=7) as one, simulated(delivered("a"), seed=7) as two:
        first, second = _pattern(*one), _pattern(*two)
        assert first == second
        assert 8 <= first.count(False) <= 32


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("bad_request", 400, "invalid_request"),
        ("denied", 400, "access_denied"),
        ("throttle", 429, "temporarily_unavailable"),
        ("error_500_before", 500, "server_error"),
        ("error_503_after", 503, "temporarily_unavailable"),
    ],
)
def test_lwa_has_faults_in_its_own_shape(still: Still, kind: Kind, status: int, error: str) -> None:
    simulator, seller = still
    simulator.faults(Fault(kind, operation="lwa", times=1))
    reply = seller.get_token()
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_an_unknown_kind_of_fault_is_refused() -> None:
    with simulated() as (simulator, _):
        reply = httpx2.post(f"{simulator.url}/simulator/faults", json={"kind": "earthquake"}, trust_env=False)
        assert reply.status_code == 400
        assert "kind" in message(reply)


def test_the_calls_that_met_a_fault_are_counted() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("throttle", operation=OFFER, times=1))
        seller.get("/solicitations/v1/orders/a", marketplaceIds=FR)
        assert simulator.summary()["throttled"] == {OFFER: 1}
        assert simulator.summary()["calls"][OFFER] == 1
