"""The words of an invoice, and how each language writes money, dates and countries: invoices/words/LANGUAGE.toml."""

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from invoices.document import Vat, VatCategory

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "sv")

_OF_MARKETPLACE = {
    "BE": "fr",
    "DE": "de",
    "ES": "es",
    "FR": "fr",
    "IT": "it",
    "MX": "es",
    "NL": "nl",
    "PL": "pl",
    "SE": "sv",
}
_SYMBOLS = {"EUR": "€", "GBP": "£", "PLN": "zł", "SEK": "kr", "USD": "$", "CAD": "CA$", "MXN": "MX$", "JPY": "¥"}
_NO_CENTS = {"JPY"}


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one language, and its way of writing."""

    invoice: str
    credit_note: str
    receipt: str
    issued_on: str
    credited_on: str
    supplied_on: str
    order: str
    ordered_on: str
    purchase_order: str
    original: str
    vat_number: str  # of another country than `home`
    vat_number_home: str
    home: str
    seller: str
    billed_to: str
    delivered_to: str
    description: str
    quantity: str
    net_price: str
    price: str
    rate: str
    net: str
    amount: str
    vat: str
    discount: str
    total_net: str
    total_vat: str
    total_gross: str
    rounding: str
    subtotal: str
    sales_tax: str
    collected: str  # by Amazon
    total: str
    paid: str
    refunded: str
    reason: str
    refund_reason: str
    page: str  # with {page} and {pages}
    months: list[str]
    date: str  # with {day}, {month} and {year}
    decimal: str
    group: str
    group_from: int  # digits before the decimal mark from which on they are grouped
    money: str  # with {sign}, {amount} and {symbol}
    percent: str  # with {number}
    zero_rated_export: str  # out of the UK
    refund_of: str  # with {number}
    charges: dict[str, str]  # by Charge, but for its ITEM: what the line says
    exemptions: dict[str, str]  # by VatCategory: why no VAT is charged
    countries: dict[str, str]  # by ISO 3166-1 alpha-2

    def say_date(self, day: dt.date) -> str:
        return self.date.format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def say_money(self, amount: Decimal, currency: str) -> str:
        sign, said = "−" if amount < 0 else "", self.say_amount(abs(amount), currency)
        if currency not in _SYMBOLS:
            return f"{sign}{said}\u00a0{currency}"
        return self.money.format(sign=sign, amount=said, symbol=_SYMBOLS[currency])

    def say_amount(self, amount: Decimal, currency: str) -> str:
        """To the cent, or finer where the amount is."""
        return self._say(amount, 0 if currency in _NO_CENTS else 2)

    def say_number(self, number: Decimal) -> str:
        return self._say(number, 0)

    def say_percent(self, rate: Decimal) -> str:
        return self.percent.format(number=self.say_number(rate))

    def say_country(self, code: str) -> str:
        return self.countries.get(code, code)

    def _say(self, number: Decimal, decimals: int) -> str:
        whole, _, fraction = f"{abs(number):f}".partition(".")
        grouped = f"{int(whole):,}".replace(",", self.group) if len(whole) >= self.group_from else whole
        fraction = fraction.rstrip("0").ljust(decimals, "0")
        return ("−" if number < 0 else "") + grouped + (self.decimal + fraction if fraction else "")


@cache
def words(language: str) -> Words:
    """Raises KeyError for a language that is none of LANGUAGES."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return Words(**tomllib.loads((files("invoices") / "words" / f"{language}.toml").read_text(encoding="utf-8")))


def why_no_vat(vat: Vat, words: Words) -> str | None:
    """The sentence that the law asks for where no VAT is charged; the zero rate needs none, but may have one."""
    if vat.category in (VatCategory.STANDARD, VatCategory.ZERO):
        return vat.exemption
    return vat.exemption or words.exemptions[vat.category]


def language(locale: str | None, marketplace_code: str, postal_code: str | None = None) -> str:
    """The buyer's (of a locale such as `fr-FR`) if there are words for it, else the marketplace's, else English.

    Belgium's is that of the postal code's region, in Brussels French.
    """
    wanted = (locale or "").replace("_", "-").partition("-")[0].lower()
    if wanted not in LANGUAGES and marketplace_code == "BE" and re.match(r"1[5-9]|[2389]", postal_code or ""):
        return "nl"
    return wanted if wanted in LANGUAGES else _OF_MARKETPLACE.get(marketplace_code, "en")
