"""One cell of a flat file: moments, amounts, yes and no, as Amazon writes them and as Excel saves them."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

_POINTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?!\d)")
_SLASHES = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)\.?")
_MONTH_NAME = re.compile(r"(\d{1,2})[ -]([A-Z][a-z]{2})[a-z]*[ ,-]+(\d{4}|\d{2})(?!\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AP]M)?"
_ZONE = r"Z|UTC|GMT|([+-])(\d{2}):?(\d{2})"
_TIME = re.compile(rf"[T ,]*(?:{_CLOCK})?\s*(?:{_ZONE})?", re.IGNORECASE)
_YES = frozenset(("true", "yes", "y", "1", "wahr", "vrai", "verdadero", "vero", "waar", "sant", "prawda", "doğru"))
"""With what Excel makes of TRUE in the languages of Amazon's marketplaces."""
_FIRST_YEAR, _LAST_YEAR = 1995, 2199  # Amazon's first, and one far beyond any order


class DayOrMonthFirst(Exception):
    """04/03/2026 can be read in two ways."""


def moment(text: str, *, day_first: bool | None = None) -> datetime:
    """In UTC, and taken for it if no zone is named. `day_first`: how dates with slashes are written.

    Raises DayOrMonthFirst if that is not known but needed; ValueError if it is no date, or no possible one of an order.
    """
    (year, month, day), rest = _day(text, day_first)
    found = _TIME.fullmatch(rest)
    if not found:
        raise ValueError(f"{text[:40]!r} is no date")
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"{text!r} is no date of an order")
    hour, minute, second, half, sign, hours, minutes = found.groups()
    clock = int(hour or 0) if half is None else int(hour) % 12 + 12 * (half.upper() == "PM")
    try:
        ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        at = datetime(year, month, day, clock, int(minute or 0), int(second or 0), tzinfo=timezone(ahead))
    except ValueError:
        raise ValueError(f"{text!r} is no date") from None
    return at.astimezone(UTC)


def _day(text: str, day_first: bool | None) -> tuple[tuple[int, int, int], str]:
    """Year, month and day, and the text behind them."""
    if found := _YEAR_FIRST.match(text):
        return (int(found[1]), int(found[3]), int(found[4])), text[found.end() :]
    if found := _POINTS.match(text):
        return (_year(found[3]), int(found[2]), int(found[1])), text[found.end() :]
    if (found := _MONTH_NAME.match(text)) and found[2] in _MONTHS:
        return (_year(found[3]), _MONTHS.index(found[2]) + 1, int(found[1])), text[found.end() :]
    if found := _SLASHES.match(text):
        if day_first is None:
            raise DayOrMonthFirst(f"{text!r}: day or month first?")
        day, month = (found[1], found[3]) if day_first else (found[3], found[1])
        return (int(found[4]), int(month), int(day)), text[found.end() :]
    raise ValueError(f"{text[:40]!r} is no date")


def _year(digits: str) -> int:
    return int(digits) + 2000 * (len(digits) == 2)


def day_first(text: str) -> bool | None:
    """Whether this date with slashes begins with its day; None: it does not show."""
    found = _SLASHES.match(text)
    if not found or (int(found[1]) > 12) == (int(found[3]) > 12):
        return None
    return int(found[1]) > 12


def plain(cell: str) -> str:
    """On one line, and without the signs by which programs keep Excel from changing it: ="…" and an apostrophe."""
    text = cell if cell.isprintable() else re.sub(r"[\x00-\x1f\x7f\s]+", " ", cell)
    text = text.strip().removeprefix("'")
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def amount(text: str) -> Decimal | None:
    """With a point or a comma before the cents, and the other, a blank or an apostrophe between thousands.

    None: it is no amount, or 1.299 leaves in doubt which of the two its point is.
    """
    number = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    if re.fullmatch(r"-?\d{1,15}([.,]\d{1,2}|[.,]\d{4,6})?", number):
        return Decimal(number.replace(",", "."))
    for thousands, cents in (",.", ".,"):
        pattern = rf"-?\d{{1,3}}(\{thousands}\d{{3}}){{1,4}}(\{cents}\d{{1,2}})?"
        if re.fullmatch(pattern, number) and (cents in number or number.count(thousands) > 1):
            return Decimal(number.replace(thousands, "").replace(cents, "."))
    return None


def quantity(text: str) -> int:
    """1 where it is not said, or no number: nothing is decided by it."""
    found = re.fullmatch(r"(\d{1,6})(?:[.,]0*)?", text)
    return int(found[1]) if found else 1


def yes(text: str) -> bool:
    return text.lower() in _YES
