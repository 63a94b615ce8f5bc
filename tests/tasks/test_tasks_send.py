from collections import Counter
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest

from ledger import controls, lanes
from ledger.lanes import LEASE, Lane, LaneLost
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Key
from marketplace.simulator.faults import Kind
from marketplace.simulator.sim_order import SimRefund
from rules.order import Source
from rules.reason import Reason
from tasks.line import MOST_TRIES
from tasks.turn import FAILURES_IN_A_ROW, TURN, turn_of
from tests.tasks.workshop import ASK, DAY, DE, HOUR, MINUTE, NOW, OFFER, VALUE, Workshop

SLOW = 0.6
"""Real seconds in which Amazon's answer is held back, and something else happens."""

# what Amazon answers to which call → the state and reason it leads to, and how often it accepted by then
ANSWERS: dict[str, tuple[str, Kind, State, Reason, int]] = {
    "already requested": (ASK, "already_requested", State.REFUSED, Reason.ALREADY_REQUESTED, 0),
    "outside the window": (ASK, "outside_window", State.WAITING, Reason.OUTSIDE_AMAZON_WINDOW, 0),
    "permission missing": (ASK, "denied", State.DUE, Reason.NOT_AUTHORISED, 0),
    "words nobody has seen": (ASK, "unknown_403", State.HELD, Reason.UNKNOWN_REFUSAL, 0),
    "not available": (ASK, "outage", State.WAITING, Reason.NOT_OFFERED, 0),
    "too many requests": (ASK, "throttle", State.DUE, Reason.BUSY, 0),
    "the token is dead, and the next as well": (ASK, "expired_token", State.DUE, Reason.BUSY, 0),
    "dropped before": (ASK, "drop_before", State.UNCLEAR, Reason.UNCLEAR, 0),
    "dropped after": (ASK, "drop_after", State.UNCLEAR, Reason.UNCLEAR, 1),
    "500 before": (ASK, "error_500_before", State.UNCLEAR, Reason.UNCLEAR, 0),
    "503 after": (ASK, "error_503_after", State.UNCLEAR, Reason.UNCLEAR, 1),
    "an HTML page": (ASK, "html_503", State.UNCLEAR, Reason.UNCLEAR, 0),
    "accepted, in a body cut short": (ASK, "cut_json", State.UNCLEAR, Reason.UNCLEAR, 1),
    "accepted, without a body": (ASK, "empty_body", State.UNCLEAR, Reason.UNCLEAR, 1),
    "accepted, with errors": (ASK, "accepted_with_errors", State.UNCLEAR, Reason.UNCLEAR, 0),
    "the page of a proxy": (ASK, "proxy_200", State.UNCLEAR, Reason.UNCLEAR, 0),
    "a length beyond all measure": (ASK, "absurd_headers", State.UNCLEAR, Reason.UNCLEAR, 1),
    "a gateway's 400": (ASK, "html_400", State.DUE, Reason.BUSY, 0),
    "a gateway's 403": (ASK, "html_403", State.DUE, Reason.BUSY, 0),
    "accepted": (ASK, "slow", State.SENT, Reason.REQUESTED, 1),
    "look: nothing offered": (OFFER, "empty_actions", State.WAITING, Reason.NOT_OFFERED, 0),
    "look: permission missing": (OFFER, "denied", State.DUE, Reason.NOT_AUTHORISED, 0),
    "look: words nobody has seen": (OFFER, "unknown_403", State.HELD, Reason.UNKNOWN_REFUSAL, 0),
    "look: too many requests": (OFFER, "throttle", State.DUE, Reason.BUSY, 0),
    "look: dropped": (OFFER, "drop_before", State.DUE, Reason.BUSY, 0),
    "look: 500": (OFFER, "error_500_before", State.DUE, Reason.BUSY, 0),
    "look: an HTML page": (OFFER, "html_503", State.DUE, Reason.BUSY, 0),
    "look: cut short": (OFFER, "cut_json", State.DUE, Reason.BUSY, 0),
    "look: empty": (OFFER, "empty_body", State.DUE, Reason.BUSY, 0),
    "look: a gateway's 400": (OFFER, "html_400", State.DUE, Reason.BUSY, 0),
    "look: a 403 without a word": (OFFER, "empty_403", State.DUE, Reason.BUSY, 0),
    "look: the client secret has expired": (OFFER, "expired_secret", State.DUE, Reason.NOT_AUTHORISED, 0),
}
ENDS_REFUSED = ("already requested",)


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_leads_to_its_state_and_in_the_end_the_buyer_is_asked_once(shop: Workshop, case: str) -> None:
    operation, kind, state, reason, accepted = ANSWERS[case]
    order = shop.order()
    shop.sweep()
    shop.trouble(kind, operation)
    shop.send()
    assert shop.standing(order) == (state, reason)
    assert shop.asked(order) == accepted
    assert len(shop.details(order)) == 1
    shop.simulator.clear_faults()
    shop.whole_days(2)
    assert shop.asked(order) == (0 if case in ENDS_REFUSED else 1)
    assert shop.row(order).state == (State.REFUSED if case in ENDS_REFUSED else State.SENT)


