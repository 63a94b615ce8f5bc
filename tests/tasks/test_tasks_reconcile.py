from datetime import timedelta

import pytest

from ledger import lanes
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Key
from marketplace.pace import Pace
from marketplace.simulator.faults import Kind
from rules.reason import Reason
from tasks.line import MOST_TRIES
from tasks.reviews.send import LOOK_AFTER
from tests.tasks.workshop import ASK, DAY, FR, HOUR, MINUTE, OFFER, Workshop


def lost(shop: Workshop, kind: Kind, days_ago: float = 10) -> str:
    """An order whose answer was lost; its doubt may be looked at now."""
    order = shop.order(days_ago)
    shop.sweep()
    shop.trouble(kind, ASK, times=1)
    shop.send()
    assert shop.standing(order) == (State.UNCLEAR, Reason.UNCLEAR)
    shop.wait(LOOK_AFTER)
    return order


def test_a_request_that_was_accepted_before_its_answer_was_lost_is_not_made_again(any_shop: Workshop) -> None:
    order = lost(any_shop, "drop_after")
    assert any_shop.reconcile() == 1
    assert any_shop.standing(order) == (State.SENT, Reason.NO_LONGER_OFFERED)
    any_shop.whole_days(3)
    assert any_shop.standing(order) == (State.SENT, Reason.NO_LONGER_OFFERED)
    assert any_shop.row(order).next_look_at is None
    assert any_shop.asked(order) == 1
    assert any_shop.details(order)[1:] == ["no longer offered", "no longer offered"]


def test_a_request_that_was_lost_before_it_was_accepted_is_made_again(any_shop: Workshop) -> None:
    order = lost(any_shop, "drop_before")
    any_shop.reconcile()
    assert any_shop.standing(order) == (State.DUE, Reason.DUE)
    assert any_shop.row(order).asked_at is None
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def test_a_doubt_is_not_looked_at_before_amazon_had_time(shop: Workshop) -> None:
    order = shop.order()
    shop.sweep()
    shop.trouble("drop_after", ASK, times=1)
    shop.send()
    shop.reconcile()
    assert shop.standing(order)[0] == State.UNCLEAR


def test_a_whole_pass_waits_for_what_is_in_doubt(shop: Workshop) -> None:
    order = shop.order()
    shop.trouble("error_500_before", ASK, times=2)
    shop.whole_pass()
    assert shop.asked(order) == 1
    assert shop.row(order).state == State.SENT


def test_an_empty_answer_after_a_lost_request_is_verified_a_day_later(any_shop: Workshop) -> None:
    order = lost(any_shop, "drop_before")
    any_shop.trouble("empty_actions", OFFER, times=1)
    any_shop.reconcile()
    assert any_shop.standing(order) == (State.SENT, Reason.NO_LONGER_OFFERED)
    assert any_shop.row(order).next_look_at == any_shop.clock.now() + DAY
    any_shop.whole_days(2)
    assert any_shop.asked(order) == 1
    assert any_shop.standing(order) == (State.SENT, Reason.REQUESTED)


def test_a_doubt_whose_window_is_shut_is_held_for_a_person(shop: Workshop) -> None:
    order = lost(shop, "drop_after")
    shop.at(shop.row(order).deadline)
    offers = shop.calls(OFFER)
    shop.reconcile()
    assert shop.standing(order) == (State.HELD, Reason.UNCLEAR)
    assert shop.row(order).next_look_at is None
    assert shop.calls(OFFER) == offers


def test_a_sent_order_whose_window_is_shut_before_its_second_look_stays_sent(shop: Workshop) -> None:
    order = lost(shop, "drop_after")
    shop.reconcile()
    shop.at(shop.row(order).deadline + HOUR)
    shop.reconcile()
    assert shop.standing(order) == (State.SENT, Reason.NO_LONGER_OFFERED)
    assert shop.row(order).next_look_at is None


def test_after_five_lost_answers_in_a_row_an_order_is_held_for_a_day(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.trouble("drop_before", ASK)
    any_shop.whole_pass()
    assert any_shop.standing(order) == (State.HELD, Reason.UNCLEAR)
    assert any_shop.calls(ASK) == MOST_TRIES
    assert any_shop.asked(order) == 0
    any_shop.simulator.clear_faults()
    any_shop.whole_days(2)
    assert any_shop.standing(order) == (State.SENT, Reason.REQUESTED)  # it was still offered: surely not sent
    assert any_shop.asked(order) == 1


def test_an_outage_before_the_first_lost_answer_does_not_hold_an_order(shop: Workshop) -> None:
    order = shop.order()
    shop.sweep()
    shop.trouble("html_503", OFFER, times=MOST_TRIES)
    for _ in range(MOST_TRIES):
        shop.send()
        assert shop.standing(order) == (State.DUE, Reason.BUSY)
        shop.wait(HOUR)
    shop.trouble("drop_before", ASK, times=1)
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_a_refusal_in_new_words_is_asked_again_a_day_later_while_it_is_offered(shop: Workshop) -> None:
    order = shop.order()
    shop.trouble("unknown_403", ASK)
    shop.whole_pass()
    assert shop.standing(order) == (State.HELD, Reason.UNKNOWN_REFUSAL)
    shop.wait(23 * HOUR)
    shop.whole_pass()
    assert shop.calls(ASK) == 1
    shop.wait(HOUR)
    shop.whole_pass()
    assert shop.calls(ASK) == 2
    shop.simulator.clear_faults()
    shop.wait(DAY)
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_a_refusal_in_new_words_ends_when_the_window_shuts(shop: Workshop) -> None:
    order = shop.order(20)
    shop.trouble("unknown_403", ASK)
    shop.whole_days(8)
    assert shop.standing(order) == (State.SKIPPED, Reason.UNKNOWN_REFUSAL)
    assert shop.row(order).next_look_at is None


@pytest.mark.parametrize("kind", ["html_503", "throttle", "drop_before", "denied", "unknown_403", "cut_json"])
def test_a_look_that_fails_settles_nothing(shop: Workshop, kind: Kind) -> None:
    order = lost(shop, "drop_after")
    shop.trouble(kind, OFFER)
    assert shop.reconcile() == 0
    assert shop.standing(order) == (State.UNCLEAR, Reason.UNCLEAR)
    assert timedelta() < shop.row(order).next_look_at - shop.clock.now() <= 5 * MINUTE
    shop.simulator.clear_faults()
    shop.wait(5 * MINUTE)
    shop.reconcile()
    assert shop.standing(order)[0] == State.SENT


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "not accepted"])
def test_the_claim_of_an_ended_worker_is_settled_by_looking(any_shop: Workshop, accepted: bool) -> None:
    order = any_shop.order()
    any_shop.sweep()
    with any_shop.ledger.begin() as connection:
        lane = lanes.acquire(connection, any_shop.name, "another machine", any_shop.clock.now())
        assert lane is not None
        assert REVIEWS.claim(connection, any_shop.name, Key(order, Action.REVIEW), lane.token, any_shop.clock.now())
    if accepted:
        mine = any_shop.app.connect(any_shop.sellers[any_shop.name], Pace(any_shop.clock))
        mine.request_review(order, FR)
    any_shop.wait(lanes.LEASE)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1
    reason = Reason.NO_LONGER_OFFERED if accepted else Reason.REQUESTED
    assert any_shop.standing(order) == (State.SENT, reason)
