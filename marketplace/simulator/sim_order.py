"""One order of the simulated world: what it is, and what happens to it when."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, ConfigDict, TypeAdapter

from marketplace.simulator.sim_sale import SimBuyer, SimPrice
from rules.order import Item, Money
from settings.marketplaces import marketplace_of

Utc = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]

DD7 = timedelta(days=7)  # funds are deferred until 7 days after delivery


@dataclass(frozen=True, slots=True)
class PackageEvent:
    """From `at` on the parcel carries these words of Amazon's (packageStatus.status and .detailedStatus)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    at: Utc
    status: str
    detailed_status: str | None = None


@dataclass(frozen=True, slots=True)
class SimGivenBack:
    """A part of a refund: of which item, by its number from 1, and of which of its charges. With the tax."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    item: int
    charge: str  # ITEM, SHIPPING or GIFT_WRAP; GOODWILL is beyond what the item cost
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SimRefund:
    """`amount` is what the buyer gets; the seller is debited less, for Amazon gives commission back.

    Before the order's funds are released it is deferred, and listed again under another id when they are.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    at: Utc
    amount: Money
    kind: Literal["Refund", "GuaranteeClaim", "Chargeback"] = "Refund"  # Amazon's transactionType
    of: tuple[SimGivenBack, ...] = ()  # they make up `amount`; none: the first charges, and beyond them goodwill
    commission: Decimal = Decimal("0.15")  # of what the buyer gets

    def given_back(self, order: "SimOrder") -> dict[int, dict[str, Decimal]]:
        """What the buyer gets, by item and charge."""
        found: dict[int, dict[str, Decimal]] = {}
        for part in self.of or self._first(order):
            charges = found.setdefault(part.item, {})
            charges[part.charge] = charges.get(part.charge, Decimal(0)) + part.amount
        return found

    def _first(self, order: "SimOrder") -> Iterator[SimGivenBack]:
        left = self.amount.amount
        for number, _, price in order.sold():
            for kind, amount, discount in price.charges:
                paid = amount - discount
                part = min(left, paid + order.tax_on_top * price.tax_on(paid, on_top=True))
                if part:
                    yield SimGivenBack(number, kind, part)
                left -= part
        if left:
            yield SimGivenBack(1, "GOODWILL", left)


