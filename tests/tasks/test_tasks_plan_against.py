"""What a plan says of a day is what the sweeps of that day do, with the settings at work and with edited ones; and what
would save the orders that miss their window."""

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger import armings
from rules.order import Item
from rules.reason import Reason
from settings.schema import ReviewRequests, Seller
from tasks.plan import outlooks
from tasks.reviews.missing import Missing
from tasks.reviews.plan import plan
from tests.armed import arm
from tests.tasks.workshop import DAY, HOUR, NOW, Workshop

PARIS = ZoneInfo("Europe/Paris")
MIDNIGHT = datetime(2026, 10, 21, tzinfo=PARIS)  # a Wednesday
FRESH: dict[str, Any] = {"unavailable_sources": ["merchant_returns"], "timezone": "Europe/Paris"}
"""A report that Amazon does not make anew in time would hold orders back, which no plan foresees."""
CROWDED: dict[str, Any] = {
    **FRESH,
    "day_range": [6, 30],
    "time_slots": ["10:00-12:00"],
    "weekdays": ["tue", "wed", "thu", "fri", "sat"],
    "daily_limit": 4,
    "blackout": ["2026-10-23"],
    "exclude": {"skus": ["GIFT-*"]},
    "rules": [
        {"name": "coffee", "skus": ["COFFEE-*"], "time_slots": ["18:00-20:00"], "daily_limit": 1},
        {"name": "dear", "order_value_above": 25, "skus": ["WATCH"], "ask": False},
    ],
}
OTHER: dict[str, Any] = {
    "day_range": [10, 28],
    "time_slots": ["08:00-09:00", "18:30-19:00"],
    "weekdays": [],
    "daily_limit": 6,
    "rules": [{"name": "watches", "skus": ["WATCH"], "day_range": [5, 20]}],
}


def crowd(shop: Workshop) -> list[str]:
    """Orders of several products, with a deadline of its own for each."""
    skus = ("MUG-1", "COFFEE-1", "WATCH", "MUG-2", "GIFT-1")
    return [shop.order(5 + number * 0.77, items=(Item(skus[number % 5], "B1"),)) for number in range(28)]


def planned_on(shop: Workshop, seller: Seller, day: datetime) -> set[str]:
    found = plan(shop.ledger, seller, shop.clock.now(), 7).entries
    return {each.order_id for each in found if day <= each.due_at < day + DAY}


def asked_on(shop: Workshop, orders: list[str], day: datetime) -> set[str]:
    """What is asked when a pass comes at each hour at which something may go out."""
    for hour in (0.5, 8, 9, 10, 11, 12, 18, 18.6, 19, 23):
        shop.at(day + hour * HOUR)
        shop.whole_pass()
    accepted = shop.simulator.accepted()
    return {order for order in orders if order in accepted and day <= accepted[order].at < day + DAY}


def test_what_is_planned_for_a_day_is_what_the_sweeps_of_that_day_ask(any_shop: Workshop) -> None:
    any_shop.wants(**CROWDED)
    orders = crowd(any_shop)
    seen: Counter[int] = Counter()
    for number in range(7):
        day = MIDNIGHT + number * DAY
        any_shop.at(day)
        any_shop.sweep()
        expected = planned_on(any_shop, any_shop.sellers[any_shop.name], day)
        assert asked_on(any_shop, orders, day) == expected
        seen[len(expected)] += 1
    assert seen[0] == 3, "a blackout, a Sunday and a Monday"
    assert seen[4] >= 3


def test_what_is_planned_with_edited_settings_is_what_the_sweeps_do_with_them(any_shop: Workshop) -> None:
    any_shop.wants(**CROWDED)
    orders = crowd(any_shop)
    any_shop.at(MIDNIGHT)
    asked_on(any_shop, orders, MIDNIGHT)
    before = any_shop.sellers[any_shop.name]
    other = before.model_copy(update={"review_requests": ReviewRequests(timezone="Europe/Paris", **OTHER)})
    planned = 0
    for number in range(1, 5):
        day = MIDNIGHT + number * DAY
        any_shop.at(day)
        any_shop.sweep()
        expected = planned_on(any_shop, other, day)
        if number == 1:
            assert expected != planned_on(any_shop, before, day)
            any_shop.wants(**FRESH, **OTHER)
        assert asked_on(any_shop, orders, day) == expected
        planned += len(expected)
    assert planned > 12


