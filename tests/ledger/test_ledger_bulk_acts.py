"""Acts on many orders: one process at a time goes on with one, from where the last one left off."""

from datetime import UTC, datetime

from ledger import bulk_acts
from ledger.bulk_acts import STILL, Meant
from ledger.database import Ledger

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
ORDERS = [Meant("b", "1", ""), Meant("a", "2", "part"), Meant("a", "3", "")]


def test_one_process_at_a_time_goes_on_from_where_the_last_one_left_off(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        number = bulk_acts.add(connection, NOW, "claire", "the page", "skip", "review", "a recall", ORDERS)
        assert bulk_acts.take(connection, number, NOW) == ORDERS
        assert bulk_acts.take(connection, number, NOW + STILL) == []
        assert bulk_acts.advance(connection, number, 0, 2, 1, NOW)
        assert not bulk_acts.advance(connection, number, 0, 2, 1, NOW)
        assert bulk_acts.take(connection, number, NOW + 2 * STILL) == ORDERS
        assert bulk_acts.advance(connection, number, 2, 3, 1, NOW + 2 * STILL)
        assert bulk_acts.take(connection, number, NOW + 9 * STILL) == []
        (found,) = bulk_acts.newest(connection, 9)
    assert (found.id, found.sellers, found.total, found.done, found.changed) == (number, ["a", "b"], 3, 3, 2)
    assert found.ended_at == NOW + 2 * STILL


def test_one_that_is_not_there_is_none(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        assert bulk_acts.one(connection, 7) is None
        assert bulk_acts.take(connection, 7, NOW) == []
