"""The kinds of values that several tables of the settings file share."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from settings.checks import marketplace_of_region, number, unique, wrong
from settings.marketplaces import MARKETPLACES

_NOT_ISO = {"UK": "GB", "EL": "GR"}


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _country(code: str) -> str:
    if not re.fullmatch("[A-Z]{2}", code) or code in _NOT_ISO:
        better = _NOT_ISO.get(code.upper(), code.upper())
        usable = re.fullmatch("[A-Z]{2}", better)
        raise wrong("is not a country code of ISO 3166", f'"{better}"' if usable else 'two capitals, as "DE" or "GB"')
    return code


def _per_cent(rate: Decimal) -> Decimal:
    if 0 < rate < 1:
        raise wrong("must be in per cent, as 20 and not 0.20")
    return rate


def _path(value: Any) -> Any:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise wrong("must be a path in quotes")
    return value


Text = Annotated[str, Field(min_length=1)]
Patterns = Annotated[tuple[Text, ...], AfterValidator(unique)]
MarketplaceCode = Annotated[
    str, AfterValidator(marketplace_of_region), WithJsonSchema({"type": "string", "enum": sorted(MARKETPLACES)})
]
Country = Annotated[str, AfterValidator(_country)]
VatRate = Annotated[
    Decimal,
    Field(ge=0, le=100),
    BeforeValidator(number),
    AfterValidator(_per_cent),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
OrderValue = Annotated[Decimal, Field(ge=0), BeforeValidator(number), WithJsonSchema({"type": "number", "minimum": 0})]
VatRates = dict[Country, VatRate]
FilePath = Annotated[Path, BeforeValidator(_path), WithJsonSchema({"type": "string"})]


def _date(value: Any) -> Any:
    # pydantic would read a number as a time
    if type(value) is not date and not (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        raise wrong("must be a date like 2026-12-01")
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise wrong("must be a date like 2026-12-01") from None


Date = Annotated[date, BeforeValidator(_date)]
