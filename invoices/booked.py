"""What the books need of a document: one entry for each of its VAT rates, without the buyer's name and address."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.document import Invoice, Kind, VatCategory
from invoices.places import Place, place_of
from rules.sale import ZERO, Party


@dataclass(frozen=True, slots=True)
class Entry:
    """One document at one rate, in its own currency. A credit note's amounts are negative."""

    kind: Kind
    number: str
    issued_on: date
    order_id: str
    currency: str
    net: Decimal | None  # None: the seller's bookkeeping does not say
    vat: Decimal | None
    gross: Decimal  # net + vat + rounding
    rounding: Decimal = ZERO
    supplied_on: date | None = None
    country: str | None = None  # of delivery: whose VAT applies there, else the address's
    business: bool = False
    buyer_vat_number: str | None = None
    category: VatCategory | None = None
    rate: Decimal | None = None  # per cent
    original: str | None = None
    original_on: date | None = None
    distance_sale: bool = False  # to a consumer in another member state than the seller's
    sales_tax: bool = False
    euros: Decimal | None = None  # what one of its currency costs in euro, by the rate of the document; None: unknown

    @property
    def rate_text(self) -> str:
        return "" if self.rate is None else f"{self.rate.normalize():f}"


def entries(invoice: Invoice, *, business: bool = False) -> Iterator[Entry]:
    """One for each rate; the rounding is with the last. `business`: Amazon sold it as such."""
    sign = 1 if invoice.kind is Kind.INVOICE else -1
    party = invoice.recipient or invoice.buyer
    place = _place(party)
    is_business = business or bool(invoice.buyer.vat_number)
    home = place_of(invoice.seller.country or "")
    away = place.in_eu and home.in_eu and place.country != home.country
    last = len(invoice.vats) - 1
    for index, vat in enumerate(invoice.vats):
        rounding = invoice.rounding if index == last else ZERO
        yield Entry(
            kind=invoice.kind,
            number=invoice.number,
            issued_on=invoice.issued_on,
            order_id=invoice.order_id,
            currency=invoice.currency,
            net=sign * vat.net,
            vat=sign * vat.vat,
            gross=sign * (vat.net + vat.vat + rounding),
            rounding=sign * rounding,
            supplied_on=invoice.supplied_on,
            country=place.country or party.country,
            business=is_business,
            buyer_vat_number=invoice.buyer.vat_number,
            category=vat.category,
            rate=None if vat.category is VatCategory.OUTSIDE else vat.rate,
            original=invoice.original.number if invoice.original else None,
            original_on=invoice.original.issued_on if invoice.original else None,
            distance_sale=away and vat.category is VatCategory.STANDARD and not invoice.buyer.vat_number,
            sales_tax=invoice.sales_tax,
            euros=_euros(invoice),
        )


def _place(party: Party) -> Place:
    return place_of(party.country or "", party.postal_code, party.city)


def _euros(invoice: Invoice) -> Decimal | None:
    if invoice.currency == "EUR":
        return Decimal(1)
    known = invoice.vat_in
    return known.rate if known and known.currency == "EUR" else None
