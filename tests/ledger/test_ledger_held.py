"""What is looked at again every day is held since the first, not since the last look."""

from ledger.database import Ledger
from ledger.held import held
from ledger.requests import REVIEWS
from ledger.state import State
from ledger.transitions import Answered, Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, NOW, SELLER, brought_to, review


def test_a_row_is_held_since_the_first_of_the_answers_that_held_it(ledger: Ledger) -> None:
    again = Transition(review("a"), State.HELD, Reason.UNKNOWN_REFUSAL, NOW + 9 * DAY)
    with ledger.begin() as connection:
        assert held(connection, SELLER) == (0, None)
        brought_to(connection, "a", State.HELD)
        for day in (1, 2, 3):
            assert REVIEWS.move(connection, SELLER, again, Answered("no"), NOW + day * DAY, out_of=[State.HELD])
        assert held(connection, SELLER) == (1, NOW)
        due = Transition(review("a"), State.DUE, Reason.DUE, NOW)
        assert REVIEWS.move(connection, SELLER, due, Answered("not-sent"), NOW + 4 * DAY, out_of=[State.HELD])
        assert REVIEWS.claim(connection, SELLER, review("a"), 7, NOW + 5 * DAY)
        assert REVIEWS.settle(connection, SELLER, 7, again, Answered("no"), NOW + 5 * DAY, asked=False)
        assert held(connection, SELLER) == (1, NOW + 5 * DAY)
