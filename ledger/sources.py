"""How far each source of facts has been read."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder, encode
from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from ledger.tables import sources
from ledger.upsert import upsert
from rules.order import Freshness, Source


class _Cursor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`left_out`: what could not be read and is missing in the ledger, in words, and when it was met last."""

    left_out: dict[str, datetime] = {}


class History(Struct, frozen=True, omit_defaults=True):
    """A first reading that is long: All Orders reports are being made of all until `ordered_at`, in spans of time."""

    ordered_at: datetime
    reports: tuple[tuple[str, datetime], ...] = ()  # each with where it begins
    looks: int = 0


class OrdersCursor(_Cursor, frozen=True, kw_only=True):
    """With a `token` a sweep is half read: when it started, of what changes, what it will be known as of.

    `horizon`: what last changed before then was never read. `pages`: how many a first reading has had; `history`: the
    reports that are to end it sooner; `without_reports`: they cannot. `resume`: where the next sweep begins.
    """

    started: datetime | None = None
    since: datetime | None = None
    as_of: datetime | None = None
    token: str | None = None
    horizon: datetime | None = None
    pages: int = 0
    history: History | None = None
    without_reports: bool = False
    resume: datetime | None = None


class FinancesCursor(_Cursor, frozen=True, kw_only=True):
    """`read_to`: how far a reading in several spans has come; `span`: how long the next one is, None: the longest."""

    deep_at: datetime | None = None  # when the last reading with the deep overlap ended
    read_to: datetime | None = None
    span: timedelta | None = None
    with_parts: bool = False  # refunds are read with what they are of since then; what was read before is read anew


class ReportCursor(_Cursor, frozen=True, kw_only=True):
    """`reports` are being made or read. Amazon makes some only so often: `ordered_at` is kept after they are read."""

    ordered_at: datetime | None = None
    unsure_at: datetime | None = None  # when one was perhaps ordered: the answer was lost
    start: datetime | None = None
    end: datetime | None = None
    reports: tuple[str, ...] = ()
    to_order: tuple[str, ...] = ()  # marketplaces still to be asked for one by one
    looks: int = 0  # at the report that is being made
    took: timedelta = timedelta()  # how long the last one was made
    tries: int = 0  # to read a report that is made
    split: bool = False  # one report for each marketplace, since Amazon refuses one for all
    denied: tuple[str, ...] = ()  # marketplaces whose report Amazon refuses
    denied_at: datetime | None = None
    older: bool = False  # the time before `start` is still to be read
    not_needed: bool = False  # no open order needs the source: it is not read

    @property
    def in_doubt(self) -> bool:
        """Whether a marketplace was refused once: the next report tells whether Amazon refuses it for long."""
        return bool(self.denied) and self.denied_at is None


Cursor: TypeAlias = OrdersCursor | FinancesCursor | ReportCursor

_CURSORS: dict[Source, Decoder[OrdersCursor] | Decoder[FinancesCursor] | Decoder[ReportCursor]] = {
    Source.ORDERS: Decoder(OrdersCursor),
    Source.FINANCES: Decoder(FinancesCursor),
    Source.MERCHANT_RETURNS: Decoder(ReportCursor),
    Source.FBA_RETURNS: Decoder(ReportCursor),
    Source.FBA_SHIPMENTS: Decoder(ReportCursor),
}


class Reading(Struct, frozen=True):
    """One source: all up to `as_of` is known; `cursor` is what is half read; `error` is why it failed last."""

    as_of: datetime | None = None
    next_read_at: datetime | None = None
    cursor: Cursor | None = None
    error: str | None = None

    @property
    def left_out(self) -> dict[str, datetime]:
        return self.cursor.left_out if self.cursor else {}

    @property
    def half_read(self) -> bool:
        """Whether a sweep of the orders goes on at its next page."""
        return isinstance(self.cursor, OrdersCursor) and self.cursor.token is not None

    @property
    def has_reports(self) -> bool:
        """Whether reports are being made that are to end a long first reading of the orders."""
        return isinstance(self.cursor, OrdersCursor) and self.cursor.history is not None

    @property
    def awaited_since(self) -> datetime | None:
        """Since when Amazon has been making the report; None: it makes none."""
        return self.cursor.ordered_at if isinstance(self.cursor, ReportCursor) and self.cursor.reports else None

    @property
    def denied(self) -> tuple[str, ...]:
        """Ids of marketplaces of which the source says nothing, because Amazon refuses their report."""
        return self.cursor.denied if isinstance(self.cursor, ReportCursor) else ()

    @property
    def not_needed(self) -> bool:
        return isinstance(self.cursor, ReportCursor) and self.cursor.not_needed


NEVER_READ: Mapping[Source, Reading] = dict.fromkeys(Source, Reading())


def readings(connection: Connection, seller: str) -> dict[Source, Reading]:
    """Every source of the seller; those never read have an empty reading."""
    return {**NEVER_READ, **dict(map(_reading, connection.execute(_READINGS, {"s": seller})))}


def readings_of_all(connection: Connection, seller: str | None = None) -> dict[str, dict[Source, Reading]]:
    """The same of every seller of whom a source was ever read, in one statement; or of this one alone."""
    found: dict[str, dict[Source, Reading]] = {}
    query = select(sources) if seller is None else select(sources).where(sources.c.seller == seller)
    for row in connection.execute(query).all():
        source, reading = _reading(row)
        found.setdefault(row.seller, dict(NEVER_READ))[source] = reading
    return found


def _reading(row: Any) -> tuple[Source, Reading]:
    source = Source(row.source)
    return source, Reading(row.as_of, row.next_read_at, cursor_of(source, row.cursor), row.error)


def cursor_of(source: Source, told: str | None) -> Cursor | None:
    """None also for one that cannot be read, as another version's: what is half read is read anew."""
    try:
        return _CURSORS[source].decode(told) if told else None
    except (ValidationError, DecodeError):
        return None


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
        "cursor": encode(reading.cursor).decode() if reading.cursor else None,
        "error": reading.error,
    }
    upsert(connection, sources, [row])


_READINGS = select(sources).where(sources.c.seller == bindparam("s"))


def freshness(readings: Mapping[Source, Reading]) -> Freshness:
    """As of when each source is known to the seller as a whole. One that no open order needs counts until it is due."""
    return {
        source: reading.next_read_at if reading.not_needed else reading.as_of for source, reading in readings.items()
    }


def freshness_for(readings: Mapping[Source, Reading], marketplace_id: str | None) -> Freshness:
    """The same for one order of this marketplace: a report that Amazon refuses for it says nothing of the order."""
    return {source: None if marketplace_id in reading.denied else reading.as_of for source, reading in readings.items()}
