"""How many stand where is kept as they move, and is what a count finds."""

import pytest
from sqlalchemy import func, select, text

from ledger import history, tallies
from ledger.database import Ledger
from ledger.history import Totals, broken_invariants
from ledger.requests import REVIEWS
from ledger.tables import entries
from ledger.tables import tallies as tally_rows
from tests.ledger.examples import NOW, SELLER, review

MOVES = (
    "UPDATE entries SET state = 'due', reason = 'due' WHERE order_id < '3'",
    "UPDATE entries SET next_look_at = NULL",
    "UPDATE entries SET reason = 'paused' WHERE order_id = '2'",
    "UPDATE entries SET seller = 'renamed' WHERE order_id > '2'",
    "DELETE FROM entries WHERE order_id = '1'",
)


def opened(ledger: Ledger, *order_ids: str) -> None:
    with ledger.begin() as connection:
        for _ in range(2):  # a row that is there stays, and is counted once
            REVIEWS.open(connection, SELLER, map(review, order_ids), NOW)


@pytest.mark.parametrize("moves", [MOVES[:end] for end in range(len(MOVES) + 1)], ids=lambda moves: str(len(moves)))
def test_the_tallies_are_what_a_count_finds(ledger: Ledger, moves: tuple[str, ...]) -> None:
    opened(ledger, "1", "2", "3", "4")
    with ledger.begin() as connection:
        for move in moves:
            connection.execute(text(move))
        columns = (entries.c.seller, entries.c.state, entries.c.reason)
        counted = {row[:3]: row[3] for row in connection.execute(select(*columns, func.count()).group_by(*columns))}
        kept = {
            (seller, state, reason): number
            for seller, counts in tallies.counts(connection, ["review"]).items()
            for state, reason, number in counts
        }
        assert kept == counted
        assert "the tallies are not what a count says" not in broken_invariants(connection)


def test_batches_are_added_up_and_say_the_same(ledger: Ledger) -> None:
    opened(ledger, "1", "2", "3")
    with ledger.begin() as connection:
        connection.execute(text(MOVES[0]))
        before = history.totals(connection, [SELLER])
        tallies.merge(connection)
        tallies.merge(connection)
        assert history.totals(connection, [SELLER]) == before
        batches = connection.execute(select(tally_rows.c.batch).distinct()).scalars().all()
    assert batches == [0]
    assert before == Totals(0, 3, 0, 0, 0, {"due": 2, "not_delivered": 1})
