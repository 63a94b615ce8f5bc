"""How many invoices are late, and how many have a deadline that is near."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from ledger import overview
from ledger.database import Ledger
from ledger.documents import DOCUMENTS
from ledger.overview import Deadlines
from ledger.state import Action, State
from ledger.transitions import Key, Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, HOUR, NOW, SELLER
from tests.ledger.invoice_examples import opened

NONE = Deadlines(0, 0, None)


@dataclass(frozen=True)
class Unsent:
    """An invoice that is due."""

    deadline: timedelta
    business: bool = True


@pytest.mark.parametrize(
    ("unsent", "found"),
    [
        ([], NONE),
        ([Unsent(-HOUR)], Deadlines(1, 0, None)),
        ([Unsent(3 * HOUR), Unsent(2 * HOUR)], Deadlines(0, 2, NOW + 2 * HOUR)),
        ([Unsent(2 * DAY)], NONE),
        ([Unsent(-HOUR, business=False), Unsent(HOUR, business=False)], NONE),
    ],
    ids=["none", "late", "near", "far", "of consumers"],
)
def test_deadlines_count_for_business_orders(unsent: list[Unsent], found: Deadlines, ledger: Ledger) -> None:
    moves = [
        Transition(
            Key(str(number), Action.INVOICE), State.DUE, Reason.DUE, NOW, NOW + each.deadline, business=each.business
        )
        for number, each in enumerate(unsent)
    ]
    with ledger.begin() as connection:
        opened(connection, *(move.key.order_id for move in moves))
        DOCUMENTS.decide(connection, SELLER, moves, NOW)
        assert overview.deadlines(connection, SELLER, NOW, NOW + DAY) == found
