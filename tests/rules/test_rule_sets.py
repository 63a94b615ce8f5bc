"""Rule sets and blackouts: which set an order has, why, and what follows for it."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.decision import Act, Decision, Skip, Wait
from rules.order import Facts, Item, Money
from rules.patterns import covers
from rules.reason import Reason
from rules.reviews import decide, explain, forecast, shut_at, widest
from rules.rule_sets import chosen, why
from settings.schema import ReviewRequests, Seller
from tests.rules.examples import DAY, DELIVERED_AT, IN_WINDOW, ORDER, facts, seller

DE = "A1PA6795UKMFR9"


def rules(*sets: dict[str, Any]) -> ReviewRequests:
    """Sets that are named by their place, from 1."""
    return ReviewRequests(rules=tuple({"name": f"{place}", **each} for place, each in enumerate(sets, 1)))  # type: ignore[misc]


def order(*skus: str | None, **changes: Any) -> Any:
    items: dict[str, Any] = {"items": tuple(Item(sku, None) for sku in skus)} if skus else {}
    return replace(ORDER, **items, **changes)


NO = {"ask": False}
FITS = {
    "no set": ((), {}, (), None),
    "one that names nothing takes all": (({},), {}, (), "1"),
    "the first that fits": (({"skus": ["MUG-*"]}, {"skus": ["MUG-1"]}), {}, ("MUG-1",), "1"),
    "not the one that does not fit": (({"skus": ["GIFT-*"]}, {"skus": ["mug-?"]}), {}, ("MUG-1",), "2"),
    "none fits": (({"skus": ["GIFT-*"]},), {}, ("MUG-1",), None),
    "all that is named must be true": (({"skus": ["MUG-*"], "marketplaces": ["DE"]},), {}, ("MUG-1",), None),
    "an ASIN": (({"asins": ["b00*1"]},), {}, (), "1"),
    "a promotion of any item": (({"promotions": ["SUM*"]},), {}, (), "1"),
    "SKU and promotion of one item, not of two": (({"skus": ["MUG-1"], "promotions": ["SUMMER"]},), {}, (), None),
    "a marketplace": (({"marketplaces": ["DE"]},), {"marketplace_id": DE}, (), "1"),
    "who fulfilled it": (({"fulfilled_by": ["amazon"]}, {"fulfilled_by": ["merchant"]}), {}, (), "2"),
    "business": (({"business_orders": True},), {"programs": ("AMAZON_BUSINESS",)}, (), "1"),
    "no business": (({"business_orders": True}, {"business_orders": False}), {}, (), "2"),
    "worth less": (({"order_value_below": 30}, {"order_value_below": 31}), {}, (), "2"),
    "worth more": (({"order_value_above": 30}, {"order_value_above": 29}), {}, (), "2"),
    "worth something in between": (({"order_value_above": 20, "order_value_below": 40},), {}, (), "1"),
    "two items, the set that stands first": (
        ({"skus": ["MUG-2"]}, {"skus": ["MUG-1"]}),
        {},
        ("MUG-1", "MUG-2"),
        "1",
    ),
    "two items, one of which is not to be asked": (
        ({"skus": ["MUG-1"]}, {"skus": ["MUG-2"], **NO}),
        {},
        ("MUG-1", "MUG-2"),
        "2",
    ),
    "an exception before a set that is not asked": (
        ({"skus": ["GIFT-1"]}, {"skus": ["GIFT-*"], **NO}),
        {},
        ("GIFT-1",),
        "1",
    ),
    "an item that no set wants, and one that a set does": (({"skus": ["MUG-2"]},), {}, ("TEA", "MUG-2"), "1"),
    "a SKU that is not known": (({"skus": ["MUG-1"]}, {"skus": ["MUG-2"], **NO}), {}, (None,), "2"),
    "a value that is not known": (({"order_value_below": 9}, {"order_value_below": 9, **NO}), {"value": None}, (), "2"),
    "nobody knows who fulfilled it": (({"fulfilled_by": ["amazon"]},), {"fulfilled_by": None}, (), None),
    "items that are not known": (({"skus": ["*"]}, {"skus": ["*"], **NO}), {"items": ()}, (), "2"),
}


@pytest.mark.parametrize(("sets", "changes", "skus", "name"), FITS.values(), ids=FITS)
def test_an_order_has_the_first_set_that_fits(
    sets: tuple[dict[str, Any], ...], changes: dict[str, Any], skus: tuple[str | None, ...], name: str | None
) -> None:
    found = chosen(order(*skus, **changes), rules(*sets).rules)
    assert (found.name if found else None) == name


def test_a_cancelled_line_chooses_no_set() -> None:
    line = Item("GIFT-1", None, cancelled=True)
    assert chosen(order(items=(line, Item("MUG-1", None))), rules({"skus": ["GIFT-*"], **NO}).rules) is None


WHY = {
    "one key": ({"skus": ["MUG-*"]}, {}, "skus: MUG-1"),
    "the item that fits": ({"skus": ["MUG-2"]}, {}, "skus: MUG-2"),
    "several keys": (
        {"asins": ["B*"], "fulfilled_by": ["merchant"], "order_value_above": 9},
        {},
        "asins: B000000001; fulfilled_by: merchant; order_value: 30.00 EUR",
    ),
    "no key": ({}, {}, "it names none, so every order fits"),
    "what is not known": ({"order_value_above": 9, **NO}, {"value": None}, "order_value: unknown"),
}


@pytest.mark.parametrize(("wanted", "changes", "said"), WHY.values(), ids=WHY)
def test_why_a_set_was_chosen_is_said_by_its_keys(wanted: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    (rule,) = rules(wanted).rules
    assert why(order(**changes), rule) == said


def shop(**review_requests: Any) -> Seller:
    return seller(timezone="Europe/Paris", **review_requests)


def paris(day: int, hour: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZoneInfo("Europe/Paris"))


MUGS = {"name": "mugs", "skus": ["MUG-*"]}
TEA = {"name": "tea", "skus": ["TEA-*"], "ask": False}
# delivered on Friday 5 June 2026; now it is Monday 15 June, 14:00 in Paris
DECIDED: dict[str, tuple[dict[str, Any], Decision]] = {
    "the set's day range": (
        {"rules": [{**MUGS, "day_range": [12, 20]}]},
        Wait(paris(17), Reason.TOO_EARLY),
    ),
    "the set's range that is over": ({"rules": [{**MUGS, "day_range": [5, 9]}]}, Skip(Reason.TOO_LATE)),
    "the set's weekdays": (
        {"rules": [{**MUGS, "weekdays": ["sat"]}]},
        Wait(paris(20), Reason.OUTSIDE_TIME_SLOT),
    ),
    "every weekday, by the set": ({"weekdays": ["sat"], "rules": [{**MUGS, "weekdays": []}]}, Act(paris(1, month=7))),
    "the set's hours on the seller's weekdays": (
        {"weekdays": ["sat"], "rules": [{**MUGS, "time_slots": ["18:00-20:00"]}]},
        Wait(paris(20, 18), Reason.OUTSIDE_TIME_SLOT),
    ),
    "the set says no": ({"rules": [{**MUGS, "ask": False}]}, Skip(Reason.RULE_SAYS_NO)),
    "a set of other products": ({"rules": [TEA]}, Act(paris(1, month=7))),
    "today is blacked out": ({"blackout": ["2026-06-15"]}, Wait(paris(16), Reason.BLACKOUT)),
    "several days are": (
        {"blackout": ["2026-06-14..2026-06-16", "2026-06-17"], "time_slots": ["10:00-12:00"]},
        Wait(paris(18, 10), Reason.BLACKOUT),
    ),
    "yesterday was": ({"blackout": ["2026-06-14"]}, Act(paris(1, month=7))),
    "the next slot's day is": (
        {"blackout": ["2026-06-16"], "time_slots": ["10:00-12:00"]},
        Wait(paris(17, 10), Reason.BLACKOUT),
    ),
    "the next slot comes before": (
        {"blackout": ["2026-06-16"], "time_slots": ["18:00-19:00"]},
        Wait(paris(15, 18), Reason.OUTSIDE_TIME_SLOT),
    ),
    "the rest of the window is": ({"blackout": ["2026-06-15..2026-07-31"]}, Skip(Reason.TOO_LATE)),
    "a day of the set and one of the seller": (
        {"blackout": ["2026-06-15"], "rules": [{**MUGS, "blackout": ["2026-06-16"]}]},
        Wait(paris(17), Reason.BLACKOUT),
    ),
    "a day of another set": ({"rules": [{**TEA, "ask": True, "blackout": ["2026-06-15"]}]}, Act(paris(1, month=7))),
}


@pytest.mark.parametrize(("wish", "expected"), DECIDED.values(), ids=DECIDED)
def test_an_order_is_decided_by_its_set_and_the_blackouts(wish: dict[str, Any], expected: Decision) -> None:
    assert decide(facts(), shop(**wish), IN_WINDOW) == expected


def test_blackout_days_are_those_of_the_sellers_calendar() -> None:
    """Midnight in Paris, where the seller has no zone of its own: the first marketplace's, for an order of any."""
    wish = seller(blackout=["2026-06-15"])
    assert decide(facts({"marketplace_id": DE}), wish, paris(15)) == Wait(paris(16), Reason.BLACKOUT)
    assert isinstance(decide(facts(), wish, paris(16)), Act)


