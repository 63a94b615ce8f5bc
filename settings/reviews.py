"""What a seller wants of the requests for a review."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, ValidationInfo, field_validator

from settings.checks import known_timezone, unique, wrong
from settings.rule_sets import RuleSet, names_once
from settings.slots import Blackouts, DailyLimit, DayRange, TimeSlots, Weekdays
from settings.values import Frozen, OrderValue, Patterns


class Exclude(Frozen):
    """Orders that are never asked. Patterns are shell patterns (`GIFT-*`), matched without regard to case."""

    skus: Patterns = Field(default=(), description="Orders with such a SKU.", examples=[["GIFT-*"]])
    asins: Patterns = Field(default=(), description="Orders with such an ASIN.", examples=[["B0EXAMPLE1"]])
    fulfilled_by: Annotated[tuple[Literal["amazon", "merchant"], ...], AfterValidator(unique)] = Field(
        default=(),
        description='Orders fulfilled by `"amazon"` (FBA) or by the `"merchant"` (FBM).',
        examples=[["merchant"]],
    )
    business_orders: StrictBool = Field(default=False, description="Orders of Amazon Business.", examples=[True])
    order_value_below: OrderValue | None = Field(
        default=None, description="Orders worth less than this, in the order's own currency.", examples=[5]
    )
    order_value_above: OrderValue | None = Field(
        default=None, description="Orders worth more than this, in the order's own currency.", examples=[500]
    )
    promotions: Patterns = Field(default=(), description="Orders with such a promotion.", examples=[["VINE-*"]])
    delivered_late: StrictBool = Field(
        default=False, description="Orders delivered after the latest date that Amazon had promised.", examples=[True]
    )
    shipped_abroad: StrictBool = Field(
        default=False, description="Orders that go to another country than that of their marketplace.", examples=[True]
    )

    @field_validator("order_value_above")
    @classmethod
    def _leaves_some(cls, above: Decimal | None, info: ValidationInfo) -> Decimal | None:
        below = info.data.get("order_value_below")
        if above is not None and below is not None and above < below:
            raise wrong("is less than order_value_below, so that every order is excluded", "a larger order_value_above")
        return above


class ReviewRequests(Frozen):
    """When a review is requested, and for which orders."""

    enabled: StrictBool = Field(default=True, description="Whether reviews are requested.", examples=[True])
    day_range: DayRange = Field(
        default=(7, 25),
        description="The first and the last day after delivery, both included. Amazon allows 5 to 30.",
        examples=[[7, 25]],
    )
    time_slots: TimeSlots = Field(
        default=(),
        description="The hours of the day, start included, end not. Not set: all day.",
        examples=[["10:00-14:00"]],
    )
    timezone: Annotated[str, AfterValidator(known_timezone)] | None = Field(
        default=None,
        description="The time zone of the hours and weekdays. Not set: that of the order's marketplace.",
        examples=["Europe/Paris"],
    )
    weekdays: Weekdays = Field(
        default=(), description="The days of the week. Not set: every day.", examples=[["tue", "wed", "thu", "sat"]]
    )
    blackout: Blackouts = Field(
        default=(),
        description="Days on which nothing is asked, from one to another or one alone. Not set: none.",
        examples=[["2026-12-24..2026-12-26", "2027-01-01"]],
    )
    daily_limit: DailyLimit | None = Field(
        default=None, description="The most requests in one day. Not set: no limit.", examples=[300]
    )
    partial_refunds: Literal["exclude", "allow"] = Field(
        default="exclude",
        description='Whether an order that was refunded in part is left out (`"exclude"`) or asked (`"allow"`).',
        examples=["allow"],
    )
    exclude: Exclude = Field(
        default=Exclude(), description="Orders that are never asked. `*` and `?` are wildcards; case is ignored."
    )
    rules: Annotated[tuple[RuleSet, ...], AfterValidator(names_once)] = Field(
        default=(),
        description="Rule sets: other days, hours or limits for some orders. The first set that fits counts.",
        examples=[[{"name": "coffee", "skus": ["COFFEE-*"], "day_range": [5, 10]}]],
    )

    def within(self, chosen: RuleSet) -> "ReviewRequests":
        """What is wanted of the orders of a set: what it names, and what it does not name as it is here."""
        named = {key: value for key in _INSTEAD if (value := getattr(chosen, key)) is not None}
        return self.model_copy(update={**named, "blackout": (*self.blackout, *chosen.blackout)})


_INSTEAD = ("day_range", "time_slots", "weekdays")
