import logging
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest
from sqlalchemy import text

from ledger import lanes
from ledger.database import Ledger, LedgerError
from ledger.state import Action, State
from rules.freshness import EVERY_ORDER
from rules.order import Source
from rules.reason import Reason
from tasks import route
from tasks.actions import ACTIONS
from tasks.app import App, UnknownSeller
from tasks.entrypoints import check_invariants, reconcile, request_review, send_due, sweep
from tasks.refresh import refresh
from tests.tasks.workshop import ASK, DAY, MINUTE, Workshop

Task = Callable[[App, str], None]


def test_a_seller_who_is_not_authorised_does_not_stop_the_other(any_shop: Workshop) -> None:
    revoked = any_shop.opens(refresh_token="revoked")
    order = any_shop.order()
    any_shop.whole_pass(revoked, any_shop.name)
    assert any_shop.asked(order) == 1
    for source in EVERY_ORDER:
        assert "invalid_grant" in (any_shop.reading(source, revoked).error or "")
        assert any_shop.reading(source).error is None


def test_two_sellers_orders_are_asked_by_their_own_settings(any_shop: Workshop) -> None:
    patient = any_shop.opens(day_range=(20, 25))
    mine, others = any_shop.order(), any_shop.order(account=patient)
    any_shop.whole_pass(any_shop.name, patient)
    assert (any_shop.asked(mine), any_shop.asked(others)) == (1, 0)
    assert any_shop.standing(others, patient) == (State.WAITING, Reason.TOO_EARLY)


class AwayAtTheLastLook(Ledger):
    """The database is away when the lane is looked at before the call."""

    def glance(self) -> NoReturn:
        raise LedgerError("the database is away")


