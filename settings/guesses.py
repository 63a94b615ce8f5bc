"""What was probably meant by a wrong value. A guess is only ever proposed, after it was found to be valid."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from settings.checks import FIRST_DAY, LAST_DAY
from settings.complaints import closest
from settings.marketplaces import MARKETPLACES, MARKETPLACES_BY_DOMAIN, MARKETPLACES_BY_ID
from settings.statements import CURLY
from settings.words import MARKETPLACES as MARKETPLACE_WORDS
from settings.words import OTHERS, REGIONS, SWITCH, WEEKDAYS

_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟", '"') | dict.fromkeys("‘’‚‛", "'"))
_ENDINGS = ("", '"', "'", "]", '"]', "']", "}", '" }', " }]")
_HOUR = r"(\d{1,2})\s*(?:[:.hH]\s*(\d{2})?)?\s*(?:h|uhr)?\s*([ap]m)?"
_SLOT = re.compile(rf"(?:from|de|von)?\s*{_HOUR}\s*(?:-|–|—|to|à|a|bis|until)\s*{_HOUR}", re.IGNORECASE)
_UNITS = r"\s*(?:%|€|£|\$|EUR|GBP|USD|h|hours?|heures?|stunden|years?|days?)"


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


def meant(key: str, value: Any) -> Any:
    """The value that was probably meant for the setting; None when nobody can tell."""
    name = key.rpartition(".")[2]
    if guess := _ONE.get(name):
        return guess(_first(value))
    if guess := _EACH.get(name):
        return _each(guess, value)
    if name == "day_range":
        return _day_range(value)
    if name in ("vat_rates", "rates"):
        return _table(value, _per_cent)
    return _table(value, _text) if name == "vat_numbers" else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _each(guess: Callable[[Any], Any], value: Any) -> list[Any] | None:
    """A list without doubles, of what may be one text with commas."""
    parts: list[Any] = []
    for each in value if isinstance(value, list) else [value]:
        whole = guess(each)
        split = re.split(r"\s*[,;/+&]\s*|\s+", each.strip()) if whole is None and isinstance(each, str) else []
        parts += [guess(part) for part in split] if len(split) > 1 else [whole]
    flat = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    return None if None in flat or not flat else list(dict.fromkeys(flat))


def _table(value: Any, guess: Callable[[Any], Any]) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    found = {code: guess(each) for key, each in value.items() if (code := country(key))}
    return None if len(found) < len(value) or None in found.values() else found


def _word(value: Any) -> str | None:
    return value.strip(f" \t\"'{CURLY}") if isinstance(value, str) else None


def switch(value: Any) -> bool | None:
    word = (_word(value) or str(value)).lower()
    return next((means for means, words in SWITCH.items() if word in words.split()), None)


def marketplace(value: Any, *, typos: bool = True) -> str | None:
    """The code of a marketplace that was given by name, domain or id. Without `typos`, Austria is not Australia."""
    if not (word := _word(value)):
        return None
    domain = re.sub(r"^(https?://)?(www\.)?", "", word.lower()).partition("/")[0]
    by_domain = MARKETPLACES_BY_DOMAIN.get(domain) or MARKETPLACES_BY_DOMAIN.get(f"amazon.{domain.lstrip('.')}")
    if word.upper() in MARKETPLACES:
        return word.upper()
    if found := MARKETPLACES_BY_ID.get(word.upper()) or by_domain:
        return found.code
    names = {name: code for code, all_names in MARKETPLACE_WORDS.items() for name in all_names.split("|")}
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.8 if typos else 1)
    return names[near[0]] if near else None


def country(value: Any) -> str | None:
    code = marketplace(value, typos=False) or (_word(value) or "").upper()
    code = {"UK": "GB", "EL": "GR"}.get(code, code)
    return code if re.fullmatch("[A-Z]{2}", code) else None


def weekday(value: Any) -> str | list[str] | None:
    """A day, or the days from one to another as `mon-fri`."""
    word = (_word(value) or "").lower().rstrip(".")
    codes = list(WEEKDAYS)
    names = {name: code for code, all_names in WEEKDAYS.items() for name in all_names.split()}
    if word in names:
        return names[word]
    ends = [names.get(end) for end in re.split(r"\s*(?:-|–|\bto\b|\bà\b|\bbis\b)\s*", word)]
    if len(ends) == 2 and (first := ends[0]) and (last := ends[1]):
        start, end = codes.index(first), codes.index(last)
        return codes[start : end + 1] if start <= end else codes[start:] + codes[: end + 1]
    near = closest(word, names) if word else None
    return names[near] if near else None


def slot(value: Any) -> str | list[str] | None:
    """`9h-12h` and `2pm - 6pm` as 09:00-12:00 and 14:00-18:00; one over midnight as two."""
    found = _SLOT.fullmatch((_word(value) or "").removesuffix("Uhr").strip())
    if not found:
        return None
    start, end = _minutes(*found.groups()[:3]), _minutes(*found.groups()[3:])
    if start is None or end is None or start == 24 * 60:
        return None
    if start < end:
        return f"{_clock(start)}-{_clock(end)}"
    if start == end:
        return None
    return [f"{_clock(start)}-24:00", *([f"00:00-{_clock(end)}"] if end else [])]


def _minutes(hour: str, minute: str | None, half: str | None) -> int | None:
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    minutes = hours * 60 + int(minute or 0)
    return minutes if int(minute or 0) < 60 and minutes <= 24 * 60 else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _day_range(value: Any) -> list[int] | None:
    parts = re.findall(r"\d+", value) if isinstance(value, str) else value if isinstance(value, list) else []
    days = [number for part in parts if isinstance(number := _number(part), int)]
    if len(days) != 2 or len(parts) != 2:
        return None
    allowed = [min(max(day, FIRST_DAY), LAST_DAY) for day in sorted(days)]
    return None if allowed[0] == allowed[1] != days[0] else allowed


def _number(value: Any) -> int | Decimal | None:
    """`5,50` as 5.50 and `"6 h"` as 6; what may be a thousand or a one is nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    text = re.sub(rf"^(?:€|£|\$)|{_UNITS}$", "", str(value).strip(f" \"'{CURLY}"), flags=re.IGNORECASE).strip()
    if re.fullmatch(r"\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    with suppress(InvalidOperation, ValueError):
        number = Decimal(text)
        if number.is_finite() and re.fullmatch(r"-?\d+(\.\d+)?", text):
            return number if "." in text else int(text)
    return None


def _per_cent(value: Any) -> int | Decimal | None:
    rate = _number(value)
    if rate is None or not 0 < rate < 1:
        return rate
    whole = Decimal(rate * 100).normalize()
    return int(whole) if whole == whole.to_integral_value() else whole


def _day(value: Any) -> date | None:
    """A date; the day stands before the month unless the year is first."""
    if isinstance(value, datetime | date):
        return value.date() if isinstance(value, datetime) else value
    numbers = re.fullmatch(r"(\d+)\s*[-./ ]\s*(\d+)\s*[-./ ]\s*(\d+)(?:[T ].*)?", _word(value) or "")
    if not numbers:
        return None
    with suppress(ValueError, OverflowError):
        first, month, last = map(int, numbers.groups())
        return date(first, month, last) if first > 31 else date(last, month, first) if last > 31 else None
    return None


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip(f" {CURLY}") or None
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _pattern(value: Any) -> str | None:
    return None if isinstance(value, str) and "," in value else _text(value)


@cache
def _zones() -> Mapping[str, str]:
    by_city: dict[str, str] = {}
    for zone in sorted(available_timezones()):
        by_city.setdefault(zone.rpartition("/")[2].lower(), zone)
    return by_city | {zone.lower(): zone for zone in available_timezones()}


def timezone(value: Any) -> str | None:
    if not (word := _word(value)):
        return None
    name = word.replace(" ", "_").lower()
    code = marketplace(word) if len(word) != 3 and "/" not in word else None
    found = _zones().get(name) or (MARKETPLACES[code].timezone if code else None)
    return found or closest(word, available_timezones())


def region(value: Any) -> str | None:
    word = (_word(value) or "").lower()
    if word in ("na", "eu", "fe") or word in REGIONS:
        return REGIONS.get(word, word)
    code = marketplace(word)
    return MARKETPLACES[code].region if code else None


def _of(*words: str) -> Callable[[Any], str | None]:
    def guess(value: Any) -> str | None:
        word = re.sub(r"[\s-]+", "_", (_word(value) or "").lower())
        word = OTHERS.get(word, word)
        return word if word in words else closest(word, words) if word else None

    return guess


def _all_of(names: Iterable[str], guess: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    return dict.fromkeys(names, guess)


_ONE: Mapping[str, Callable[[Any], Any]] = {
    **_all_of(("live", "enabled", "business_orders", "vat_calculation_service", "upload_credit_notes"), switch),
    **_all_of(("freshness_hours", "daily_limit", "keep_years", "order_value_below", "order_value_above"), _number),
    **_all_of(
        (
            "name",
            "postal_code",
            "city",
            "folder",
            "logo",
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
    "fulfilled_by": _of("amazon", "merchant"),
    "unavailable_sources": _of("finances", "merchant_returns", "fba_returns", "fba_shipments"),
}