@dataclass(frozen=True, slots=True)
class SimShipment:
    """A parcel of an order that leaves in several: when, and how many pieces of each item are in it, in their order.

    `cancelled`: its label was cancelled before it left; its pieces go with another one, or not at all.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    at: Utc
    pieces: tuple[int, ...]
    cancelled: bool = False

    def has_left(self, now: datetime) -> bool:
        return not self.cancelled and self.at <= now


@dataclass(frozen=True, slots=True)
class SimOrder:
    """An order with its history. Times are aware; those in the future happen when the simulator's clock gets there.

    A merchant order's `packages` may be left out: then one parcel is picked up at `shipped_at` and delivered at
    `delivered_at`. Amazon shows no parcels of its own fulfilment, nor when they arrived.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    order_id: str
    purchased_at: Utc
    marketplace_id: str | None
    account: str | None = None  # None: every account sees it
    channel: Literal["AMAZON", "NON_AMAZON"] = "AMAZON"
    fulfilled_by: Literal["AMAZON", "MERCHANT"] = "MERCHANT"
    items: tuple[Item, ...] = (Item(sku="SKU-1", asin="B000000001"),)
    value: Money | None = None
    business: bool = False
    pending: bool = False  # never paid for, hence PENDING for good
    partly_shipped_at: Utc | None = None
    shipped_at: Utc | None = None
    delivered_at: Utc | None = None
    cancelled_at: Utc | None = None
    packages: tuple[tuple[PackageEvent, ...], ...] = ()
    shipments: tuple[SimShipment, ...] = ()  # in the place of `shipped_at` and `packages`: what leaves when
    detailed_status_missing: bool = False  # as seen in live answers (selling-partner-api-models issue 5127)
    deliver_by: Utc | None = None  # the latest promised date; merchant orders only
    refunds: tuple[SimRefund, ...] = ()
    refund_visible_after: timedelta = timedelta(0)  # finances show a refund this much later than it was posted
    return_requested_at: Utc | None = None  # merchant orders: the returns report by return date
    returned_at: Utc | None = None  # FBA orders: the customer returns report
    replaces: str | None = None
    exchanged_for_it: bool = False  # `replaces` was exchanged for this order, rather than replaced by it
    fba_report: bool = True  # whether the FBA shipments report names it
    release: bool = True  # whether its deferred funds are released 7 days after delivery
    prices: tuple[SimPrice, ...] = ()  # one for each item; they make up `value`. None: the first item costs all of it
    other: Decimal = Decimal(0)  # what is charged for the order as a whole, with VAT; with `prices` only
    buyer: SimBuyer | None = None
    locale: str | None = None  # the buyer's language, as fr-FR
    corrected_at: Utc | None = None  # Amazon changed the buyer's name: a credit note and a new invoice are wanted
    invoiced_by_amazon: bool = False
    tax_by_amazon: bool = False
    ships_abroad: bool | None = None  # without a buyer; None: Amazon gives no address

    def status(self, now: datetime) -> str:
        """Amazon's fulfillmentStatus."""
        if self.cancelled_at is not None and self.cancelled_at <= now:
            return "CANCELLED"
        if self.pending:
            return "PENDING"
        if self.shipments:
            left, all_of_it = (sum(map(count, range(len(self.items)))) for count in (self._sent(now), self.live))
            return "UNSHIPPED" if not left else "SHIPPED" if left >= all_of_it else "PARTIALLY_SHIPPED"
        if self.shipped_at is not None and self.shipped_at <= now:
            return "SHIPPED"
        if self.partly_shipped_at is not None and self.partly_shipped_at <= now:
            return "PARTIALLY_SHIPPED"
        return "UNSHIPPED"

    def live(self, index: int) -> int:
        """How many pieces of an item were not cancelled."""
        item = self.items[index]
        return 0 if item.cancelled else item.quantity - (self.prices[index].cancelled if self.prices else 0)

    def fulfilled(self, index: int, now: datetime) -> int:
        """How many pieces of an item have left."""
        if self.shipments:
            return self._sent(now)(index)
        return self.live(index) if self.status(now) == "SHIPPED" else 0

    def _sent(self, now: datetime) -> Callable[[int], int]:
        left = [each.pieces for each in self.shipments if each.has_left(now)]
        return lambda index: min(self.live(index), sum(pieces[index] for pieces in left))

    @property
    def country(self) -> str | None:
        """Where it goes, if Amazon says; one that goes abroad goes to an invented country."""
        marketplace = marketplace_of(self.marketplace_id)
        if marketplace is None or self.ships_abroad is None:
            return None
        return "ZZ" if self.ships_abroad else marketplace.country

    @property
    def tax_on_top(self) -> bool:
        marketplace = marketplace_of(self.marketplace_id)
        return marketplace is not None and marketplace.region == "na"

    def sold(self) -> list[tuple[int, Item, SimPrice]]:
        """The items that were not cancelled, each with its number from 1 and its price."""
        live = [(number, item) for number, item in enumerate(self.items, 1) if not item.cancelled]
        if self.prices:
            return [(number, item, self.prices[number - 1]) for number, item in live]
        whole = self.value.amount if self.value else Decimal(0)
        return [
            (number, item, SimPrice(whole if not index else Decimal(0))) for index, (number, item) in enumerate(live)
        ]

    def total(self) -> Money | None:
        """What the buyer pays for all of it."""
        if not self.prices or self.value is None:
            return self.value
        on_top = self.tax_on_top
        amount = sum((price.paid + on_top * price.tax(on_top=True) for _, _, price in self.sold()), Decimal(0))
        return Money(amount + self.other, self.value.currency)

    def parcels(self) -> tuple[tuple[PackageEvent, ...], ...]:
        if self.fulfilled_by == "AMAZON":
            return ()
        if self.shipments:
            words = ("CANCELLED" if each.cancelled else "IN_TRANSIT" for each in self.shipments)
            return tuple((PackageEvent(each.at, word),) for each, word in zip(self.shipments, words, strict=True))
        if self.packages or self.shipped_at is None:
            return self.packages
        history = [PackageEvent(self.shipped_at, "IN_TRANSIT", "PICKED_UP")]
        if self.delivered_at is not None:
            history.append(PackageEvent(self.delivered_at, "DELIVERED", "DELIVERED"))
        return (tuple(history),)

    def changes(self) -> list[datetime]:
        """When the Orders API's answer about it changes, oldest first."""
        known = (self.purchased_at, self.partly_shipped_at, self.shipped_at, self.cancelled_at)
        left = {each.at for each in self.shipments}
        return sorted({at for at in known if at} | {e.at for parcel in self.parcels() for e in parcel} | left)

    def released_at(self) -> datetime | None:
        """When its deferred funds are released; None: never."""
        return self.delivered_at + DD7 if self.release and self.delivered_at is not None else None


def latest(times: list[datetime], now: datetime) -> datetime | None:
    """The last of the sorted `times` that is not after `now`."""
    index = bisect_right(times, now)
    return times[index - 1] if index else None


ORDER_JSON = TypeAdapter(SimOrder)
ORDERS_JSON = TypeAdapter(list[SimOrder])
