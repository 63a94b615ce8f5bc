"""Values as a person writes them, for the inputs of rules that `explain` shows."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from rules.moments import within

if TYPE_CHECKING:  # this file is loaded by every command
    from rules.order import Money


class Said(str):
    """A sentence for people in English that knows how it was made: a page says it in other languages.

    `template` has `{name}` where the value of that name stands.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]


UNKNOWN, NONE = "unknown", "none"
_AS_THEY_ARE = (str, int, Said)


def said(template: str, **values: object) -> Said:
    """The sentence. A time is said in the zone that it bears, a reason by its meaning, words with commas between, a
    switch as the settings spell it; None: what is not known, an empty tuple: that there is none."""
    sentence = Said(template.format(**{name: _written(value) for name, value in values.items()}))
    sentence.template, sentence.values = template, values
    return sentence


def recognised(sentence: str, templates: Iterable[str]) -> str:
    """The sentence as it was made by one of these templates, when it was only kept as text; else as it is."""
    for template in templates:
        if found := _pattern(template).fullmatch(sentence):
            return said(template, **found.groupdict())
    return sentence


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template)), re.DOTALL)


def _written(value: object) -> object:
    if type(value) in _AS_THEY_ARE:  # most are; a pattern takes as long as all the rest of a sentence
        return value
    match value:
        case None:
            return UNKNOWN
        case bool():
            return switch(value)
        case datetime():
            return moment(value, value.tzinfo or UTC)
        case tuple():
            return listed(str(_written(each)) for each in value)
        case object(amount=Decimal() as amount, currency=str() as currency):  # Money
            return f"{amount:f} {currency}"
        case Decimal():
            return f"{value:f}"
    return getattr(value, "meaning", value)


def listed(words: Iterable[str | None]) -> str:
    return ", ".join(word or UNKNOWN for word in words) or NONE


def money(value: "Money | None") -> str:
    return f"{value.amount:f} {value.currency}" if value else UNKNOWN


def switch(on: bool) -> str:
    """As the settings spell it."""
    return "true" if on else "false"


def moment(at: datetime, zone: tzinfo) -> str:
    """In local time, to the minute, with the name of the time: `2026-11-26 10:00 CET`."""
    local = within(at).astimezone(zone)
    name = local.tzname() or ""
    if name.startswith(("+", "-")):  # a zone whose time has no name of its own
        name = f"UTC{name}"
    return f"{local.replace(tzinfo=None).isoformat(' ', 'minutes')} {name}"
