"""Rule sets at work: limits of their own, blackouts, and what explain and plan say of them."""

from collections import Counter
from typing import Any

from rules.order import Item
from rules.reason import Reason
from tasks.check.outcome import Outcome
from tasks.check.review_settings import check_review_settings
from tasks.explain import explain
from tasks.gate import day_start
from tasks.reviews.plan import plan
from tests.tasks.workshop import DAY, HOUR, NOW, Workshop

COFFEE: dict[str, Any] = {"name": "coffee", "skus": ["COFFEE-*"]}


def coffee(shop: Workshop, days_ago: float = 10) -> str:
    return shop.order(days_ago, items=(Item("COFFEE-1", "B1"),))


def test_the_limit_of_a_set_counts_its_own_orders_alone(any_shop: Workshop) -> None:
    any_shop.wants(rules=[{**COFFEE, "daily_limit": 2}])
    coffees, others = [coffee(any_shop) for _ in range(5)], [any_shop.order() for _ in range(4)]
    any_shop.whole_pass()
    assert sum(map(any_shop.asked, others)) == 4
    assert sum(map(any_shop.asked, coffees)) == 2
    held_back = [each for each in coffees if not any_shop.asked(each)]
    assert {any_shop.standing(each) for each in held_back} == {("due", Reason.DAILY_LIMIT)}
    any_shop.wait(HOUR)
    any_shop.whole_pass()
    assert sum(map(any_shop.asked, coffees)) == 2
    any_shop.whole_days(2)
    assert sum(map(any_shop.asked, coffees)) == 5


def test_the_orders_of_a_set_count_against_the_sellers_limit_too(shop: Workshop) -> None:
    shop.wants(daily_limit=3, rules=[{**COFFEE, "daily_limit": 2}])
    coffees, others = [coffee(shop, 12) for _ in range(4)], [shop.order() for _ in range(4)]
    shop.whole_pass()
    assert sum(map(shop.asked, coffees)) == 2
    assert sum(map(shop.asked, others)) == 1


def test_a_set_that_says_no_is_obeyed_and_named(shop: Workshop) -> None:
    shop.wants(rules=[{**COFFEE, "ask": False}])
    order = coffee(shop)
    shop.whole_pass()
    assert shop.asked(order) == 0
    found = explain(shop.ledger, shop.sellers[shop.name], order, shop.clock.now())
    assert found
    assert (found.state, found.reason) == ("skipped", Reason.RULE_SAYS_NO)
    assert found.rule_set
    assert (found.rule_set.name, found.rule_set.why) == ("coffee", "skus: COFFEE-1")
    assert "Other settings decide it anew" in found.answer.when


def test_nothing_goes_out_on_a_blackout_day_and_all_of_it_afterwards(any_shop: Workshop) -> None:
    any_shop.wants(blackout=["2026-10-20..2026-10-21"])
    order = any_shop.order()
    any_shop.whole_pass()
    assert any_shop.standing(order) == ("waiting", Reason.BLACKOUT)
    any_shop.whole_days(1)
    assert any_shop.asked(order) == 0
    any_shop.whole_days(1)
    assert any_shop.asked(order) == 1


def test_a_plan_names_the_set_and_keeps_to_its_limit(shop: Workshop) -> None:
    shop.wants(rules=[{**COFFEE, "daily_limit": 2, "day_range": [5, 25]}])
    coffees, other = [coffee(shop) for _ in range(5)], shop.order()
    shop.sweep()
    seller = shop.sellers[shop.name]
    found = plan(shop.ledger, seller, shop.clock.now(), 30).entries
    assert {each.order_id: each.rule_set.name if each.rule_set else None for each in found} == {
        **dict.fromkeys(coffees, "coffee"),
        other: None,
    }
    days = Counter(day_start(seller, each.due_at) - day_start(seller, NOW) for each in found if each.rule_set)
    assert days == {0 * DAY: 2, DAY: 2, 2 * DAY: 1}


def test_a_check_says_whom_the_settings_leave_out_and_which_sets_never_count(shop: Workshop) -> None:
    shop.wants(
        day_range=[7, 8],
        weekdays=["mon"],
        exclude={"skus": ["GIFT-*"], "order_value_above": 500, "delivered_late": True},
        rules=[{"name": "all"}, {**COFFEE, "ask": False}],
    )
    shop.order(items=(Item("GIFT-1", "B1"),))
    shop.sweep()
    found = list(check_review_settings(shop.ledger, shop.sellers[shop.name], shop.clock.now()))
    sets, general, of_set, left_out = found
    assert (sets.verdict, "coffee can never count: all, which stands before it" in sets.detail) == (Outcome.FAIL, True)
    assert (general.verdict, of_set.verdict, left_out.verdict) == (Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.PASS)
    words = "SKUs GIFT-*; worth more than 500; delivered late; rule set coffee: 1 order so far"
    assert left_out.detail.startswith(words)
    assert "You answer to Amazon for it" in left_out.detail


def test_a_check_says_that_nobody_is_left_out(shop: Workshop) -> None:
    (found,) = check_review_settings(shop.ledger, shop.sellers[shop.name], shop.clock.now())
    assert (found.verdict, found.detail) == (Outcome.PASS, "nobody, beside those whom askonce never asks")
