"""Reading JSON that may lack anything: each function follows a path of keys, and finds nothing where nothing fits."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from rules.order import Money


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
    return found if isinstance(found, str) and found else None


def time(node: Any, *path: str) -> datetime | None:
    return time_of(text(node, *path) or "")


def time_of(iso: str) -> datetime | None:
    """ISO 8601 as aware UTC; without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def money(node: Any, amount_key: str) -> Money | None:
    """Amazon's amounts are strings in orders, numbers in finances."""
    amount, currency = at(node, amount_key), text(node, "currencyCode")
    if not currency or not isinstance(amount, str | int | Decimal):
        return None
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return None
    return Money(value, currency) if value.is_finite() else None
