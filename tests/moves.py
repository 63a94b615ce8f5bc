"""The table of moves (ledger/state.py) in the database itself: no statement, however it is made, leaves the table."""

from collections.abc import Iterator

from sqlalchemy import text

from ledger.database import Ledger
from ledger.state import DOCUMENT_MOVES, REQUEST_MOVES

_TABLES = {"entries": REQUEST_MOVES, "invoices": DOCUMENT_MOVES}


def hold_to_the_moves(ledger: Ledger) -> None:
    """From now on the database refuses every change of state that is not in the table of moves."""
    for statement in _statements(ledger.engine.dialect.name):
        with ledger.begin() as connection:  # one by one: no worker on this ledger can be in the way of two
            connection.execute(text(statement))


def _statements(database: str) -> Iterator[str]:
    if database == "postgresql":
        yield (
            "CREATE OR REPLACE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RAISE EXCEPTION ''there is no such move of %: % to %'', TG_TABLE_NAME, OLD.state, NEW.state; END'"
        )
    for table, moves in _TABLES.items():
        known = ", ".join(f"'{before} {after}'" for before, after in moves)
        when = f"OLD.state <> NEW.state AND OLD.state || ' ' || NEW.state NOT IN ({known})"
        moment = f"moves_of_{table} BEFORE UPDATE OF state ON {table}"
        if database == "postgresql":
            yield f"CREATE OR REPLACE TRIGGER {moment} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION refuse_move()"
        else:
            refusal = f"SELECT RAISE(ABORT, 'there is no such move of {table}')"
            yield f"CREATE TRIGGER IF NOT EXISTS {moment} WHEN {when} BEGIN {refusal}; END"
