"""The seller settings file as types: frozen, and closed to unknown keys. `settings/load.py` reads it.

A field's description and first example are shown to people: in complaints, in the editor, in docs/settings.md.
"""

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, ValidationInfo, field_validator

from settings.brakes import Brakes as Brakes
from settings.checks import all_wrong, at_least_one, number, unique
from settings.invoices import NO_WAY, contradictions, takers
from settings.invoices import Invoices as Invoices
from settings.marketplaces import MARKETPLACES, Region, zone
from settings.reviews import Exclude as Exclude
from settings.reviews import ReviewRequests as ReviewRequests
from settings.rule_sets import RuleSet as RuleSet
from settings.slots import Blackout as Blackout
from settings.slots import TimeSlot as TimeSlot
from settings.slots import Weekday as Weekday
from settings.values import Date, Frozen, MarketplaceCode

LONGEST_NAME = 48
"""The ledger has 64 characters for a stop of one marketplace and one action, as `NAME/DE/credit_note`."""
SELLER_NAME = rf"^[A-Za-z0-9_-]{{1,{LONGEST_NAME}}}$"
SourceName = Literal["finances", "merchant_returns", "fba_returns", "fba_shipments"]


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
    secret_since: Date | None = Field(
        default=None,
        description=(
            "The day on which the client secret was made: Amazon takes it for 180 days. "
            "Not set: when it was first used."
        ),
        examples=[date(2026, 11, 1)],
    )
    authorised_since: Date | None = Field(
        default=None,
        description=(
            "The day on which the account authorised the application, if that has to be renewed each year; "
            "of an application of your own it has no end."
        ),
        examples=[date(2026, 11, 1)],
    )
    keep_days: Annotated[StrictInt, Field(ge=90, le=540)] = Field(
        default=400,
        description=(
            "How many days the ledger keeps an order after its end, with what was decided and answered. Amazon allows "
            "18 months. Documents are kept as long as the law wants."
        ),
        examples=[400],
    )
    review_requests: ReviewRequests = Field(default=ReviewRequests(), description="The requests for a review.")
    brakes: Brakes = Field(default=Brakes(), description="What is so unusual that sending stops.")
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
        description="One table for each seller account, under a name of letters, digits, `-` and `_`, at most 48."
    )
