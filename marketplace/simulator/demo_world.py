"""A small seller's month on Amazon.fr and Amazon.de: one order or more for each thing that can happen to an order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.simulator.faults import Fault
from marketplace.simulator.sim_order import PackageEvent, SimOrder, SimRefund
from rules.order import Item, Money
from settings.marketplaces import MARKETPLACES

ACCOUNT = "maison-durand"

_DAY = timedelta(days=1)
_PRODUCTS = (
    Item("TEAPOT-BLUE", "B0CTEAPOT1"),
    Item("CUP-4", "B0CCUPSET4"),
    Item("TRAY-OAK", "B0CTRAYOAK"),
    Item("GIFT-CARD-BOX", "B0CGIFTBOX"),
)


def demo_orders(now: datetime) -> list[SimOrder]:
    """About sixty orders, as they stand at `now`; some go on happening as the clock goes on."""
    return list(_delivered(now)) + list(_refused_or_waiting(now))


def demo_faults(now: datetime) -> list[Fault]:
    """One order that Amazon does not offer today, without saying why, and offers again tomorrow."""
    return [Fault("empty_actions", order_id=_id(70), until=now + _DAY)]


def _delivered(now: datetime) -> Iterator[SimOrder]:
    for number in range(24):
        yield _order(number, now, delivered_days_ago=8 + number % 12)
    for number in range(24, 38):
        yield replace(_order(number, now, delivered_days_ago=9 + number % 12), fulfilled_by="AMAZON", deliver_by=None)


def _refused_or_waiting(now: datetime) -> Iterator[SimOrder]:
    def order(number: int, delivered_days_ago: float = 10, **changes: Any) -> SimOrder:
        return replace(_order(number, now, delivered_days_ago), **changes)

    full = Money(Decimal("29.90"), "EUR")
    fba: dict[str, Any] = {"fulfilled_by": "AMAZON", "deliver_by": None}
    first, second, _, gift = _PRODUCTS

    yield order(40, refunds=(SimRefund(now - 2 * _DAY, full),))
    yield order(41, refunds=(SimRefund(now - 3 * _DAY, full),), **fba)
    yield order(42, refunds=(SimRefund(now - 2 * _DAY, Money(Decimal("5.00"), "EUR")),))
    yield order(43, 6, refunds=(SimRefund(now - _DAY, full),), refund_visible_after=1.5 * _DAY)  # seen late
    yield order(44, **_parcel(now - 14 * _DAY, now - 9 * _DAY, "RETURNED_TO_SELLER"))
    yield order(45, **_parcel(now - 14 * _DAY, now - 9 * _DAY, "REJECTED_BY_BUYER"))
    yield order(46, **_parcel(now - 14 * _DAY, now - 9 * _DAY, "LOST"))
    yield order(47, return_requested_at=now - 2 * _DAY)
    yield order(48, returned_at=now - 2 * _DAY, **fba)
    yield order(49, shipped_at=None, delivered_at=None, cancelled_at=now - 13 * _DAY)
    yield order(50, items=(first, replace(second, cancelled=True)))  # one line was cancelled, the rest came
    yield order(51)
    yield order(52, replaces=_id(51), value=None)
    yield order(53)
    yield order(54, replaces=_id(53), exchanged_for_it=True)
    yield order(55, channel="NON_AMAZON", **fba)
    yield order(56, channel="NON_AMAZON", marketplace_id=None, **fba)
    yield order(57, 2)
    yield order(58, 4)
    yield order(59, 40)
    yield order(60, 33, **fba)
    yield order(61, business=True)
    yield order(62, items=(gift,))
    yield order(63, shipped_at=None, delivered_at=None)
    yield order(64, shipped_at=None, delivered_at=None, partly_shipped_at=now - 12 * _DAY)
    yield order(65, delivered_at=now + _DAY)  # on its way
    yield order(66, packages=_two_parcels(now))
    yield order(67, detailed_status_missing=True)
    yield order(68, pending=True, shipped_at=None, delivered_at=None)
    yield order(69, delivered_at=None, packages=((PackageEvent(now - 13 * _DAY, "SHIPPED"),),))  # untracked
    yield order(70)  # see demo_faults
    yield order(71, release=False, **fba)  # the report's estimate is all there is
    yield order(72, fba_report=False, **fba)  # the release of funds is all there is


def _order(number: int, now: datetime, delivered_days_ago: float) -> SimOrder:
    """A merchant order that was delivered, four days after it was bought."""
    delivered = now - delivered_days_ago * _DAY
    return SimOrder(
        order_id=_id(number),
        account=ACCOUNT,
        purchased_at=delivered - 4 * _DAY,
        marketplace_id=MARKETPLACES["DE" if number % 3 == 0 else "FR"].marketplace_id,
        items=(_PRODUCTS[number % 3],),
        value=Money(Decimal("29.90"), "EUR"),
        shipped_at=delivered - 3 * _DAY,
        delivered_at=delivered,
        deliver_by=delivered + _DAY,
    )


def _id(number: int) -> str:
    return f"402-{1000003 + number * 7919:07}-{2000003 + number * 6101:07}"


def _parcel(shipped: datetime, ended: datetime, word: str) -> dict[str, Any]:
    """A parcel that never reached the buyer, or did not stay."""
    history = (
        PackageEvent(shipped, "IN_TRANSIT", "PICKED_UP"),
        PackageEvent(ended, "UNDELIVERABLE", word),
    )
    return {"packages": (history,), "delivered_at": None}


def _two_parcels(now: datetime) -> tuple[tuple[PackageEvent, ...], ...]:
    """Of two parcels one came; the other is still on its way."""
    sent = PackageEvent(now - 12 * _DAY, "IN_TRANSIT", "PICKED_UP")
    return (sent, PackageEvent(now - 10 * _DAY, "DELIVERED", "DELIVERED")), (sent,)
