"""A reader's language: words, and dates, times and numbers as this reader writes them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, lru_cache
from gettext import NullTranslations

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import TIMEDELTA_UNITS, format_date, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from markupsafe import Markup, escape

from rules.delivery import Basis
from rules.moments import within
from rules.order import Money, Source
from rules.readable import Said, recognised
from rules.reason import Reason
from tasks.kept_words import KEPT_WORDS
from web.catalogue import LANGUAGES, catalogue

_WORDS: dict[str, str] = {
    Source.ORDERS: "Orders",
    Source.FINANCES: "Refunds and releases of funds",
    Source.MERCHANT_RETURNS: "Returns to you",
    Source.FBA_RETURNS: "Returns to Amazon (FBA)",
    Source.FBA_SHIPMENTS: "Shipments of Amazon (FBA)",
    Basis.PACKAGE_STATUS: "the parcel's status",
    Basis.FINANCE_DD7: "the release of funds",
    Basis.FBA_REPORT_ESTIMATE: "Amazon's estimate of the arrival",
    Basis.DELIVER_BY_LATEST: "the promised date",
}
PLACES = ("page on {machine}", "command line of {account} on {machine}", "settings on {machine}")


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language. Whatever it returns may stand in a page: what is put into a sentence is escaped."""

    code: str
    locale: Locale
    words: NullTranslations

    def say(self, msgid: str, **values: object) -> Markup:
        """A sentence; `{name}` in it stands for the value of that name."""
        return _filled(self.words.gettext(msgid), values) if values else _plain(self.code, msgid)

    def count(self, one: str, many: str, n: int, **values: object) -> Markup:
        """A sentence about `n` things; `{n}` is the number as the reader writes it."""
        return _filled(self.words.ngettext(one, many, n), {"n": self.number(n), **values})

    def reason(self, reason: str) -> Markup:
        """What a reason means."""
        return self.say(Reason(reason).meaning)

    def remedy(self, reason: str, order_id: str = "") -> Markup:
        """What to do about it; empty: nothing."""
        remedy = Reason(reason).remedy
        return self.say(remedy).replace("ORDER_ID", order_id or "ORDER_ID") if remedy else Markup("")

    def source(self, source: Source) -> Markup:
        """What a source of facts is called."""
        return self.say(_WORDS[source])

    def said(self, sentence: str, now: datetime) -> Markup:
        """What tasks/ said, in this language, also when it was kept as text; its times are said from now."""
        if not isinstance(sentence, Said):
            sentence = recognised(sentence, KEPT_WORDS)
        if not isinstance(sentence, Said):
            return self.say(sentence) if sentence else Markup("")
        return self.say(sentence.template, **{name: self._value(each, now) for name, each in sentence.values.items()})

    def place(self, place: str) -> Markup:
        """From where a person did something: the ledger keeps it as text."""
        where = recognised(place, PLACES)
        return self.say(where.template, **where.values) if isinstance(where, Said) else escape(where)

    def _value(self, value: object, now: datetime) -> object:
        match value:
            case None:
                return self.say("unknown")
            case bool():
                return self.say("yes") if value else self.say("no")
            case Said():
                return self.said(value, now)
            case datetime():
                return self.told(value, value.tzinfo or UTC, now)
            case date():
                return self.day(value)
            case tuple():
                return self.listed((self._value(each, now) for each in value), ", ") or self.say("none")
            case Money():
                return self.money(value.amount, value.currency)
            case int() | Decimal():
                return self.number(value)
            case Reason() | Basis() | Source():
                return self.say(_WORDS.get(value) or Reason(value).meaning)
        return value

    # numbers

    def number(self, value: float | Decimal) -> str:
        return _number(value, self.locale)

    def percent(self, share: float) -> str:
        """A share of one."""
        return format_percent(share, "#,##0.0\u00a0%" if self.code != "en" else "#,##0.0%", locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        return format_currency(amount, currency, locale=self.locale)

    # times

    def day(self, day: date) -> str:
        """`jeu. 26 nov.`"""
        return _day("MMMEd", day, self.locale)

    def short_day(self, day: date) -> str:
        """`1 nov.`"""
        return _day("MMMd", day, self.locale)

    def weekday(self, day: date) -> str:
        """`lun.`"""
        return _weekday(day, self.locale)

    def long_day(self, day: date) -> str:
        """`jeudi 26 novembre 2026`"""
        return format_date(day, "full", locale=self.locale)

    def hour(self, at: datetime, zone: tzinfo) -> str:
        """`18:00`"""
        return f"{_local(at, zone):%H:%M}"

    def moment(self, at: datetime, zone: tzinfo, now: datetime) -> Markup:
        """A time in that zone, said from now: `today, 18:00`, else with the day, and with the year if it is another."""
        here, today = _local(at, zone), _local(now, zone).date()
        hour = self.hour(at, zone)
        match (here.date() - today).days:
            case 0:
                return self.say("today, {hour}", hour=hour)
            case 1:
                return self.say("tomorrow, {hour}", hour=hour)
            case -1:
                return self.say("yesterday, {hour}", hour=hour)
        return escape(f"{self._day_of(here, today)}, {hour}")

    def told(self, at: datetime, zone: tzinfo, now: datetime) -> Markup:
        """As `moment`, but within a sentence: `le sam. 28 nov. à 18:00`."""
        here, today = _local(at, zone), _local(now, zone).date()
        hour = self.hour(at, zone)
        match (here.date() - today).days:
            case 0:
                return self.say("today at {hour}", hour=hour)
            case 1:
                return self.say("tomorrow at {hour}", hour=hour)
            case -1:
                return self.say("yesterday at {hour}", hour=hour)
        return self.say("{day} at {hour}", day=self._day_of(here, today), hour=hour)

    def near(self, at: datetime, zone: tzinfo, now: datetime) -> str:
        """`lun. 10:00` in the coming six days, else `7 déc.`: where it is narrow."""
        here = _local(at, zone)
        if 0 <= (here.date() - _local(now, zone).date()).days < 7:
            return f"{self.weekday(here.date())} {self.hour(at, zone)}"
        return self.short_day(here.date())

    def _day_of(self, here: datetime, today: date) -> str:
        """With the year, if it is another."""
        return _day("MMMEd" if here.year == today.year else "yMMMEd", here.date(), self.locale)

    def near_day(self, day: date, today: date) -> Markup | str:
        """`today`, `tomorrow`, else as `day`."""
        match (day - today).days:
            case 0:
                return self.say("today")
            case 1:
                return self.say("tomorrow")
        return self.day(day)

    def ago(self, at: datetime, now: datetime) -> str:
        """`il y a 4 min`"""
        return _ago(_rounded(max((now - at).total_seconds(), 1)), self.locale)

    def age(self, at: datetime, now: datetime) -> str:
        """`4 min`: where it is narrow."""
        return _age(_rounded(max((now - at).total_seconds(), 1)), self.locale)

    def lasting(self, span: timedelta) -> str:
        """`6 heures`"""
        return format_timedelta(span, threshold=1.5, locale=self.locale)

    def listed(self, words: Iterable[object], between: str = " · ") -> Markup:
        return escape(between).join(map(escape, words))


def _filled(sentence: str, values: dict[str, object]) -> Markup:
    """`format` of what is escaped escapes the values, too."""
    return _coded(sentence).format(**values) if values else _coded(sentence)


def _coded(sentence: str) -> Markup:
    """What is to be typed stands between backticks."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(sentence)))  # noqa: S704  # it is escaped


def _local(at: datetime, zone: tzinfo) -> datetime:
    return within(at).astimezone(zone)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


# Babel takes as long for a number or a time as the database for a row, and a page of a thousand sellers has thousands.


@cache
def _plain(code: str, msgid: str) -> Markup:
    return _coded(catalogue(code).gettext(msgid))


@lru_cache(maxsize=10_000)
def _number(value: float | Decimal, locale: Locale) -> str:
    return format_decimal(value, locale=locale)


@lru_cache(maxsize=10_000)
def _day(skeleton: str, day: date, locale: Locale) -> str:
    return format_skeleton(skeleton, _noon(day), locale=locale)


@lru_cache(maxsize=10_000)
def _weekday(day: date, locale: Locale) -> str:
    return format_date(day, "EEE", locale=locale)


@lru_cache(maxsize=10_000)
def _ago(seconds: int, locale: Locale) -> str:
    span = timedelta(seconds=-seconds)
    return format_timedelta(span, add_direction=True, threshold=_NEXT_UNIT + 0.01, format="short", locale=locale)


@lru_cache(maxsize=10_000)
def _age(seconds: int, locale: Locale) -> str:
    return format_timedelta(timedelta(seconds=seconds), threshold=_NEXT_UNIT + 0.01, format="short", locale=locale)


def _rounded(seconds: float) -> int:
    """To the unit in which it is said."""
    unit = next((unit for unit in _UNITS if seconds / unit >= _NEXT_UNIT), 1)
    return round(seconds / unit) * unit


_NEXT_UNIT = 1.5
_UNITS = tuple(seconds for _, seconds in TIMEDELTA_UNITS)
"""In seconds, the longest first."""


@cache
def tongue(code: str) -> Tongue:
    """That of a language that there is."""
    return Tongue(code, Locale("en", "GB") if code == "en" else Locale(code), catalogue(code))


def wished(accepted: str) -> str:
    """The language that a browser's Accept-Language wants most, of those there are; else English."""
    wishes: list[tuple[float, str]] = []
    for part in accepted.split(","):
        code, _, quality = part.strip().partition(";q=")
        try:
            wishes.append((-float(quality or 1), code))
        except ValueError:
            continue
    wishes.sort(key=lambda wish: wish[0])
    return negotiate_locale([code for _, code in wishes], list(LANGUAGES), sep="-") or "en"
