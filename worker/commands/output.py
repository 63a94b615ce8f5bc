"""The ways to print: tables and lines for people, JSON for programs, CSV for spreadsheets."""

import csv
import json
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence, Sized
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from rules.moments import within
from rules.reason import Reason
from rules.text import harmless
from worker.commands.cells import cell
from worker.commands.table import lay_out, wrapped
from worker.text import printable

if TYPE_CHECKING:  # what is heavy is loaded by the commands that need it
    from ledger.history import Attempt, Totals
    from settings.schema import Seller

WIDTH = 100
"""Columns of a table that is not shown on a terminal, unless COLUMNS says another number."""
NARROWEST = 80
"""A narrower terminal gets lines that it must break itself."""


def say(line: str, *, err: bool = False) -> None:
    """A line in which there may be words of others. A terminal gets it in lines that break between words."""
    said = printable(line)
    is_terminal = (sys.stderr if err else sys.stdout).isatty()
    for each in wrapped(said, _width()) if is_terminal else [said]:
        click.echo(each, err=err)


def paragraph(text: str) -> None:
    """Sentences, broken between words where the line ends."""
    for line in wrapped(printable(text), _width()):
        click.echo(line)


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
    """CSV in which no cell is a formula. Times have no zone, which no spreadsheet reads: they are as they are given."""
    writer = csv.DictWriter(sys.stdout, columns)
    writer.writeheader()
    writer.writerows({name: _in_a_spreadsheet(value) for name, value in row.items()} for row in rows)


def _in_a_spreadsheet(value: object) -> object:
    """A spreadsheet runs what begins like a formula; after an apostrophe it is text. A time it knows without a zone."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return harmless(value) if isinstance(value, str) else value


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    title: str | None = None,
    *,
    leave_out: str | None = None,
    under: Collection[str] = (),
) -> None:
    """A table for people: long texts are wrapped, ids, numbers and times are not. Without rows, the title alone.

    A cell is shown as it is: square brackets are no markup, control characters have no effect. A time is shown in the
    zone that it bears: that of the seller, by `local`. A cell that is `Toned` has a colour. `leave_out`: a column.
    `under`: columns that stand under their row; others do where there is no room for them.
    """
    kept = [number for number, name in enumerate(columns) if name != leave_out]
    cells = [[cell(row[number]) for number in kept] for row in rows]
    if title:
        say(title)
    if cells:
        headings = [columns[number] for number in kept]
        for line in lay_out(headings, cells, _width(), under=under, coloured=_is_coloured()):
            click.echo(line)


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if not sys.stdout.isatty() and not columns.isdigit():
        return WIDTH
    return max(shutil.get_terminal_size((WIDTH, 0)).columns, NARROWEST)


def _is_coloured() -> bool:
    """On a terminal only, and not with NO_COLOR (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def seller_column(sellers: Sized) -> str | None:
    """The column to leave out: one seller needs none."""
    return "seller" if len(sellers) == 1 else None


def local(at: datetime | None, seller: "Seller") -> datetime | None:
    """The same time in the seller's zone."""
    return within(at).astimezone(seller.zone) if at else None


def counted(number: int, what: str) -> str:
    """The number and what is counted: `1 order`, `2 orders`, `1,200 orders`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def print_attempts(attempts: Sequence["Attempt"], seller: "Seller") -> None:
    """What Amazon, or a person, said of an order."""
    if attempts:
        click.echo()
    print_table(
        ("at", "about", "led to", "reason", "what was said", "request id"),
        [
            (local(each.at, seller), kind(each.action), each.state, each.reason, each.detail, each.request_id)
            for each in attempts
        ],
    )


def kind(action: str) -> str:
    """An action as a person calls it: `credit note`."""
    return action.replace("_", " ")


def totals_document(totals: "Totals") -> dict[str, Any]:
    return {"seen": totals.seen, **asdict(totals)}


def print_totals(totals: "Totals", of: str = "orders") -> None:
    """The reasons of all that was not sent, and the sum that adds up."""
    print_reasons(totals.by_reason, of)
    say(totals_line(totals))


def totals_line(totals: "Totals") -> str:
    """The sum that adds up."""
    return (
        f"{totals.seen:,} seen = {totals.sent:,} sent + {totals.waiting:,} waiting + {totals.skipped:,} skipped"
        f" + {totals.refused:,} refused + {totals.held:,} held"
    )


def print_reasons(by_reason: Mapping[str, int], of: str = "orders") -> None:
    """How many there are for each reason, the most first."""
    print_table(
        (of, "why not", "reason", "to do"),
        [
            (count, Reason(reason).meaning, reason, Reason(reason).remedy)
            for reason, count in sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))
        ],
        under=("to do",),
    )
    if by_reason:
        click.echo()
