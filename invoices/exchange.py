"""Official exchange rates, for VAT in the currency of the state where it is due.

Directive 2006/112/EC, article 230: the VAT must stand in that state's currency; article 91(2): at the latest rate that
was published when the VAT became chargeable, for which every member state takes the European Central Bank's. Poland
takes that of the day before (ustawa o VAT, art. 31a); so the last one before the day of supply is taken everywhere.

A file is the ECB's history (https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip), as it comes or unpacked,
or one like it with another authority's rates: a column `Date`, and one for each currency, with what one euro costs.
"""

import csv
import io
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from invoices.document import Unmakeable
from rules.reason import Reason

EURO, ECB = "EUR", "ECB"
OLDEST = timedelta(days=10)  # no authority rests longer: the ECB, five days at Easter and Christmas
LARGEST = 1 << 25
"""Bytes of rates: the ECB's, since 1999, are 2 MB."""
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
    """What a euro costs, by day and currency.

    `until`: all that was published up to that day is here; None: a person keeps them up to date.
    """

    source: str
    days: tuple[date, ...]  # ascending
    costs: Mapping[date, Mapping[str, Decimal]]
    until: date | None = None

    def before(self, day: date, currency: str, wanted: str) -> Rate:
        """The last that was published before that day: what one of `currency` costs in `wanted`. Raises Unmakeable."""
        index = bisect_left(self.days, day)
        last = self.days[index - 1] if index else None
        eve = day - timedelta(days=1)
        if self.until and self.until < eve and last != eve:
            what = f"the exchange rates of {self.source} are known up to {self.until} only: {eve} is needed"
            raise Unmakeable(Reason.TAX_DATA_MISSING, what)
        if last is None or day - last > OLDEST:
            raise Unmakeable(Reason.TAX_DATA_MISSING, f"{self.source} has no exchange rates of the days before {day}")
        costs = {EURO: Decimal(1), **self.costs[last]}
        if not (costs.get(currency) and costs.get(wanted)):
            raise Unmakeable(Reason.TAX_DATA_MISSING, f"{self.source} has no rate of {currency} in {wanted} on {last}")
        return Rate((costs[wanted] / costs[currency]).quantize(_EXACT), last, self.source)

    def since(self, day: date, currency: str) -> tuple[date, Decimal] | None:
        """The first that was published on that day or after it: the day, and what one euro cost. None: not known."""
        index = bisect_left(self.days, day)
        first = self.days[index] if index < len(self.days) else None
        cost = Decimal(1) if currency == EURO else self.costs[first].get(currency) if first else None
        return (first, cost) if first and first - day <= OLDEST and cost else None


LookUp = Callable[[], Rates | None]
"""The rates that are known; None: none are."""


def nothing_known() -> None:
    """No rates."""


def currency_of(state: str) -> str:
    """Of a state, by its code in invoices/rates.py."""
    return _STATES.get(state, EURO)


def read(file: Path) -> Rates:
    """The rates in a file, kept until it changes. Raises Unmakeable if it cannot be read."""
    try:
        return _read(file, file.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        why = str(error) if isinstance(error, ValueError) else type(error).__name__
        what = f"the exchange rates in {file.name} cannot be read: {why}"
        raise Unmakeable(Reason.TAX_DATA_MISSING, what) from error


@lru_cache(maxsize=8)
def _read(file: Path, _changed: int) -> Rates:
    source = ECB if file.stem.startswith("eurofxref") else file.stem
    costs = parsed(file.read_bytes())
    return Rates(source, tuple(sorted(costs)), costs)


def parsed(data: bytes) -> dict[date, dict[str, Decimal]]:
    """What a euro costs, by day and currency, in such a file. Raises ValueError, which says why it cannot be read."""
    rows = csv.DictReader(io.StringIO(_text(data)), skipinitialspace=True)
    costs = {}
    try:
        if "Date" not in (rows.fieldnames or ()):
            raise ValueError("it has no column Date")
        for row in rows:
            day = _day(row.pop("Date"), rows.line_num)
            costs[day] = {name.strip(): cost for name, value in row.items() if name and (cost := _cost(value))}
    except csv.Error:
        raise ValueError("it is no CSV") from None
    return costs


def _text(data: bytes) -> str:
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                (first, *_) = packed.infolist()
                if first.file_size > LARGEST:
                    raise ValueError("it is too large")
                data = packed.read(first)
        return data.decode("utf-8-sig")
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError):  # what zipfile raises
        raise ValueError("it is no whole zip file") from None
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None


def _day(value: str | None, line: int) -> date:
    try:
        return date.fromisoformat((value or "").strip())
    except ValueError:
        raise ValueError(f"line {line} has no date") from None


def _cost(value: str | None) -> Decimal | None:
    """None: there is none on that day, which the ECB writes as N/A."""
    try:
        cost = Decimal((value or "").strip())
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and cost > 0 else None
