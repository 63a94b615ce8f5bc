"""Every language has every word, and writes money and dates in its own way."""

import tomllib
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from invoices.document import VatCategory
from invoices.words import LANGUAGES, language, words
from settings.marketplaces import MARKETPLACES

ENGLISH = tomllib.loads((files("invoices") / "words" / "en.toml").read_text(encoding="utf-8"))


def gaps(mine: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    empty = [key for key, value in mine.items() if not value]
    inner = [gap for key in wanted if isinstance(wanted[key], dict) for gap in gaps(mine.get(key, {}), wanted[key])]
    return [*empty, *(mine.keys() ^ wanted.keys()), *inner]


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_word_is_missing(code: str) -> None:
    assert (
        gaps(tomllib.loads((files("invoices") / "words" / f"{code}.toml").read_text(encoding="utf-8")), ENGLISH) == []
    )
    said = words(code)
    assert len(set(said.months)) == 12
    assert set(said.exemptions) == set(VatCategory) - {VatCategory.STANDARD, VatCategory.ZERO}
    assert {"page", "pages"} == {each for each in ("page", "pages") if f"{{{each}}}" in said.page}


def test_each_file_is_a_language() -> None:
    assert sorted(each.name for each in (files("invoices") / "words").iterdir()) == [
        f"{code}.toml" for code in LANGUAGES
    ]


MONEY = {
    "de": ("1.234,50 €", "−0,01 €", "22. November 2026", "5,5 %"),
    "en": ("€1,234.50", "−€0.01", "22 November 2026", "5.5%"),
    "es": ("1234,50 €", "−0,01 €", "22 de noviembre de 2026", "5,5 %"),
    "fr": ("1\u202f234,50 €", "−0,01 €", "22 novembre 2026", "5,5 %"),
    "it": ("1.234,50 €", "−0,01 €", "22 novembre 2026", "5,5%"),
    "nl": ("€ 1.234,50", "€ −0,01", "22 november 2026", "5,5%"),
    "pl": ("1234,50 €", "−0,01 €", "22 listopada 2026", "5,5%"),
    "sv": ("1 234,50 €", "−0,01 €", "22 november 2026", "5,5 %"),
}


@pytest.mark.parametrize(("code", "wanted"), MONEY.items(), ids=MONEY)
def test_money_and_dates_are_written_as_the_language_does(code: str, wanted: tuple[str, ...]) -> None:
    said = words(code)
    shown = (
        said.say_money(Decimal("1234.5"), "EUR"),
        said.say_money(Decimal("-0.01"), "EUR"),
        said.say_date(date(2026, 11, 22)),
        said.say_percent(Decimal("5.50")),
    )
    assert tuple(each.replace("\u00a0", " ") for each in shown) == wanted


AMOUNTS = {
    "whole": (Decimal(3), "EUR", "€3.00"),
    "exponent": (Decimal("1E+3"), "EUR", "€1,000.00"),
    "million": (Decimal("1234567.89"), "EUR", "€1,234,567.89"),
    "zloty": (Decimal("1.1"), "PLN", "zł1.10"),
    "unknown sign": (Decimal("1.1"), "CZK", "1.10 CZK"),
    "no cents": (Decimal("1500"), "JPY", "¥1,500"),
    "finer than a cent": (Decimal("41.658333"), "EUR", "€41.658333"),
}


@pytest.mark.parametrize(("amount", "currency", "wanted"), AMOUNTS.values(), ids=AMOUNTS)
def test_amounts(amount: Decimal, currency: str, wanted: str) -> None:
    assert words("en").say_money(amount, currency).replace("\u00a0", " ") == wanted


CHOICES = {
    "the buyer's": ("fr-FR", "DE", "fr"),
    "the buyer's, with an underscore": ("nl_BE", "DE", "nl"),
    "none known": (None, "PL", "pl"),
    "one without words": ("tr-TR", "DE", "de"),
    "a marketplace without words": ("tr-TR", "TR", "en"),
    "Britain": (None, "UK", "en"),
    "Sweden": (None, "SE", "sv"),
}


@pytest.mark.parametrize(("locale", "marketplace", "wanted"), CHOICES.values(), ids=CHOICES)
def test_the_language_is_the_buyers_or_the_marketplaces(locale: str | None, marketplace: str, wanted: str) -> None:
    assert language(locale, marketplace) == wanted


BELGIANS = {"Brussels": ("1000", "fr"), "Antwerp": ("2000", "nl"), "Ghent": ("9000", "nl"), "Liège": ("4000", "fr")}


@pytest.mark.parametrize(("postal_code", "wanted"), BELGIANS.values(), ids=BELGIANS)
def test_a_belgian_without_a_language_has_that_of_the_region(postal_code: str, wanted: str) -> None:
    assert language(None, "BE", postal_code) == wanted
    assert language("de-BE", "BE", postal_code) == "de"


@pytest.mark.parametrize("marketplace", MARKETPLACES)
def test_every_marketplace_has_a_language(marketplace: str) -> None:
    assert language(None, marketplace) in LANGUAGES


def test_an_unknown_country_is_shown_by_its_code() -> None:
    assert words("fr").say_country("ZZ") == "ZZ"
