import logging
from dataclasses import replace
from typing import Any

import pytest

from ledger import history
from ledger.state import State
from marketplace.simulator.sim_order import SimRefund
from rules.reason import Reason
from tasks import entrypoints
from tests.tasks.workshop import DAY, FBA, HOUR, MINUTE, NOW, OFFER, VALUE, Workshop, parcel

SHIPPED, LOST = (13, "IN_TRANSIT", "PICKED_UP"), (9, "UNDELIVERABLE", "LOST")
WAY = parcel(SHIPPED)
UNSHIPPED: dict[str, Any] = {"shipped_at": None, "delivered_at": None}

VERDICTS: dict[str, tuple[float, dict[str, Any], State, Reason]] = {
    "delivered ten days ago": (10, {}, State.DUE, Reason.NOT_LIVE),
    "delivered by Amazon": (10, FBA, State.DUE, Reason.NOT_LIVE),
    "by Amazon, only the estimate known": (10, {**FBA, "release": False}, State.DUE, Reason.NOT_LIVE),
    "by Amazon, nothing known": (
        10,
        {**FBA, "release": False, "fba_report": False},
        State.WAITING,
        Reason.NOT_DELIVERED,
    ),
    "delivered two days ago": (2, {}, State.WAITING, Reason.TOO_EARLY),
    "delivered forty days ago": (40, {}, State.SKIPPED, Reason.TOO_LATE),
    "on its way": (10, {"packages": (WAY,), "delivered_at": None}, State.WAITING, Reason.NOT_DELIVERED),
    "one of two parcels on its way": (
        10,
        {"packages": (WAY, parcel(SHIPPED, (10, "DELIVERED", "DELIVERED")))},
        State.WAITING,
        Reason.NOT_DELIVERED,
    ),
    "lost": (10, {"packages": (parcel(SHIPPED, LOST),), "delivered_at": None}, State.SKIPPED, Reason.UNDELIVERABLE),
    "not shipped": (10, UNSHIPPED, State.WAITING, Reason.NOT_SHIPPED),
    "cancelled": (10, {**UNSHIPPED, "cancelled_at": NOW - 9 * DAY}, State.SKIPPED, Reason.CANCELLED),
    "refunded": (10, {"refunds": (SimRefund(NOW - DAY, VALUE),)}, State.SKIPPED, Reason.REFUNDED),
    "a return is requested": (10, {"return_requested_at": NOW - DAY}, State.SKIPPED, Reason.RETURNED),
    "returned to Amazon": (10, {**FBA, "returned_at": NOW - DAY}, State.SKIPPED, Reason.RETURNED),
    "sold elsewhere": (10, {"channel": "NON_AMAZON", "marketplace_id": None}, State.SKIPPED, Reason.NOT_AMAZON_ORDER),
    "without any optional field": (
        10,
        {"value": None, "items": (), "detailed_status_missing": True},
        State.DUE,
        Reason.NOT_LIVE,
    ),
    "a status nobody has seen": (
        10,
        {"packages": (parcel((9, "TELEPORTED", "BEAMED_UP")),)},
        State.WAITING,
        Reason.NOT_DELIVERED,
    ),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_an_order_comes_to_its_state(shop: Workshop, case: str) -> None:
    days_ago, changes, state, reason = VERDICTS[case]
    shop.wants(live=False)
    order = shop.order(days_ago, **changes)
    shop.sweep()
    shop.send()  # says why due orders do not go out
    assert shop.standing(order) == (state, reason)


def test_a_verbose_sweep_says_what_is_decided_of_each_order(shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="askonce")
    order = shop.order(2)
    shop.sweep()
    assert f"order {order}: review: too_early, looked at again at 2026-10-25 00:00 CEST" in caplog.text


def test_a_whole_small_sellers_month_adds_up(any_shop: Workshop) -> None:
    any_shop.wants(live=False)
    for days_ago, changes, _, _ in VERDICTS.values():
        any_shop.order(days_ago, **changes)
    any_shop.sweep()
    any_shop.send()
    with any_shop.ledger.read() as connection:
        totals = history.totals(connection, [any_shop.name])
    assert totals.seen == len(VERDICTS)
    assert totals.by_reason[Reason.NOT_LIVE] == sum(reason is Reason.NOT_LIVE for *_, reason in VERDICTS.values())


def test_the_order_that_was_replaced_is_left_out_like_the_one_that_replaces_it(shop: Workshop) -> None:
    original = shop.order()
    replacement = shop.order(replaces=original)
    shop.whole_pass()
    for order in (original, replacement):
        assert shop.standing(order) == (State.SKIPPED, Reason.REPLACEMENT)
        assert shop.asked(order) == 0


def test_an_order_is_looked_at_when_its_day_comes_and_not_before(shop: Workshop) -> None:
    order = shop.order(2)
    shop.sweep()
    due_at = shop.row(order).next_look_at
    assert NOW + 4 * DAY < due_at < NOW + 5 * DAY  # the seventh local day after delivery
    shop.at(due_at - MINUTE)
    shop.whole_pass()
    assert shop.asked(order) == 0
    shop.at(due_at)
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_a_sweep_decides_only_what_is_due(shop: Workshop) -> None:
    for _ in range(3):
        shop.order(2)
    assert shop.sweep() == 3
    assert shop.sweep() == 0
    shop.order(purchased_at=NOW + MINUTE, **UNSHIPPED)
    shop.wait(HOUR)
    assert shop.sweep() == 1


def test_a_due_order_that_is_held_back_until_its_window_shuts_is_too_late(shop: Workshop) -> None:
    shop.wants(live=False)
    order = shop.order(10)
    shop.sweep()
    assert shop.standing(order)[0] == State.DUE
    shop.at(shop.row(order).deadline - HOUR)
    shop.sweep()
    assert shop.standing(order)[0] == State.DUE
    shop.wait(HOUR)
    shop.sweep()
    assert shop.standing(order) == (State.SKIPPED, Reason.TOO_LATE)
    assert shop.row(order).next_look_at is None


def test_when_the_window_shuts_on_what_amazon_never_offered_that_remains_the_reason(shop: Workshop) -> None:
    order = shop.order(20)
    shop.trouble("empty_actions", OFFER)
    shop.whole_days(8)
    assert shop.standing(order) == (State.SKIPPED, Reason.NOT_OFFERED)


def test_new_settings_are_heeded_at_the_next_look(shop: Workshop) -> None:
    shop.wants(exclude={"skus": ["SKU-*"]})
    order = shop.order()
    shop.whole_pass()
    assert shop.standing(order) == (State.SKIPPED, Reason.SKU_EXCLUDED)
    shop.wants()
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_what_was_decided_by_older_settings_since_the_change_is_decided_again(shop: Workshop) -> None:
    shop.wants(exclude={"skus": ["SKU-*"]})
    order = shop.order()
    older = replace(shop.app, sellers=dict(shop.sellers))
    shop.wants()
    entrypoints.sweep(older, shop.name)  # a worker that has not been restarted yet comes first
    assert shop.standing(order) == (State.SKIPPED, Reason.SKU_EXCLUDED)
    shop.restarts()
    entrypoints.sweep(shop.app)
    assert ("sweep", shop.name) in shop.rung
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_settings_that_did_not_change_wake_nobody(shop: Workshop) -> None:
    order = shop.order(40)
    shop.sweep()
    shop.wants()
    entrypoints.sweep(shop.app)
    assert shop.rung == []
    with shop.session():
        assert shop.row(order).next_look_at is None


def test_a_new_fact_takes_a_due_order_back(shop: Workshop) -> None:
    shop.wants(live=False)
    order = shop.order()
    shop.sweep()
    assert shop.standing(order)[0] == State.DUE
    shop.wait(HOUR)
    shop.simulator.patch_order(order, return_requested_at=(NOW + 10 * MINUTE).isoformat())
    shop.sweep()
    assert shop.standing(order) == (State.SKIPPED, Reason.RETURNED)


def test_an_order_that_arrives_while_nobody_looks_is_found(shop: Workshop) -> None:
    order = shop.order(-1)  # tomorrow
    shop.whole_pass()
    assert shop.standing(order)[1] == Reason.NOT_DELIVERED
    shop.wait(12 * DAY)
    shop.whole_pass()
    assert shop.asked(order) == 1
