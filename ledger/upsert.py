"""INSERT with ON CONFLICT, the same for both databases."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table, bindparam

from ledger.hot_statements import HotStatement

Rows = Sequence[Mapping[str, Any]]


def upsert(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows of the same columns; where the primary key is there already, update the other columns."""
    if rows:
        _statement(connection.dialect.name, table, tuple(rows[0]), update=True).run_many(connection, rows)


def insert_new(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows of the same columns; leave those alone whose primary key is there already."""
    if rows:
        _statement(connection.dialect.name, table, tuple(rows[0]), update=False).run_many(connection, rows)


def add_up(connection: Connection, table: Table, key: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    """Add the counts to the row of that key; without one, they are its first."""
    _adding(connection.dialect.name, table, tuple(counts)).run(connection, {**key, **counts})


@cache
def _adding(dialect: str, table: Table, counts: tuple[str, ...]) -> HotStatement:
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    key = [column.name for column in table.primary_key]
    insert = insert.values({name: bindparam(name) for name in (*key, *counts)})
    sums = {name: table.c[name] + insert.excluded[name] for name in counts}
    return HotStatement(insert.on_conflict_do_update(index_elements=key, set_=sums))


@cache
def _statement(dialect: str, table: Table, columns: tuple[str, ...], *, update: bool) -> HotStatement:
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)  # the other one is heavy, and not needed
    insert = insert.values({name: bindparam(name) for name in columns})
    key = [column.name for column in table.primary_key]
    if not update:
        return HotStatement(insert.on_conflict_do_nothing())
    return HotStatement(
        insert.on_conflict_do_update(
            index_elements=key, set_={name: insert.excluded[name] for name in columns if name not in key}
        )
    )