def test_a_blackout_makes_no_window_longer() -> None:
    wish = shop(blackout=["2026-06-20..2026-06-30"])
    assert shut_at(facts(), wish, IN_WINDOW) == shut_at(facts(), shop(), IN_WINDOW)


def test_a_person_who_wants_it_asked_now_is_not_held_up_by_a_blackout() -> None:
    wish = shop(blackout=["2026-06-15"])
    assert isinstance(decide(facts(ask_until=IN_WINDOW + DAY), wish, IN_WINDOW), Act)


def test_a_forecast_goes_past_a_blackout() -> None:
    wish = shop(day_range=(7, 25), blackout=["2026-06-12..2026-06-14"])
    assert forecast(facts(), wish, DELIVERED_AT, DELIVERED_AT + 30 * DAY) == paris(15)


def said(rule: Reason, known: Facts, wish: Seller) -> str:
    return next(each.input for each in explain(known, wish, IN_WINDOW) if each.rule == rule)


def test_explain_names_the_set_and_what_fits_it() -> None:
    assert said(Reason.RULE_SAYS_NO, facts(), shop()) == "rule sets: none"
    assert said(Reason.RULE_SAYS_NO, facts(), shop(rules=[TEA])) == "rule sets: tea; none fits"
    assert said(Reason.RULE_SAYS_NO, facts(), shop(rules=[TEA, MUGS])) == "rule set: mugs (skus: MUG-1); ask: true"


