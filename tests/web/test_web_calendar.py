"""The calendar's days add up to what Today and the lists say, and a day opens to its orders."""

from tests.web.opened import Visitor, values


def test_the_days_add_up_to_what_is_known_elsewhere(owner: Visitor) -> None:
    found = owner.json("/calendar.json")
    assert len(found["days"]) == 61
    coming = owner.json("/status.json")["one"]
    assert sum(day["requests"] for day in coming["sent"]) == sum(day["sent"] for day in found["days"])
    planned = {day["on"]: day["planned"] for day in found["days"] if day["planned"]}
    assert {day["on"]: day["requests"] for day in coming["coming"]}.items() <= planned.items()
    assert planned


def test_a_day_opens_to_the_orders_that_are_planned_for_it(owner: Visitor) -> None:
    day = next(each for each in owner.json("/calendar.json")["days"] if each["planned"])
    path = f"/calendar?day={day['on']}"
    orders = [each["order_id"] for each in owner.json(path.replace("?", ".json?"))["orders"]]
    assert len(orders) == day["planned"]
    assert sorted(values(owner.html(path), "data-order")) == sorted(orders)


def test_a_day_that_is_none_opens_nothing(owner: Visitor) -> None:
    assert owner.json("/calendar.json?day=never")["chosen"] is None
