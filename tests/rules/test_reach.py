"""Rule sets that can never count, and days and hours that leave some orders no time."""

from datetime import date
from typing import Any

import pytest

from rules.reach import unreachable, without_time
from tests.rules.examples import seller

TODAY = date(2026, 6, 15)  # a Monday
NO = {"ask": False}

UNREACHABLE: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any], dict[str, str]]] = {
    "none": ((), {}, {}),
    "sets apart": (({"skus": ["A-*"]}, {"skus": ["B-*"]}), {}, {}),
    "after one that takes all": (({}, {"skus": ["B-*"]}), {}, {"2": "1, which stands before it"}),
    "one that takes all, last": (({"skus": ["B-*"]}, {}), {}, {}),
    "a narrower pattern": (({"skus": ["B-*"]}, {"skus": ["b-1", "B-2*"]}), {}, {"2": "1, which stands"}),
    "a pattern that is wider in part": (({"skus": ["B-*"]}, {"skus": ["B-1", "C-1"]}), {}, {}),
    "all of the seller's marketplaces": (
        ({"marketplaces": ["FR", "DE"]}, {"skus": ["A"]}),
        {},
        {"2": "1, which stands"},
    ),
    "one of the marketplaces": (({"marketplaces": ["FR"]}, {"skus": ["A"]}), {}, {}),
    "that one again": (({"marketplaces": ["FR"]}, {"marketplaces": ["FR"], "skus": ["A"]}), {}, {"2": "1, which"}),
    "both who fulfil": (({"fulfilled_by": ["amazon", "merchant"]}, {"skus": ["A"]}), {}, {"2": "1, which stands"}),
    "business before business": (
        ({"business_orders": True}, {"business_orders": True, "skus": ["A"]}),
        {},
        {"2": "1, which stands"},
    ),
    "business before all": (({"business_orders": True}, {"skus": ["A"]}), {}, {}),
    "a lower value": (({"order_value_below": 20}, {"order_value_below": 10}), {}, {"2": "1, which stands"}),
    "a higher value": (({"order_value_below": 10}, {"order_value_below": 20}), {}, {}),
    "no value": (({"order_value_below": 10}, {"skus": ["A"]}), {}, {}),
    "above a higher value": (({"order_value_above": 10}, {"order_value_above": 20}), {}, {"2": "1, which stands"}),
    "a marketplace that is not the seller's": (({"marketplaces": ["IT"]},), {}, {"1": "none of its marketplaces (IT)"}),
    "excluded SKUs": (({"skus": ["GIFT-1"]},), {"skus": ["GIFT-*"]}, {"1": "exclude.skus leaves out"}),
    "some of them excluded": (({"skus": ["GIFT-1", "MUG"]},), {"skus": ["GIFT-*"]}, {}),
    "excluded business": (({"business_orders": True},), {"business_orders": True}, {"1": "exclude.business_orders"}),
    "excluded fulfilment": (
        ({"fulfilled_by": ["amazon"]},),
        {"fulfilled_by": ["amazon"]},
        {"1": "exclude.fulfilled_by"},
    ),
    "excluded values": (({"order_value_below": 5},), {"order_value_below": 5}, {"1": "exclude.order_value_below"}),
}


@pytest.mark.parametrize(("sets", "exclude", "said"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_set_that_can_never_count_is_found(
    sets: tuple[dict[str, Any], ...], exclude: dict[str, Any], said: dict[str, str]
) -> None:
    rules = [{"name": f"{place}", **each} for place, each in enumerate(sets, 1)]
    found = {rule.name: why for rule, why in unreachable(seller(rules=rules, exclude=exclude))}
    assert found.keys() == said.keys()
    assert all(why.startswith(said[name]) for name, why in found.items())


WITHOUT: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "a week of days": ({"weekdays": ["sat"]}, []),
    "two days and one weekday": (
        {"day_range": [7, 8], "weekdays": ["mon"]},
        [("", "deliveries on Tuesday, Wednesday, Thursday, Friday, Saturday have no such hour in their day_range")],
    ),
    "one day, and hours before the parcel came": (
        {"day_range": [5, 5], "time_slots": ["06:00-07:00"]},
        [("", "deliveries on any day of the week have no such hour in their day_range")],
    ),
    "of a set": (
        {"rules": [{"name": "tea", "skus": ["TEA"], "day_range": [10, 15], "weekdays": ["sun"]}]},
        [("tea", "deliveries on Friday have no such hour in their day_range")],
    ),
    "of a set that asks nobody": ({"rules": [{"name": "tea", "ask": False}], "weekdays": ["sat"]}, []),
    "a short blackout": ({"blackout": ["2026-07-01..2026-07-05"]}, []),
    "one that takes whole windows": (
        {"day_range": [7, 9], "blackout": ["2026-07-01..2026-07-05"]},
        [
            (
                "",
                "deliveries from 2026-06-24 to 2026-06-26 have no day left: "
                "the blackout 2026-07-01..2026-07-05 takes all",
            )
        ],
    ),
    "one that is over": ({"day_range": [7, 9], "blackout": ["2026-05-01..2026-05-31"]}, []),
}


@pytest.mark.parametrize(("wish", "said"), WITHOUT.values(), ids=WITHOUT)
def test_deliveries_that_days_and_hours_leave_no_time_are_found(
    wish: dict[str, Any], said: list[tuple[str, str]]
) -> None:
    assert list(without_time(seller(**wish), TODAY)) == said
