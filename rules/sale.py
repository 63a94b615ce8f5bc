"""What was sold in one order or shipment, to whom and for how much, as Amazon says it.

Holds the buyer's name and address: it lives in memory while an invoice is made of it, is never logged, and has no repr.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

ZERO, CENT = Decimal(0), Decimal("0.01")


def to_cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, repr=False)
class Party:
    """A buyer, a recipient or a seller, as an invoice names it."""

    name: str
    company: str | None = None
    lines: tuple[str, ...] = ()  # street and app, as many lines as there are
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    vat_number: str | None = None
    tax_number: str | None = None  # a seller's, without VAT number


class Charge(StrEnum):
    """What the buyer is charged for."""

    ITEM = "item"
    SHIPPING = "shipping"
    GIFT_WRAP = "gift_wrap"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One charge. Amounts are for the whole quantity, in the sale's currency.

    Where Amazon's prices include VAT (everywhere but in North America) so do `amount` and `discount`.
    """

    charge: Charge
    description: str
    quantity: int
    amount: Decimal  # before the discount
    discount: Decimal = ZERO  # positive
    tax: Decimal | None = None  # within `amount - discount` (North America: on top of it); None: Amazon does not say
    tax_rate: Decimal | None = None  # per cent; only Amazon's VAT Calculation Service says it
    sku: str | None = None
    asin: str | None = None
    item: str | None = None  # Amazon's number of the order's item; None: it is of the order as a whole
    left: Fraction = Fraction(1)  # how much of it has been shipped

    @property
    def paid(self) -> Decimal:
        return self.amount - self.discount


def paid_for(lines: Iterable[SaleLine]) -> Decimal:
    """What all of them come to, after their discounts."""
    return sum((line.paid for line in lines), ZERO)


def tax_on(lines: Iterable[SaleLine]) -> Decimal:
    """The tax that Amazon says of them."""
    return sum((line.tax or ZERO for line in lines), ZERO)


@dataclass(frozen=True, slots=True, repr=False)
class Sale:
    """One order, or one shipment of it. Times are aware, in UTC."""

    order_id: str
    marketplace_id: str
    purchased_at: datetime
    currency: str  # ISO 4217
    lines: tuple[SaleLine, ...]
    buyer: Party | None  # who pays; None: Amazon does not tell this account
    recipient: Party | None = None
    shipped_at: datetime | None = None
    business: bool = False  # Amazon Business
    total: Decimal | None = None  # what was paid for all of it, as Amazon sums it; None: it does not
    purchase_order: str | None = None  # the business buyer's own number
    fulfilled_by_amazon: bool = False
    tax_by_amazon: bool = False  # Amazon collects the tax and is the seller for it (IOSS, deemed reseller, US states)
    shipping_id: str | None = None  # VAT Calculation Service only
    transaction_id: str | None = None  # VAT Calculation Service only; credit notes need it
    seller_vat_number: str | None = None  # VAT Calculation Service only: the registration that was used
    # VAT Calculation Service only: where the goods left (ISO 3166; None: not said), and what it says of the VAT
    shipped_from: str | None = None
    shipped_from_postal_code: str | None = None
    export: bool = False  # out of the EU
    citations: tuple[tuple[str, str], ...] = ()  # the sentence to print, by language
