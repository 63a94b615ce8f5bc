"""What a setting's value must be beyond its type. A failed check names what is wrong and, if it can, what to type.

What is wrong continues a sentence that the setting's key begins: `wrong("names a value twice")`.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from settings.marketplaces import MARKETPLACES
from settings.names import marketplace

T = TypeVar("T")
FIRST_DAY, LAST_DAY = 5, 30
"""After delivery (SP-API docs, Solicitations API)."""


def wrong(what: str, remedy: str = "") -> PydanticCustomError:
    """A failed check; without a remedy, the setting's own example is what to type."""
    return PydanticCustomError("setting", "{what}", {"what": what, "remedy": remedy})


class Finding(NamedTuple):
    """A failed check of one key of a table, found when the table was looked at as a whole."""

    keys: tuple[str | int, ...]
    what: str
    remedy: str = ""


def all_wrong(findings: Iterable[Finding]) -> PydanticCustomError:
    return PydanticCustomError("settings", "wrong in several places", {"findings": tuple(findings)})


def quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def at_least_one(values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise wrong("must name at least one")
    return values


def unique(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise wrong("names the same value twice", "each value once")
    return values


def number(value: Any) -> Any:
    # pydantic would read text as a number, and true as 1
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise wrong("must be a number")
    return value


def day_of_amazon(day: int) -> int:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise wrong(f"must be from {FIRST_DAY} to {LAST_DAY}: Amazon allows no other day")
    return day


def known_timezone(key: str) -> str:
    try:
        ZoneInfo(key)
    except (LookupError, OSError, ValueError):
        raise wrong("is not a known time zone") from None
    return key


def marketplace_of_region(code: str, info: ValidationInfo) -> str:
    region: Literal["na", "eu", "fe"] | None = info.data.get("region")  # absent when it is wrong itself
    codes = sorted(code for code, market in MARKETPLACES.items() if region in (None, market.region))
    if code in codes:
        return code
    if code in MARKETPLACES:
        own = MARKETPLACES[code].region
        raise wrong(f'is "{code}", which belongs to region "{own}"', f'"{code}" in a seller with region = "{own}"')
    near = marketplace(code)
    if near not in codes:
        near = marketplace(code, typos=False)
    if near and near not in codes:
        raise wrong(
            f'is "{code}", which belongs to region "{MARKETPLACES[near].region}", as "{near}"', f'"{near}" there'
        )
    raise wrong("is not a marketplace of Amazon", f'"{near}"' if near else f"one of {quoted(codes)}")
