"""Values as a person writes them, for the inputs of rules that `explain` shows."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from rules.moments import within

if TYPE_CHECKING:  # this file is loaded by every command
    from rules.order import Money


def listed(words: Iterable[str | None]) -> str:
    return ", ".join(word or "unknown" for word in words) or "none"


def money(value: "Money | None") -> str:
    return f"{value.amount:f} {value.currency}" if value else "unknown"


def switch(on: bool) -> str:
    """As the settings spell it."""
    return "true" if on else "false"


def moment(at: datetime, zone: tzinfo) -> str:
    """In local time, to the minute, with the name of the time: `2026-11-26 10:00 CET`."""
    local = within(at).astimezone(zone)
    name = local.tzname() or ""
    if name.startswith(("+", "-")):  # a zone whose time has no name of its own
        name = f"UTC{name}"
    return f"{local.replace(tzinfo=None).isoformat(' ', 'minutes')} {name}"
