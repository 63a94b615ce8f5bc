"""Claiming, settling and moving on: an invoice has one sender, and every answer is kept."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest

from ledger import documents, history
from ledger.database import Connection, Ledger
from ledger.documents import DOCUMENTS
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from rules.reason import Reason
from tests.ledger.examples import HOUR, MINUTE, NOW, SELLER, TOKEN
from tests.ledger.invoice_examples import ENDS, brought_to, claimed, due, made, row_of, standing

WORKERS = 8
SENT = Transition(Key("a", Action.INVOICE), State.SENT, Reason.INVOICED)
DUE = Transition(Key("a", Action.INVOICE), State.DUE, Reason.DUE, NOW)
LATER = NOW + HOUR


def attempts(connection: Connection, order_id: str = "a") -> list[str]:
    found = history.attempts_of(connection, SELLER, order_id, Action.INVOICE)
    return [f"{attempt.state} {attempt.reason}: {attempt.detail}" for attempt in found]


# claiming and settling


def test_of_eight_workers_that_claim_one_invoice_exactly_one_has_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
    together = Barrier(WORKERS)

    def claim(token: int) -> bool:
        together.wait()
        with ledger.begin() as connection:
            return DOCUMENTS.claim(connection, SELLER, Key("a", Action.INVOICE), token, NOW)

    with ThreadPoolExecutor(WORKERS) as pool:
        won = list(pool.map(claim, range(1, WORKERS + 1)))
    assert sorted(won) == [False] * (WORKERS - 1) + [True]
    with ledger.begin() as connection:
        token = won.index(True) + 1
        assert DOCUMENTS.settle(connection, SELLER, token, SENT, Answered(), NOW, asked=True)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DUE], ids=str)
def test_only_a_due_invoice_can_be_claimed(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        assert not DOCUMENTS.claim(connection, SELLER, Key("a", Action.INVOICE), TOKEN + 1, NOW)
    assert standing(ledger)[0] == state


def test_an_invoice_without_a_number_cannot_be_claimed(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
        assert not DOCUMENTS.claim(connection, SELLER, Key("a", Action.INVOICE), TOKEN, NOW)


def test_a_claim_that_is_rolled_back_is_none(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
    with suppress(InterruptedError), ledger.begin() as connection:
        assert DOCUMENTS.claim(connection, SELLER, Key("a", Action.INVOICE), TOKEN, NOW)
        raise InterruptedError
    assert standing(ledger) == (State.DUE, Reason.DUE)


def test_settling_records_the_answer_and_the_upload_and_moves_on(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        move = Transition(Key("a", Action.INVOICE), State.SUBMITTED, Reason.SUBMITTED, LATER, feed_id="feed-1")
        answered = Answered("accepted", 202, "request-1")
        assert DOCUMENTS.settle(connection, SELLER, TOKEN, move, answered, NOW, asked=True)
        (attempt,) = history.attempts_of(connection, SELLER, "a")
    row = row_of(ledger)
    assert (row.state, row.next_look_at, row.asked_at, row.feed_id) == (State.SUBMITTED, LATER, NOW, "feed-1")
    assert row.claim is None
    assert (attempt.action, attempt.state, attempt.detail) == (Action.INVOICE, State.SUBMITTED, "accepted")
    assert (attempt.status, attempt.request_id) == (202, "request-1")


def test_an_answer_before_the_call_leaves_the_invoice_unasked(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        move = Transition(Key("a", Action.INVOICE), State.DUE, Reason.PAUSED, NOW, tries=2)
        assert DOCUMENTS.settle(connection, SELLER, TOKEN, move, Answered(), NOW, asked=False)
    row = row_of(ledger)
    assert (row.state, row.asked_at, row.tries) == (State.DUE, None, 2)


def test_a_late_answer_of_a_lost_lane_moves_nothing_but_is_recorded(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        assert DOCUMENTS.orphaned(connection, SELLER, TOKEN + 1, NOW, LATER) == [Key("a", Action.INVOICE)]
        assert not DOCUMENTS.settle(connection, SELLER, TOKEN, SENT, Answered("late"), LATER, asked=True)
        said = attempts(connection)
    assert standing(ledger) == (State.UNCLEAR, Reason.UNCLEAR)
    assert said == ["unclear unclear: the worker ended between claim and answer", "sent invoiced: late"]


def test_a_late_answer_does_not_settle_the_claim_of_the_next_lane(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a", token=TOKEN + 1)
        assert not DOCUMENTS.settle(connection, SELLER, TOKEN, SENT, Answered(), NOW, asked=True)
    assert standing(ledger)[0] == State.SENDING


def test_the_claims_of_ended_lanes_become_doubts_since_their_claim_and_those_of_this_lane_stay(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a", token=TOKEN)
        claimed(connection, "b", token=TOKEN + 1)
        assert DOCUMENTS.orphaned(connection, SELLER, TOKEN + 1, LATER, LATER + MINUTE) == [Key("a", Action.INVOICE)]
        assert DOCUMENTS.orphaned(connection, SELLER, TOKEN + 1, LATER, LATER + MINUTE) == []
    row = row_of(ledger, "a")
    assert (row.state, row.next_look_at, row.asked_at) == (State.UNCLEAR, LATER + MINUTE, NOW)
    assert (row.claim, row.changed_at) == (None, NOW)
    assert standing(ledger, "b")[0] == State.SENDING


def test_a_seller_with_a_lost_answer_is_known(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SUBMITTED)
        assert not documents.any_unclear(connection, SELLER)
        brought_to(connection, "b", State.UNCLEAR)
        assert documents.any_unclear(connection, SELLER)
        assert not documents.any_unclear(connection, "another")


# moving on


def test_a_move_out_of_another_state_is_none_and_leaves_no_attempt(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        assert not DOCUMENTS.move(connection, SELLER, DUE, Answered(), NOW, out_of=[State.UNCLEAR])
        assert len(attempts(connection)) == 1


@pytest.mark.parametrize("state", ENDS, ids=str)
def test_a_document_that_is_to_be_sent_again_keeps_its_number_and_its_bytes(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        again = Answered("sent again by ann: the buyer lost it")
        assert DOCUMENTS.send_again(connection, SELLER, Key("a", Action.INVOICE), again, NOW, [state])
        assert attempts(connection)[-1] == "due due: sent again by ann: the buyer lost it"
        assert DOCUMENTS.claim(connection, SELLER, Key("a", Action.INVOICE), TOKEN, NOW)
    row = row_of(ledger)
    assert (row.number, row.pdf) == ("2026-000001", b"sealed page")
    assert row.asked_at == (NOW if state is State.SENT else None)  # Amazon counts when it first had it


def test_the_upload_of_a_document_that_is_sent_again_is_nobody_elses(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SUBMITTED)
        assert DOCUMENTS.move(connection, SELLER, DUE, Answered(), NOW, out_of=[State.SUBMITTED])
        assert documents.known_feeds(connection, SELLER, ["feed-1", "feed-2"]) == {"feed-1"}


@pytest.mark.parametrize(("state", "asked_at"), [(State.UNCLEAR, NOW), (State.WAITING, LATER)], ids=str)
def test_a_document_found_to_be_sent_was_asked_when_it_first_may_have_been(
    ledger: Ledger, state: State, asked_at: object
) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        assert DOCUMENTS.move(connection, SELLER, SENT, Answered(), LATER, out_of=[state])
    assert row_of(ledger).asked_at == asked_at


def test_an_upload_that_was_found_is_the_documents_from_then_on(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.UNCLEAR)
        found = Transition(Key("a", Action.INVOICE), State.SUBMITTED, Reason.SUBMITTED, NOW, feed_id="feed-7")
        DOCUMENTS.move(connection, SELLER, found, Answered(), NOW, out_of=[State.UNCLEAR])
        read = Transition(Key("a", Action.INVOICE), State.SENT, Reason.INVOICED)
        DOCUMENTS.move(connection, SELLER, read, Answered(), NOW, out_of=[State.SUBMITTED])
        assert documents.known_feeds(connection, SELLER, ["feed-7", "feed-8"]) == {"feed-7"}
        assert documents.known_feeds(connection, SELLER, []) == set()
        assert documents.known_feeds(connection, "another", ["feed-7"]) == set()
    assert row_of(ledger).feed_id == "feed-7"
