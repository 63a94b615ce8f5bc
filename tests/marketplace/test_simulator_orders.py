from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.sim_order import PackageEvent
from rules.order import Item
from tests.marketplace.simulator_world import DAY, DE, FR, NOW, SellerView, delivered, message, simulated

SEARCH = "/orders/2026-01-01/orders"
ALL = "FULFILLMENT,PACKAGES,CANCELLATION,PROCEEDS,PROMOTION"
Still = tuple[SimulatorProcess, SellerView]


@pytest.fixture(scope="module")
def still() -> Iterator[Still]:
    """One simulator for the tests that do not move its clock."""
    with simulated() as both:
        yield both


def order(seller: SellerView, order_id: str, included: str = ALL) -> dict[str, Any]:
    found: dict[str, Any] = seller.get(f"{SEARCH}/{order_id}", includedData=included).json()["order"]
    return found


def test_an_order_evolves_with_the_clock() -> None:
    seen = []
    with simulated(delivered("a", -3)) as (simulator, seller):  # bought yesterday, to be delivered in three days
        for _ in range(5):
            said = order(seller, "a")
            packages = [package["packageStatus"] for package in said.get("packages", [])]
            seen.append((said["fulfillment"]["fulfillmentStatus"], packages, said["lastUpdatedTime"][:10]))
            simulator.advance(DAY)
            seller.token = seller.get_token().json()["access_token"]
    on_its_way = ("SHIPPED", [{"status": "IN_TRANSIT", "detailedStatus": "PICKED_UP"}], "2026-10-20")
    assert seen == [
        on_its_way,
        on_its_way,
        on_its_way,
        ("SHIPPED", [{"status": "DELIVERED", "detailedStatus": "DELIVERED"}], "2026-10-23"),
        ("SHIPPED", [{"status": "DELIVERED", "detailedStatus": "DELIVERED"}], "2026-10-23"),
    ]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"pending": True}, "PENDING"),
        ({"shipped_at": None}, "UNSHIPPED"),
        ({"shipped_at": None, "partly_shipped_at": NOW - DAY}, "PARTIALLY_SHIPPED"),
        ({}, "SHIPPED"),
        ({"cancelled_at": NOW - DAY}, "CANCELLED"),
        ({"cancelled_at": NOW + DAY}, "SHIPPED"),
    ],
    ids=["pending", "unshipped", "partly shipped", "shipped", "cancelled", "cancelled tomorrow"],
)
def test_the_status_follows_the_history(still: Still, change: dict[str, Any], status: str) -> None:
    simulator, seller = still
    simulator.post_orders([replace(delivered("a"), **change)])
    assert order(seller, "a")["fulfillment"]["fulfillmentStatus"] == status


