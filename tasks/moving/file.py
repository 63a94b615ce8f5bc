"""The orders that a file says were asked, each with its line, and the lines that cannot be understood."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from rules.order_id import LOOKS_LIKE, blocks_in, order_ids_in, what_is_wrong
from tasks.moving.columns import Columns, Wish, cell_of, columns_of, day_in, was_asked
from tasks.moving.table import Row, read_table


@dataclass(frozen=True, slots=True)
class Line:
    """Where the file names an order, and on which day it says that it was asked."""

    number: int
    asked_on: date | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the file (the first is 1) that was left out, and why."""

    line: int
    what: str


@dataclass(slots=True)
class Found:
    """What the file holds. `lines` counts those below the header that are not blank, `not_asked` those that say no."""

    lines: int = 0
    not_asked: int = 0
    orders: dict[str, Line] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_asked(content: bytes, wish: Wish, today: date) -> Found:
    """Nothing else of the file is kept. Raises NotDone: it is not clear which of its lines were asked."""
    table = read_table(content)
    columns = columns_of(table, wish)
    found = Found(lines=len(table.rows))
    for row in table.rows:
        if columns.asked is not None and not was_asked(cell_of(row, columns.asked), columns.asked_values):
            found.not_asked += 1
            continue
        where = row.cells if columns.order_id is None else [cell_of(row, columns.order_id)]
        ids = [order_id for cell in where for order_id in order_ids_in(cell)]
        asked_on = _day(row, columns)
        if not ids:
            found.problems.append(Problem(row.line, _no_id(where)))
        elif asked_on and asked_on > today + timedelta(days=1):  # the file's zone is not known
            found.problems.append(Problem(row.line, f"{ids[0]}: asked on {asked_on}, which is still to come"))
        else:
            for order_id in ids:
                found.orders.setdefault(order_id, Line(row.line, asked_on))
    return found


def _day(row: Row, columns: Columns) -> date | None:
    if columns.day is not None:
        return day_in(cell_of(row, columns.day))
    if columns.order_id is not None:
        return None
    days = list(_days(row))
    return days[0] if len(days) == 1 else None


def _days(row: Row) -> Iterator[date]:
    for cell in row.cells:
        if day := day_in(cell):
            yield day


def _no_id(cells: list[str]) -> str:
    """Only what has the form of an id is shown: the rest may be a buyer's."""
    meant = next((cell for cell in cells if blocks_in(cell)), None)
    return what_is_wrong("-".join(blocks_in(meant) or ())) if meant else f"no order id; {LOOKS_LIKE}"
