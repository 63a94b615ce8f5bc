"""The seller settings file as types: frozen, and closed to unknown keys. `settings/load.py` reads it.

A field's description and first example are shown to people: in complaints, in the editor, in docs/settings.md.
"""

import re
from datetime import time
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from settings.checks import all_wrong, at_least_one, day_of_amazon, known_timezone, number, unique, wrong
from settings.invoices import NO_WAY, contradictions, takers
from settings.invoices import Invoices as Invoices
from settings.marketplaces import MARKETPLACES, Region, zone
from settings.values import Frozen, MarketplaceCode, Patterns

SELLER_NAME = r"^[A-Za-z0-9_-]+$"
_MIDNIGHT = time()
_SLOT = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"


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


def _slot_from_text(value: Any) -> Any:
    if isinstance(value, TimeSlot):
        return value
    if not isinstance(value, str) or not re.fullmatch(_SLOT, value):
        raise wrong("must be written like 10:00-14:00, from 00:00 to 24:00")
    start, end = value.split("-")
    if end == "00:00":
        raise wrong("ends before it starts", f'"{start}-24:00"')
    return {"start": start, "end": "00:00" if end == "24:00" else end}


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SourceName = Literal["finances", "merchant_returns", "fba_returns", "fba_shipments"]
Day = Annotated[
    StrictInt, AfterValidator(day_of_amazon), WithJsonSchema({"type": "integer", "minimum": 5, "maximum": 30})
]
SlotText = Annotated[TimeSlot, BeforeValidator(_slot_from_text), WithJsonSchema({"type": "string", "pattern": _SLOT})]
OrderValue = Annotated[Decimal, Field(ge=0), BeforeValidator(number), WithJsonSchema({"type": "number", "minimum": 0})]


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
    day_range: tuple[Day, Day] = Field(
        default=(7, 25),
        description="The first and the last day after delivery, both included. Amazon allows 5 to 30.",
        examples=[[7, 25]],
    )
    time_slots: tuple[SlotText, ...] = Field(
        default=(),
        description="The hours of the day, start included, end not. Not set: all day.",
        examples=[["10:00-14:00"]],
    )
    timezone: Annotated[str, AfterValidator(known_timezone)] | None = Field(
        default=None,
        description="The time zone of the hours and weekdays. Not set: that of the order's marketplace.",
        examples=["Europe/Paris"],
    )
    weekdays: Annotated[tuple[Weekday, ...], AfterValidator(unique)] = Field(
        default=(), description="The days of the week. Not set: every day.", examples=[["tue", "wed", "thu", "sat"]]
    )
    daily_limit: Annotated[StrictInt, Field(ge=1)] | None = Field(
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

    @field_validator("day_range")
    @classmethod
    def _days_forward(cls, days: tuple[int, int]) -> tuple[int, int]:
        first, last = days
        if first > last:
            raise wrong("ends before it starts", f"day_range = [{last}, {first}]")
        return days

    @field_validator("time_slots")
    @classmethod
    def _slots_apart(cls, slots: tuple[TimeSlot, ...]) -> tuple[TimeSlot, ...]:
        for earlier, later in pairwise(sorted(slots, key=lambda slot: slot.start)):
            if earlier.overlaps(later):
                raise wrong(f"must not overlap, as {earlier} and {later} do", "slots that share no minute")
        return slots


class SellerTable(Frozen):
    """One seller account in one region of Amazon, as the settings file has it under `[sellers.NAME]`."""

    region: Region = Field(description="Amazon's region of the account.", examples=["eu"])
    marketplaces: Annotated[tuple[MarketplaceCode, ...], AfterValidator(at_least_one), AfterValidator(unique)] = Field(
        description="Country codes of the marketplaces whose orders are asked; they belong to the region.",
        examples=[["FR", "DE"]],
    )
    live: StrictBool = Field(
        default=False, description="`false`: decides and records, sends nothing. `true`: sends.", examples=[False]
    )
    unavailable_sources: Annotated[tuple[SourceName, ...], AfterValidator(unique)] = Field(
        default=(),
        description=(
            "Sources of facts that the account cannot read. Without a source nothing is sent, unless it is named "
            "here, in writing; every report then says what was not looked at."
        ),
        examples=[["merchant_returns"]],
    )
    freshness_hours: Annotated[float, Field(gt=0, le=8760), BeforeValidator(number)] = Field(
        default=6,
        description="How old a source's facts may be, in hours; with older ones nothing is sent.",
        examples=[6],
    )
    ramp_up: tuple[Annotated[StrictInt, Field(ge=1)], ...] = Field(
        default=(5, 50),
        description=(
            "The most that goes out of each action on the first day after `askonce arm`, on the second, and so on; "
            "then there is no such limit. `[]`: none from the first day on."
        ),
        examples=[[5, 50]],
    )
    review_requests: ReviewRequests = Field(default=ReviewRequests(), description="The requests for a review.")
    invoices: Invoices = Field(default=Invoices(), description="The invoices.")

    @field_validator("invoices", mode="before")
    @classmethod
    def _region_takes_invoices(cls, invoices: Any, info: ValidationInfo) -> Any:
        enabled = invoices.get("enabled") if isinstance(invoices, dict) else getattr(invoices, "enabled", False)
        if enabled is True and info.data.get("region") == "fe":
            raise all_wrong([NO_WAY])
        return invoices

    @field_validator("invoices")
    @classmethod
    def _invoices_fit(cls, invoices: Invoices, info: ValidationInfo) -> Invoices:
        if "region" in info.data and "marketplaces" in info.data:
            found = tuple(contradictions(invoices, info.data["region"], info.data["marketplaces"]))
            if found:
                raise all_wrong(found)
        return invoices

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the times that the seller reads and types: that of the settings, or of the first marketplace."""
        return zone(self.review_requests.timezone or MARKETPLACES[self.marketplaces[0]].timezone)

    @property
    def invoice_marketplaces(self) -> tuple[str, ...]:
        """The marketplaces whose orders get an invoice."""
        taking = takers(self.region, vat_calculation_service=self.invoices.vat_calculation_service)
        return tuple(code for code in self.invoices.marketplaces or self.marketplaces if code in taking)


class Seller(SellerTable):
    """One seller account in one region of Amazon; `name` is its key in the settings file."""

    name: str


class SettingsFile(Frozen):
    """The settings file of askonce: what each seller wants."""

    sellers: Annotated[dict[Annotated[str, Field(pattern=SELLER_NAME)], SellerTable], Field(min_length=1)] = Field(
        description="One table for each seller account, under a name of letters, digits, `-` and `_`."
    )