def test_amazons_own_fulfilment_shows_neither_packages_nor_a_promised_date() -> None:
    with simulated(delivered("a", fulfilled_by="AMAZON", deliver_by=NOW)) as (_, seller):
        said = order(seller, "a")
        assert "packages" not in said
        assert said["fulfillment"] == {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON"}


def test_details_are_told_as_amazon_tells_them() -> None:
    lost = (PackageEvent(NOW - 5 * DAY, "IN_TRANSIT", "PICKED_UP"), PackageEvent(NOW - DAY, "UNDELIVERABLE", "LOST"))
    items = (Item("S", "A", 2, promotions=("P-1",)), Item("T", "B", cancelled=True))
    given = delivered("a", packages=(lost,), items=items, business=True, replaces="b", deliver_by=NOW)
    with simulated(given) as (_, seller):
        said = order(seller, "a")
        assert said["packages"][0]["packageStatus"] == {"status": "UNDELIVERABLE", "detailedStatus": "LOST"}
        assert said["programs"] == ["AMAZON_BUSINESS"]
        assert said["associatedOrders"] == [{"orderId": "b", "associationType": "REPLACEMENT_ORIGINAL_ID"}]
        assert said["fulfillment"]["deliverByWindow"]["latestDateTime"] == "2026-10-20T12:00:00Z"
        assert said["orderItems"][0]["promotion"] == {"breakdowns": [{"promotionId": "P-1"}]}
        assert ["cancellation" in item for item in said["orderItems"]] == [False, True]


def test_data_sets_that_were_not_asked_for_are_left_out() -> None:
    with simulated(delivered("a")) as (_, seller):
        assert not {"fulfillment", "packages", "proceeds"} & set(order(seller, "a", included=""))


def test_the_detailed_status_can_be_missing() -> None:
    with simulated(delivered("a", detailed_status_missing=True)) as (_, seller):
        assert order(seller, "a")["packages"][0]["packageStatus"] == {"status": "DELIVERED"}


def test_a_search_pages_through_every_order_once_oldest_change_first() -> None:
    with simulated(*(delivered(f"o{n:03}", 10 + n / 100) for n in range(250))) as (_, seller):
        found: list[str] = []
        token: dict[str, str] = {}
        pages = 0
        while True:
            page = seller.orders(NOW - 60 * DAY, **token)
            found += [said["orderId"] for said in page["orders"]]
            pages += 1
            if "pagination" not in page:
                break
            token = {"paginationToken": page["pagination"]["nextToken"]}
        assert pages == 3
        assert found == [f"o{n:03}" for n in reversed(range(250))]
        assert page["lastUpdatedBefore"] == "2026-10-20T11:58:00Z"


def test_sweeps_by_high_water_mark_see_each_change_while_the_clock_moves() -> None:
    with simulated(delivered("a", -3), follows_client=True) as (_, seller):
        mark, seen, seller.now = NOW - 10 * DAY, [], NOW
        for _ in range(20):
            reply = seller.get(SEARCH, lastUpdatedAfter=mark.isoformat(), includedData="PACKAGES")
            if reply.status_code == 403:
                seller.token = seller.get_token().json()["access_token"]
                continue
            seen += [said["packages"][0]["packageStatus"]["status"] for said in reply.json()["orders"]]
            mark, seller.now = seller.now - timedelta(minutes=2), seller.now + timedelta(hours=12)
        assert seen == ["IN_TRANSIT", "DELIVERED"]


def test_the_last_two_minutes_are_not_seen() -> None:
    fresh = replace(delivered("a"), delivered_at=NOW - timedelta(minutes=1))
    with simulated(fresh) as (simulator, seller):
        assert seller.orders(NOW - DAY)["orders"] == []
        simulator.advance(timedelta(minutes=1))
        assert [said["orderId"] for said in seller.orders(NOW - DAY)["orders"]] == ["a"]


def test_a_changed_order_is_found_at_once() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        assert seller.orders(NOW - DAY)["orders"] == []
        simulator.patch_order("a", cancelled_at=(NOW - 2 * DAY).isoformat())
        [said] = seller.orders(NOW - timedelta(hours=1))["orders"]
        assert said["fulfillment"]["fulfillmentStatus"] == "CANCELLED"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"createdAfter": "2026-10-01T00:00:00Z"}, ["b", "a"]),
        ({"createdAfter": "2026-10-01T00:00:00Z", "createdBefore": "2026-10-05T00:00:00Z"}, ["b"]),
        ({"lastUpdatedAfter": "2026-10-01T00:00:00Z", "marketplaceIds": FR}, ["a"]),
        ({"lastUpdatedAfter": "2026-10-01T00:00:00Z", "fulfillmentStatuses": "PENDING,UNSHIPPED"}, []),
        ({"lastUpdatedAfter": "2026-10-01T00:00:00Z", "fulfilledBy": "AMAZON"}, ["b"]),
        ({"lastUpdatedAfter": "2026-10-14T00:00:00Z"}, ["a"]),
    ],
    ids=["created", "created before", "marketplace", "status", "fulfilled by", "updated"],
)
def test_a_search_can_be_narrowed(query: dict[str, str], found: list[str]) -> None:
    orders = delivered("a", 5), replace(delivered("b", 12), marketplace_id=DE, fulfilled_by="AMAZON")
    with simulated(*orders) as (_, seller):
        assert [said["orderId"] for said in seller.get(SEARCH, **query).json()["orders"]] == found


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"createdAfter": "2026-10-01T00:00:00Z", "lastUpdatedAfter": "2026-10-01T00:00:00Z"},
        {"createdAfter": "2026-10-01T00:00:00Z", "lastUpdatedBefore": "2026-10-02T00:00:00Z"},
        {"lastUpdatedAfter": "2026-10-01T00:00:00Z", "lastUpdatedBefore": "2026-10-20T11:59:00Z"},
        {"lastUpdatedAfter": "2026-10-02T00:00:00Z", "lastUpdatedBefore": "2026-10-01T00:00:00Z"},
        {"lastUpdatedAfter": "yesterday"},
        {"lastUpdatedAfter": "2026-10-01T00:00:00Z", "maxResultsPerPage": "101"},
        {"lastUpdatedAfter": "2026-10-01T00:00:00Z", "includedData": "GOSSIP"},
        {"lastUpdatedAfter": "2026-10-01T00:00:00Z", "paginationToken": "made-up"},
    ],
    ids=["no time", "two families", "mixed", "too late", "reversed", "no date", "page size", "data set", "token"],
)
def test_a_wrong_search_is_invalid_input(still: Still, query: dict[str, str]) -> None:
    _, seller = still
    reply = seller.get(SEARCH, **query)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "InvalidInput")


def test_a_pagination_token_belongs_to_its_filters_and_lasts_a_day() -> None:
    with simulated(delivered("a"), delivered("b")) as (simulator, seller):
        page = seller.orders(NOW - 60 * DAY, maxResultsPerPage="1")
        token = page["pagination"]["nextToken"]
        other = seller.get(SEARCH, lastUpdatedAfter="2026-10-01T00:00:00Z", paginationToken=token)
        assert "filters" in message(other)
        simulator.advance(DAY + timedelta(minutes=1))
        seller.token = seller.get_token().json()["access_token"]
        late = seller.get(SEARCH, lastUpdatedAfter=(NOW - 60 * DAY).isoformat(), paginationToken=token)
        assert "expired" in message(late)


def test_a_page_more_can_bring_the_orders_as_they_were_before() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("older_copies", "searchOrders"))
        first = seller.orders(NOW - 60 * DAY)
        last = seller.orders(NOW - 60 * DAY, paginationToken=first["pagination"]["nextToken"])
    [newer], [older] = first["orders"], last["orders"]
    assert newer["lastUpdatedTime"] > older["lastUpdatedTime"]
    assert [each["packages"][0]["packageStatus"]["status"] for each in (newer, older)] == ["DELIVERED", "IN_TRANSIT"]
    assert "pagination" not in last


def test_the_same_page_can_come_for_ever() -> None:
    with simulated(delivered("a")) as (simulator, seller):
        simulator.faults(Fault("same_page", "searchOrders"))
        first = seller.orders(NOW - 60 * DAY)
        assert seller.orders(NOW - 60 * DAY, paginationToken=first["pagination"]["nextToken"]) == first
