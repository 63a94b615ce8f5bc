"""How much is held, and since when: a row that is looked at again each day, or tried again, is held since the first."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select

from ledger.state import State
from ledger.tables import attempts, decisions, entries, invoices


def held(connection: Connection, seller: str) -> tuple[int, datetime | None]:
    """How many requests and documents of the seller are held, and since when the first; None: there is none."""
    found = [
        connection.execute(
            select(func.count(), func.min(since(table))).where(table.c.seller == seller, is_held(table))
        ).one()
        for table in (entries, invoices)
    ]
    return sum(count for count, _ in found), min((first for _, first in found if first), default=None)


def is_held(table: Table) -> ColumnElement[bool]:
    """The state stands in the statement itself, so that a database knows which partial index has it."""
    return table.c.state == literal_column(f"'{State.HELD.value}'")


def since(table: Table) -> ColumnElement[Any]:
    """Of a held row: the first of the answers that held it, one after another; else the decision that did."""
    of_row = _told_of(attempts, table)
    holds = attempts.c.state == State.HELD.value
    before = select(func.max(attempts.c.id)).where(*of_row, ~holds).correlate(table).scalar_subquery()
    first = select(func.min(attempts.c.at)).where(*of_row, holds, attempts.c.id > func.coalesce(before, 0))
    held_for_that = (decisions.c.state == State.HELD.value) & (decisions.c.reason == table.c.reason)
    decided = select(func.max(decisions.c.at)).where(*_told_of(decisions, table), held_for_that)
    told = (query.correlate(table).scalar_subquery() for query in (first, decided))
    return func.coalesce(*told, table.c.changed_at)


def _told_of(told: Table, table: Table) -> tuple[ColumnElement[bool], ...]:
    """What was told of a row."""
    action, part = table.c["action" if "action" in table.c else "kind"], table.c.part if "part" in table.c else ""
    mine = (told.c.seller == table.c.seller, told.c.order_id == table.c.order_id)
    return (*mine, told.c.action == action, func.coalesce(told.c.part, "") == part)
