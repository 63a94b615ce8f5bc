"""`[sellers.NAME.brakes]`: what is so unusual that sending stops until a person has looked."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt

from settings.checks import number, unique
from settings.values import Frozen

BrakeName = Literal[
    "not_offered",
    "many_due",
    "unknown_refusals",
    "many_delivered",
    "dates_changed",
    "refunds_taken_back",
    "refunds_silent",
    "settings_due",
]
Count = Annotated[StrictInt, Field(ge=1)]


class Brakes(Frozen):
    """When a brake stops the review requests of one marketplace. The why of each number: `rules/brakes.py`."""

    off: Annotated[tuple[BrakeName, ...], AfterValidator(unique)] = Field(
        default=(), description="Brakes that are switched off, in writing.", examples=[["refunds_silent"]]
    )
    never_below: Count = Field(
        default=20,
        description="So many orders of a day never brake, by `many_due`, `many_delivered` and `dates_changed`.",
        examples=[20],
    )
    times_the_usual: Annotated[float, Field(ge=2, le=1000), BeforeValidator(number)] = Field(
        default=5,
        description="The same brakes: how many times the orders of a usual day may come due, be delivered, or have "
        "their promised date changed on one day.",
        examples=[5],
    )
    settings_due: Count = Field(
        default=100,
        description="How many orders new settings may make due at once, or the orders of three usual days if that is "
        "more.",
        examples=[100],
    )
    not_offered: Annotated[StrictInt, Field(ge=1, le=99)] = Field(
        default=50,
        description="Amazon offers the request less often than usual by so many per cent, on one day or in three.",
        examples=[50],
    )
    unknown_refusals: Count = Field(
        default=3, description="So many refusals in a row in words that askonce does not know.", examples=[3]
    )
    refunds_taken_back: Count = Field(
        default=5,
        description="How many orders of a day may count as refunded or returned no more, or one in twenty of a usual "
        "day's orders if that is more.",
        examples=[5],
    )
    refunds_silent: Count = Field(
        default=2,
        description="After how many days without any refund a source that told some daily is silent.",
        examples=[2],
    )