def test_amazons_own_range_takes_the_place_of_each_sets() -> None:
    wish = widest(shop(rules=[{**MUGS, "day_range": [5, 9]}]))
    assert isinstance(decide(facts(), wish, IN_WINDOW), Act)


COVERS = {
    "the same in another case": (["gift-*"], "GIFT-*", True),
    "a wider one": (["GIFT-*"], "GIFT-A*", True),
    "everything": (["*"], "GIFT-[ab]", True),
    "one word": (["GIFT-?"], "GIFT-1", True),
    "a narrower one": (["GIFT-A*"], "GIFT-*", False),
    "one letter for many": (["GIFT-?"], "GIFT-*", False),
    "at least one letter for any": (["GIFT-?*"], "GIFT-*", False),
    "a set of letters that is not understood": (["GIFT-[abc]"], "GIFT-[ab]", False),
    "none": ([], "GIFT-1", False),
}


@pytest.mark.parametrize(("wide", "narrow", "covered"), COVERS.values(), ids=COVERS)
def test_a_pattern_covers_another_only_if_surely_so(wide: list[str], narrow: str, covered: bool) -> None:
    assert covers(wide, narrow) is covered


def test_money_of_any_currency_is_compared_as_it_is() -> None:
    dear = order(value=Money(ORDER.value.amount * 100, "JPY")) if ORDER.value else ORDER
    assert chosen(dear, rules({"order_value_above": 2000}).rules) is not None
