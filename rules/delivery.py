"""When an order was delivered, as far as the facts tell, and by which of them: Amazon gives no time of delivery.

Packages are believed before anything else, whatever the estimates say; an unknown word never counts as delivered.
A date before the purchase, or years after it, says nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from rules.moments import within
from rules.order import Facts, Order, Package

RELEASE_DELAY = timedelta(days=7)  # DD+7: funds are released seven days after the delivery
ESTIMATE_MARGIN = timedelta(days=2)  # added to an estimated or promised date
CLOSE_SIGHTINGS = timedelta(days=2)  # of two readings as near as this the later one is taken
LONGEST_WAY = timedelta(days=730)  # from the purchase to the buyer: a pre-order takes more than a year at the most


class Basis(StrEnum):
    """What the delivery time rests on, best first."""

    PACKAGE_STATUS = "package_status"
    FINANCE_DD7 = "finance_dd7"
    FBA_REPORT_ESTIMATE = "fba_report_estimate"
    DELIVER_BY_LATEST = "deliver_by_latest"


class Delivered(Struct, frozen=True):
    """Delivered, at the latest at `at`."""

    at: datetime
    basis: Basis


class NotDelivered(Struct, frozen=True):
    """Not known to be delivered; `look_at` is when time alone changes that, None when only a new fact can."""

    look_at: datetime | None


def delivery(facts: Facts, now: datetime) -> Delivered | NotDelivered:
    """Whether the whole order is delivered: every package that was not cancelled.

    An order of which one package is delivered and another is not yet is not delivered, even when that other one is
    not tracked: the estimates speak for orders without any tracking only.
    """
    order = facts.order
    if order.status != "SHIPPED":
        return NotDelivered(None)
    packages = _counted(order)
    if packages and all(map(_delivered, packages)):
        return _by_packages(facts, packages)
    if all(map(_untracked, packages)):
        return _by_estimate(facts, now)
    return NotDelivered(None)


def packages_delivered(order: Order) -> bool:
    """Whether the packages alone say that the order is delivered: what "seen delivered" means in `Facts`."""
    packages = _counted(order)
    return bool(packages) and all(map(_delivered, packages))


def promised(order: Order) -> datetime | None:
    """The latest promised date (`deliver_by`), if it can be one."""
    return _plausible(order, order.deliver_by)


def rests_on_fba_report(facts: Facts) -> bool:
    """Whether nothing better than the FBA shipments report tells when this order was delivered."""
    order = facts.order
    return (
        order.fulfilled_by == "AMAZON"
        and not packages_delivered(order)
        and not _plausible(order, facts.funds_released_for)
    )


def _plausible(order: Order, at: datetime | None) -> datetime | None:
    """The moment; None if it is no possible date for this order."""
    if at is None or at < order.purchased_at or at - order.purchased_at > LONGEST_WAY:
        return None
    return within(at)


def _counted(order: Order) -> list[Package]:
    return [p for p in order.packages if p.status != "CANCELLED" and p.detailed_status != "LABEL_CANCELLED"]


def _delivered(package: Package) -> bool:
    # Amazon often leaves the detailed status out (selling-partner-api-models issue 5127); one that contradicts counts.
    return package.detailed_status in (None, "DELIVERED") and "DELIVERED" in (package.status, package.detailed_status)


def _untracked(package: Package) -> bool:
    return package.status == "SHIPPED" and package.detailed_status is None


def _by_packages(facts: Facts, packages: Sequence[Package]) -> Delivered:
    """Between the last time it was not delivered and the first time it was; the later end when nothing says more."""
    order = facts.order
    lower = facts.not_delivered_at or _shipped_at(order, packages)
    # Amazon updates the order when a package arrives, so its last update is no earlier than the delivery.
    upper = max(lower, min(facts.seen_delivered_at or order.updated_at, order.updated_at))
    if released_for := _plausible(order, facts.funds_released_for):
        return Delivered(min(max(released_for - RELEASE_DELAY, lower), upper), Basis.FINANCE_DD7)
    if facts.not_delivered_at and upper - facts.not_delivered_at <= CLOSE_SIGHTINGS:
        return Delivered(upper, Basis.PACKAGE_STATUS)
    promise = promised(order)
    if promise and lower <= promise < upper:
        return Delivered(promise, Basis.DELIVER_BY_LATEST)
    return Delivered(upper, Basis.PACKAGE_STATUS)


def _shipped_at(order: Order, packages: Sequence[Package]) -> datetime:
    """When the last package left; if that is not known, the purchase."""
    times = (_plausible(order, package.shipped_at) for package in packages)
    return max(filter(None, times), default=order.purchased_at)


def _by_estimate(facts: Facts, now: datetime) -> Delivered | NotDelivered:
    order = facts.order
    if released_for := _plausible(order, facts.funds_released_for):
        return _believed(released_for - RELEASE_DELAY, Basis.FINANCE_DD7, now)
    if order.fulfilled_by == "AMAZON" and (arrival := _plausible(order, facts.fba_arrival)):
        return _believed(arrival + ESTIMATE_MARGIN, Basis.FBA_REPORT_ESTIMATE, now)
    if order.fulfilled_by == "MERCHANT" and (promise := promised(order)):
        return _believed(promise + ESTIMATE_MARGIN, Basis.DELIVER_BY_LATEST, now)
    return NotDelivered(None)


def _believed(at: datetime, basis: Basis, now: datetime) -> Delivered | NotDelivered:
    return Delivered(at, basis) if now >= at else NotDelivered(at)
