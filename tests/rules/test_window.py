from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.window import Window, next_slot, review_window
from settings.marketplaces import MARKETPLACES
from settings.schema import TimeSlot, Weekday
from tests.rules.examples import DAY, DELIVERED_AT

PARIS = ZoneInfo("Europe/Paris")
EVERY_ZONE = sorted({m.timezone for m in MARKETPLACES.values()} | {"Australia/Lord_Howe", "Asia/Beirut", "UTC"})
MINUTE = timedelta(minutes=1)
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def slots(*texts: str) -> tuple[TimeSlot, ...]:
    return tuple(TimeSlot(start=time.fromisoformat(t[:5]), end=time.fromisoformat(t[6:])) for t in texts)


# DELIVERED_AT is 14:00 in Paris on 5 June. An end that is not named is that of 30 days after the delivery, with margin.
LAST = DELIVERED_AT + 29 * DAY
WINDOWS: dict[str, tuple[tuple[int, int], datetime | None, Window]] = {
    "whole local days": (
        (7, 25),
        None,
        Window(paris("2026-06-12"), paris("2026-07-01"), paris("2026-07-01")),
    ),
    "one day": ((7, 7), None, Window(paris("2026-06-12"), paris("2026-06-13"), paris("2026-06-13"))),
    "both of Amazon's ends": ((5, 30), None, Window(DELIVERED_AT + 5 * DAY, LAST, LAST)),
    "the fifth day, from 120 hours on": (
        (5, 5),
        None,
        Window(DELIVERED_AT + 5 * DAY, paris("2026-06-11"), paris("2026-06-11")),
    ),
    "the margin cuts later days": ((28, 30), None, Window(paris("2026-07-03"), LAST, LAST)),
    "and leaves the first day whole": ((29, 30), None, Window(paris("2026-07-04"), paris("2026-07-05"), LAST)),
    "even if it is the thirtieth": ((30, 30), None, Window(paris("2026-07-05"), paris("2026-07-06"), LAST)),
    "delivered as promised": ((5, 30), DELIVERED_AT, Window(DELIVERED_AT + 5 * DAY, LAST, LAST)),
    "delivered late: looked at until the later end, hurried for the nearer": (
        (5, 30),
        DELIVERED_AT - 12 * DAY,
        Window(DELIVERED_AT + 5 * DAY, LAST, LAST - 12 * DAY),
    ),
    "delivered so late that the nearer end is past when the window opens": (
        (7, 25),
        DELIVERED_AT - 24 * DAY,
        Window(paris("2026-06-12"), paris("2026-07-01"), LAST - 24 * DAY),
    ),
    "delivered early: until the seller's last day": (
        (5, 30),
        DELIVERED_AT + 10 * DAY,
        Window(DELIVERED_AT + 5 * DAY, paris("2026-07-06"), LAST),
    ),
    "both ends behind the seller's days": (
        (7, 20),
        DELIVERED_AT - DAY,
        Window(paris("2026-06-12"), paris("2026-06-26"), paris("2026-06-26")),
    ),
}


@pytest.mark.parametrize(("day_range", "promised", "expected"), WINDOWS.values(), ids=WINDOWS)
def test_the_window_is_the_sellers_days_within_amazons(
    day_range: tuple[int, int], promised: datetime | None, expected: Window
) -> None:
    assert review_window(DELIVERED_AT, day_range, PARIS, promised) == expected


def test_a_day_that_the_clock_change_shortens_moves_on_to_the_next_rather_than_vanish() -> None:
    late_evening = paris("2026-03-24T23:30")  # 120 hours later it is 00:30 on the sixth day
    closes = paris("2026-03-31")
    assert review_window(late_evening, (5, 5), PARIS, None) == Window(late_evening + 5 * DAY, closes, closes)


deliveries = st.integers(0, 2 * 365 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + n * MINUTE)
day_ranges = st.tuples(st.integers(5, 30), st.integers(5, 30)).map(lambda days: (min(days), max(days)))
zones = st.sampled_from(EVERY_ZONE).map(ZoneInfo)


