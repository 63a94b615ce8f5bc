"""Reading JSON that may lack anything: each function follows a path of keys, and finds nothing where nothing fits.

What cannot be a value (a date of year 1 or 9999, an amount of fifty digits) is not found either, and text comes without
what SQLite and PostgreSQL would not keep alike.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from rules.order import Money
from rules.text import storable

YEARS = range(1995, 2101)
MOST = Decimal(10) ** 12
_ID = re.compile(r"[!-~]{1,32}").fullmatch  # as long as the ledger keeps
ORDER_ID = re.compile(r"(?<![\w-])\w{3}-\d{7}-\d{7}(?![\w-])", re.ASCII)
"""What Amazon's order ids look like."""


def at(node: Any, *path: str) -> Any:
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def listed(node: Any, *path: str) -> list[Any]:
    found = at(node, *path)
    return found if isinstance(found, list) else []


def objects(node: Any, *path: str) -> list[dict[str, Any]]:
    return [each for each in listed(node, *path) if isinstance(each, dict)]


def text(node: Any, *path: str) -> str | None:
    found = at(node, *path)
    return storable(found) if isinstance(found, str) and found else None


def order_id(node: Any, *path: str) -> str | None:
    """An id that the ledger can keep: it need not look like Amazon's."""
    found = at(node, *path)
    return found if isinstance(found, str) and _ID(found) else None


def masked(words: str) -> str:
    """An order id in messages and logs: its last seven digits."""
    return f"\u2026{storable(words)[-7:]}"


def time(node: Any, *path: str) -> datetime | None:
    return time_of(text(node, *path) or "")


def time_of(iso: str) -> datetime | None:
    """ISO 8601 as aware UTC; without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(iso)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in YEARS else None


def money(node: Any, amount_key: str) -> Money | None:
    """Amazon's amounts are strings in orders, numbers in finances."""
    value, currency = number(at(node, amount_key)), text(node, "currencyCode")
    return None if value is None or currency is None or len(currency) != 3 else Money(value, currency)


def number(found: Any) -> Decimal | None:
    if not isinstance(found, str | int | Decimal) or isinstance(found, bool):
        return None
    try:
        value = Decimal(found)
    except InvalidOperation:
        return None
    return value if value.is_finite() and _plain(value) else None


def _plain(value: Decimal) -> bool:
    """Whether reckoning with it stays exact and small."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -12 and value.copy_abs() < MOST