def test_what_is_planned_in_a_ramp_up_is_what_the_sweeps_do_also_with_edited_settings(
    shop: Workshop,
) -> None:
    shop.wants(ramp_up=(1, 2, 3), **CROWDED)
    orders = crowd(shop)
    shop.at(MIDNIGHT)
    with shop.ledger.begin() as connection:
        armings.disarm(connection, shop.name)
    arm(shop.ledger, shop.name, at=MIDNIGHT)
    before = shop.sellers[shop.name]
    wider = before.model_copy(update={"ramp_up": (1, 3, 4)})
    numbers = []
    for number in range(4):
        day = MIDNIGHT + number * DAY
        shop.at(day)
        shop.sweep()
        seller = wider if number else before
        expected = planned_on(shop, seller, day)
        if number == 1:
            assert expected > planned_on(shop, before, day)
            shop.wants(ramp_up=(1, 3, 4), **CROWDED)
        assert asked_on(shop, orders, day) == expected
        numbers.append(len(expected))
    assert numbers[:2] == [1, 3]


def test_what_other_settings_change_is_told_order_by_order_and_in_sums(shop: Workshop) -> None:
    shop.wants(day_range=[7, 20], exclude={"skus": ["GIFT-*"]})
    late, gift, mug, same = shop.order(22), shop.order(10, items=(Item("GIFT-1", "B"),)), shop.order(8), shop.order(40)
    shop.sweep()
    seller = shop.sellers[shop.name]
    wish = ReviewRequests(day_range=(10, 25), rules=({"name": "mugs", "marketplaces": ["FR"]},))  # type: ignore[arg-type]
    other = seller.model_copy(update={"review_requests": wish})
    found = outlooks(shop.ledger, {shop.name: seller}, shop.clock.now(), 7, {}, others={shop.name: other})
    (told,) = found.differences
    changes = {each.order_id: (each.before.reason, each.after.reason) for each in told.changes}
    assert changes.pop(same) == (Reason.TOO_LATE, Reason.TOO_LATE)  # its rule set changed
    assert changes == {
        late: (Reason.TOO_LATE, Reason.DUE),
        gift: (Reason.SKU_EXCLUDED, Reason.DUE),
        mug: (Reason.DUE, Reason.TOO_EARLY),
    }
    assert (told.asked_before, told.asked_after) == (1, 3)
    assert told.by_reason_before == {Reason.TOO_LATE: 2, Reason.SKU_EXCLUDED: 1}
    assert told.by_reason_after == {Reason.TOO_LATE: 1}
    by_id = {each.order_id: each for each in told.changes}
    assert by_id[mug].after.due_at == datetime(2026, 10, 22, tzinfo=PARIS)
    assert by_id[mug].after.rule_set == "mugs"


def test_the_same_settings_change_nothing(shop: Workshop) -> None:
    shop.wants(**CROWDED)
    crowd(shop)
    shop.sweep()
    seller = {shop.name: shop.sellers[shop.name]}
    (told,) = outlooks(shop.ledger, seller, shop.clock.now(), 7, {}, others=seller).differences
    assert told.changes == []
    assert told.asked_before == told.asked_after


def test_what_is_asked_in_the_same_minute_by_either_settings_is_no_change(shop: Workshop) -> None:
    shop.wants(day_range=[5, 25], weekdays=["thu"])
    shop.order(8)
    shop.sweep()
    seller = shop.sellers[shop.name]
    later = seller.model_copy(update={"review_requests": ReviewRequests(day_range=(9, 25), weekdays=("thu",))})
    found = outlooks(shop.ledger, {shop.name: seller}, shop.clock.now(), 7, {}, others={shop.name: later})
    assert [each.changes for each in found.differences] == [[]]


