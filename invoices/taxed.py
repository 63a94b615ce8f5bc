"""How each charge of a sale is taxed: its category and rate. Europe only.

| what is known                                                                     | category | rate            |
|-----------------------------------------------------------------------------------|----------|-----------------|
| Amazon adds no VAT, the buyer has a VAT number, the goods cross a border in the EU | K       | 0               |
| the same, within a country, and Amazon's sentence names the reverse charge         | AE      | 0               |
| the seller charges no VAT (settings/small.py)                                     | E, or O  | 0               |
| Amazon says the rate (VAT Calculation Service)                                    | S, or *  | that one        |
| Amazon says the VAT                                              | S, or *  | the legal rate that gives it     |
| else, the settings have a rate for the SKU, or the country                        | S, or *  | that one        |
| else, the goods leave the VAT area                                                | *        | 0               |
| else                                                                              |          | TAX_DATA_MISSING |

*: a rate of zero is an export (G) if the goods leave the EU's VAT area, else zero-rated (Z), as British exports are.

Supplies to a business in another country are exempt, and no reverse charge: Directive 2006/112/EC, article 138; the
latter is for goods that stay in a country, articles 194 to 199b. Amazon writes a VAT of zero, too, where it does not
calculate any (selling-partner-api-models issue 3004, selling-partner-api-docs issue 1266). So zero without a rate
counts only if another line of the sale has VAT.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fnmatch import translate

from invoices.document import Unmakeable, VatCategory
from invoices.places import BRITISH, NORTHERN_IRELAND, Place, crosses, leaves, place_of, rate_there
from invoices.rates import RATES
from rules.reason import Reason
from rules.sale import ZERO, Sale, SaleLine
from settings.invoices import Invoices, InvoiceSeller
from settings.marketplaces import marketplace_of
from settings.small import no_vat

HALF_A_CENT = Decimal("0.005")
_REVERSE_CHARGE = (
    *("reverse", "autoliquidation", "steuerschuldnerschaft", "sujeto pasivo", "inversione contabile"),
    *("verlegd", "odwrotne", "omvänd"),
)
_INTRA_COMMUNITY = (
    *("138", "intra-com", "intracom", "innergemeinschaft", "wewnątrzwspólnotow", "unionsintern", "gemenskapsintern"),
    "intracommunautaire",
)
"""What Amazon's sentence may say, in whatever language it comes."""


@dataclass(frozen=True, slots=True)
class Taxed:
    """A charge with its tax. `tax`: Amazon's own amount, where that must be kept; None: it follows from the rate."""

    line: SaleLine
    category: VatCategory
    rate: Decimal
    tax: Decimal | None = None

    @property
    def paid(self) -> Decimal:
        return self.line.paid


def taxed(sale: Sale, settings: Invoices, seller: InvoiceSeller) -> tuple[Taxed, ...]:
    """Raises Unmakeable: TAX_DATA_MISSING, BUYER_DATA_MISSING, or NOT_PRINTABLE if what is known contradicts itself."""
    route = route_of(sale, seller)
    if category := _for_a_business(sale, route):
        return _untaxed(sale, category)
    if none := no_vat(settings):
        return _untaxed(sale, VatCategory(none.category))
    place = _Rates(route, settings, sale)
    amazon_calculates = any(line.tax for line in sale.lines)
    found: dict[int, Decimal] = {}
    for index in sorted(range(len(sale.lines)), key=lambda index: -sale.lines[index].amount):
        line = sale.lines[index]
        rate = line.tax_rate
        if rate is None and line.tax is not None and amazon_calculates:
            rate = rate_of(line, found.values(), place.legal_rates)
        if rate is None:
            rate = place.settings_rate(line)
        if rate is None and route.leaves:
            rate = ZERO
        if rate is None:
            raise Unmakeable(
                Reason.TAX_DATA_MISSING, f"no VAT rate is known for deliveries to {route.destination.name}"
            )
        found[index] = tidy(rate)
    return tuple(
        Taxed(line, route.category(found[index]), found[index], None if line.tax_rate is None else line.tax)
        for index, line in enumerate(sale.lines)
    )


def rate_of(line: SaleLine, known: Iterable[Decimal], legal: Sequence[tuple[Decimal, ...]]) -> Decimal:
    """The rate, in per cent, that gives the line's VAT, which must be known.

    A small amount fits many rates: the rates of the sale's larger lines go first, then the legal ones, then the nearest
    of these; else the quotient. What Amazon rounds for each piece is allowed for.
    """
    paid, tax = line.paid, line.tax or ZERO
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


