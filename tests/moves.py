"""The table of moves (ledger/state.py) in the database itself: no statement, however it is made, leaves the table."""

from collections.abc import Iterator

from sqlalchemy import text

from ledger.database import Ledger
from ledger.state import DOCUMENT_MOVES, REQUEST_MOVES

_TABLES = {"entries": REQUEST_MOVES, "invoices": DOCUMENT_MOVES}


def hold_to_the_moves(ledger: Ledger) -> None:
    """From now on the database refuses every change of state that is not in the table of moves."""
    with ledger.begin() as connection:
        for statement in _statements(ledger.engine.dialect.name):
            connection.execute(text(statement))


def _statements(database: str) -> Iterator[str]:
    if database == "postgresql":
        yield (
            "CREATE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RAISE EXCEPTION ''there is no such move of %: % to %'', TG_TABLE_NAME, OLD.state, NEW.state; END'"
        )
    for table, moves in _TABLES.items():
        known = ", ".join(f"'{before} {after}'" for before, after in moves)
        when = f"OLD.state <> NEW.state AND OLD.state || ' ' || NEW.state NOT IN ({known})"
        trigger = f"CREATE TRIGGER moves_of_{table} BEFORE UPDATE OF state ON {table} "
        if database == "postgresql":
            yield f"{trigger} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION refuse_move()"
        else:
            yield f"{trigger} WHEN {when} BEGIN SELECT RAISE(ABORT, 'there is no such move of {table}'); END"
