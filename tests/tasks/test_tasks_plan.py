from collections import Counter
from datetime import date

from ledger import controls, history
from marketplace.simulator.faults import Fault
from marketplace.simulator.sim_order import SimRefund
from rules.order import Item
from rules.reason import Reason
from tasks.gate import day_start
from tasks.plan import outlooks
from tasks.reviews.plan import Plan, plan
from tests.tasks.workshop import ASK, DAY, HOUR, NOW, VALUE, Workshop


def planned(shop: Workshop, days: int = 30) -> Plan:
    return plan(shop.ledger, shop.sellers[shop.name], shop.clock.now(), days)


def test_a_plan_and_its_reasons_add_up_to_all_that_is_not_sent(any_shop: Workshop) -> None:
    any_shop.wants(daily_limit=2)
    held, poisoned = any_shop.order(11), any_shop.order(11.5)
    any_shop.simulator.faults(Fault("unknown_403", ASK, held), Fault("already_requested", ASK, poisoned))
    for days_ago in (10, 10, 10, 9, 3, 2, 40):
        any_shop.order(days_ago)
    any_shop.order(refunds=(SimRefund(NOW - DAY, VALUE),))
    any_shop.order(delivered_at=None, shipped_at=None)
    any_shop.whole_pass()
    with any_shop.ledger.read() as connection:
        totals = history.totals(connection, [any_shop.name])
    for days in (0, 1, 2, 30):
        found = planned(any_shop, days)
        assert len(found.entries) + found.by_reason.total() == totals.seen - totals.sent
        assert all(NOW <= entry.due_at < any_shop.clock.now() + days * DAY for entry in found.entries)


def test_what_is_planned_is_what_happens(shop: Workshop) -> None:
    shop.wants(time_slots=["10:00-12:00"], weekdays=["tue", "fri"], daily_limit=2)
    for days_ago in (20, 12, 10, 8, 5, 3, 1):
        shop.order(days_ago)
    shop.sweep()
    found = planned(shop)
    assert len(found.entries) == 7
    for moment in sorted({entry.due_at for entry in found.entries}):
        shop.at(moment)
        shop.whole_pass()
    accepted = shop.simulator.accepted()
    for entry in found.entries:
        assert accepted[entry.order_id].at - entry.due_at < HOUR


def test_the_daily_limit_puts_orders_off_to_the_next_days(shop: Workshop) -> None:
    shop.wants(daily_limit=2)
    for _ in range(5):
        shop.order()
    shop.sweep()
    found = planned(shop)
    days = Counter(day_start(shop.sellers[shop.name], entry.due_at) for entry in found.entries)
    assert sorted(days.values()) == [1, 2, 2]
    assert [entry.reason for entry in found.entries].count(Reason.DAILY_LIMIT) == 3


def test_what_was_sent_today_counts_against_the_limit_of_the_plan(shop: Workshop) -> None:
    shop.wants(daily_limit=2)
    for _ in range(5):
        shop.order()
    shop.whole_pass()
    seller = shop.sellers[shop.name]
    today = day_start(seller, shop.clock.now())
    assert {day_start(seller, entry.due_at) - today for entry in planned(shop).entries} == {DAY, 2 * DAY}


def test_what_the_limit_leaves_beyond_the_plans_days_is_counted(shop: Workshop) -> None:
    shop.wants(daily_limit=1)
    for _ in range(4):
        shop.order()
    shop.sweep()
    found = planned(shop, days=2)
    assert found.by_reason[Reason.DAILY_LIMIT] == 4 - len(found.entries)


def test_a_shut_gate_is_said_beside_the_plan(shop: Workshop) -> None:
    shop.order()
    shop.sweep()
    with shop.ledger.begin() as connection:
        controls.stop(connection, shop.name, Reason.PAUSED)
    found = planned(shop)
    assert found.closed is Reason.PAUSED
    assert [entry.reason for entry in found.entries] == [Reason.PAUSED]


def test_a_plan_sends_nothing_and_changes_nothing(shop: Workshop) -> None:
    order = shop.order()
    shop.sweep()
    before = shop.row(order)
    calls = shop.simulator.summary()["calls"]
    planned(shop)
    assert shop.row(order) == before
    assert shop.simulator.summary()["calls"] == calls


def test_what_a_wider_range_would_save_is_counted(shop: Workshop) -> None:
    shop.wants(day_range=(7, 20))
    for days_ago in (10, 22, 24, 27, 40):
        shop.order(days_ago)
    shop.sweep()
    late = planned(shop).too_late
    assert late
    assert (late.day_range, late.orders, late.with_widest) == ((7, 20), 4, 3)
    shop.wants(day_range=(5, 30))
    assert planned(shop).too_late is None


def test_settings_that_no_worker_has_taken_up_yet_decide_the_plan(shop: Workshop) -> None:
    shop.wants(day_range=(7, 20))
    late, early, gift = shop.order(22), shop.order(5.5), shop.order(10, items=(Item("GIFT-1", "B1"),))
    shop.sweep()
    shop.wants(day_range=(5, 25), exclude={"skus": ["GIFT-*"]})
    found = planned(shop)
    assert {entry.order_id: entry.reason for entry in found.entries} == {late: Reason.DUE, early: Reason.DUE}
    assert found.by_reason == {Reason.SKU_EXCLUDED: 1}
    assert shop.row(gift).reason is Reason.DUE


def test_counts_by_day_and_the_total_add_up(shop: Workshop) -> None:
    shop.wants(daily_limit=2, timezone="Europe/Paris")
    for days_ago in (20, 12, 10, 9, 1, 40):
        shop.order(days_ago)
    shop.whole_pass()
    found = outlooks(shop.ledger, {shop.name: shop.sellers[shop.name]}, shop.clock.now(), 7, {}).requests
    assert sum(found.by_day.values()) == len(found.entries)
    assert found.seen == found.sent + len(found.entries) + found.by_reason.total() == 6
    assert found.by_day == {date(2026, 10, 21): 2, date(2026, 10, 26): 1}
