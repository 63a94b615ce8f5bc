from datetime import UTC, datetime, timedelta

import pytest

from rules.delivery import Basis, Delivered, NotDelivered, delivery, packages_delivered
from rules.order import Facts, Package
from tests.rules.examples import BOUGHT, DAY, DELIVERED_AT, IN_WINDOW, SHIPPED, facts

ARRIVED = Package("DELIVERED")
PROMISED = DELIVERED_AT - 2 * DAY
FBA = {"fulfilled_by": "AMAZON", "packages": ()}
YEAR_1, END_OF_TIME = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
UNTRACKED = {"packages": SHIPPED, "deliver_by": DELIVERED_AT}


@pytest.mark.parametrize(
    ("status", "detail", "delivered"),
    [
        pytest.param("DELIVERED", "DELIVERED", True, id="delivered"),
        pytest.param("DELIVERED", None, True, id="delivered, the detail left out"),
        pytest.param("SHIPPED", "DELIVERED", True, id="shipped, delivered by the detail"),
        pytest.param("DELIVERED", "OUT_FOR_DELIVERY", False, id="delivered, contradicted by the detail"),
        pytest.param("IN_TRANSIT", None, False, id="in transit"),
        pytest.param("PENDING", "PENDING_PICK_UP", False, id="pending"),
        pytest.param("SHIPPED", "PICKED_UP", False, id="picked up"),
        pytest.param("UNDELIVERABLE", "LOST", False, id="lost"),
        pytest.param("TELEPORTED", None, False, id="unknown status"),
        pytest.param("DELIVERED", "DELIVERED_TO_THE_MOON", False, id="unknown detail"),
    ],
)
def test_a_tracked_package_is_believed_whatever_the_estimates_say(
    status: str, detail: str | None, delivered: bool
) -> None:
    known = facts({"packages": (Package(status, detail),), "deliver_by": BOUGHT}, funds_released_for=DELIVERED_AT)
    assert isinstance(delivery(known, IN_WINDOW), Delivered) is delivered
    assert packages_delivered(known.order) is delivered


@pytest.mark.parametrize(
    ("packages", "delivered"),
    [
        pytest.param((ARRIVED, ARRIVED), True, id="all arrived"),
        pytest.param((ARRIVED, Package("IN_TRANSIT")), False, id="one under way"),
        pytest.param((ARRIVED, Package("SHIPPED")), False, id="one without tracking"),
        pytest.param((ARRIVED, Package("CANCELLED")), True, id="one cancelled"),
        pytest.param((ARRIVED, Package("PENDING", "LABEL_CANCELLED")), True, id="one label cancelled"),
    ],
)
def test_an_order_of_several_packages_is_delivered_when_the_last_one_is(
    packages: tuple[Package, ...], delivered: bool
) -> None:
    known = facts({"packages": packages, "deliver_by": BOUGHT})
    assert isinstance(delivery(known, IN_WINDOW), Delivered) is delivered


@pytest.mark.parametrize("status", ["UNSHIPPED", "PARTIALLY_SHIPPED", "PENDING", "CANCELLED", "NEWWORD", None])
def test_an_order_that_is_not_shipped_whole_is_not_delivered(status: str | None) -> None:
    assert delivery(facts({"status": status}, funds_released_for=DELIVERED_AT), IN_WINDOW) == NotDelivered(None)


