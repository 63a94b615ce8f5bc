from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from ledger import history, identities, requests, tables
from ledger.database import Ledger
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Answered, Transition
from rules.reason import Reason
from tests.ledger.examples import (
    DAY,
    HOUR,
    NOW,
    SELLER,
    STATES,
    TOKEN,
    brought_to,
    claimed,
    due,
    known,
    review,
    row_of,
    standing,
)

WORKERS = 8
SENT = Transition(review("a"), State.SENT, Reason.REQUESTED)
_NAMES = ("order_id", "state", "reason", "next_look_at", "deadline", "tries", "changed_at")
_DECIDED = [tables.entries.c[name] for name in _NAMES]


def test_of_eight_workers_that_claim_one_entry_exactly_one_has_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
    together = Barrier(WORKERS)

    def claim(token: int) -> bool:
        together.wait()
        with ledger.begin() as connection:
            return REVIEWS.claim(connection, SELLER, review("a"), token, NOW)

    with ThreadPoolExecutor(WORKERS) as pool:
        won = list(pool.map(claim, range(1, WORKERS + 1)))
    assert sorted(won) == [False] * (WORKERS - 1) + [True]
    with ledger.begin() as connection:
        assert REVIEWS.settle(connection, SELLER, won.index(True) + 1, SENT, Answered(), NOW, asked=True)


