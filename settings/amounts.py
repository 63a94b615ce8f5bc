"""What was probably meant by numbers, with the units that people add."""

import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from settings.checks import FIRST_DAY, LAST_DAY
from settings.statements import CURLY
from settings.words import MONEY, UNITS, plain

_PER = {"per", "pro", "par", "por", "al", "op", "na", "a", "each"}
_NONE = {"none", "no", "unlimited", "inf"}


def day_range(value: Any) -> list[int] | None:
    """Of two numbers, or of a text that has two; weeks are taken for seven days each."""
    text = " ".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""
    parts = re.findall(r"(\d+)(?:\.0+)?\s*([^\W\d]*)", text)
    if len(parts) != 2 or re.search(r"\d[.,]\d*[1-9]", text):
        return None
    units = [UNITS.get(plain(unit)) or UNITS.get(plain(parts[1][1])) for _, unit in parts]
    days = [int(number) * (7 if unit == "168" else 1) for (number, _), unit in zip(parts, units, strict=True)]
    if any(unit not in (None, "24", "168") for unit in units):
        return None
    allowed = [min(max(day, FIRST_DAY), LAST_DAY) for day in sorted(days)]
    return None if allowed[0] == allowed[1] != days[0] else allowed


def _amount(value: Any) -> tuple[Decimal, str] | None:
    """The number in a text and the words around it, plain: `5,50 €` is 5.50 and `eur`. What may be a thousand or a one
    is nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    text = str(value).strip(f" \"'{CURLY}") if isinstance(value, str) else str(value)
    found = re.fullmatch(r"([^\d-]*)(-?\d[\d.,' \u00a0\u202f]*)(.*)", text, re.DOTALL)
    if not found or re.search(r"\d", found[3]):
        return None
    digits = re.sub(r"[' \u00a0\u202f]", "", found[2]).rstrip(".,")
    points, commas = digits.count("."), digits.count(",")
    if points and commas:  # the last one is the decimal point, the others part the thousands
        last = max(digits.rfind("."), digits.rfind(","))
        digits = re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    elif commas == 1 and re.fullmatch(r"-?\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    elif points > 1 or commas:
        return None
    with suppress(InvalidOperation):
        if (number := Decimal(digits)).is_finite():
            return number, plain(f"{found[1]} {found[3]}").strip(" .-")
    return None


def _typed(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() and "." not in str(number) else number


def money(value: Any) -> int | Decimal | None:
    """`5,50 €` as 5.50; of another unit than money, or per cent, it is nothing."""
    found = _amount(value)
    if not found or not all(word in MONEY or word == "%" for word in found[1].split()):
        return None
    return _typed(found[0])


def in_units(hours_each: int) -> Callable[[Any], int | Decimal | None]:
    """`6 h` as 6 and `90 min` as 1.5, where the setting counts hours."""

    def guess(value: Any) -> int | Decimal | None:
        found = _amount(value)
        unit = UNITS.get(found[1]) if found else None
        if not found or (found[1] and not unit):
            return None
        if not unit or unit == str(hours_each):
            return _typed(found[0])
        over, _, under = unit.partition("/")
        number = (found[0] * int(over) / int(under or 1) / hours_each).normalize()
        return int(number) if number == number.to_integral_value() else round(number, 2).normalize()

    return guess


def per_day(value: Any) -> int | None:
    """`300/day` as 300, and `1.000` as a thousand, for there is no half request."""
    whole = re.sub(r"(?<=\d)[., '](?=\d{3}\b)", "", str(value)) if not isinstance(value, bool) else ""
    found = _amount(whole)
    said = {each for each in re.split(r"[\s/]+", found[1]) if each} - _PER if found else set()
    if not found or any(UNITS.get(each) not in (None, "24") or each in _NONE for each in said):
        return None
    return int(found[0]) if found[0] == found[0].to_integral_value() else None


def per_cent(value: Any) -> int | Decimal | None:
    rate = money(value)
    if rate is None or not 0 < rate < 1:
        return rate
    whole = Decimal(rate * 100).normalize()
    return int(whole) if whole == whole.to_integral_value() else whole
