"""What is known about one order: plain facts, each from one source, none of them about the buyer's person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from rules.sale import Charge


class Source(StrEnum):
    """Where facts come from. Each source is read by high-water mark and has a time as of which it is known."""

    ORDERS = "orders"
    FINANCES = "finances"
    MERCHANT_RETURNS = "merchant_returns"
    FBA_RETURNS = "fba_returns"
    FBA_SHIPMENTS = "fba_shipments"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency that Amazon named (ISO 4217)."""

    amount: Decimal
    currency: str


UNKNOWN = Money(Decimal(0), "XXX")
"""An amount that could not be read. XXX is ISO 4217's code for no currency: no order's value compares with it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order (`orderItems[]`)."""

    sku: str | None
    asin: str | None
    quantity: int = 1
    cancelled: bool = False
    promotions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """One parcel (`packages[]`; Amazon gives these for merchant-fulfilled orders only).

    `status` and `detailed_status` are Amazon's words as they came: an unknown word is kept, never guessed.
    """

    status: str
    detailed_status: str | None = None
    shipped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as Orders API 2026-01-01 describes it. Times are aware, in UTC."""

    order_id: str
    purchased_at: datetime
    updated_at: datetime
    channel: str  # AMAZON | NON_AMAZON
    marketplace_id: str | None
    status: str | None  # fulfillmentStatus: PENDING … SHIPPED, CANCELLED; None when Amazon left it out
    fulfilled_by: str | None  # AMAZON | MERCHANT
    items: tuple[Item, ...] = ()
    packages: tuple[Package, ...] = ()
    deliver_by: datetime | None = None  # the latest promised date; merchant-fulfilled orders only
    value: Money | None = None
    programs: tuple[str, ...] = ()
    original_order_ids: tuple[str, ...] = ()  # this order replaces, or was exchanged for, these
    ships_abroad: bool | None = None  # to another country than the marketplace's; None: not asked for, or not told

    @property
    def is_business(self) -> bool:
        """Whether Amazon Business sold it, and counts it for the Invoice Defect Rate."""
        return "AMAZON_BUSINESS" in self.programs


@dataclass(frozen=True, slots=True)
class RefundPart:
    """What was given back of one charge: a positive amount, with the tax that Amazon names."""

    charge: Charge
    amount: Decimal
    tax: Decimal = Decimal(0)  # within `amount`; zero, too, where Amazon calculates none
    sku: str | None = None  # None: Amazon does not say of which item


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund of the order (Finances 2024-06-19), as a positive amount.

    With `parts`, `amount` is their sum: what the buyer got back. Without them it is what the seller was debited, which
    holds the fees that Amazon gave back to the seller.
    """

    amount: Money  # UNKNOWN: it could not be read
    posted_at: datetime | None
    parts: tuple[RefundPart, ...] | None = None  # None: Amazon does not say, or not so that it adds up
    others: tuple[str, ...] = ()  # ids of transactions under which Amazon lists it once more

    @property
    def at_most(self) -> Decimal:
        """What the buyer may have got back, in the amount's currency: Amazon's fees are less than half of a price."""
        return self.amount.amount * (2 if self.parts is None else 1)


class LeftOut(Struct, frozen=True):
    """A person said that this buyer is not to be asked: when, who, and why, in that person's words."""

    at: datetime
    by: str
    why: str


class Imported(Struct, frozen=True):
    """An import says that a review was requested for the order by other means: when it was imported, by whom, from
    what, and on which day it was requested, as far as that is written there."""

    at: datetime
    by: str
    name: str  # of the import: that of its file
    asked_on: date | None = None


class Facts(Struct, frozen=True):
    """All that is known about one order when a decision is taken.

    `order` is what the Orders API says; the rest comes from the other sources, from watching the order over time, or
    from a person.
    """

    order: Order
    not_delivered_at: datetime | None = None  # the last time we read the order and it was not delivered yet
    seen_delivered_at: datetime | None = None  # the first time we read it as delivered
    refunds: tuple[Refund, ...] = ()
    funds_released_for: datetime | None = None  # maturityDate of a released DD7 deferral: delivery + 7 days
    returned_by: Source | None = None  # the returns report that names this order, requested or received
    fba_arrival: datetime | None = None  # the FBA shipments report's estimate; the latest, for several shipments
    shipped_seen_at: datetime | None = None  # when the first copy that said so was updated
    fba_first_shipped_at: datetime | None = None  # the FBA shipments report, of the first shipment
    fba_last_shipped_at: datetime | None = None  # and of the last
    replaced_by: str | None = None  # the order that replaces this one, or that it was exchanged for
    left_out: LeftOut | None = None  # a person does not want this buyer asked
    imported: tuple[Imported, ...] = ()  # each import that says so
    to_fetch: bool = False  # `order` is what the All Orders report says: the Orders API has not told the rest yet
    ask_until: datetime | None = None  # a person wants it asked now: until then Amazon's own days alone count
    reappeared: bool = False  # bought so long ago that the ledger may have had it before, and deleted it


Freshness = Mapping[Source, datetime | None]
"""As of when each source is known; None: never read."""