def missing_of(shop: Workshop) -> Missing | None:
    shop.sweep()
    found = outlooks(shop.ledger, {shop.name: shop.sellers[shop.name]}, shop.clock.now(), 7, {})
    return found.missing[0] if found.missing else None


SAVED: dict[str, tuple[dict[str, Any], list[float], int, list[tuple[str | None, str, int]]]] = {
    "nothing misses its window": ({"daily_limit": 2}, [10, 10.1, 10.2], 0, []),
    "a limit that is too low": (
        {"daily_limit": 1, "day_range": [7, 21]},
        [20.1, 20.2, 20.3, 20.4, 20.5],
        3,
        [(None, "daily_limit = 3", 3), (None, "day_range = [5, 30]", 3)],
    ),
    "a weekday that never comes": (
        {"weekdays": ["mon"], "day_range": [7, 10]},
        [10.1],
        1,
        [
            (None, "day_range = [5, 30]", 1),
            (None, 'weekdays = ["mon", "tue"]', 1),
        ],
    ),
    "hours that are over": (
        {"time_slots": ["06:00-07:00"], "day_range": [7, 10]},
        [10.1],
        1,
        [(None, "day_range = [5, 30]", 1), (None, "time_slots = []", 1)],
    ),
    "a blackout": (
        {"blackout": ["2026-10-20..2026-11-20"], "day_range": [5, 30]},
        [10.1],
        1,
        [(None, "blackout = []", 1)],
    ),
    "the limit of a rule set": (
        {"rules": [{"name": "all", "daily_limit": 1, "day_range": [7, 21]}]},
        [20.1, 20.2, 20.3],
        1,
        [("all", "daily_limit = 2", 1), ("all", "day_range = [5, 30]", 1)],
    ),
    "several settings at once": (
        {"weekdays": ["mon"], "time_slots": ["06:00-07:00"], "day_range": [7, 10]},
        [10.1],
        1,
        [(None, "day_range = [5, 30]", 1)],
    ),
    "what Amazon would not take either": ({"day_range": [7, 10]}, [35], 0, []),
}


@pytest.mark.parametrize(("wish", "days_ago", "lost", "remedies"), SAVED.values(), ids=SAVED)
def test_what_would_save_the_orders_that_miss_their_window_is_computed(
    shop: Workshop,
    wish: dict[str, Any],
    days_ago: list[float],
    lost: int,
    remedies: list[tuple[str | None, str, int]],
) -> None:
    shop.wants(timezone="Europe/Paris", **wish)
    for days in days_ago:
        shop.order(days)
    found = missing_of(shop)
    assert (len(found.orders) if found else 0) == lost
    assert [(each.rule_set, each.setting, each.saved) for each in found.remedies] == remedies if found else not remedies


def test_each_slot_of_thirty_days_stands_beside_amazons_rate(shop: Workshop) -> None:
    """Amazon lets one request out a second: a slot of a minute has room for sixty, and five that it had saved up."""
    shop.wants(timezone="Europe/Paris", time_slots=["10:00-10:01"], daily_limit=100)
    for _ in range(70):
        shop.order(10)
    shop.sweep()
    found = outlooks(shop.ledger, {shop.name: shop.sellers[shop.name]}, shop.clock.now(), 7, {}).slots
    assert [(f"{each.day:%d}", each.slot, each.requests, each.room, each.limit) for each in found] == [
        ("21", "10:00-10:01", 60, 65, 100),
        ("22", "10:00-10:01", 10, 65, 100),
    ]


def test_what_is_left_of_todays_slot_counts(shop: Workshop) -> None:
    shop.wants(timezone="Europe/Paris", time_slots=["10:00-14:01"])
    shop.order()
    shop.sweep()
    (found,) = plan(shop.ledger, shop.sellers[shop.name], shop.clock.now(), 7).slots
    assert (found.requests, found.room) == (1, 65)
    assert found.day == NOW.astimezone(PARIS).date()
