"""A small seller's month on Amazon.fr and Amazon.de: one order or more for each thing that can happen to an order.

The buyers are invented.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.simulator.faults import Fault
from marketplace.simulator.sim_order import PackageEvent, SimOrder, SimRefund
from marketplace.simulator.sim_sale import SimBuyer, SimPrice
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
_TITLES = {
    "FR": ("Théière en grès bleu, 1,2 l", "Tasses en porcelaine, lot de 4", "Plateau en chêne huilé"),
    "DE": ("Teekanne aus blauem Steinzeug, 1,2 l", "Porzellantassen, 4er-Set", "Tablett aus geölter Eiche"),
}
_VAT = {"FR": Decimal(20), "DE": Decimal(19)}
_BUYERS = {
    "FR": (
        SimBuyer("Apolline Vasseur", ("14 rue des Tilleuls",), "35000", "Rennes", country="FR"),
        SimBuyer("Théodore N'Guyen", ("3 quai de l'Écluse", "Appartement 12"), "67000", "Strasbourg", country="FR"),
        SimBuyer("Léonie Œuvrard", ("8 chemin du Moulin",), "69004", "Lyon", country="FR"),
    ),
    "DE": (
        SimBuyer("Jörg Lindenmüller", ("Ahornweg 7",), "50667", "Köln", country="DE"),
        SimBuyer("Käthe Großmann", ("Am Alten Hafen 21",), "20457", "Hamburg", country="DE"),
        SimBuyer("Zoë Łukasiewicz", ("Rosenstraße 4", "Hinterhaus"), "10178", "Berlin", country="DE"),
    ),
}
_COMPANIES = {
    "FR": SimBuyer(
        name="Sabine Marchetti",
        lines=("Quai de réception 2", "40 avenue des Ateliers"),
        postal_code="44000",
        city="Nantes",
        country="FR",
        company="Les Ateliers du Port SARL",
        vat_number="FR00123456789",
        billing_lines=("40 avenue des Ateliers",),
        purchase_order="PO-2026-0417",
    ),
    "DE": SimBuyer(
        name="Henrike Böttcher",
        lines=("Industriestraße 12",),
        postal_code="80331",
        city="München",
        country="DE",
        company="Böttcher & Söhne GmbH",
        vat_number="DE000000000",
        purchase_order="4500017",
    ),
}


def demo_orders(now: datetime) -> list[SimOrder]:
    """About sixty orders, as they stand at `now`; some go on happening as the clock goes on."""
    return list(_delivered(now)) + list(_refused_or_waiting(now))


def demo_month(now: datetime) -> list[SimOrder]:
    """What buyers order from four days before `now` on, day by day for 30 days: for whoever watches that month."""
    return [_of_month(number, now) for number in range(3 * 34)]


def month_faults() -> list[Fault]:
    """Every other day a request that Amazon refuses once in unknown words; and one whose answer is lost."""
    ask = "createProductReviewAndSellerFeedbackSolicitation"
    unknown = [Fault("unknown_403", ask, order_id=_id(number), times=1) for number in (3, *range(106, 196, 6))]
    return [*unknown, Fault("drop_after", ask, order_id=_id(104), times=1)]


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
    # one line was cancelled, the rest came
    yield order(50, items=(first, replace(second, cancelled=True)), prices=(_price(50, "FR"), _price(50, "FR")))
    yield order(51)
    yield order(52, replaces=_id(51), value=None, prices=())
    yield order(53)
    yield order(54, replaces=_id(53), exchanged_for_it=True)
    yield order(55, channel="NON_AMAZON", **fba)
    yield order(56, channel="NON_AMAZON", marketplace_id=None, **fba)
    yield order(57, 2)
    yield order(58, 4)
    yield order(59, 40)
    yield order(60, 33, **fba)
    yield order(61, business=True, buyer=_COMPANIES["FR"])
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
    yield order(73, business=True, buyer=replace(_COMPANIES["FR"], purchase_order=None), **fba)
    yield order(75, business=True, buyer=_COMPANIES["DE"])


def _of_month(number: int, now: datetime) -> SimOrder:
    """Three orders are bought a day; of some the money goes back, and some come back, before they may be asked for."""
    days, hour = divmod(number, 3)
    order = _order(100 + number, now, delivered_days_ago=-days - hour / 4)
    delivered = now + (days + hour / 4) * _DAY
    match number % 17:
        case 5:
            return replace(order, refunds=(SimRefund(delivered + 2 * _DAY, Money(Decimal("29.90"), "EUR")),))
        case 9:
            return replace(order, items=(_PRODUCTS[3],))
        case 11:
            return replace(order, **_parcel(delivered - 3 * _DAY, delivered, "REJECTED_BY_BUYER"))
        case 14:
            return replace(order, fulfilled_by="AMAZON", deliver_by=None, returned_at=delivered + 3 * _DAY)
        case rest if rest % 3 == 0:
            return replace(order, fulfilled_by="AMAZON", deliver_by=None)
    return order


def _order(number: int, now: datetime, delivered_days_ago: float) -> SimOrder:
    """A merchant order that was delivered, four days after it was bought."""
    delivered = now - delivered_days_ago * _DAY
    code = _marketplace(number)
    return SimOrder(
        order_id=_id(number),
        account=ACCOUNT,
        purchased_at=delivered - 4 * _DAY,
        marketplace_id=MARKETPLACES[code].marketplace_id,
        items=(_PRODUCTS[number % 3],),
        value=Money(Decimal("29.90"), "EUR"),
        shipped_at=delivered - 3 * _DAY,
        delivered_at=delivered,
        deliver_by=delivered + _DAY,
        prices=(_price(number, code),),
        buyer=_BUYERS[code][number // 3 % 3],
        locale={"FR": "fr-FR", "DE": "de-DE"}[code],
    )


def _marketplace(number: int) -> str:
    return "DE" if number % 3 == 0 else "FR"


def _price(number: int, code: str) -> SimPrice:
    """29.90 in all, with or without shipping, gift wrap and a discount."""
    item, shipping, gift_wrap, discount = (
        ("29.90", "0.00", "0.00", "0.00"),
        ("25.00", "4.90", "0.00", "0.00"),
        ("27.40", "4.90", "2.50", "4.90"),
    )[number % 4 % 3]
    return SimPrice(
        Decimal(item),
        shipping=Decimal(shipping),
        gift_wrap=Decimal(gift_wrap),
        discount=Decimal(discount),
        tax_rate=_VAT[code],
        title=_TITLES[code][number % 3],
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
