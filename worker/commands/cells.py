"""What one cell of a table shows: a value as a person writes it, and whether it may be broken into lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from rules.readable import moment
from worker.text import printable

LONGEST_ID, LONGEST_SUM = 40, 24
"""Characters of what is kept on one line: in one word, and in several as `invoice 2026-000017`."""


class Tone(StrEnum):
    """How a terminal colours a text, as the parameters of ECMA-48's SGR. A word says it, too."""

    HEADING = "1"
    WELL = "32"
    LOOK = "33"
    WRONG = "1;31"

    def paint(self, text: str) -> str:
        return f"\x1b[{self}m{text}\x1b[0m"


@dataclass(frozen=True, slots=True)
class Toned:
    """A text with a colour, as a value of a cell."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Cell:
    """`is_whole`: an id, a number or a time, of no use when it is cut. `is_count`: it stands to the right."""

    text: str
    tone: Tone | None = None
    is_whole: bool = False
    is_count: bool = False


def cell(value: object) -> Cell:
    """The cell of a value: square brackets are no markup, control characters have no effect."""
    if isinstance(value, Toned):
        return Cell(printable(value.text), value.tone)
    text = printable(shown(value))
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return Cell(text, None, is_count or isinstance(value, date | Decimal) or _is_id(text), is_count)


def shown(value: object) -> str:
    """A value as a person writes it. A time is shown in the zone that it bears, with the zone's name."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case datetime():
            return moment(value, value.tzinfo or UTC)
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case Mapping():
            return ", ".join(f"{name}: {shown(each)}" for name, each in value.items())
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(shown, value))
        case _:
            return str(value)


def _is_id(text: str) -> bool:
    return not text or (any(map(str.isdigit, text)) and len(text) <= (LONGEST_SUM if " " in text else LONGEST_ID))