@pytest.mark.parametrize(
    ("known", "at", "basis"),
    [
        pytest.param(facts(), DELIVERED_AT, Basis.PACKAGE_STATUS, id="seen within two days"),
        pytest.param(
            facts({"updated_at": DELIVERED_AT - DAY / 2}),
            DELIVERED_AT - DAY / 2,
            Basis.PACKAGE_STATUS,
            id="Amazon's last update bounds it from above",
        ),
        pytest.param(
            facts(seen_delivered_at=None), DELIVERED_AT, Basis.PACKAGE_STATUS, id="sighting not noted: the last update"
        ),
        pytest.param(
            facts(not_delivered_at=DELIVERED_AT + DAY),
            DELIVERED_AT + DAY,
            Basis.PACKAGE_STATUS,
            id="never before it was seen undelivered",
        ),
        pytest.param(
            facts({"deliver_by": PROMISED}, not_delivered_at=None),
            PROMISED,
            Basis.DELIVER_BY_LATEST,
            id="seen once only: the promise, if it lies between",
        ),
        pytest.param(
            facts({"deliver_by": PROMISED}, not_delivered_at=PROMISED),
            DELIVERED_AT,
            Basis.PACKAGE_STATUS,
            id="two sightings two days apart beat the promise",
        ),
        pytest.param(
            facts({"deliver_by": BOUGHT}, not_delivered_at=None),
            DELIVERED_AT,
            Basis.PACKAGE_STATUS,
            id="a promise before the parcel was shipped says nothing",
        ),
        pytest.param(
            facts({"deliver_by": DELIVERED_AT}, not_delivered_at=None),
            DELIVERED_AT,
            Basis.PACKAGE_STATUS,
            id="a promise after it was seen says nothing",
        ),
        pytest.param(
            facts(funds_released_for=DELIVERED_AT + 6.5 * DAY),
            DELIVERED_AT - DAY / 2,
            Basis.FINANCE_DD7,
            id="funds released: seven days before",
        ),
        pytest.param(
            facts(funds_released_for=DELIVERED_AT),
            DELIVERED_AT - DAY,
            Basis.FINANCE_DD7,
            id="release clipped from below",
        ),
        pytest.param(
            facts(funds_released_for=DELIVERED_AT + 20 * DAY), DELIVERED_AT, Basis.FINANCE_DD7, id="and from above"
        ),
        pytest.param(
            facts(funds_released_for=BOUGHT - DAY),
            DELIVERED_AT,
            Basis.PACKAGE_STATUS,
            id="released before the purchase",
        ),
        pytest.param(
            facts(
                {"deliver_by": BOUGHT - DAY, "packages": (Package("DELIVERED", shipped_at=BOUGHT - DAY),)},
                not_delivered_at=None,
            ),
            DELIVERED_AT,
            Basis.PACKAGE_STATUS,
            id="shipped and promised before the purchase",
        ),
        pytest.param(
            facts(funds_released_for=BOUGHT, not_delivered_at=None),
            BOUGHT + DAY,
            Basis.FINANCE_DD7,
            id="seen once only: not before the last package was shipped",
        ),
        pytest.param(
            facts({"packages": (ARRIVED,)}, funds_released_for=BOUGHT, not_delivered_at=None),
            BOUGHT,
            Basis.FINANCE_DD7,
            id="shipping time unknown: not before the purchase",
        ),
    ],
)
def test_the_time_of_delivery_by_packages(known: Facts, at: datetime, basis: Basis) -> None:
    assert delivery(known, IN_WINDOW) == Delivered(at, basis)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            facts(UNTRACKED), Delivered(DELIVERED_AT + 2 * DAY, Basis.DELIVER_BY_LATEST), id="promise, margin"
        ),
        pytest.param(
            facts({"packages": (), "deliver_by": DELIVERED_AT}),
            Delivered(DELIVERED_AT + 2 * DAY, Basis.DELIVER_BY_LATEST),
            id="no packages at all",
        ),
        pytest.param(
            facts({"packages": (Package("CANCELLED"),), "deliver_by": DELIVERED_AT}),
            Delivered(DELIVERED_AT + 2 * DAY, Basis.DELIVER_BY_LATEST),
            id="cancelled packages only",
        ),
        pytest.param(
            facts(UNTRACKED, funds_released_for=DELIVERED_AT + 8 * DAY),
            Delivered(DELIVERED_AT + DAY, Basis.FINANCE_DD7),
            id="released funds before the promise",
        ),
        pytest.param(facts({"packages": SHIPPED}), NotDelivered(None), id="no promise known"),
        pytest.param(
            facts(UNTRACKED | {"deliver_by": BOUGHT - DAY}), NotDelivered(None), id="promised before the purchase"
        ),
        pytest.param(
            facts(UNTRACKED | {"deliver_by": END_OF_TIME}), NotDelivered(None), id="promised in the year 9999"
        ),
        pytest.param(facts(FBA, fba_arrival=YEAR_1), NotDelivered(None), id="fba, arrival in the year 1"),
        pytest.param(
            facts(FBA, fba_arrival=DELIVERED_AT, funds_released_for=END_OF_TIME),
            Delivered(DELIVERED_AT + 2 * DAY, Basis.FBA_REPORT_ESTIMATE),
            id="fba, a release in the year 9999 is none",
        ),
        pytest.param(
            facts(FBA, funds_released_for=IN_WINDOW + 8 * DAY),
            NotDelivered(IN_WINDOW + DAY),
            id="fba, not before the day that its release speaks of",
        ),
        pytest.param(facts(FBA), NotDelivered(None), id="fba, nothing known"),
        pytest.param(
            facts(FBA | {"deliver_by": DELIVERED_AT}), NotDelivered(None), id="fba orders carry no promise to believe"
        ),
        pytest.param(
            facts(FBA, fba_arrival=DELIVERED_AT),
            Delivered(DELIVERED_AT + 2 * DAY, Basis.FBA_REPORT_ESTIMATE),
            id="fba, report estimate with its margin",
        ),
        pytest.param(
            facts(FBA, fba_arrival=DELIVERED_AT, funds_released_for=DELIVERED_AT + 8 * DAY),
            Delivered(DELIVERED_AT + DAY, Basis.FINANCE_DD7),
            id="fba, released funds before the estimate",
        ),
        pytest.param(
            facts({"fulfilled_by": None, "packages": (), "deliver_by": DELIVERED_AT}),
            NotDelivered(None),
            id="fulfilled by an unknown party",
        ),
        pytest.param(
            facts({"fulfilled_by": None, "packages": ()}, funds_released_for=DELIVERED_AT + 7 * DAY),
            Delivered(DELIVERED_AT, Basis.FINANCE_DD7),
            id="fulfilled by an unknown party, funds released",
        ),
    ],
)
def test_the_time_of_delivery_by_estimates(known: Facts, expected: Delivered | NotDelivered) -> None:
    assert delivery(known, IN_WINDOW) == expected


@pytest.mark.parametrize(
    "known", [facts(UNTRACKED), facts(FBA, fba_arrival=DELIVERED_AT)], ids=["latest promised date", "fba estimate"]
)
def test_an_estimate_is_believed_from_its_margin_on(known: Facts) -> None:
    ready = DELIVERED_AT + 2 * DAY
    assert delivery(known, ready - timedelta.resolution) == NotDelivered(look_at=ready)
    assert isinstance(delivery(known, ready), Delivered)


def test_an_order_without_packages_is_not_delivered_by_its_packages() -> None:
    assert not packages_delivered(facts(FBA).order)