@pytest.mark.parametrize("case", ["dropped after", "503 after", "look: 500", "words nobody has seen"])
def test_a_buyer_is_asked_once_on_every_database(any_shop: Workshop, case: str) -> None:
    operation, kind, state, reason, accepted = ANSWERS[case]
    order = any_shop.order()
    any_shop.sweep()
    any_shop.trouble(kind, operation, times=1)
    any_shop.send()
    assert (*any_shop.standing(order), any_shop.asked(order)) == (state, reason, accepted)
    any_shop.whole_days(2)
    assert any_shop.asked(order) == 1


def test_the_four_refusals_end_in_four_states() -> None:
    states = [ANSWERS[case][2:4] for case in ANSWERS][:4]
    assert len({state for state, _ in states}) == 4


def test_a_token_that_is_refused_once_costs_nothing(shop: Workshop) -> None:
    order = shop.order()
    shop.sweep()
    shop.trouble("expired_token", ASK, times=1)
    assert shop.send() == 1
    assert shop.asked(order) == 1


def test_a_missing_permission_stops_only_its_marketplace_for_a_while_and_marks_no_order(any_shop: Workshop) -> None:
    other = any_shop.opens()
    orders = [any_shop.order(), any_shop.order(), any_shop.order()]
    others = any_shop.order(account=other)
    any_shop.trouble("denied", ASK)
    any_shop.whole_pass(any_shop.name, other)
    assert any_shop.asked(others) == 1
    with any_shop.ledger.read() as connection:
        now = any_shop.clock.now()
        resting = controls.stopped_marketplaces(connection, any_shop.name, now, Reason.NOT_AUTHORISED)
        assert {place: stop.until for place, stop in resting.items()} == {"FR": now + HOUR}
        assert controls.stopped(connection, any_shop.name, now, Reason.NOT_AUTHORISED) is None
        assert controls.stopped_marketplaces(connection, other, now, Reason.NOT_AUTHORISED) == {}
    for order in orders:
        assert any_shop.standing(order) == (State.DUE, Reason.NOT_AUTHORISED)
    assert any_shop.calls(ASK) == 3  # one for the other seller; a second order, before the marketplace rests
    any_shop.whole_pass()
    assert any_shop.calls(ASK) == 3
    any_shop.simulator.clear_faults()
    any_shop.wait(61 * MINUTE)
    any_shop.whole_pass()
    assert [any_shop.asked(order) for order in orders] == [1, 1, 1]


def test_what_one_marketplace_denies_keeps_up_no_other(any_shop: Workshop) -> None:
    french = [any_shop.order(12 + n) for n in range(4)]  # nearest deadlines
    german = [any_shop.order(marketplace_id=DE) for _ in range(3)]
    for order in french:
        any_shop.trouble("denied", ASK, order_id=order)
    any_shop.whole_pass()
    assert [any_shop.asked(order) for order in german] == [1, 1, 1]
    assert {any_shop.standing(order) for order in french} == {(State.DUE, Reason.NOT_AUTHORISED)}
    any_shop.simulator.clear_faults()
    any_shop.wait(61 * MINUTE)
    any_shop.whole_pass()
    assert [any_shop.asked(order) for order in french] == [1, 1, 1, 1]


