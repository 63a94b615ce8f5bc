"""The calendar's days add up to what Today and the lists say, and a day opens to its orders."""

from datetime import UTC, datetime, time

from settings.slots import TimeSlot
from tasks.calendar import _slot, calendar
from tests.screens.world import NOW
from tests.web.opened import Opened, Visitor, values
from web.pages.calendar import chart

LIMITED = {
    "daily_limit": 3,
    "time_slots": (TimeSlot(start=time(10), end=time(14)), TimeSlot(start=time(18), end=time(20))),
}


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


def test_each_days_slots_add_up_and_marketplaces_make_up_the_whole(owner: Visitor) -> None:
    whole = owner.json("/calendar.json")
    for day in whole["days"]:
        assert sum(day["slots"].values()) == (day["sent"] + day["planned"] if whole["slots"] else 0)
    parts = [owner.json(f"/calendar.json?marketplace={code}")["days"] for code in ("FR", "DE")]
    for name in ("sent", "planned"):
        assert [day[name] for day in whole["days"]] == [
            sum(day[name] for day in days) for days in zip(*parts, strict=True)
        ]
    assert owner.get("/calendar?marketplace=XX").status_code == 404


def test_the_limit_of_a_day_is_said(page: Opened) -> None:
    (name, seller), *_ = page.app.sellers.items()
    limited = seller.model_copy(update={"review_requests": seller.review_requests.model_copy(update=LIMITED)})
    found = calendar(page.app.ledger, {name: limited}, NOW, None)
    assert (found.daily_limit, found.amazons_limit, found.limit) == (3, 6 * 3600, 3)
    assert found.slots[:2] == ["10:00-14:00", "18:00-20:00"]
    drawn = chart(found)
    assert drawn.line is not None
    assert all(sent + planned <= 94 for _, sent, planned in drawn.bars) or max(d.planned for d in found.days) > 3


def test_a_slots_first_and_last_minutes_are_its_own() -> None:
    slots = (TimeSlot(start=time(10, 5), end=time(14)), TimeSlot(start=time(22), end=time()))
    told = {(10, 0): "10:05-14:00", (13, 50): "10:05-14:00", (14, 0): "else", (23, 50): "22:00-24:00", (9, 50): "else"}
    for (hour, minute), slot in told.items():
        assert _slot(datetime(2026, 11, 26, hour, minute, tzinfo=UTC), slots) == slot


def test_the_weeks_add_up_to_what_went_out_and_to_what_ended(owner: Visitor) -> None:
    found, said = owner.json("/calendar.json"), owner.json("/status.json")["sum"]
    weeks = {name: sum(week[name] for week in found["weeks"]) for name in ("sent", "refused", "skipped")}
    assert weeks["sent"] == sum(day["sent"] for day in found["days"])
    assert 0 < weeks["skipped"] <= said["skipped"]
    assert weeks["refused"] <= said["refused"]
    assert values(owner.html("/calendar"), "data-week") == [week["begins"] for week in found["weeks"]]
