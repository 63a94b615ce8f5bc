"""Official exchange rates, for VAT in the currency of the state where it is due.

Directive 2006/112/EC, article 230: the VAT must stand in that state's currency; article 91(2): at the latest rate that
was published when the VAT became chargeable, for which every member state takes the European Central Bank's. Poland
takes that of the day before (ustawa o VAT, art. 31a); so the last one before the day of supply is taken everywhere.

The file is the ECB's history (https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip), as it comes or unpacked,
or one like it with another authority's rates: a column `Date`, and one for each currency, with what one euro costs.
"""

import csv
import io
import zipfile
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from invoices.document import Unmakeable
from rules.reason import Reason

EURO = "EUR"
OLDEST = timedelta(days=10)  # no authority rests longer: the ECB, five days at Easter and Christmas
_EXACT = Decimal("0.000001")
_STATES = {"CZ": "CZK", "DK": "DKK", "GB": "GBP", "HU": "HUF", "PL": "PLN", "RO": "RON", "SE": "SEK", "XI": "GBP"}
"""States with VAT rates here whose currency is not the euro, as of November 2026."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one of a currency costs in another, and when and by whom that was published."""

    value: Decimal
    day: date
    source: str


@dataclass(frozen=True, slots=True)
class Rates:
    """What a euro costs, by day and currency."""

    source: str
    days: tuple[date, ...]  # ascending
    costs: Mapping[date, Mapping[str, Decimal]]

    def before(self, day: date, currency: str, wanted: str) -> Rate:
        """The last that was published before that day: what one of `currency` costs in `wanted`. Raises Unmakeable."""
        index = bisect_left(self.days, day)
        last = self.days[index - 1] if index else None
        if last is None or day - last > OLDEST:
            raise Unmakeable(Reason.TAX_DATA_MISSING, f"{self.source} has no exchange rates of the days before {day}")
        costs = {EURO: Decimal(1), **self.costs[last]}
        if not (costs.get(currency) and costs.get(wanted)):
            raise Unmakeable(Reason.TAX_DATA_MISSING, f"{self.source} has no rate of {currency} in {wanted} on {last}")
        return Rate((costs[wanted] / costs[currency]).quantize(_EXACT), last, self.source)


def currency_of(state: str) -> str:
    """Of a state, by its code in invoices/rates.py."""
    return _STATES.get(state, EURO)


def read(file: Path) -> Rates:
    """The rates in a file, kept until it changes. Raises Unmakeable if it cannot be read."""
    try:
        return _read(file, file.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile, csv.Error) as error:
        raise _unreadable(file, type(error).__name__) from error


@lru_cache(maxsize=8)
def _read(file: Path, _changed: int) -> Rates:
    rows = csv.DictReader(io.StringIO(_text(file)), skipinitialspace=True)
    if "Date" not in (rows.fieldnames or ()):
        raise _unreadable(file, "it has no column Date")
    costs = {}
    for row in rows:
        try:
            day = date.fromisoformat((row.pop("Date") or "").strip())
        except ValueError:
            raise _unreadable(file, f"line {rows.line_num} has no date") from None
        costs[day] = {name.strip(): cost for name, value in row.items() if name and (cost := _cost(value))}
    source = "ECB" if file.stem.startswith("eurofxref") else file.stem
    return Rates(source, tuple(sorted(costs)), costs)


def _text(file: Path) -> str:
    data = file.read_bytes()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = packed.read(packed.namelist()[0])
    return data.decode("utf-8-sig")


def _cost(value: str | None) -> Decimal | None:
    """None: there is none on that day, which the ECB writes as N/A."""
    try:
        cost = Decimal((value or "").strip())
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and cost > 0 else None


def _unreadable(file: Path, why: str) -> Unmakeable:
    return Unmakeable(Reason.TAX_DATA_MISSING, f"the exchange rates in {file.name} cannot be read: {why}")