def test_one_order_that_amazon_denies_stops_nothing(any_shop: Workshop) -> None:
    denied, others = any_shop.order(12), [any_shop.order() for _ in range(3)]
    any_shop.trouble("denied", ASK, order_id=denied)
    any_shop.whole_days(2)
    assert [any_shop.asked(order) for order in others] == [1, 1, 1]
    assert any_shop.standing(denied) == (State.DUE, Reason.NOT_AUTHORISED)


@pytest.mark.parametrize("kind", ["html_503", "throttle", "unknown_403"])
def test_a_turn_ends_after_three_strange_answers_in_a_row(shop: Workshop, kind: Kind) -> None:
    for _ in range(6):
        shop.order()
    shop.sweep()
    shop.trouble(kind, OFFER)
    before = shop.calls(OFFER)
    assert shop.send() == 0
    assert shop.calls(OFFER) - before == FAILURES_IN_A_ROW


def test_a_poisoned_order_never_stops_its_lane(any_shop: Workshop) -> None:
    poisoned = any_shop.order(20)  # the nearest deadline: it goes first
    others = [any_shop.order() for _ in range(3)]
    any_shop.trouble("error_500_before", OFFER, order_id=poisoned)
    any_shop.whole_pass()
    assert [any_shop.asked(order) for order in others] == [1, 1, 1]
    assert any_shop.standing(poisoned) == (State.DUE, Reason.BUSY)
    later = any_shop.order(-1)
    any_shop.whole_days(10)
    assert any_shop.asked(later) == 1
    assert any_shop.standing(poisoned) == (State.SKIPPED, Reason.TOO_LATE)


def test_an_order_that_fails_again_and_again_is_tried_less_and_less_often(shop: Workshop) -> None:
    order = shop.order()
    shop.sweep()
    shop.trouble("html_503", OFFER)
    waits = []
    for _ in range(10):
        shop.send()
        waits.append(shop.row(order).next_look_at - shop.clock.now())
        shop.at(shop.row(order).next_look_at)
    assert waits == sorted(waits)
    assert waits[-1] > 5 * MINUTE


def test_the_daily_limit_spreads_requests_over_the_sellers_days(any_shop: Workshop) -> None:
    any_shop.wants(daily_limit=2)
    orders = [any_shop.order() for _ in range(5)]
    asked = []
    for _ in range(3):
        any_shop.whole_pass()
        any_shop.whole_pass()
        asked.append(sum(any_shop.asked(order) for order in orders))
        waiting = {any_shop.standing(order) for order in orders if not any_shop.asked(order)}
        assert waiting <= {(State.DUE, Reason.DAILY_LIMIT)}
        any_shop.wait(DAY)
    assert asked == [2, 4, 5]


def test_a_lost_answer_counts_against_the_daily_limit(shop: Workshop) -> None:
    shop.wants(daily_limit=1)
    orders = [shop.order() for _ in range(2)]
    shop.trouble("drop_after", ASK, times=1)
    shop.whole_pass()
    assert sum(shop.asked(order) for order in orders) == 1


def test_the_day_of_the_limit_begins_at_the_sellers_midnight(shop: Workshop) -> None:
    shop.wants(daily_limit=1, timezone="Europe/Paris")
    orders = [shop.order() for _ in range(2)]
    shop.whole_pass()
    for moment, count in ((NOW.replace(hour=21, minute=59), 1), (NOW.replace(hour=22, minute=0), 2)):
        shop.at(moment)  # midnight in Paris is 22:00 in UTC
        shop.whole_pass()
        assert sum(shop.asked(order) for order in orders) == count


