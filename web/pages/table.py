"""Rows as CSV, as commands print it: for a spreadsheet that runs no cell, with times of the seller's zone."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from io import StringIO
from typing import Any

from rules.text import harmless
from settings.schema import Seller

TOGETHER = 200
"""Rows that are sent at once."""


def csv_of(kind: type[Any], rows: Iterable[Any], sellers: Mapping[str, Seller]) -> Iterator[bytes]:
    """A line for each of these values of `kind`, which has a `seller`; the last column names the zone of the times."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, [*(field.name for field in fields(kind)), "timezone"])
    writer.writeheader()
    for number, row in enumerate(rows, 1):
        zone = sellers[row.seller].zone
        cells = {name: _cell(value, zone) for name, value in asdict(row).items()}
        writer.writerow(cells | {"timezone": zone.key})
        if number % TOGETHER == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken


def _cell(value: object, zone: Any) -> object:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return harmless(str(value)) if isinstance(value, str) else value
