"""When an order may be asked: the window of days after its delivery, and the seller's slots within a day.

Days and slots are local to a zone; instants go in aware and come out in UTC.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from msgspec import Struct

from rules.moments import within
from settings.schema import Blackout, TimeSlot, Weekday
from settings.slots import WEEK

DAY = timedelta(days=1)
AMAZON_FIRST = timedelta(days=5)  # Amazon takes requests from 5 to 30 days after the delivery: its answers count from
AMAZON_LAST = timedelta(days=30)  # the real one, its documentation ends 30 days after the latest promised date
MARGIN = timedelta(days=1)  # our delivery time is not exactly Amazon's
LAST = AMAZON_LAST - MARGIN
AMAZON_DAYS = (AMAZON_FIRST.days, AMAZON_LAST.days)

_MIDNIGHT = time()
_TWO_DAYS = 2 * DAY
_ALL_DAY = (TimeSlot(start=_MIDNIGHT, end=_MIDNIGHT),)


class Window(Struct, frozen=True):
    """From `opens` (included) to `closes` (not), with the `deadline` by which lanes are ordered.

    Where the promised and the real delivery make two ends, Amazon may be asked until the later one, `closes`, and the
    nearer one is the deadline. That may lie before `opens`.
    """

    opens: datetime
    closes: datetime
    deadline: datetime


def review_window(
    delivered_at: datetime, day_range: tuple[int, int], zone: tzinfo, promised: datetime | None
) -> Window:
    """The seller's `day_range` (local calendar days after the day of delivery, both included), within Amazon's window.

    It opens no sooner than 5 times 24 hours after the delivery, and closes a day of margin before Amazon's own end:
    30 days after the delivery or after the latest promised date, whichever is later. The margin never shortens the
    window below its first local day: [30, 30] keeps that day, the last one possible, and Amazon, which is asked before
    anything is sent, has the last word.
    """
    delivered_at = within(delivered_at).astimezone(UTC)
    begins, ends = _days(delivered_at.astimezone(zone).date(), day_range, zone)
    opens = max(begins, delivered_at + AMAZON_FIRST)
    nearer = later = delivered_at + LAST
    if promised is not None:
        by_promise = promised + LAST
        nearer, later = min(nearer, by_promise), max(later, by_promise)
    closes = min(ends, later)
    if closes - opens < _TWO_DAYS:  # else the first day surely ends before that
        closes = max(closes, _start_of(opens.astimezone(zone).date() + DAY, zone))
    return Window(opens, closes, min(nearer, closes))


def next_slot(moment: datetime, slots: Sequence[TimeSlot], weekdays: Sequence[Weekday], zone: tzinfo) -> datetime:
    """The first instant, not before `moment`, in a slot of an allowed weekday; no slots: all day, no weekdays: all.

    Where clocks go forward, a slot begins at the first instant that exists, and is skipped if none does; where they
    go back, the repeated hour counts both times.
    """
    moment = moment.astimezone(UTC)
    if not slots and not weekdays:
        return moment
    # As long as the zone keeps its offset, local time is plain arithmetic; where it changes, begin again from there.
    offset = _offset(moment, zone)
    found = _next_wall(moment + offset, slots or _ALL_DAY, weekdays or WEEK) - offset
    if _offset(found, zone) == offset:
        return found
    return next_slot(_change_of_offset(moment, found, zone), slots, weekdays, zone)


def slot_outside(
    blackout: Sequence[Blackout],
    calendar: tzinfo,
    found: datetime,
    slots: Sequence[TimeSlot],
    weekdays: Sequence[Weekday],
    zone: tzinfo,
) -> datetime:
    """The first slot from the one `found` on whose day, on the `calendar` of that zone, is not blacked out."""
    while days := next((each for each in blackout if found.astimezone(calendar).date() in each), None):
        found = next_slot(_start_of(days.last + DAY, calendar), slots, weekdays, zone)
    return found


@lru_cache(maxsize=1000)  # orders share their days
def _days(day: date, day_range: tuple[int, int], zone: tzinfo) -> tuple[datetime, datetime]:
    """From the first day to the end of the last, counted from `day`."""
    first, last = day_range
    return _start_of(day + first * DAY, zone), _start_of(day + (last + 1) * DAY, zone)


def _start_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, _MIDNIGHT, zone).astimezone(UTC)


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _next_wall(wall: datetime, slots: Sequence[TimeSlot], weekdays: Sequence[Weekday]) -> datetime:
    """`next_slot` in local time with a constant offset."""
    day, clock = wall.date(), wall.time()
    if WEEK[day.weekday()] in weekdays:
        today = [max(clock, slot.start) for slot in slots if clock < slot.end or slot.end == _MIDNIGHT]
        if today:
            return datetime.combine(day, min(today), UTC)
    day += DAY
    while WEEK[day.weekday()] not in weekdays:
        day += DAY
    return datetime.combine(day, min(slot.start for slot in slots), UTC)


def _change_of_offset(start: datetime, end: datetime, zone: tzinfo) -> datetime:
    """The first instant after `start` with another offset, which `end`, at most eight days later, is known to have."""
    start = start.replace(microsecond=0)  # offsets change on whole seconds
    offset = _offset(start, zone)
    seconds = range((end - start) // timedelta(seconds=1) + 1)
    changed = bisect_left(seconds, True, key=lambda s: _offset(start + timedelta(seconds=s), zone) != offset)
    return start + timedelta(seconds=changed)