@pytest.mark.parametrize("scope", ["seller", "all"])
def test_a_pause_between_claim_and_call_is_heeded(any_shop: Workshop, scope: str) -> None:
    order = any_shop.order()
    any_shop.sweep()
    any_shop.trouble("slow", OFFER, seconds=SLOW)
    with any_shop.meanwhile(any_shop.send) as sent:
        _wait_until_claimed(any_shop, order, sent)
        with any_shop.ledger.begin() as connection:
            controls.stop(connection, any_shop.name if scope == "seller" else controls.ALL, Reason.PAUSED)
    assert sent.result() == 0
    assert any_shop.standing(order) == (State.DUE, Reason.PAUSED)
    assert any_shop.asked(order) == 0
    with any_shop.ledger.begin() as connection:
        controls.lift(connection, any_shop.name if scope == "seller" else controls.ALL)
    any_shop.simulator.clear_faults()
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def test_a_worker_that_slept_between_claim_and_call_does_not_call(shop: Workshop) -> None:
    order = shop.order()
    shop.sweep()
    shop.trouble("slow", OFFER, seconds=SLOW, times=1)
    with shop.meanwhile(shop.send) as sent:
        _wait_until_claimed(shop, order, sent)
        shop.wait(6 * MINUTE)
    assert sent.result() == 0
    assert shop.standing(order)[0] == State.DUE
    assert shop.asked(order) == 0
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_an_order_whose_slot_ends_between_claim_and_call_is_not_asked(shop: Workshop) -> None:
    shop.wants(time_slots=["10:00-14:01"])  # it is 14:00 in Paris
    order = shop.order()
    shop.sweep()
    shop.trouble("slow", OFFER, seconds=SLOW, times=1)
    with shop.meanwhile(shop.send) as sent:
        _wait_until_claimed(shop, order, sent)
        shop.wait(2 * MINUTE)
    assert sent.result() == 0
    assert shop.standing(order) == (State.WAITING, Reason.OUTSIDE_TIME_SLOT)
    assert shop.asked(order) == 0


@pytest.mark.parametrize(("operation", "answers"), [(OFFER, 1), (ASK, 2)], ids=["at the look", "at the call"])
def test_a_worker_frozen_beyond_its_lease_changes_nothing_and_nobody_is_asked_twice(
    any_shop: Workshop, operation: str, answers: int
) -> None:
    order = any_shop.order()
    any_shop.sweep()
    any_shop.trouble("slow", operation, seconds=SLOW, times=1)
    calls = any_shop.calls(operation)
    with any_shop.meanwhile(any_shop.send) as frozen:
        while any_shop.calls(operation) == calls:
            assert not frozen.done()
        any_shop.wait(LEASE + MINUTE)
        with any_shop.ledger.begin() as connection:
            lane = lanes.acquire(connection, any_shop.name, "another", any_shop.clock.now())
            assert lane is not None
            now = any_shop.clock.now()
            assert REVIEWS.orphaned(connection, any_shop.name, lane.token, now, now) == [Key(order, Action.REVIEW)]
    assert isinstance(frozen.exception(), LaneLost)
    assert any_shop.standing(order) == (State.UNCLEAR, Reason.UNCLEAR)
    assert len(any_shop.details(order)) == answers  # the late answer to a request is recorded
    any_shop.wait(LEASE)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1
    assert any_shop.row(order).state == State.SENT