def test_a_database_that_is_away_before_the_call_is_no_fault_of_the_order(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.sweep()
    with any_shop.session() as session, pytest.raises(LedgerError):
        route.send(replace(session, ledger=AwayAtTheLastLook(session.ledger.engine)), [ACTIONS[Action.REVIEW]])
    assert any_shop.asked(order) == 0
    for _ in range(2):
        any_shop.whole_pass()
        any_shop.wait(5 * MINUTE)
    assert any_shop.asked(order) == 1


@pytest.mark.parametrize("task", [sweep, send_due, reconcile])
def test_a_task_for_a_seller_whom_the_settings_do_not_name_says_what_to_do(shop: Workshop, task: Task) -> None:
    with pytest.raises(UnknownSeller, match=r"no seller 'nobody' in the settings .+ Type: askonce check$"):
        task(shop.app, "nobody")


def test_a_sweep_of_all_rings_for_each_seller(shop: Workshop) -> None:
    other = shop.opens()
    sweep(shop.app)
    assert shop.rung == [("sweep", shop.name), ("sweep", other)]


def test_lanes_are_rung_for_when_they_have_something_to_do(any_shop: Workshop) -> None:
    any_shop.opens()
    order = any_shop.order()
    send_due(any_shop.app)
    reconcile(any_shop.app)
    assert any_shop.rung == []
    sweep(any_shop.app, any_shop.name)
    assert any_shop.rung == [("send_due", any_shop.name)]
    send_due(any_shop.app)
    assert any_shop.rung == [("send_due", any_shop.name)] * 2
    any_shop.trouble("drop_after", ASK, times=1)
    send_due(any_shop.app, any_shop.name)
    any_shop.wait(MINUTE)
    any_shop.rung.clear()
    reconcile(any_shop.app)
    assert any_shop.rung == [("reconcile", any_shop.name)]
    reconcile(any_shop.app, any_shop.name)
    assert any_shop.standing(order) == (State.SENT, Reason.NO_LONGER_OFFERED)


def test_a_turn_that_sent_something_rings_for_the_next(shop: Workshop) -> None:
    order = shop.order()
    sweep(shop.app, shop.name)
    shop.rung.clear()
    send_due(shop.app, shop.name)
    assert shop.asked(order) == 1
    assert shop.rung == [("send_due", shop.name)]
    send_due(shop.app, shop.name)
    assert shop.rung == [("send_due", shop.name)]


def test_a_reconcile_rings_for_what_others_left_to_it(any_shop: Workshop) -> None:
    order = any_shop.order()
    with any_shop.session() as mine:
        refresh(mine, now_too=tuple(Source))
        sweep(any_shop.app, any_shop.name)  # leaves, and so does whoever rings for what is due
    reconcile(any_shop.app, any_shop.name)
    assert any_shop.rung == [("send_due", any_shop.name)]
    send_due(any_shop.app, any_shop.name)
    assert any_shop.asked(order) == 1
    any_shop.rung.clear()
    reconcile(any_shop.app, any_shop.name)
    assert any_shop.rung == []


@pytest.mark.parametrize("task", [sweep, send_due, reconcile])
def test_whoever_finds_the_lane_taken_leaves(any_shop: Workshop, task: Task) -> None:
    order = any_shop.order()
    any_shop.sweep()
    calls = any_shop.simulator.summary()["calls"]
    with any_shop.session():
        task(any_shop.app, any_shop.name)
        assert request_review(any_shop.app, any_shop.name, order) is None
    assert any_shop.simulator.summary()["calls"] == calls
    assert any_shop.asked(order) == 0


def test_a_doubled_ring_asks_nobody_twice(any_shop: Workshop) -> None:
    order = any_shop.order()
    for _ in range(2):
        sweep(any_shop.app, any_shop.name)
    for _ in range(2):
        send_due(any_shop.app, any_shop.name)
    assert any_shop.asked(order) == 1


def test_the_patient_wait_for_a_lane_and_take_it_when_it_is_free(shop: Workshop) -> None:
    with shop.ledger.begin() as connection:
        assert lanes.acquire(connection, shop.name, "another machine", shop.clock.now() - lanes.LEASE + 3 * MINUTE)
    with shop.app.patient_session(shop.name, seconds=60) as too_early:
        assert too_early is None
    with shop.app.patient_session(shop.name, seconds=180) as open_shop:
        assert open_shop is not None


def test_the_pace_is_kept_from_one_turn_to_the_next(shop: Workshop) -> None:
    shop.refresh()
    with shop.session() as open_shop:
        saved = open_shop.pace.state()
    assert saved["searchOrders"]["full_at"] > shop.clock.now().timestamp()


def test_the_lane_is_free_again_when_a_task_breaks(shop: Workshop) -> None:
    with pytest.raises(ZeroDivisionError), shop.session():
        raise ZeroDivisionError
    with shop.session():
        pass


def test_one_order_can_be_asked_out_of_turn(any_shop: Workshop) -> None:
    first, second = any_shop.order(), any_shop.order()
    sweep(any_shop.app, any_shop.name)
    assert request_review(any_shop.app, any_shop.name, first) is Reason.REQUESTED
    assert request_review(any_shop.app, any_shop.name, first) is Reason.REQUESTED
    assert (any_shop.asked(first), any_shop.asked(second)) == (1, 0)


def test_one_order_is_not_asked_against_the_rules(shop: Workshop) -> None:
    early, limited = shop.order(2), shop.order()
    shop.sweep()
    assert request_review(shop.app, shop.name, early) is Reason.TOO_EARLY
    assert request_review(shop.app, shop.name, "402-9999999-9999999") is None
    shop.wants(live=False)
    assert request_review(shop.app, shop.name, limited) is Reason.NOT_LIVE
    assert shop.asked(limited) == 0


def test_a_broken_invariant_is_said_loudly(shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    order = shop.order()
    shop.sweep()
    caplog.clear()
    check_invariants(shop.app)
    assert caplog.records == []
    with shop.ledger.begin() as connection:
        connection.execute(text("UPDATE entries SET next_look_at = NULL"))
    check_invariants(shop.app)
    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]
    with shop.ledger.begin() as connection:
        connection.execute(text("UPDATE entries SET next_look_at = :now"), {"now": shop.clock.now()})
    assert shop.row(order).next_look_at


def test_every_order_of_a_bad_fortnight_is_asked_once(any_shop: Workshop) -> None:
    orders = [any_shop.order(days_ago) for days_ago in (-4, -2, -1, 0, 1, 3, 5, 8, 10)]
    for kind in ("drop_before", "drop_after", "html_503", "error_503_after", "throttle", "empty_actions", "cut_json"):
        any_shop.trouble(kind, probability=0.04)  # any call
    for _ in range(13):
        any_shop.wait(DAY - 30 * MINUTE)
        for _ in range(3):
            any_shop.wait(10 * MINUTE)
            any_shop.whole_pass()
    any_shop.simulator.clear_faults()
    any_shop.whole_days(2)
    assert {order: any_shop.asked(order) for order in orders} == dict.fromkeys(orders, 1)
    assert {any_shop.row(order).state for order in orders} == {State.SENT}


def test_a_seller_who_may_not_send_has_no_refunds_looked_up_before_each_turn(shop: Workshop) -> None:
    shop.wants(live=False)
    shop.order()
    sweep(shop.app, shop.name)
    before = shop.calls("listTransactions")
    send_due(shop.app, shop.name)
    assert shop.calls("listTransactions") == before
    shop.wants(live=True)
    send_due(shop.app, shop.name)
    assert shop.calls("listTransactions") > before
