"""When an invoice is looked at, and what a sweep may decide."""

import pytest

from ledger import lanes, orders
from ledger.database import Ledger
from ledger.documents import DOCUMENTS
from ledger.lanes import LEASE
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Key, Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, HOUR, MINUTE, NOW, SELLER, order, review
from tests.ledger.invoice_examples import WITH_INVOICES, brought_to, due, made, opened, row_of, standing

UNMADE = (State.WAITING, State.SKIPPED)
LATER = NOW + HOUR


# waking


@pytest.mark.parametrize("state", State, ids=str)
def test_new_facts_wake_only_what_is_not_made_and_not_held(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        DOCUMENTS.wake(connection, SELLER, ["a", "b"], LATER)
        DOCUMENTS.wake(connection, SELLER, [], LATER)
    row = row_of(ledger)
    assert row.state == state
    assert (row.next_look_at == LATER) == (state in UNMADE)


def test_new_facts_bring_a_due_invoice_that_is_not_made_back_to_the_sweep(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b")
        orders.record_orders(
            connection, SELLER, [order("a", updated_at=LATER)], as_of=LATER, previous=NOW, opens=WITH_INVOICES
        )
    assert (standing(ledger, "a")[0], row_of(ledger, "a").next_look_at) == (State.WAITING, LATER)
    assert standing(ledger, "b")[0] == State.DUE


def test_new_settings_bring_back_to_the_sweep_what_is_not_under_way_or_at_its_end(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for state in State:
            brought_to(connection, state, state)
        due(connection, "unmade", "stuck", "old")
        stuck = Transition(Key("stuck", Action.INVOICE), State.HELD, Reason.NOT_PRINTABLE, NOW + DAY)
        DOCUMENTS.decide(connection, SELLER, [stuck], NOW)
        DOCUMENTS.decide(
            connection,
            SELLER,
            [Transition(Key("old", Action.INVOICE), State.SKIPPED, Reason.CANCELLED)],
            NOW - 90 * DAY,
        )
        DOCUMENTS.wake_all(connection, SELLER, LATER, since=NOW - 60 * DAY)
        rows = DOCUMENTS.looks(connection, SELLER, list(State), LATER, 99)
    assert {row.order_id: row.state for row in rows if row.next_look_at == LATER} == {
        "waiting": State.WAITING,
        "skipped": State.SKIPPED,
        "due": State.WAITING,
        "unmade": State.WAITING,
        "stuck": State.HELD,
    }


@pytest.mark.parametrize("state", State, ids=str)
def test_a_clock_that_was_set_back_brings_forward_whatever_will_be_looked_at(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        DOCUMENTS.wake_from_the_future(connection, SELLER, NOW - DAY)
    looks = row_of(ledger).next_look_at
    if state is State.SENDING:
        assert looks == NOW + LEASE
    else:
        brought_forward = state not in (State.SENT, State.REFUSED, State.HELD)
        assert looks == (NOW - DAY if brought_forward else None)


def test_a_clock_that_was_not_set_back_brings_nothing_forward(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.WAITING)
        DOCUMENTS.wake_from_the_future(connection, SELLER, LATER)
    assert row_of(ledger).next_look_at == NOW + DAY


# deciding


@pytest.mark.parametrize("state", State, ids=str)
def test_a_sweep_moves_nothing_that_is_under_way_or_at_its_end(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        DOCUMENTS.decide(
            connection, SELLER, [Transition(Key("a", Action.INVOICE), State.SKIPPED, Reason.CANCELLED)], NOW
        )
    moved = state in (State.WAITING, State.SKIPPED, State.DUE, State.HELD)
    assert standing(ledger)[0] == (State.SKIPPED if moved else state)


def test_a_verdict_keeps_the_deadline_and_the_buyers_kind_that_are_known(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a")
        first = Transition(Key("a", Action.INVOICE), State.DUE, Reason.DUE, NOW, NOW + DAY, business=True)
        DOCUMENTS.decide(connection, SELLER, [first], NOW)
        DOCUMENTS.decide(
            connection, SELLER, [Transition(Key("a", Action.INVOICE), State.WAITING, Reason.NOT_OFFERED, NOW)], NOW
        )
    row = row_of(ledger)
    assert (row.state, row.deadline, row.business) == (State.WAITING, NOW + DAY, True)


def test_the_nearest_deadline_goes_first_and_the_future_not_at_all(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a", "b", "c", "later")
        for order_id, days in (("a", 3), ("b", 1), ("c", 2)):
            move = Transition(Key(order_id, Action.INVOICE), State.DUE, Reason.DUE, NOW, NOW + days * DAY)
            DOCUMENTS.decide(connection, SELLER, [move], NOW)
        DOCUMENTS.decide(
            connection, SELLER, [Transition(Key("later", Action.INVOICE), State.DUE, Reason.BUSY, LATER, NOW)], NOW
        )
        found = []
        while rows := DOCUMENTS.due(connection, SELLER, NOW, 1):
            found.append(rows[0].order_id)
            DOCUMENTS.decide(
                connection,
                SELLER,
                [Transition(rows[0].key, State.SKIPPED, Reason.CANCELLED)],
                NOW,
            )
    assert found == ["b", "c", "a"]


def test_every_due_invoice_says_why_it_does_not_go_out(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a", "b")
        brought_to(connection, "c", State.WAITING)
        assert DOCUMENTS.say_why(connection, SELLER, Reason.PAUSED, NOW) == 2
        assert DOCUMENTS.say_why(connection, SELLER, Reason.PAUSED, NOW) == 0
    assert standing(ledger, "a") == (State.DUE, Reason.PAUSED)
    assert standing(ledger, "c") == (State.WAITING, Reason.NOT_SHIPPED)


def test_a_seller_has_work_when_a_look_is_due(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SUBMITTED)
        assert not DOCUMENTS.has_work(connection, SELLER, [State.SUBMITTED], NOW)
        assert not DOCUMENTS.has_work(connection, SELLER, [State.DUE], LATER)
        assert not DOCUMENTS.has_work(connection, "another", [State.SUBMITTED], LATER)
        assert DOCUMENTS.has_work(connection, SELLER, [State.SUBMITTED], LATER)


@pytest.mark.parametrize(("state", "rung"), [(State.SUBMITTED, True), (State.SENDING, True), (State.SENT, False)])
def test_a_lane_is_rung_for_its_invoices_alone(ledger: Ledger, state: State, rung: bool) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        lane = lanes.acquire(connection, SELLER, "another-machine 0d5f:pid 17 4242", NOW)
        assert lane
        REVIEWS.decide(connection, SELLER, [Transition(review("a"), State.SKIPPED, Reason.CANCELLED)], NOW)
        assert DOCUMENTS.with_work(connection, [State.SUBMITTED], NOW + MINUTE) == set()
        lanes.release(connection, lane, {})
        assert DOCUMENTS.with_work(connection, [State.SUBMITTED], NOW + MINUTE) == ({SELLER} if rung else set())
