"""Days and hours as the settings file writes them: slots of a day, days of the week, ranges of days, days without."""

import re
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, WithJsonSchema, model_validator

from settings.checks import day_of_amazon, unique, wrong
from settings.values import Frozen

_MIDNIGHT = time()
_SLOT = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_DAY = r"2[0-9]{3}-[0-1][0-9]-[0-3][0-9]"
_DAYS = rf"^{_DAY}(\.\.{_DAY})?$"


class TimeSlot(Frozen):
    """A part of the day in local time: `start` included, `end` not; an end of 00:00 is midnight at the day's end."""

    start: time
    end: time

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end == self.start != _MIDNIGHT:
            raise wrong("has no length", '"00:00-24:00" for the whole day')
        if _MIDNIGHT < self.end < self.start:
            raise wrong("ends before it starts", f'"{self.start:%H:%M}-24:00", "00:00-{self.end:%H:%M}"')
        return self

    def overlaps(self, later: "TimeSlot") -> bool:
        return self.end == _MIDNIGHT or later.start < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{'24:00' if self.end == _MIDNIGHT else format(self.end, '%H:%M')}"


class Blackout(Frozen):
    """Days of the seller's calendar, `first` and `last` included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.last < self.first:
            raise wrong("ends before it starts", f'"{self.last}..{self.first}"')
        return self

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def _slot_from_text(value: Any) -> Any:
    if isinstance(value, TimeSlot):
        return value
    if not isinstance(value, str) or not re.fullmatch(_SLOT, value):
        raise wrong("must be written like 10:00-14:00, from 00:00 to 24:00")
    start, end = value.split("-")
    if end == "00:00":
        raise wrong("ends before it starts", f'"{start}-24:00"')
    return {"start": start, "end": "00:00" if end == "24:00" else end}


def _blackout_from_text(value: Any) -> Any:
    if isinstance(value, Blackout):
        return value
    if not isinstance(value, str) or not re.fullmatch(_DAYS, value):
        raise wrong("must be written like 2026-12-24..2026-12-26, or 2026-12-24 for one day")
    first, _, last = value.partition("..")
    for each in filter(None, (first, last)):
        try:
            date.fromisoformat(each)
        except ValueError:
            raise wrong(f"has a day that no calendar has: {each}") from None
    return {"first": first, "last": last or first}


def _forward(days: tuple[int, int]) -> tuple[int, int]:
    first, last = days
    if first > last:
        raise wrong("ends before it starts", f"day_range = [{last}, {first}]")
    return days


def _slots_apart(slots: tuple[TimeSlot, ...]) -> tuple[TimeSlot, ...]:
    for earlier, later in pairwise(sorted(slots, key=lambda slot: slot.start)):
        if earlier.overlaps(later):
            raise wrong(f"must not overlap, as {earlier} and {later} do", "slots that share no minute")
    return slots


def _blackouts_apart(blackouts: tuple[Blackout, ...]) -> tuple[Blackout, ...]:
    for earlier, later in pairwise(sorted(blackouts, key=lambda each: each.first)):
        if later.first <= earlier.last:
            both = Blackout(first=earlier.first, last=max(earlier.last, later.last))
            raise wrong(f"must not overlap, as {earlier} and {later} do", f'"{both}" in the place of both')
    return blackouts


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = get_args(Weekday)
Day = Annotated[
    StrictInt, AfterValidator(day_of_amazon), WithJsonSchema({"type": "integer", "minimum": 5, "maximum": 30})
]
SlotText = Annotated[TimeSlot, BeforeValidator(_slot_from_text), WithJsonSchema({"type": "string", "pattern": _SLOT})]
BlackoutText = Annotated[
    Blackout, BeforeValidator(_blackout_from_text), WithJsonSchema({"type": "string", "pattern": _DAYS})
]
DayRange = Annotated[tuple[Day, Day], AfterValidator(_forward)]
TimeSlots = Annotated[tuple[SlotText, ...], AfterValidator(_slots_apart)]
Weekdays = Annotated[tuple[Weekday, ...], AfterValidator(unique)]
Blackouts = Annotated[tuple[BlackoutText, ...], AfterValidator(_blackouts_apart)]
DailyLimit = Annotated[StrictInt, Field(ge=1)]
