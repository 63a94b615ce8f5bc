"""The promise: a third action is its rules, its rooms, its call and one line; the route and the queue are there."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledger import history
from ledger.requests import REVIEWS, Request
from ledger.state import State
from ledger.transitions import Key
from marketplace.simulator.faults import Kind
from rules.reason import Reason
from tasks import entrypoints, route
from tasks.actions import ACTIONS, REVIEW
from tests.tasks.third_action.action import LINE
from tests.tasks.third_action.decide import POSTCARD, POSTCARDS
from tests.tasks.third_action.send import LOOK_AFTER
from tests.tasks.workshop import DAY, MINUTE, Workshop
from worker.clock import SimulatedClock

CALL, UPLOAD = "createFeed", "createFeedDocument"
PATIENCE = 60


@pytest.fixture
def shop(any_shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A workshop on each database in turn, whose house has a third action."""
    monkeypatch.setitem(ACTIONS, LINE.action, LINE)
    return any_shop


@pytest.fixture
def order(shop: Workshop) -> Iterator[str]:
    """An order that may have a review and a postcard; in the end it has one of each."""
    order = shop.order(10)
    yield order
    for _ in range(5):
        shop.wait(DAY)
        entrypoints.send_due(shop.app, shop.name)
        entrypoints.reconcile(shop.app, shop.name)
    assert (shop.asked(order), posted(shop)) == (1, [order])
    assert (shop.row(order).state, postcard(shop, order).state) == (State.SENT, State.SENT)


def opened(shop: Workshop) -> None:
    """Orders are read, and both of their rows are opened and decided."""
    entrypoints.sweep(shop.app, shop.name)


def postcard(shop: Workshop, order: str) -> Request:
    with shop.ledger.read() as connection:
        found = POSTCARDS.one(connection, shop.name, Key(order, POSTCARD))
    assert found
    return found


def posted(shop: Workshop) -> list[str]:
    """Orders of which Amazon has a postcard, once for each that it has."""
    return [card.order_id for card in shop.simulator.invoices() if card.account == shop.name]


def standing(shop: Workshop, order: str) -> tuple[State, Reason]:
    found = postcard(shop, order)
    return found.state, found.reason


def test_it_is_decided_and_sent_once_beside_the_review(shop: Workshop, order: str) -> None:
    opened(shop)
    assert standing(shop, order) == (State.DUE, Reason.DUE)
    entrypoints.send_due(shop.app, shop.name)
    assert standing(shop, order) == (State.SENT, Reason.REQUESTED)
    with shop.ledger.read() as connection:
        attempts = history.attempts_of(connection, shop.name, order)
    assert sorted(each.action for each in attempts if each.state is State.SENT) == [POSTCARD, "review"]


def test_recording_an_order_opens_its_row(shop: Workshop, order: str) -> None:
    shop.refresh()
    assert standing(shop, order) == (State.WAITING, Reason.NOT_DELIVERED)


