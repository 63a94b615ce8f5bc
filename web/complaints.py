"""What is wrong with a setting, in the reader's language. The settings' own reader says it in English, as what follows
the name of a setting: `must be at least 1`.
"""

import re
from functools import cache

from markupsafe import Markup

from web.tongue import Tongue


def said(tongue: Tongue, typed: str, wrong: str) -> Markup:
    """A sentence about what was typed. One that is not known stays English."""
    what = translated(tongue, wrong)
    return (
        tongue.say("You typed “{typed}”: that {wrong}.", typed=typed, wrong=what)
        if typed
        else tongue.say("This {wrong}.", wrong=what)
    )


def translated(tongue: Tongue, wrong: str) -> Markup:
    """The same without what was typed."""
    parts = [_part(tongue, part) for part in wrong.split("; ")] if wrong not in WRONG else [tongue.say(wrong)]
    return tongue.listed(parts, "; ")


def _part(tongue: Tongue, wrong: str) -> Markup:
    for template, pattern in _patterns():
        if found := pattern.fullmatch(wrong):
            return tongue.say(template, **found.groupdict())
    return tongue.say(wrong)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each sentence in which something stands, with the pattern of how it is then."""
    return [
        (each, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(each)), re.DOTALL))
        for each in WRONG
        if re.search(r"{[a-z]+}", each) and each not in _LITERAL
    ]


_LITERAL = (
    "must have {month:02}, as 1 and 11 could be mistaken",
    "may only have {year}, {month:02}, {marketplace}, {number}, {number:06}, letters, digits and - _ /",
    "must have {number} once",
)
WRONG = (
    *_LITERAL,
    "is missing",
    "must be a whole number",
    "must be a number",
    "must be a finite number",
    "must not be empty",
    "must be at least {least}",
    "must be at most {most}",
    "must have at least {number}",
    "must have at most {number} characters",
    "must name at least one",
    "names the same value twice",
    "must be from {first} to {last}: Amazon allows no other day",
    "is not a known time zone",
    "must be written like 10:00-14:00, from 00:00 to 24:00",
    "has no length",
    "ends before it starts",
    "must not overlap, as {one} and {other} do",
    "must be written like 2026-12-24..2026-12-26, or 2026-12-24 for one day",
    "has a day that no calendar has: {day}",
    "must be a date like 2026-12-01",
    "is less than order_value_below, so that every order is excluded",
    "is missing: orders placed before that day get no invoice",
    'is missing, with source = "folder"',
    "is no folder that can be read: {path}",
    "must differ from number in more than digits",
    "is not among the seller's marketplaces",
    "takes no invoices from sellers",
    "must be false: none of the seller's marketplaces takes invoices, only {codes}",
    'must be false: Amazon offers no way to send invoices in region "fe"',
    'is for region "eu" only: in North America {why}',
    "is missing: an invoice must say whose it is",
    "must name at least one; a seller who has none has a tax_number",
    "is not a country code of ISO 3166",
    "must be in per cent, as 20 and not 0.20",
    "contradicts vat_rates and sku_vat_rates",
    "needs the exemption beside it: the sentence of your law, for a seller without VAT numbers",
    "must be one of {words}",
    "is no VAT number of {country}: it must begin with {prefix}",
    "is no VAT number of {country}: its check digits are wrong",
    "is no VAT number of {country}: it has not the form of one",
    "is not valid",
)
"""What the settings' reader says of settings that the page has as fields."""
