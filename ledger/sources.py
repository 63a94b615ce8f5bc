"""How far each source of facts has been read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from ledger.tables import sources
from ledger.upsert import upsert
from rules.order import Freshness, Source


@dataclass(frozen=True, slots=True)
class Reading:
    """One source: all up to `as_of` is known; `cursor` is what is half read; `error` is why it failed last."""

    as_of: datetime | None = None
    next_read_at: datetime | None = None
    cursor: Mapping[str, Any] | None = None
    error: str | None = None


def readings(connection: Connection, seller: str) -> dict[Source, Reading]:
    """Every source of the seller; those never read have an empty reading."""
    rows = connection.execute(_READINGS, {"s": seller})
    known = {
        Source(row.source): Reading(
            row.as_of, row.next_read_at, json.loads(row.cursor) if row.cursor else None, row.error
        )
        for row in rows
    }
    return {source: known.get(source, Reading()) for source in Source}


def due(connection: Connection, sellers: Iterable[str], now: datetime, latest: datetime) -> set[str]:
    """Those of these sellers for whom a source's time has come, or who have never been read at all.

    A time beyond `latest`, which is later than any can be, was written before the clock was set back: it has come.
    """
    times = sources.c.next_read_at
    late = or_(times.is_(None), times <= now, times > latest)
    rows = connection.execute(select(sources.c.seller, func.max(case((late, 1), else_=0))).group_by(sources.c.seller))
    return set(sellers) - {seller for seller, is_late in rows if not is_late}


def read_soon(connection: Connection, seller: str, source: Source, now: datetime) -> None:
    """Let the source's time come now."""
    mine = (sources.c.seller == seller) & (sources.c.source == source)
    connection.execute(update(sources).where(mine).values(next_read_at=now))


def record(connection: Connection, seller: str, source: Source, reading: Reading) -> None:
    """Write the reading; in the same transaction as the facts that it speaks of."""
    row = {
        "seller": seller,
        "source": source,
        "as_of": reading.as_of,
        "next_read_at": reading.next_read_at,
        "cursor": json.dumps(reading.cursor) if reading.cursor else None,
        "error": reading.error,
    }
    upsert(connection, sources, [row])


_READINGS = select(sources).where(sources.c.seller == bindparam("s"))


def freshness(readings: Mapping[Source, Reading]) -> Freshness:
    return {source: reading.as_of for source, reading in readings.items()}