def test_new_settings_give_a_row_to_an_order_that_was_there_before_it(
    any_shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = any_shop.order(10)
    opened(any_shop)
    monkeypatch.setitem(ACTIONS, LINE.action, LINE)
    any_shop.wants(daily_limit=7)
    opened(any_shop)
    assert standing(any_shop, order) == (State.DUE, Reason.DUE)


def test_new_settings_have_it_decided_again(shop: Workshop) -> None:
    late = shop.order(12)
    opened(shop)
    assert postcard(shop, late).next_look_at is None
    shop.wait(MINUTE)
    shop.wants(daily_limit=7)
    with shop.session():
        assert postcard(shop, late).next_look_at == shop.clock.now()


def test_what_was_decided_in_the_future_is_decided_again(shop: Workshop) -> None:
    order = shop.order(10.5)
    shop.wait(DAY)
    opened(shop)
    assert standing(shop, order) == (State.SKIPPED, Reason.TOO_LATE)
    entrypoints.sweep(replace(shop.app, clock=SimulatedClock(shop.clock.now() - DAY)), shop.name)
    assert standing(shop, order) == (State.DUE, Reason.DUE)


def test_the_rules_of_its_own_decide(shop: Workshop) -> None:
    late = shop.order(12)
    opened(shop)
    entrypoints.send_due(shop.app, shop.name)
    assert standing(shop, late) == (State.SKIPPED, Reason.TOO_LATE)
    assert shop.row(late).state is State.SENT
    assert posted(shop) == []


LOST: dict[str, tuple[Kind, int]] = {
    "after Amazon has it": ("drop_after", 1),
    "before Amazon has it": ("drop_before", 2),
    "a gateway's error": ("error_503_after", 1),
}


@pytest.mark.parametrize("case", LOST)
def test_a_lost_answer_is_settled_by_a_look(shop: Workshop, order: str, case: str) -> None:
    kind, calls = LOST[case]
    opened(shop)
    shop.trouble(kind, CALL, times=1)
    entrypoints.send_due(shop.app, shop.name)
    assert standing(shop, order) == (State.UNCLEAR, Reason.UNCLEAR)
    shop.wait(LOOK_AFTER)
    entrypoints.reconcile(shop.app, shop.name)
    assert postcard(shop, order).state is (State.SENT if calls == 1 else State.DUE)
    shop.wait(MINUTE)
    entrypoints.send_due(shop.app, shop.name)
    assert shop.calls(CALL) == calls


def test_its_worker_may_be_killed_between_claim_and_answer(shop: Workshop, order: str) -> None:
    opened(shop)
    shop.trouble("slow", CALL, times=1, seconds=PATIENCE)
    url = shop.ledger.engine.url.render_as_string(hide_password=False)
    settings = shop.sellers[shop.name].model_dump_json()
    program = [sys.executable, "-m", "tests.tasks.third_action.process"]
    arguments = [url, shop.simulator.url, shop.clock.now().isoformat(), settings]
    with subprocess.Popen([*program, *arguments], stderr=subprocess.PIPE, text=True) as worker:
        until = time.monotonic() + PATIENCE
        while not posted(shop):
            assert worker.poll() is None, worker.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)
        worker.kill()
    assert worker.returncode == -signal.SIGKILL
    assert postcard(shop, order).state is State.SENDING
    entrypoints.reconcile(shop.app, shop.name)
    assert standing(shop, order) == (State.UNCLEAR, Reason.UNCLEAR)
    shop.wait(LOOK_AFTER)
    entrypoints.reconcile(shop.app, shop.name)
    assert standing(shop, order) == (State.SENT, Reason.REQUESTED)
    assert shop.calls(CALL) == 1


def test_an_answer_is_recorded_before_the_next_one_is_prepared(shop: Workshop) -> None:
    both = [shop.order(10), shop.order(10)]
    opened(shop)
    shop.trouble("slow", UPLOAD, times=1)
    shop.trouble("slow", UPLOAD, times=1, seconds=3)
    with shop.meanwhile(lambda: entrypoints.send_due(shop.app, shop.name)) as sending:
        while shop.calls(UPLOAD) < 2:
            assert not sending.done(), sending.result()
            time.sleep(0.05)
        assert sorted(postcard(shop, order).state for order in both) == [State.DUE, State.SENT]


def test_the_sweep_of_reviews_leaves_it_alone(shop: Workshop, order: str) -> None:
    opened(shop)
    with shop.session() as session:
        decided = sum(route.decide_due(session, REVIEW) for _ in range(200))
        assert decided == 0  # the sweep that opened them has decided both
        with session.ledger.begin() as connection:
            REVIEWS.wake(connection, shop.name, [order], shop.clock.now())
        assert sum(route.decide_due(session, REVIEW) for _ in range(200)) == 1
    assert standing(shop, order) == (State.WAITING, Reason.DUE)


def test_no_reading_of_reviews_shows_it(shop: Workshop, order: str) -> None:
    opened(shop)
    with shop.ledger.read() as connection:
        request = REVIEWS.one(connection, shop.name, Key(order, "review"))
        assert request
        assert request.key.action == "review"
        now, states = shop.clock.now(), list(State)
        found = [
            *REVIEWS.in_states(connection, shop.name, states),
            *REVIEWS.looks(connection, shop.name, states, now, 99),
            *REVIEWS.due(connection, shop.name, now, 99),
            *REVIEWS.of_order(connection, shop.name, order),
        ]
        assert {each.key.action for each in found} == {"review"}
        assert history.totals(connection, [shop.name]).seen == 1
        assert [*history.verdicts(connection, shop.name)] == [order]