def test_a_worker_frozen_while_the_ledger_answers_its_last_look_asks_nobody(
    any_shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, confirm = any_shop.order(), lanes.confirm
    any_shop.sweep()

    def frozen(*given: Any) -> Any:
        answer = confirm(*given)
        any_shop.wait(LEASE)
        return answer

    monkeypatch.setattr(lanes, "confirm", frozen)
    any_shop.send()
    assert any_shop.calls(ASK) == 0
    monkeypatch.undo()
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def test_one_empty_answer_never_closes_an_order(shop: Workshop) -> None:
    order = shop.order()
    shop.trouble("outage", until=NOW + 2 * DAY)
    shop.whole_days(3)
    assert shop.calls(OFFER) == 3
    assert shop.asked(order) == 1


def test_what_is_never_offered_is_looked_at_daily_until_the_window_shuts(shop: Workshop) -> None:
    order = shop.order(20)
    shop.trouble("empty_actions", OFFER)
    shop.whole_days(9)
    assert 5 <= shop.calls(OFFER) <= 6  # the fifth of the days left may end before noon
    assert shop.standing(order) == (State.SKIPPED, Reason.NOT_OFFERED)
    assert shop.row(order).next_look_at is None


def test_a_refund_between_decision_and_call_is_heeded(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.sweep()
    assert any_shop.row(order).state == State.DUE
    any_shop.wait(10 * MINUTE)
    refund = {"at": (NOW + 5 * MINUTE).isoformat(), "amount": {"amount": "30.00", "currency": "EUR"}}
    any_shop.simulator.patch_order(order, refunds=[refund])
    any_shop.whole_pass()
    assert any_shop.standing(order) == (State.SKIPPED, Reason.REFUNDED)
    assert any_shop.asked(order) == 0


@pytest.mark.parametrize("source", Source, ids=str)
def test_with_any_source_stale_nothing_is_sent_and_it_heals(shop: Workshop, source: Source) -> None:
    operation = {Source.ORDERS: "searchOrders", Source.FINANCES: "listTransactions"}.get(source, "createReport")
    order = shop.order(6.5)
    shop.whole_pass()
    shop.trouble("denied", operation)
    shop.wait(2 * DAY)
    shop.whole_pass()
    assert shop.standing(order) == (State.DUE, Reason.STALE_FACTS)
    shop.simulator.clear_faults()
    shop.wait(6 * MINUTE)
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_a_seller_that_is_not_live_sends_nothing_until_it_is(shop: Workshop) -> None:
    shop.wants(live=False)
    order = shop.order()
    shop.whole_pass()
    assert shop.standing(order) == (State.DUE, Reason.NOT_LIVE)
    assert shop.calls(OFFER) == 0
    shop.wants()
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_the_nearest_deadline_is_asked_first(shop: Workshop) -> None:
    orders = [shop.order(days_ago) for days_ago in (9, 20, 14)]
    shop.wants(daily_limit=1)
    for nearest in (orders[1], orders[2], orders[0]):
        shop.whole_pass()
        assert shop.asked(nearest) == 1
        shop.wait(DAY)


def test_a_turn_ends_in_time_and_the_next_one_goes_on(shop: Workshop) -> None:
    seconds = int(TURN.total_seconds() / 2)  # Amazon lets one order a second through
    orders = [shop.order() for _ in range(2 * seconds + 20)]
    shop.sweep()
    begun = shop.clock.now()
    sent = shop.send()
    assert seconds - 5 < sent < 2 * seconds + 10
    assert shop.clock.now() - begun < TURN + timedelta(seconds=5)
    assert sent + shop.send() + shop.send() == len(orders)
    assert {shop.asked(order) for order in orders[::10]} == {1}


def test_turns_that_begin_together_do_not_end_together() -> None:
    turns = [turn_of(Lane(f"seller-{number}", 1, {})) for number in range(1000)]
    assert all(TURN / 2 <= turn <= TURN for turn in turns)
    by_second = Counter(int(turn.total_seconds()) for turn in turns)
    assert max(by_second.values()) < 40


def test_stopping_lets_the_order_at_hand_be_settled_and_begins_no_other(shop: Workshop) -> None:
    orders = [shop.order(days_ago) for days_ago in (20, 10)]
    shop.sweep()
    shop.trouble("slow", ASK, seconds=SLOW, times=1)
    with shop.meanwhile(shop.send) as sent:
        _wait_until_claimed(shop, orders[0], sent)
        shop.app.stopping.set()
    assert sent.result() == 1
    shop.app.stopping.clear()
    assert [shop.row(order).state for order in orders] == [State.SENT, State.DUE]


def test_a_partial_refund_is_asked_only_if_the_settings_allow_it(shop: Workshop) -> None:
    refund = SimRefund(NOW - DAY, type(VALUE)(VALUE.amount / 2, VALUE.currency))
    order = shop.order(refunds=(refund,))
    shop.whole_pass()
    assert shop.standing(order) == (State.SKIPPED, Reason.REFUNDED)
    shop.wants(partial_refunds="allow")
    shop.wait(HOUR)
    shop.whole_pass()
    assert shop.asked(order) == 1


def _wait_until_claimed(shop: Workshop, order: str, sent: Future[object]) -> None:
    while shop.row(order).state != State.SENDING:
        assert not sent.done()


def test_a_request_that_amazon_calls_wrong_five_times_is_held_and_tried_again_a_day_later(shop: Workshop) -> None:
    order = shop.order()
    shop.trouble("bad_request", ASK)
    for _ in range(MOST_TRIES):
        shop.whole_pass()
        shop.wait(HOUR)
    assert shop.standing(order) == (State.HELD, Reason.BROKEN)
    shop.simulator.clear_faults()
    shop.whole_days(2)
    assert shop.standing(order) == (State.SENT, Reason.REQUESTED)
