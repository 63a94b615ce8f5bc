"""The seller settings file as types: frozen, and closed to unknown keys. `settings/load.py` reads it."""

from datetime import time
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeSlot(Frozen):
    """A part of the day in local time: `start` included, `end` not; an end of 00:00 is midnight at the day's end."""

    start: time
    end: time


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Exclude(Frozen):
    """Orders that are never asked. Patterns are shell patterns (`GIFT-*`), matched without regard to case."""

    skus: tuple[str, ...] = ()
    asins: tuple[str, ...] = ()
    fulfilled_by: tuple[Literal["amazon", "merchant"], ...] = ()
    business_orders: bool = False
    order_value_below: Decimal | None = None
    order_value_above: Decimal | None = None
    promotions: tuple[str, ...] = ()


class ReviewRequests(Frozen):
    enabled: bool = True
    day_range: tuple[int, int] = (7, 25)
    time_slots: tuple[TimeSlot, ...] = ()  # none: all day
    timezone: str | None = None  # none: the marketplace's own
    weekdays: tuple[Weekday, ...] = ()  # none: every day
    daily_limit: int | None = None
    partial_refunds: Literal["exclude", "allow"] = "exclude"
    exclude: Exclude = Exclude()


class Invoices(Frozen):
    enabled: bool = False


class Seller(Frozen):
    """One seller account in one region of Amazon."""

    name: str
    region: Literal["na", "eu", "fe"]
    marketplaces: tuple[str, ...]  # country codes, as FR
    live: bool = False
    unavailable_sources: tuple[Literal["finances", "merchant_returns", "fba_returns", "fba_shipments"], ...] = ()
    freshness_hours: float = 6
    review_requests: ReviewRequests = ReviewRequests()
    invoices: Invoices = Invoices()
