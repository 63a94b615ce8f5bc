"""When an order was delivered, as far as the facts tell, and by which of them: Amazon gives no time of delivery.

Packages are believed before anything else, whatever the estimates say; an unknown word never counts as delivered.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from rules.order import Facts, Order, Package

RELEASE_DELAY = timedelta(days=7)  # DD+7: funds are released seven days after the delivery
ESTIMATE_MARGIN = timedelta(days=2)  # an estimated or promised date is believed this much later
CLOSE_SIGHTINGS = timedelta(days=2)  # two sightings this near to one another say enough of what lies between them


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
    lower = facts.not_delivered_at or max((p.shipped_at for p in packages if p.shipped_at), default=order.purchased_at)
    # Amazon updates the order when a package arrives, so its last update is no earlier than the delivery.
    upper = max(lower, min(facts.seen_delivered_at or order.updated_at, order.updated_at))
    if facts.funds_released_for:
        return Delivered(min(max(facts.funds_released_for - RELEASE_DELAY, lower), upper), Basis.FINANCE_DD7)
    if facts.not_delivered_at and upper - facts.not_delivered_at <= CLOSE_SIGHTINGS:
        return Delivered(upper, Basis.PACKAGE_STATUS)
    if order.deliver_by and lower <= order.deliver_by < upper:
        return Delivered(order.deliver_by, Basis.DELIVER_BY_LATEST)
    return Delivered(upper, Basis.PACKAGE_STATUS)


def _by_estimate(facts: Facts, now: datetime) -> Delivered | NotDelivered:
    if facts.funds_released_for:
        return Delivered(facts.funds_released_for - RELEASE_DELAY, Basis.FINANCE_DD7)
    if facts.order.fulfilled_by == "AMAZON":
        return _estimated(facts.fba_arrival, Basis.FBA_REPORT_ESTIMATE, now)
    if facts.order.fulfilled_by == "MERCHANT":
        return _estimated(facts.order.deliver_by, Basis.DELIVER_BY_LATEST, now)
    return NotDelivered(None)


def _estimated(estimate: datetime | None, basis: Basis, now: datetime) -> Delivered | NotDelivered:
    if estimate is None:
        return NotDelivered(None)
    at = estimate + ESTIMATE_MARGIN
    return Delivered(at, basis) if now >= at else NotDelivered(at)
