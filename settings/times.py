"""What was probably meant by days, hours and time zones."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from settings.marketplaces import MARKETPLACES
from settings.names import marketplace, near, word_of
from settings.words import AND, DAYS, FROM, MIDNIGHT, NOON, UNTIL, WEEKDAYS, ZONES, plain

_TIME = r"(\d{1,2})(?:\s*[:.hu]\s*(\d{2}))?(?::\d{2})?\s*[hu]?\s*([ap]m)?"
_SLOT = re.compile(rf"{_TIME}\s*-\s*{_TIME}")


def weekday(value: Any) -> str | list[str] | None:
    """A day, the days from one to another as `mon-fri` or `du lundi au vendredi`, or those of a word like `weekend`."""
    word = plain(word_of(value) or "").rstrip(".")
    if several := DAYS.get(word):
        return [_CODES[int(day) - 1] for day in several]
    if word in WEEKDAYS:
        return WEEKDAYS[word]
    said = [each.strip(".") for each in re.split(r"\s+|([-–—~])", word) if each and each.strip(".")]
    said = [each for each in said if each not in FROM or each in UNTIL]
    days = [WEEKDAYS.get(each) for each in said]
    if len(said) == 3 and said[1] in UNTIL and (first := days[0]) and (last := days[2]):
        start, end = _CODES.index(first), _CODES.index(last)
        return _CODES[start : end + 1] if start <= end else _CODES[start:] + _CODES[: end + 1]
    return near(word, WEEKDAYS)


_CODES = list(dict.fromkeys(WEEKDAYS.values()))


def slot(value: Any) -> str | list[str] | None:
    """`9h-12h`, `2-6pm` and `von 9 bis 12 Uhr` as 09:00-12:00 and 14:00-18:00; one over midnight as two."""
    found = _SLOT.fullmatch(_bare_times(value))
    if not found:
        return None
    first, last = list(found.groups()[:3]), list(found.groups()[3:])
    if last[2] and not first[2] and 1 <= int(first[0]) <= 12:  # 2-6pm, and 9-5pm
        is_later = int(first[0]) % 12 < int(last[0]) % 12
        first[2] = last[2] if is_later else {"am": "pm", "pm": "am"}[last[2]]
    start, end = _minutes(*first), _minutes(*last)
    if start is None or end is None or start == 24 * 60:
        return None
    if start < end:
        return f"{_clock(start)}-{_clock(end)}"
    if start == end:
        return None
    return [f"{_clock(start)}-24:00", *([f"00:00-{_clock(end)}"] if end else [])]


def _bare_times(value: Any) -> str:
    """The text with `-` for the words between two times, and without those that say nothing."""
    text = re.sub(r"([ap])\.\s?m\.?", r"\1m", plain(word_of(value) or ""))
    text = re.sub(r"([-–—~/])", " - ", re.sub(r"\b(\d{2})(\d{2})\b", r"\1:\2", text))
    said = []
    for each in text.split():
        if each in NOON or each in MIDNIGHT:
            said.append("12:00" if each in NOON else "24:00" if "-" in said else "00:00")
        elif said and "-" not in said and (each in UNTIL or each in AND):
            said.append("-")
        elif each not in FROM:
            said.append(each)
    return " ".join(said)


def pair_of_times(value: Any) -> str | None:
    """`["10:00", "14:00"]` is one slot."""
    inner = value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) else value
    if not isinstance(inner, list) or len(inner) != 2 or not all(isinstance(each, str) for each in inner):
        return None
    times = [_bare_times(each) for each in inner]
    found = slot(" - ".join(times)) if all(re.fullmatch(_TIME, each) for each in times) else None
    return found if isinstance(found, str) else None


def _minutes(hour: str | None, minute: str | None, half: str | None) -> int | None:
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    minutes = hours * 60 + int(minute or 0)
    return minutes if int(minute or 0) < 60 and minutes <= 24 * 60 else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@cache
def _zones() -> Mapping[str, str]:
    by_city: dict[str, str] = {}
    for zone in sorted(each for each in available_timezones() if not each.startswith("Etc/")):  # GMT+1 is west there
        by_city.setdefault(zone.rpartition("/")[2].lower(), zone)
    return by_city | {zone.lower(): zone for zone in available_timezones()}


def timezone(value: Any) -> str | None:
    """A zone by its city or country. An offset like GMT+1 is none: it knows no summer time."""
    if not (word := word_of(value)):
        return None
    name, said = word.replace(" ", "_").lower(), plain(word)
    code = marketplace(word, typos=False) if len(word) != 3 and "/" not in word else None
    found = ZONES.get(said) or _zones().get(name) or (MARKETPLACES[code].timezone if code else None)
    if found or re.search(r"\d", word):
        return found
    places = {each: zone for each, zone in _zones().items() if "/" in each}
    known = places if "/" in word else {**_zones(), **ZONES}
    words = re.findall(r"\w+", said)
    return near(name, known) or next((_zones()[each] for each in words if len(each) > 4 and each in _zones()), None)