@settings(deadline=None)
@given(deliveries, day_ranges, zones)
def test_every_legal_day_range_leaves_a_window(delivered: datetime, day_range: tuple[int, int], zone: ZoneInfo) -> None:
    window = review_window(delivered, day_range, zone, None)
    assert delivered + 5 * DAY <= window.opens < window.closes
    day = delivered.astimezone(zone).date()
    first = window.opens.astimezone(zone).date() - day
    last = (window.closes - timedelta.resolution).astimezone(zone).date() - day
    assert day_range[0] * DAY <= first
    assert last <= max(day_range[1] * DAY, first)
    assert window.closes <= delivered + 29 * DAY or first == last


@settings(deadline=None)
@given(deliveries, day_ranges, zones, st.integers(-60, 60))
def test_a_promise_never_shortens_the_window_and_never_delays_its_deadline(
    delivered: datetime, day_range: tuple[int, int], zone: ZoneInfo, days: int
) -> None:
    promised = delivered + days * DAY
    alone, window = (review_window(delivered, day_range, zone, promise) for promise in (None, promised))
    assert window.opens == alone.opens
    assert alone.closes <= window.closes <= max(alone.closes, promised + 29 * DAY)
    assert window.deadline == min(alone.deadline, promised + 29 * DAY)
    if days <= 0:
        assert window.closes == alone.closes


@pytest.mark.parametrize(
    ("texts", "weekdays", "moment", "expected"),
    [
        pytest.param((), (), "2026-06-15T14:03", "2026-06-15T14:03", id="no slots, no weekdays: always"),
        pytest.param(("10:00-14:00",), (), "2026-06-15T07:00", "2026-06-15T08:00", id="before the slot"),
        pytest.param(("10:00-14:00",), (), "2026-06-15T08:00", "2026-06-15T08:00", id="the start is in"),
        pytest.param(("10:00-14:00",), (), "2026-06-15T12:00", "2026-06-16T08:00", id="the end is not"),
        pytest.param(("18:00-20:00", "10:00-11:00"), (), "2026-06-15T00:00", "2026-06-15T08:00", id="in any order"),
        pytest.param(("10:00-11:00", "18:00-20:00"), (), "2026-06-15T10:00", "2026-06-15T16:00", id="the later slot"),
        pytest.param(("22:00-00:00",), (), "2026-06-15T21:59", "2026-06-15T21:59", id="up to midnight"),
        pytest.param(("10:00-14:00",), ("tue", "sat"), "2026-06-15T09:00", "2026-06-16T08:00", id="weekday"),
        pytest.param((), ("mon",), "2026-06-15T22:00", "2026-06-21T22:00", id="weekdays are local days"),
        pytest.param(("10:00-11:00",), ("mon",), "2026-06-15T09:00", "2026-06-22T08:00", id="a week later"),
        pytest.param(("10:00-14:00",), (), "2026-03-28T13:00", "2026-03-29T08:00", id="over the spring change"),
        pytest.param(("10:00-14:00",), (), "2026-10-24T12:00", "2026-10-25T09:00", id="over the autumn change"),
        pytest.param(("02:00-02:30",), (), "2026-03-29T00:00", "2026-03-30T00:00", id="the gap swallows the slot"),
        pytest.param(("02:30-03:30",), (), "2026-03-29T00:00", "2026-03-29T01:00", id="the gap swallows its start"),
        pytest.param(("02:00-02:30",), ("sun",), "2026-03-22T02:00", "2026-04-05T00:00", id="of a weekly slot"),
        pytest.param(("02:15-02:45",), (), "2026-10-25T00:20", "2026-10-25T00:20", id="repeated hour, first time"),
        pytest.param(("02:15-02:45",), (), "2026-10-25T00:50", "2026-10-25T01:15", id="repeated hour, second time"),
        pytest.param(("01:30-02:30",), (), "2026-10-25T00:40", "2026-10-25T01:00", id="the clock goes back into it"),
        pytest.param(("01:30-02:30",), (), "2026-10-25T00:40:00.500", "2026-10-25T01:00", id="on the second"),
    ],
)
def test_the_next_slot_in_paris(
    texts: tuple[str, ...], weekdays: tuple[Weekday, ...], moment: str, expected: str
) -> None:
    assert next_slot(utc(moment), slots(*texts), weekdays, PARIS) == utc(expected)


