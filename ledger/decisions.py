"""The decisions of which the history tells: that rules skipped or held something. Answers and persons: `attempts`.

"Not yet" is none of them, and what becomes due is told by what was done then: most orders cost no row.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Insert, Table, bindparam, func, insert, literal, select

from ledger.said import BY_WORD
from ledger.settings_at_work import digits
from ledger.state import State
from ledger.tables import decisions
from ledger.transitions import Transition

_COLUMNS = ("seller", "order_id", "action", "part", "at", "state", "reason", "settings")


def is_told(each: Transition) -> bool:
    """Whether it is told. What a person said is told by that person's words."""
    return each.state in (State.SKIPPED, State.HELD) and each.reason not in BY_WORD


def telling(table: Table, key: Sequence[Column[Any]], at_place: Sequence[ColumnElement[bool]]) -> Insert:
    """Appends what has just been written to a row, unless it is what was told of it last.

    `key`: of the table, without the seller. `at_place`: the condition that names the row.
    """
    c, last = table.c, decisions.alias()
    part: ColumnElement[Any] = key[2] if len(key) > 2 else literal("", decisions.c.part.type)
    of_it = (last.c.seller == c.seller, last.c.order_id == c.order_id, last.c.action == key[1], last.c.part == part)
    newest = select(func.max(last.c.id)).where(*of_it).correlate(table).scalar_subquery()
    same = (decisions.c.id == newest) & (decisions.c.state == c.state) & (decisions.c.reason == c.reason)
    is_written = (c.state == bindparam("to"), c.reason == bindparam("why"), c.changed_at == bindparam("now"))
    written = select(c.seller, c.order_id, key[1], part, c.changed_at, c.state, c.reason, digits(c.seller)).where(
        *at_place, *is_written, ~select(decisions.c.id).where(same).correlate(table).exists()
    )
    return insert(decisions).from_select(_COLUMNS, written)