@dataclass(frozen=True, slots=True)
class Route:
    """From where to where the goods go. `origin` is the seller's place where Amazon does not say it."""

    origin: Place
    destination: Place
    registered: bool  # whether the seller has a VAT number of the destination

    @property
    def leaves(self) -> bool:
        return leaves(self.origin, self.destination) and not self.registered

    @property
    def crosses(self) -> bool:
        return crosses(self.origin, self.destination)

    def category(self, rate: Decimal) -> VatCategory:
        if rate:
            return VatCategory.STANDARD
        return VatCategory.EXPORT if self.leaves and self.origin.country not in BRITISH else VatCategory.ZERO


def route_of(sale: Sale, seller: InvoiceSeller) -> Route:
    """Raises Unmakeable if Amazon calls an export what arrives within the EU."""
    market = marketplace_of(sale.marketplace_id)
    here = place_of(market.code if market else seller.country)
    party = sale.recipient or sale.buyer
    destination = place_of(party.country, party.postal_code, party.city) if party and party.country else here
    home = place_of(seller.country, seller.postal_code, seller.city)
    origin = home if home.country in RATES or home.in_eu else here
    if sale.shipped_from:
        origin = place_of(sale.shipped_from, sale.shipped_from_postal_code)
    if sale.export and origin.in_eu and destination.in_eu:
        raise Unmakeable(Reason.TAX_DATA_MISSING, f"Amazon calls it an export, but {destination.name} is in the EU")
    return Route(origin, destination, destination.country in seller.vat_numbers)


def _for_a_business(sale: Sale, route: Route) -> VatCategory | None:
    """Why Amazon adds no VAT for a buyer with a VAT number; None: for no such reason.

    Raises Unmakeable if what Amazon says makes no such sale possible.
    """
    number = sale.buyer and sale.buyer.vat_number
    said = " ".join(sentence for _, sentence in sale.citations).lower()
    reverse, intra = (any(word in said for word in words) for words in (_REVERSE_CHARGE, _INTRA_COMMUNITY))
    taxed = any(line.tax or line.tax_rate for line in sale.lines)
    if taxed and reverse:
        raise Unmakeable(Reason.NOT_PRINTABLE, "Amazon charged VAT, although its sentence says that the buyer owes it")
    if taxed or not (reverse or intra or (sale.shipped_from and route.crosses and number)):
        return None
    if not number:
        raise Unmakeable(Reason.BUYER_DATA_MISSING, "a sale without VAT to a business needs the buyer's VAT number")
    if not (route.crosses if sale.shipped_from else intra):
        return VatCategory.REVERSE_CHARGE
    state = number[:2].upper()
    if place_of(state).country == route.origin.country or not place_of(state).in_eu:
        what = f"the buyer's VAT number is none of another country of the EU than {route.origin.name}"
        raise Unmakeable(Reason.TAX_DATA_MISSING, what)
    return VatCategory.INTRA_COMMUNITY


def due_in(sale: Sale, settings: Invoices, seller: InvoiceSeller, rates: Iterable[Decimal]) -> str:
    """The state where VAT at these rates is due: that of delivery, unless they are only the origin's, or so settled."""
    route = route_of(sale, seller)
    there, here = route.destination, route.origin
    used = {rate for rate in rates if rate}
    abroad = not used <= set(there.rates) and used <= set(here.rates)
    at_home = settings.distance_sales == "home" and route.crosses
    place = here if abroad or at_home else there
    return place.country or here.country or ""


class _Rates:
    """The rates that count where the goods arrive."""

    def __init__(self, route: Route, settings: Invoices, sale: Sale) -> None:
        self._home = settings.distance_sales == "home" and route.crosses
        self._unknown = sale.fulfilled_by_amazon and not sale.shipped_from
        self._place = route.origin if self._home else route.destination
        self._settings = settings
        self.legal_rates = [rates for rates in (route.destination.rates, route.origin.rates) if rates]

    def settings_rate(self, line: SaleLine) -> Decimal | None:
        if self._home and self._unknown:
            raise Unmakeable(
                Reason.TAX_DATA_MISSING,
                f"Amazon sent it and does not say from where: it has the VAT of {self._place.name} if it left there",
            )
        for country in (self._place.country, "GB" if self._place.country == NORTHERN_IRELAND else None):
            if country and (rate := self._rate_in(country, line)) is not None:
                return rate_there(rate, self._place)
        return None

    def _rate_in(self, country: str, line: SaleLine) -> Decimal | None:
        for entry in self._settings.sku_vat_rates:
            matches = any(re.match(translate(pattern), line.sku or "", re.IGNORECASE) for pattern in entry.skus)
            if matches and country in entry.rates:
                return entry.rates[country]
        return self._settings.vat_rates.get(country)


def _untaxed(sale: Sale, category: VatCategory) -> tuple[Taxed, ...]:
    if any(line.tax or line.tax_rate for line in sale.lines):
        raise Unmakeable(Reason.NOT_PRINTABLE, "Amazon charged VAT, although the seller charges none")
    return tuple(Taxed(line, category, ZERO) for line in sale.lines)