def test_a_day_without_midnight_begins_at_its_first_instant() -> None:
    thursday = utc("2026-04-23T12:00")  # Cairo goes from 24:00 on this day to 01:00
    assert next_slot(thursday, (), ("fri",), ZoneInfo("Africa/Cairo")) == utc("2026-04-23T22:00")


def test_a_moment_in_a_slot_is_its_own_next_one_and_the_end_of_a_slot_is_not() -> None:
    ten_to_two, inside, end = slots("10:00-14:00"), utc("2026-06-15T11:59"), utc("2026-06-15T12:00")
    assert next_slot(inside, ten_to_two, (), PARIS) == inside
    assert next_slot(end, ten_to_two, (), PARIS) > end


@cache
def clock_changes(zone: ZoneInfo) -> tuple[datetime, ...]:
    days = [datetime(2026, 1, 1, tzinfo=UTC) + n * DAY for n in range(365)]
    return tuple(d for d in days if d.astimezone(zone).utcoffset() != (d + DAY).astimezone(zone).utcoffset())


@st.composite
def moments_near_changes(draw: st.DrawFn) -> tuple[datetime, ZoneInfo]:
    zone = ZoneInfo(draw(st.sampled_from(EVERY_ZONE)))
    day = draw(st.sampled_from(clock_changes(zone) or (datetime(2026, 2, 25, tzinfo=UTC),)))
    return day + draw(st.integers(-9 * 24 * 60, 2 * 24 * 60)) * MINUTE, zone


@st.composite
def slot_lists(draw: st.DrawFn) -> tuple[TimeSlot, ...]:
    edges = draw(
        st.lists(st.integers(0, 24 * 60), max_size=6, unique=True).filter(lambda e: len(e) % 2 == 0).map(sorted)
    )
    times = [time(edge // 60 % 24, edge % 60) for edge in edges]
    return tuple(
        draw(st.permutations([TimeSlot(start=s, end=e) for s, e in zip(times[::2], times[1::2], strict=True)]))
    )


def allowed(moment: datetime, slots: Sequence[TimeSlot], weekdays: Sequence[Weekday], zone: ZoneInfo) -> bool:
    """What a person would say who looks at a clock on the wall."""
    wall = moment.astimezone(zone)
    inside = any(s.start <= wall.time() and (wall.time() < s.end or s.end == time()) for s in slots)
    return (inside or not slots) and (not weekdays or WEEK[wall.weekday()] in weekdays)


@settings(deadline=None)
@given(moments_near_changes(), slot_lists(), st.sets(st.sampled_from(WEEK)).map(tuple))
def test_the_next_slot_is_the_first_minute_that_is_allowed(
    where: tuple[datetime, ZoneInfo], slots: tuple[TimeSlot, ...], weekdays: tuple[Weekday, ...]
) -> None:
    moment, zone = where
    found = next_slot(moment, slots, weekdays, zone)
    expected = moment
    while not allowed(expected, slots, weekdays, zone):
        expected += MINUTE
    assert found == expected


@settings(deadline=None)
@given(
    moments_near_changes(),
    st.timedeltas(timedelta(0), MINUTE),
    slot_lists(),
    st.sets(st.sampled_from(WEEK)).map(tuple),
)
def test_the_next_slot_is_in_a_slot_never_earlier_and_near(
    where: tuple[datetime, ZoneInfo], fraction: timedelta, slots: tuple[TimeSlot, ...], weekdays: tuple[Weekday, ...]
) -> None:
    moment, zone = where[0] + fraction, where[1]
    found = next_slot(moment, slots, weekdays, zone)
    assert found >= moment
    assert allowed(found, slots, weekdays, zone)
    assert next_slot(found, slots, weekdays, zone) == found
    # A clock change can swallow an hour at most, and the only slot of the week with it.
    weekly = any(minutes(slot) <= 60 for slot in slots)
    assert found - moment <= (15 if weekly else 8) * DAY


def minutes(slot: TimeSlot) -> int:
    start, end = slot.start.hour * 60 + slot.start.minute, slot.end.hour * 60 + slot.end.minute
    return (end or 24 * 60) - start
