"""What a simulated order costs, who buys it, and what an account may see of that."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from rules.sale import ZERO, to_cent


@dataclass(frozen=True, slots=True)
class SimPrice:
    """What is charged for one item, for its whole quantity: with VAT, or in North America without the sales tax.

    `tax_rate` in per cent; None: Amazon does not say. `shipment`: the number of the shipment that the item goes with.
    `cancelled`: so many of its pieces were cancelled before they were shipped, and are not charged.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    item: Decimal
    shipping: Decimal = ZERO
    gift_wrap: Decimal = ZERO
    discount: Decimal = ZERO  # on the item, positive
    shipping_discount: Decimal = ZERO
    tax_rate: Decimal | None = None
    title: str = "A product"
    shipment: int = 1
    cancelled: int = 0

    @property
    def charges(self) -> tuple[tuple[str, Decimal, Decimal], ...]:
        """Amazon's word for each charge, its amount, and its discount."""
        return (
            ("ITEM", self.item, self.discount),
            ("SHIPPING", self.shipping, self.shipping_discount),
            ("GIFT_WRAP", self.gift_wrap, ZERO),
        )

    @property
    def paid(self) -> Decimal:
        """Without the tax that is on top of it in North America."""
        return sum((amount - discount for _, amount, discount in self.charges), ZERO)

    def tax_on(self, amount: Decimal, *, on_top: bool) -> Decimal:
        rate = self.tax_rate or ZERO
        return to_cent(amount * rate / (100 if on_top else 100 + rate))

    def tax(self, *, on_top: bool) -> Decimal:
        """Of all charges; the tax of each is rounded by itself."""
        parts = (self.tax_on(amount - discount, on_top=on_top) for _, amount, discount in self.charges)
        return sum(parts, ZERO)


@dataclass(frozen=True, slots=True)
class SimBuyer:
    """Who buys. The goods go to the same address, to `recipient` if that is given."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    lines: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    company: str | None = None
    vat_number: str | None = None
    billing_lines: tuple[str, ...] = ()  # where a company is registered, if not where the goods go
    recipient: str | None = None
    purchase_order: str | None = None


@dataclass(frozen=True, slots=True)
class SimAccount:
    """One seller account. `invoicing` is who makes its invoices in Europe:

    `own`: the seller; `vcs`: the seller, by Amazon's VAT Calculation Service; `amazon`: Amazon (error 79525);
    `not_enrolled`: nobody may upload any (79509). A feed is processed in `feed_seconds` of simulated time, a
    report is made in `report_seconds`.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    invoicing: Literal["own", "vcs", "amazon", "not_enrolled"] = "own"
    buyer_data: bool = True  # the roles without which Amazon leaves buyer and address out
    tax_role: bool = True  # Tax Invoicing: the feed, and the report of pending invoices
    message_role: bool = True  # Buyer Communication
    feed_seconds: float = 2
    report_seconds: float = 0
    reports_fatal: tuple[str, ...] = ()  # report types that Amazon fails to make
    reports_refused: tuple[str, ...] = ()  # marketplace ids: createReport that names one of them is refused whole


ACCOUNT_JSON = TypeAdapter(SimAccount)
