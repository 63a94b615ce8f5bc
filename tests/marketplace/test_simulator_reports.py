import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.sim_sale import SimAccount
from tests.marketplace.simulator_world import DAY, DE, FR, NOW, SellerView, delivered, simulated

REPORTS = "/reports/2021-06-30/reports"
SHIPMENTS = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"
FBA_RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
MERCHANT_RETURNS = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"

ORDERS: tuple[SimOrder, ...] = (
    delivered("fbm", return_requested_at=NOW - DAY),
    delivered("fba", fulfilled_by="AMAZON", returned_at=NOW - DAY),
    delivered("fba-unreported", fulfilled_by="AMAZON", fba_report=False),
    delivered("fba-not-yet", -10, fulfilled_by="AMAZON"),
)


def create(seller: SellerView, report: str, days: float = 30) -> str:
    wish = {"reportType": report, "marketplaceIds": [FR], "dataStartTime": (NOW - days * DAY).isoformat()}
    reply = seller.post_json(REPORTS, wish | {"dataEndTime": NOW.isoformat()})
    assert reply.status_code == 202
    report_id: str = reply.json()["reportId"]
    return report_id


def status(seller: SellerView, report_id: str) -> dict[str, Any]:
    found: dict[str, Any] = seller.get(f"{REPORTS}/{report_id}").json()
    return found


def rows(seller: SellerView, report: str) -> list[dict[str, str]]:
    document_id = status(seller, create(seller, report))["reportDocumentId"]
    document = seller.get(f"/reports/2021-06-30/documents/{document_id}").json()
    assert document["compressionAlgorithm"] == "GZIP"
    lines = gzip.decompress(seller.download(document["url"]).content).decode().splitlines()
    header, *rest = (line.split("\t") for line in lines)
    return [dict(zip(header, row, strict=True)) for row in rest]


@pytest.mark.parametrize(
    ("report", "column", "orders"),
    [
        (SHIPMENTS, "amazon-order-id", ["fba"]),
        (FBA_RETURNS, "order-id", ["fba"]),
        (MERCHANT_RETURNS, "Order ID", ["fbm"]),
    ],
)
def test_each_report_names_its_orders(report: str, column: str, orders: list[str]) -> None:
    with simulated(*ORDERS) as (_, seller):
        assert [row[column] for row in rows(seller, report)] == orders


def test_the_shipments_report_estimates_the_arrival() -> None:
    with simulated(*ORDERS) as (_, seller):
        [row] = rows(seller, SHIPMENTS)
        assert row["estimated-arrival-date"] == "2026-10-10T12:00:00Z"


def test_a_report_without_data_is_cancelled() -> None:
    with simulated() as (_, seller):
        said = status(seller, create(seller, FBA_RETURNS))
        assert said["processingStatus"] == "CANCELLED"
        assert "reportDocumentId" not in said


def test_a_report_over_too_long_a_time_is_fatal() -> None:
    with simulated(*ORDERS) as (_, seller):
        assert status(seller, create(seller, SHIPMENTS, days=32))["processingStatus"] == "FATAL"


def test_a_report_can_take_its_time() -> None:
    with simulated(*ORDERS) as (simulator, seller):
        simulator.faults(Fault("report_in_progress", times=2))
        report_id = create(seller, SHIPMENTS)
        said = [status(seller, report_id)["processingStatus"] for _ in range(3)]
        assert said == ["IN_PROGRESS", "IN_PROGRESS", "DONE"]


def test_a_download_can_be_cut() -> None:
    with simulated(*ORDERS) as (simulator, seller):
        simulator.faults(Fault("cut_json", operation="download"))
        with pytest.raises(EOFError):
            rows(seller, SHIPMENTS)


@pytest.mark.parametrize("wish", [{}, {"reportType": "GET_GOSSIP", "marketplaceIds": [FR]}, {"reportType": SHIPMENTS}])
def test_a_wrong_wish_is_invalid_input(wish: dict[str, object]) -> None:
    with simulated() as (_, seller):
        assert seller.post_json(REPORTS, wish).status_code == 400


def test_another_accounts_report_is_not_found() -> None:
    with simulated(*ORDERS) as (simulator, seller):
        report_id = create(seller, SHIPMENTS)
        other = SellerView(simulator.url, "another")
        assert other.get(f"{REPORTS}/{report_id}").status_code == 404
        other.close()


def test_an_order_is_in_the_report_once_it_is_shipped() -> None:
    with simulated(replace(ORDERS[3], shipped_at=NOW - DAY)) as (_, seller):
        assert [row["amazon-order-id"] for row in rows(seller, SHIPMENTS)] == ["fba-not-yet"]


@pytest.mark.parametrize(("report", "minutes"), [(SHIPMENTS, 30), (FBA_RETURNS, 240), (MERCHANT_RETURNS, 5)])
def test_a_report_that_is_ordered_again_too_soon_is_cancelled(report: str, minutes: int) -> None:
    with simulated(*ORDERS) as (simulator, seller):
        first, second = create(seller, report), create(seller, report, days=20)  # parts of one reading
        simulator.advance(timedelta(minutes=minutes - 1))
        seller.token = seller.get_token().json()["access_token"]
        early = create(seller, report)
        simulator.advance(timedelta(minutes=1))
        late = create(seller, report)
        said = [status(seller, each)["processingStatus"] for each in (first, second, early, late)]
    assert said == ["DONE", "DONE", "DONE" if minutes == 5 else "CANCELLED", "DONE"]


def test_one_marketplace_that_is_not_allowed_refuses_the_whole_report() -> None:
    with simulated(*ORDERS) as (simulator, seller):
        simulator.set_account("maison-durand", SimAccount(reports_refused=(DE,)))
        wish = {"reportType": FBA_RETURNS, "marketplaceIds": [FR, DE]}
        reply = seller.post_json(REPORTS, wish)
        assert (reply.status_code, "not allowed" in reply.text) == (400, True)
        assert seller.post_json(REPORTS, wish | {"marketplaceIds": [FR]}).status_code == 202


@pytest.mark.parametrize(
    ("kind", "said", "begins"),
    [
        ("report_empty", "GZIP", b""),
        ("wrong_report", "GZIP", b"order-id\torder-item-id\t"),
        ("gzip_only_said", "GZIP", b"return-date\t"),
        ("gzip_not_said", None, b"\x1f\x8b"),
    ],
)
def test_a_file_can_be_another_than_was_said(kind: Kind, said: str | None, begins: bytes) -> None:
    with simulated(*ORDERS) as (simulator, seller):
        simulator.faults(Fault(kind))
        document_id = status(seller, create(seller, FBA_RETURNS))["reportDocumentId"]
        document = seller.get(f"/reports/2021-06-30/documents/{document_id}").json()
        content = seller.download(document["url"]).content
    assert document.get("compressionAlgorithm") == said
    assert content.startswith(begins)
    assert content or kind == "report_empty"
