"""How each charge of a sale is taxed: its category and rate. Europe only.

| what is known                                              | category | rate                         |
|------------------------------------------------------------|----------|------------------------------|
| the buyer owes the VAT (reverse charge)                    | AE       | 0                            |
| the settings have an exemption                             | E        | 0                            |
| Amazon says the rate (VAT Calculation Service)             | S, or *  | that one                     |
| Amazon says the VAT                                        | S, or *  | the legal rate that gives it |
| else, the settings have a rate for the SKU, or the country | S, or *  | that one                     |
| else, the goods leave the VAT area                         | *        | 0                            |
| else                                                       |          | TAX_DATA_MISSING             |

*: a rate of zero is an export (G) if the goods leave the VAT area of the EU or the UK, else zero-rated (Z).

Amazon writes a VAT of zero, too, where it does not calculate any (selling-partner-api-models issue 3004,
selling-partner-api-docs issue 1266). So zero without a rate counts only if another line of the sale has VAT.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fnmatch import translate

from invoices.document import Unmakeable, VatCategory
from invoices.rates import EU, RATES, vat_country
from rules.reason import Reason
from rules.sale import Sale, SaleLine
from settings.invoices import Invoices, InvoiceSeller
from settings.marketplaces import marketplace_of

HALF_A_CENT = Decimal("0.005")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Taxed:
    """A charge with its tax. `tax`: Amazon's own amount, where that must be kept; None: it follows from the rate."""

    line: SaleLine
    category: VatCategory
    rate: Decimal
    tax: Decimal | None = None

    @property
    def paid(self) -> Decimal:
        return self.line.amount - self.line.discount


def taxed(sale: Sale, settings: Invoices, seller: InvoiceSeller) -> tuple[Taxed, ...]:
    """Raises Unmakeable: TAX_DATA_MISSING, BUYER_DATA_MISSING, or NOT_PRINTABLE if what is known contradicts itself."""
    if sale.reverse_charge:
        if sale.buyer is None or not sale.buyer.vat_number:
            raise Unmakeable(Reason.BUYER_DATA_MISSING, "the reverse charge needs the buyer's VAT number")
        return _untaxed(sale, VatCategory.REVERSE_CHARGE, "the buyer owes the VAT")
    if settings.exemption:
        return _untaxed(sale, VatCategory.EXEMPT, "the settings have an exemption")
    place = _Place(sale, settings, seller)
    amazon_calculates = any(line.tax for line in sale.lines)
    found: dict[int, Decimal] = {}
    for index in sorted(range(len(sale.lines)), key=lambda index: -sale.lines[index].amount):
        line = sale.lines[index]
        rate = line.tax_rate
        if rate is None and line.tax is not None and amazon_calculates:
            rate = rate_of(line, found.values(), place.legal_rates)
        if rate is None:
            rate = place.settings_rate(line)
        if rate is None and place.abroad:
            rate = ZERO
        if rate is None:
            raise Unmakeable(Reason.TAX_DATA_MISSING, f"no VAT rate is known for deliveries to {place.name}")
        found[index] = tidy(rate)
    return tuple(
        Taxed(line, place.category(found[index]), found[index], None if line.tax_rate is None else line.tax)
        for index, line in enumerate(sale.lines)
    )


def rate_of(line: SaleLine, known: Iterable[Decimal], legal: Sequence[tuple[Decimal, ...]]) -> Decimal:
    """The rate, in per cent, that gives the line's VAT, which must be known.

    A small amount fits many rates: the rates of the sale's larger lines go first, then the legal ones, then the nearest
    of these; else the quotient. What Amazon rounds for each piece is allowed for.
    """
    paid, tax = line.amount - line.discount, line.tax or ZERO
    slack = HALF_A_CENT * line.quantity

    def off(rate: Decimal) -> Decimal:
        return abs(paid * rate / (100 + rate) - tax)

    known = tuple(known)
    for rates in (known, *legal, (ZERO,)):
        if rates and off(best := min(rates, key=lambda rate: (off(rate), -rate))) <= slack:
            return best
    near = [rate for rates in legal for rate in rates if off(rate) <= 2 * slack]
    if near:
        return min(near, key=off)
    return (tax * 100 / (paid - tax)).quantize(Decimal("0.1"), ROUND_HALF_UP) if paid > tax else ZERO


def tidy(rate: Decimal) -> Decimal:
    """Without trailing zeros."""
    return rate.to_integral_value() if rate == rate.to_integral_value() else rate.normalize()


class _Place:
    """Where the goods go, as far as VAT is concerned."""

    def __init__(self, sale: Sale, settings: Invoices, seller: InvoiceSeller) -> None:
        market = marketplace_of(sale.marketplace_id)
        here = {"UK": "GB"}.get(market.code, market.code) if market else seller.country
        party = sale.recipient or sale.buyer
        self.name = (party.country if party else None) or here
        country = vat_country(self.name, party.postal_code if party else None)
        home = seller.country if seller.country in RATES else here
        area = {"GB"} if home == "GB" else EU
        self.abroad = country not in area and country not in seller.vat_numbers
        self.legal_rates = [RATES[each] for each in (country, seller.country) if each in RATES]
        self._country = country
        self._settings = settings

    def settings_rate(self, line: SaleLine) -> Decimal | None:
        if self._country is None:
            return None
        for entry in self._settings.sku_vat_rates:
            matches = any(re.match(translate(pattern), line.sku or "", re.IGNORECASE) for pattern in entry.skus)
            if matches and self._country in entry.rates:
                return entry.rates[self._country]
        return self._settings.vat_rates.get(self._country)

    def category(self, rate: Decimal) -> VatCategory:
        if rate:
            return VatCategory.STANDARD
        return VatCategory.EXPORT if self.abroad else VatCategory.ZERO


def _untaxed(sale: Sale, category: VatCategory, why: str) -> tuple[Taxed, ...]:
    if any(line.tax or line.tax_rate for line in sale.lines):
        raise Unmakeable(Reason.NOT_PRINTABLE, f"Amazon charged VAT, although {why}")
    return tuple(Taxed(line, category, ZERO) for line in sale.lines)
