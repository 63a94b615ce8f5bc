"""The ways to print: tables and lines for people, JSON for programs, CSV for spreadsheets."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import click

from ledger.history import Totals
from rules.reason import Reason
from worker.text import printable

WIDTH = 100
"""Columns of a table that is not shown on a terminal."""
NARROWEST = 80
"""A narrower terminal gets lines that it must break itself."""
NARROWEST_COLUMN = 7
LONGEST_ID, LONGEST_SUM = 40, 24
"""Characters of what is kept on one line: in one word, and in several as `invoice 2026-000017`."""


def say(line: str, *, err: bool = False) -> None:
    """A line in which there may be words of others."""
    click.echo(printable(line), err=err)


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, default=_plain, ensure_ascii=False))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def print_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """CSV in which no cell is a formula."""
    writer = csv.DictWriter(sys.stdout, columns)
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)


def _harmless(value: object) -> object:
    """A spreadsheet runs what begins like a formula; after an apostrophe it is text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table for people: long texts are wrapped, ids and numbers are not. Without colours where there is no terminal.

    A cell is shown as it is: square brackets are no markup, control characters have no effect. A cell that is a
    rich Text has its own style.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(markup=False, highlight=False)
    console.width = max(console.width, NARROWEST) if console.is_terminal else WIDTH
    rows = list(rows)
    cells = [[cell if isinstance(cell, Text) else Text(printable(_shown(cell))) for cell in row] for row in rows]
    table = Table(title=Text(printable(title)) if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    table.pad_edge = False
    whole = _kept_whole(console.width, rows, cells)
    for number, name in enumerate(columns):
        table.add_column(name, overflow="fold", no_wrap=number in whole)
    for row in cells:
        table.add_row(*row)
    console.print(table, crop=False)


def _kept_whole(width: int, rows: Sequence[Sequence[object]], cells: Sequence[Sequence[Any]]) -> set[int]:
    """The columns of ids that are never broken: the longest first, as long as the others have room left."""
    widths = {
        n: max(len(row[n]) for row in cells) + 2 for n, column in enumerate(zip(*rows, strict=True)) if _is_id(column)
    }
    whole: set[int] = set()
    for number in sorted(widths, key=lambda n: -widths[n]):
        width -= widths[number]
        if width < (len(cells[0]) - len(whole) - 1) * NARROWEST_COLUMN:
            break
        whole.add(number)
    return whole


def _is_id(column: Sequence[object]) -> bool:
    """Whether these are ids, numbers or sums, which are of no use when they are cut."""
    shown = [_shown(cell) for cell in column]
    return any(shown) and not any(isinstance(cell, datetime) for cell in column) and all(map(_is_one_id, shown))


def _is_one_id(text: str) -> bool:
    return not text or (any(map(str.isdigit, text)) and len(text) <= (LONGEST_SUM if " " in text else LONGEST_ID))


def _shown(cell: object) -> str:
    """A value as a person writes it."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case datetime():
            return cell.astimezone().strftime("%Y-%m-%d %H:%M %Z")
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case Mapping():
            return ", ".join(f"{name}: {_shown(each)}" for name, each in cell.items())
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(_shown, cell))
        case _:
            return str(cell)


def totals_document(totals: Totals) -> dict[str, Any]:
    return {
        "seen": totals.seen,
        "sent": totals.sent,
        "waiting": totals.waiting,
        "skipped": totals.skipped,
        "refused": totals.refused,
        "held": totals.held,
        "by_reason": totals.by_reason,
    }


def print_totals(totals: Totals, of: str = "orders") -> None:
    """The sum that adds up, and the reasons of all that was not sent."""
    click.echo(
        f"{totals.seen:,} seen = {totals.sent:,} sent + {totals.waiting:,} waiting + {totals.skipped:,} skipped"
        f" + {totals.refused:,} refused + {totals.held:,} held"
    )
    print_reasons(totals.by_reason, of)


def print_reasons(by_reason: Mapping[str, int], of: str = "orders") -> None:
    if by_reason:
        print_table(
            (of, "reason", "which means", "to do"),
            (
                (f"{count:,}", reason, Reason(reason).meaning, Reason(reason).remedy)
                for reason, count in by_reason.items()
            ),
        )
