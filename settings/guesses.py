"""What was probably meant by a wrong value. A guess is only ever proposed, after it was found to be valid."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from settings.amounts import day_range, in_units, money, per_cent, per_day
from settings.brakes import BrakeName
from settings.complaints import closest
from settings.marketplaces import MARKETPLACES
from settings.names import marketplace, near, word_of
from settings.statements import CURLY
from settings.times import pair_of_times, slot, timezone, weekday
from settings.words import AND, NONE, OTHERS, REGIONS, SWITCH, plain

_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟", '"') | dict.fromkeys("‘’‚‛", "'"))
_ENDINGS = ("", '"', "'", "]", '"]', "']", "}", '" }', " }]")


def loosely(written: str) -> Any:
    """What a value that is not TOML says: a text, a number or a list of them, without regard to quotes and brackets."""
    straight = re.sub(r"[«»]", '"', re.sub(r"«\s*([^»]*?)\s*»", r'"\1"', written)).translate(_STRAIGHT)
    straight = straight.replace("\u00a0", " ").rstrip(" ;,")
    numbers = re.sub(r"(=\s*\d+),(\d)|\s*%", lambda found: f"{found[1]}.{found[2]}" if found[1] else "", straight)
    for text in (straight, re.sub(r"\s*\n\s*", " ", straight), straight.replace("\\", "\\\\"), numbers):
        for ending in _ENDINGS:
            with suppress(ValueError, InvalidOperation):
                return tomllib.loads(f"x = {text}{ending}", parse_float=Decimal)["x"]
    if not re.match(r"[\[(]", straight):
        return straight.strip(" \"'[](){}\n")
    return [part for each in re.split(r"[,;\n]", straight) if (part := each.strip(" \t\"'[]()"))]


def is_none(value: Any) -> bool:
    """Whether a value says that there is to be none, or all."""
    value = _first(value)
    return plain(word_of(value) or str(value)).rstrip(".") in NONE


def meant(key: str, value: Any) -> Any:
    """The value that was probably meant for the setting; None when nobody can tell."""
    name = key.rpartition(".")[2]
    if guess := _ONE.get(name):
        return guess(_first(value))
    if guess := _EACH.get(name):
        return _each(guess, value)
    if name == "day_range":
        return day_range(value)
    if name == "time_slots" and (pair := pair_of_times(value)):
        return [pair]
    if name in ("vat_rates", "rates"):
        return _table(value, per_cent)
    return _table(value, _text) if name == "vat_numbers" else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _each(guess: Callable[[Any], Any], value: Any) -> list[Any] | None:
    """A list without doubles, of what may be one text with commas."""
    parts: list[Any] = []
    for each in value if isinstance(value, list) else [value]:
        whole = guess(each)
        parts += [whole] if whole is not None or not isinstance(each, str) else [guess(part) for part in _split(each)]
    flat = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    return None if None in flat or not flat else list(dict.fromkeys(flat))


def _split(text: str) -> list[str]:
    """The parts of what may be an enumeration: by its commas, or else by its blanks and words for `and`."""
    by_comma = [part for part in re.split(r"\s*[,;/+&]\s*", text.strip()) if part]
    return by_comma if len(by_comma) > 1 else [part for part in text.split() if plain(part) not in AND]


def _table(value: Any, guess: Callable[[Any], Any]) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    found = {code: guess(each) for key, each in value.items() if (code := country(key))}
    return None if len(found) < len(value) or None in found.values() else found


def switch(value: Any) -> bool | None:
    return SWITCH.get(plain(word_of(value) or str(value)))


def country(value: Any) -> str | None:
    code = marketplace(value, typos=False) or (word_of(value) or "").upper()
    code = {"UK": "GB", "EL": "GR"}.get(code, code)
    return code if re.fullmatch("[A-Z]{2}", code) else None


def _day(value: Any) -> date | None:
    """A date; the day stands before the month unless the year is first."""
    if isinstance(value, datetime | date):
        return value.date() if isinstance(value, datetime) else value
    numbers = re.fullmatch(r"(\d+)\s*[-./ ]\s*(\d+)\s*[-./ ]\s*(\d+)(?:[T ].*)?", word_of(value) or "")
    if not numbers:
        return None
    with suppress(ValueError, OverflowError):
        first, month, last = map(int, numbers.groups())
        return date(first, month, last) if first > 31 else date(last, month, first) if last > 31 else None
    return None


def _blackout(value: Any) -> str | None:
    """One day, or the days from one to another, as the settings write them."""
    written = str(value) if isinstance(value, date) else word_of(value) or ""
    days = sorted({day for each in _DAYS.finditer(written) if (day := _day(each[0]))})
    return "..".join(map(str, days)) if 1 <= len(days) <= 2 else None


_DAYS = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip(f" {CURLY}") or None
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _pattern(value: Any) -> str | None:
    return None if isinstance(value, str) and "," in value else _text(value)


def region(value: Any) -> str | None:
    word = plain(word_of(value) or "")
    begins = re.match(r"(na|eu|fe)(?![a-z])", word)
    if begins or word in REGIONS:
        return REGIONS.get(word, word[:2])
    code = marketplace(word)
    return MARKETPLACES[code].region if code else near(word, REGIONS)


def _of(*words: str) -> Callable[[Any], str | None]:
    def guess(value: Any) -> str | None:
        word = re.sub(r"[\s-]+", "_", (word_of(value) or "").lower())
        word = OTHERS.get(word, word)
        return word if word in words else closest(word, words) if word else None

    return guess


def _all_of(names: Iterable[str], guess: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    return dict.fromkeys(names, guess)


_ONE: Mapping[str, Callable[[Any], Any]] = {
    **_all_of(("live", "enabled", "ask", "business_orders", "vat_calculation_service", "upload_credit_notes"), switch),
    **_all_of(("order_value_below", "order_value_above"), money),
    "freshness_hours": in_units(1),
    "keep_years": in_units(8760),
    "daily_limit": per_day,
    **_all_of(
        (
            "name",
            "postal_code",
            "city",
            "folder",
            "logo",
            "xml_folder",
            "exchange_rates",
            "number",
            "credit_note_number",
            "exemption",
        ),
        _text,
    ),
    "since": _day,
    "region": region,
    "timezone": timezone,
    "country": country,
    "partial_refunds": _of("exclude", "allow"),
    "source": _of("generate", "folder"),
}
_EACH: Mapping[str, Callable[[Any], Any]] = {
    **_all_of(("skus", "asins", "promotions"), _pattern),
    **_all_of(("footer", "lines"), _text),
    "marketplaces": marketplace,
    "weekdays": weekday,
    "time_slots": slot,
    "blackout": _blackout,
    "fulfilled_by": _of("amazon", "merchant"),
    "unavailable_sources": _of("finances", "merchant_returns", "fba_returns", "fba_shipments"),
    "off": _of(*get_args(BrakeName)),
}