@pytest.mark.parametrize("state", [state for state in STATES if state is not State.DUE], ids=str)
def test_only_a_due_entry_can_be_claimed(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        assert not REVIEWS.claim(connection, SELLER, review("a"), TOKEN + 1, NOW)
    assert standing(ledger)[0] == state


def test_a_claim_that_is_rolled_back_is_none(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
    with suppress(InterruptedError), ledger.begin() as connection:
        assert REVIEWS.claim(connection, SELLER, review("a"), TOKEN, NOW)
        raise InterruptedError
    assert standing(ledger) == (State.DUE, Reason.DUE)


def test_settling_records_the_answer_and_moves_on(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        answered = Answered("accepted", 201, "request-1")
        assert REVIEWS.settle(connection, SELLER, TOKEN, SENT, answered, NOW + HOUR, asked=True)
    row = row_of(ledger)
    assert (row.state, row.reason, row.asked_at) == (State.SENT, Reason.REQUESTED, NOW + HOUR)
    with ledger.read() as connection:
        (attempt,) = history.attempts_of(connection, SELLER, "a")
    assert (attempt.at, attempt.state, attempt.reason) == (NOW + HOUR, State.SENT, Reason.REQUESTED)
    assert (attempt.detail, attempt.status, attempt.request_id) == ("accepted", 201, "request-1")


def test_an_answer_before_the_call_leaves_the_entry_unasked(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        verdict = Transition(review("a"), State.WAITING, Reason.NOT_OFFERED, NOW + DAY)
        REVIEWS.settle(connection, SELLER, TOKEN, verdict, Answered(), NOW, asked=False)
        assert requests.asked_since(connection, SELLER, Action.REVIEW, NOW - DAY) == 0
    assert row_of(ledger).asked_at is None


def test_a_late_answer_of_a_lost_lane_moves_nothing_but_is_recorded(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        REVIEWS.orphaned(connection, SELLER, TOKEN + 1, NOW, NOW + HOUR)
        assert not REVIEWS.settle(connection, SELLER, TOKEN, SENT, Answered("late"), NOW + HOUR, asked=True)
        details = [attempt.detail for attempt in history.attempts_of(connection, SELLER, "a")]
    assert standing(ledger) == (State.UNCLEAR, Reason.UNCLEAR)
    assert details == ["the worker ended between claim and answer", "late"]


def test_a_late_answer_does_not_settle_the_claim_of_the_next_lane(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a", token=TOKEN + 1)
        assert not REVIEWS.settle(connection, SELLER, TOKEN, SENT, Answered(), NOW, asked=True)
    assert standing(ledger)[0] == State.SENDING


def test_the_claims_of_ended_lanes_become_doubts_and_those_of_this_lane_stay(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a", token=TOKEN)
        claimed(connection, "b", token=TOKEN + 1)
        assert REVIEWS.orphaned(connection, SELLER, TOKEN + 1, NOW, NOW + HOUR) == [review("a")]
        assert REVIEWS.orphaned(connection, SELLER, TOKEN + 1, NOW, NOW + HOUR) == []
    row = row_of(ledger, "a")
    assert (row.state, row.next_look_at, row.asked_at) == (State.UNCLEAR, NOW + HOUR, NOW)
    assert standing(ledger, "b")[0] == State.SENDING


@pytest.mark.parametrize("state", [State.SENDING, State.UNCLEAR, State.SENT, State.REFUSED, State.HELD], ids=str)
def test_a_sweep_moves_nothing_that_was_claimed_or_finished_since(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        REVIEWS.decide(connection, SELLER, [Transition(review("a"), State.DUE, Reason.DUE, NOW)], NOW)
    assert standing(ledger)[0] == state


def test_a_sweep_writes_all_that_it_decided_and_opens_no_entry(ledger: Ledger) -> None:
    look_at, deadline = ((NOW + days * DAY).astimezone(ZoneInfo("Asia/Tokyo")) for days in (1, 9))
    later = NOW + HOUR + timedelta(microseconds=1)
    with ledger.begin() as connection:
        known(connection, "a", "b")
        waits = [
            Transition(review(name), State.WAITING, Reason.TOO_EARLY, look_at, deadline, tries=2)
            for name in ("a", "b", "c")
        ]
        REVIEWS.decide(connection, SELLER, waits, NOW)
        REVIEWS.decide(connection, SELLER, [Transition(review("b"), State.SKIPPED, Reason.REFUNDED)], later)
        written = connection.execute(select(*_DECIDED).order_by(tables.entries.c.order_id)).all()
    assert written == [
        ("a", State.WAITING, Reason.TOO_EARLY, look_at, deadline, 2, NOW),
        ("b", State.SKIPPED, Reason.REFUNDED, None, deadline, 0, later),  # the last chance it had
    ]


def test_a_move_out_of_another_state_is_none_and_leaves_no_attempt(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        verdict = Transition(review("a"), State.DUE, Reason.DUE, NOW)
        assert not REVIEWS.move(connection, SELLER, verdict, Answered(), NOW, out_of=[State.UNCLEAR])
        assert len(history.attempts_of(connection, SELLER, "a")) == 1


def test_an_entry_that_was_surely_not_sent_is_unasked_again(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.UNCLEAR)
        verdict = Transition(review("a"), State.DUE, Reason.DUE, NOW)
        assert REVIEWS.move(connection, SELLER, verdict, Answered(), NOW, out_of=[State.UNCLEAR])
    assert row_of(ledger).asked_at is None


@pytest.mark.parametrize(
    ("state", "asked_at"), [(State.UNCLEAR, NOW), (State.HELD, NOW), (State.WAITING, NOW + HOUR)], ids=str
)
def test_an_entry_found_to_be_sent_was_asked_when_it_first_may_have_been(
    ledger: Ledger, state: State, asked_at: Any
) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        assert REVIEWS.move(connection, SELLER, SENT, Answered(), NOW + HOUR, out_of=[state])
    assert row_of(ledger).asked_at == asked_at


def test_a_verdict_without_deadline_keeps_the_one_that_is_known(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
        REVIEWS.decide(connection, SELLER, [Transition(review("a"), State.WAITING, Reason.NOT_OFFERED, NOW)], NOW)
    assert row_of(ledger).deadline == NOW + 10 * DAY


def test_the_nearest_deadline_goes_first_and_the_future_not_at_all(ledger: Ledger) -> None:
    deadlines = {"a": 3, "b": 1, "c": 2}
    with ledger.begin() as connection:
        known(connection, *deadlines, "later")
        verdicts = [Transition(review(i), State.DUE, Reason.DUE, NOW, NOW + n * DAY) for i, n in deadlines.items()]
        later = Transition(review("later"), State.DUE, Reason.BUSY, NOW + HOUR, NOW + HOUR)
        REVIEWS.decide(connection, SELLER, [*verdicts, later], NOW)
        assert [row.order_id for row in REVIEWS.due(connection, SELLER, NOW, 10)] == ["b", "c", "a"]
        assert [row.order_id for row in REVIEWS.due(connection, SELLER, NOW, 2)] == ["b", "c"]
        assert {row.order_id for row in REVIEWS.expired(connection, SELLER, NOW + 2 * DAY, 10)} == {"later", "b", "c"}


def test_every_due_entry_says_why_it_does_not_go_out(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b")
        brought_to(connection, "c", State.WAITING)
        assert REVIEWS.say_why(connection, SELLER, Reason.PAUSED, NOW) == 2
        assert REVIEWS.say_why(connection, SELLER, Reason.PAUSED, NOW) == 0
    assert standing(ledger, "a") == (State.DUE, Reason.PAUSED)
    assert standing(ledger, "c") == (State.WAITING, Reason.TOO_EARLY)


def test_new_settings_wake_what_waits_or_is_due_and_what_was_skipped_of_late(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for order_id, state in zip("abcd", (State.WAITING, State.SKIPPED, State.DUE, State.SENT), strict=True):
            brought_to(connection, order_id, state)
        known(connection, "old", now=NOW - 100 * DAY)
        skipped = Transition(review("old"), State.SKIPPED, Reason.TOO_LATE)
        REVIEWS.decide(connection, SELLER, [skipped], NOW - 90 * DAY)
        REVIEWS.wake_all(connection, SELLER, NOW + HOUR, since=NOW - 60 * DAY)
    looks = {i: row_of(ledger, i).next_look_at for i in ("a", "b", "c", "d", "old")}
    assert looks == {"a": NOW + HOUR, "b": NOW + HOUR, "c": NOW + HOUR, "d": None, "old": None}


def test_all_states_are_streamed_with_their_facts(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for state in STATES:
            brought_to(connection, state, state)
    with ledger.read() as connection:
        found = {row.order_id: row.state for row in REVIEWS.in_states(connection, SELLER, list(State))}
    assert found == {state: state for state in STATES}


def test_a_ledger_knows_whether_it_holds_orders(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        assert identities.is_empty(connection)
        known(connection, "a")
        assert not identities.is_empty(connection)
