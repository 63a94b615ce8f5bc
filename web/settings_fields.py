"""The settings that the page has as fields: each as text for a person, and what was typed as the file has it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import BaseModel

from settings.schema import Seller
from settings.slots import WEEK, Blackout, TimeSlot

Kind = Literal["text", "number", "amount", "switch", "choices", "list", "numbers", "lines", "table", "date"]
DAYS = "review_requests.day_range"
WEEKDAYS = "review_requests.weekdays"
AT_LEAST_ONE = ("marketplaces", WEEKDAYS)
"""To choose none of these is a mistake: in the file, no weekday means every day."""
KINDS: Mapping[str, Kind] = {
    "marketplaces": "choices",
    "live": "switch",
    "ramp_up": "numbers",
    "review_requests.enabled": "switch",
    DAYS: "numbers",
    WEEKDAYS: "choices",
    "review_requests.time_slots": "list",
    "review_requests.timezone": "text",
    "review_requests.daily_limit": "number",
    "review_requests.blackout": "list",
    "review_requests.partial_refunds": "text",
    "review_requests.exclude.skus": "list",
    "review_requests.exclude.asins": "list",
    "review_requests.exclude.promotions": "list",
    "review_requests.exclude.fulfilled_by": "choices",
    "review_requests.exclude.order_value_below": "amount",
    "review_requests.exclude.order_value_above": "amount",
    "review_requests.exclude.business_orders": "switch",
    "review_requests.exclude.delivered_late": "switch",
    "review_requests.exclude.shipped_abroad": "switch",
    "invoices.enabled": "switch",
    "invoices.marketplaces": "choices",
    "invoices.since": "date",
    "invoices.source": "text",
    "invoices.folder": "text",
    "invoices.vat_calculation_service": "switch",
    "invoices.number": "text",
    "invoices.credit_note_number": "text",
    "invoices.keep_years": "number",
    "invoices.vat_rates": "table",
    "invoices.exemption": "text",
    "invoices.seller.name": "text",
    "invoices.seller.lines": "lines",
    "invoices.seller.postal_code": "text",
    "invoices.seller.city": "text",
    "invoices.seller.country": "text",
    "invoices.seller.vat_numbers": "table",
    "invoices.seller.tax_number": "text",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields, by name; and of the settings that a person has changed, the value as TOML has it."""

    texts: Mapping[str, str]
    changes: Mapping[str, Any]


def names(key: str) -> tuple[str, ...]:
    """The names of the fields of a setting."""
    name = key.replace(".", "-")
    return (f"{name}-0", f"{name}-1") if key == DAYS else (name,)


def field_of(key: str) -> str | None:
    """The field at which a complaint about this key belongs: `review_requests.day_range.0` has one of its own."""
    for known in KINDS:
        if key == known or key.startswith(f"{known}."):
            return names(known)[0 if key.endswith(".0") else -1]
    return "invoices-seller-name" if key == "invoices.seller" else None


def texts(seller: Seller) -> dict[str, str]:
    """What the fields say of a seller's settings, defaults included."""
    found: dict[str, str] = {}
    for key, kind in KINDS.items():
        value = value_of(seller, key)
        if key == DAYS:
            found |= dict(zip(names(key), map(str, value), strict=True))
        elif key == WEEKDAYS and not value:
            found |= {names(key)[0]: ",".join(WEEK)}
        else:
            found |= {names(key)[0]: _text(kind, value)}
    return found


def typed(form: Mapping[str, str], base: Seller, now: Seller) -> Typed:
    """What a person has changed in a form that was made from `base`; what was not touched stands as it is `now`."""
    before, shown = texts(base), texts(now)
    changes: dict[str, Any] = {}
    for key, kind in KINDS.items():
        mine = {name: _plain(form.get(name, "")) for name in names(key)}
        if any(each != _plain(before[name]) for name, each in mine.items()):
            shown |= {name: form.get(name, "") for name in mine}
            changes[key] = (
                [_number(each) for each in mine.values()] if key == DAYS else _value(key, kind, *mine.values())
            )
    return Typed(shown, changes)


def value_of(seller: BaseModel, key: str) -> Any:
    """A setting by its dotted key, as TOML has it; None: it is not set."""
    value: Any = seller
    for part in key.split("."):
        value = getattr(value, part, None)
    return as_toml(value)


def as_toml(value: Any) -> Any:
    """Lists, tables, texts, numbers and dates."""
    match value:
        case TimeSlot() | Blackout():
            return str(value)
        case BaseModel():
            return {name: as_toml(each) for name, each in value}
        case tuple() | list():
            return [as_toml(each) for each in value]
        case Mapping():
            return {name: as_toml(each) for name, each in value.items()}
        case None | bool() | int() | float() | Decimal() | date():
            return value
        case _:
            return str(value)


def _text(kind: Kind, value: Any) -> str:
    match kind:
        case "switch":
            return "true" if value else ""
        case "choices":
            return ",".join(value)
        case "list" | "numbers":
            return ", ".join(map(str, value))
        case "lines":
            return "\n".join(value or ())
        case "table":
            return "\n".join(f"{name} = {each}" for name, each in (value or {}).items())
        case _:
            return "" if value is None else str(value)


def _value(key: str, kind: Kind, text: str) -> Any:
    """None: the setting is left out. What cannot be read stays a text, of which the settings' own reader complains."""
    if kind == "switch":
        return text == "true"
    if kind in ("choices", "list", "numbers"):
        found = [part for each in text.replace("\n", ",").split(",") if (part := each.strip())]
        if kind == "numbers":
            return [_number(each) for each in found]
        is_all = key == WEEKDAYS and set(found) == set(WEEK)
        return None if is_all or (not found and key not in AT_LEAST_ONE) else found
    if not text:
        return None
    if kind == "lines":
        return text.split("\n")
    if kind == "table":
        return _table(text, is_number=key == "invoices.vat_rates")
    if kind == "date":
        with suppress(ValueError):
            return date.fromisoformat(text)
    return _number(text) if kind == "number" else _amount(text) if kind == "amount" else text


def _table(text: str, *, is_number: bool) -> dict[str, Any]:
    parts = (line.replace("=", " ", 1).partition(" ") for line in text.split("\n"))
    return {name.strip(): _amount(rest.strip()) if is_number else rest.strip() for name, _, rest in parts}


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _amount(text: str) -> int | Decimal | str:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return text
    return int(number) if number == number.to_integral_value() else number


def _plain(text: str) -> str:
    """Without what a browser adds: its line ends, and blanks at the ends."""
    return "\n".join(line.strip() for line in text.strip().splitlines())
