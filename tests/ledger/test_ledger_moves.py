"""The table of moves (ledger/state.py): the queue refuses any other, and in tests so does the database."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Update, update
from sqlalchemy.exc import DatabaseError

from ledger.database import Connection, Ledger
from ledger.documents import DOCUMENTS
from ledger.queue import Queue
from ledger.requests import REVIEWS
from ledger.state import DOCUMENT_MOVES, REQUEST_MOVES, Action, Moves, State
from ledger.transitions import Answered, Key, Transition
from rules.reason import Reason
from tests.ledger import examples, invoice_examples
from tests.ledger.examples import NOW, SELLER, STATES, TOKEN

Bring = Callable[[Connection, str, State], None]
QUEUES: dict[str, tuple[Queue[Any], Action, Bring, tuple[State, ...], Moves]] = {
    "requests": (REVIEWS, Action.REVIEW, examples.brought_to, STATES, REQUEST_MOVES),
    "documents": (DOCUMENTS, Action.INVOICE, invoice_examples.brought_to, tuple(State), DOCUMENT_MOVES),
}


@pytest.mark.parametrize("queue", QUEUES)
def test_no_statement_makes_a_move_that_is_not_in_the_table(ledger: Ledger, queue: str) -> None:
    work, _, bring, states, moves = QUEUES[queue]
    with ledger.begin() as connection:
        for state in states:
            bring(connection, state, state)
    refused = {
        (before, after)
        for before, after in product(states, states)
        if not _may_be_set(ledger, update(work.table).where(work.table.c.order_id == before), after)
    }
    assert refused == {(before, after) for before, after in product(states, states) if before != after} - moves.keys()


def _may_be_set(ledger: Ledger, statement: Update, state: State) -> bool:
    connection = ledger.engine.connect()
    try:
        connection.execute(statement.values(state=state.value))
    except DatabaseError:
        return False
    finally:
        connection.rollback()
        connection.close()
    return True


@pytest.mark.parametrize("queue", QUEUES)
def test_the_queue_refuses_a_move_that_is_not_in_the_table(ledger: Ledger, queue: str) -> None:
    work, action, bring, _, _ = QUEUES[queue]
    key = Key("a", action)
    with ledger.begin() as connection:
        bring(connection, "a", State.SENDING)
        sent = Transition(key, State.SENT, Reason.REQUESTED)
        waiting = Transition(key, State.WAITING, Reason.TOO_EARLY, NOW)
        sending = Transition(key, State.SENDING, Reason.DUE, NOW)
        for refused in (
            lambda: work.decide(connection, SELLER, [sent], NOW),
            lambda: work.move(connection, SELLER, waiting, Answered(), NOW, out_of=[State.SENT]),
            lambda: work.settle(connection, SELLER, TOKEN, sending, Answered(), NOW, asked=True),
        ):
            with pytest.raises(AssertionError, match="there is no move of"):
                refused()
