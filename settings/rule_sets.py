"""A rule set: other days, hours or limits for some orders, or no request at all."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, field_validator, model_validator
from pydantic import ValidationInfo as Info

from settings.checks import Finding, all_wrong, unique, wrong
from settings.slots import Blackouts, DailyLimit, DayRange, TimeSlots, Weekdays
from settings.values import Frozen, MarketplaceCode, OrderValue, Patterns, Text

SETS = ("day_range", "time_slots", "weekdays", "daily_limit", "blackout")
"""What a set may want otherwise."""


class RuleSet(Frozen):
    """Orders for which other things are wanted: an order fits if all that is named here is true of it."""

    name: Annotated[Text, Field(max_length=40)] = Field(
        description="What `explain` and `plan` call it.", examples=["coffee"]
    )
    skus: Patterns = Field(default=(), description="Fits an order with such a SKU.", examples=[["COFFEE-*"]])
    asins: Patterns = Field(default=(), description="Fits an order with such an ASIN.", examples=[["B0EXAMPLE1"]])
    promotions: Patterns = Field(
        default=(), description="Fits an order with such a promotion.", examples=[["SUMMER-*"]]
    )
    marketplaces: Annotated[tuple[MarketplaceCode, ...], AfterValidator(unique)] = Field(
        default=(), description="Fits orders of these marketplaces.", examples=[["DE"]]
    )
    fulfilled_by: Annotated[tuple[Literal["amazon", "merchant"], ...], AfterValidator(unique)] = Field(
        default=(), description='Fits orders fulfilled by `"amazon"` or by the `"merchant"`.', examples=[["amazon"]]
    )
    business_orders: StrictBool | None = Field(
        default=None,
        description="`true`: fits orders of Amazon Business; `false`: fits all others.",
        examples=[True],
    )
    order_value_below: OrderValue | None = Field(
        default=None, description="Fits orders worth less than this, in the order's own currency.", examples=[20]
    )
    order_value_above: OrderValue | None = Field(
        default=None, description="Fits orders worth more than this, in the order's own currency.", examples=[200]
    )
    ask: StrictBool = Field(default=True, description="`false`: these orders are not asked.", examples=[False])
    day_range: DayRange | None = Field(
        default=None,
        description="The first and the last day after delivery, both included. Amazon allows 5 to 30.",
        examples=[[5, 10]],
    )
    time_slots: TimeSlots | None = Field(
        default=None, description="The hours of the day; `[]`: all day.", examples=[["18:00-20:00"]]
    )
    weekdays: Weekdays | None = Field(
        default=None, description="The days of the week; `[]`: every day.", examples=[["sat", "sun"]]
    )
    daily_limit: DailyLimit | None = Field(
        default=None,
        description="The most requests of this set in one day, within the seller's own `daily_limit`.",
        examples=[20],
    )
    blackout: Blackouts = Field(
        default=(),
        description="More days on which nothing of this set is asked.",
        examples=[["2026-08-01..2026-08-31"]],
    )

    @field_validator("order_value_above")
    @classmethod
    def _leaves_some(cls, above: Decimal | None, info: Info) -> Decimal | None:
        below = info.data.get("order_value_below")
        if above is not None and below is not None and above >= below:
            raise wrong("is not less than order_value_below, so that no order fits", "a smaller order_value_above")
        return above

    @model_validator(mode="after")
    def _asks_when(self) -> Self:
        idle = () if self.ask else [key for key in SETS if getattr(self, key)]
        if idle:
            what, remedy = "does nothing beside ask = false", "# before this line, or before ask = false"
            raise all_wrong(Finding((key,), what, remedy) for key in idle)
        return self


def names_once(sets: tuple[RuleSet, ...]) -> tuple[RuleSet, ...]:
    """Each set has a name of its own."""
    taken: set[str] = set()
    for place, each in enumerate(sets):
        if each.name in taken:
            raise all_wrong([Finding((place, "name"), f'"{each.name}" is the name of an earlier set, too', _FREE)])
        taken.add(each.name)
    return sets


_FREE = "a name that no other set has"
