"""Refresh: bring the facts of one seller up to date, source by source.

Each source is read on its own: whatever goes wrong while one is read is said there. It keeps its age, and heals at a
later reading.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from ledger import sources
from ledger.database import LedgerError
from ledger.lanes import LaneLost
from ledger.orders import LOOKED_AT
from ledger.requests import REVIEWS
from ledger.sources import Reading
from marketplace.errors import Answer, Busy
from rules.order import Source
from tasks import clock_jump
from tasks.identity import SameAccount
from tasks.line import name_of
from tasks.refresh.fetch import fetch_some
from tasks.refresh.finances import makes_credit_notes as makes_credit_notes
from tasks.refresh.finances import read_finances
from tasks.refresh.orders import read_orders
from tasks.refresh.plan import EVERY as EVERY
from tasks.refresh.reports import read_report
from tasks.session import SellerSession

log = logging.getLogger("askonce.refresh")

RETRY = timedelta(minutes=5)
SHORTEST_RETRY = timedelta(seconds=10)


def refresh(session: SellerSession, now_too: Collection[Source] = ()) -> None:
    """Read every source whose time has come, and those in `now_too` whatever their time.

    A report that no order needed when it was looked for last is looked for whenever something is to be decided or sent.
    Raises LaneLost, LedgerError.
    """
    with session.ledger.read() as connection:
        readings = sources.readings(connection, session.name)
    for source in _in_turn(readings):
        if source in session.seller.unavailable_sources or session.stopping.is_set():
            continue
        reading = clock_jump.reread_if_clock_moved_back(session, source, readings[source], EVERY[source])
        now = session.clock.now()
        its_time = reading.next_read_at is None or reading.next_read_at <= now
        if source in now_too or its_time or (reading.not_needed and _has_work(session, now)):
            _read(session, source, reading, anyway=source in now_too)
    _end_the_history(session)
    fetch_some(session)


def _in_turn(readings: Mapping[Source, Reading]) -> list[Source]:
    """The first reading of the finances takes minutes: the reports are made meanwhile."""
    if readings[Source.FINANCES].as_of:
        return list(EVERY)
    return [*(source for source in EVERY if source is not Source.FINANCES), Source.FINANCES]


def _end_the_history(session: SellerSession) -> None:
    """The reports of a long first reading may have been made while the other sources were read."""
    with session.ledger.read() as connection:
        reading = sources.readings(connection, session.name)[Source.ORDERS]
    if reading.has_reports and reading.next_read_at and reading.next_read_at <= session.clock.now():
        _read(session, Source.ORDERS, reading, anyway=False)


def _has_work(session: SellerSession, now: datetime) -> bool:
    with session.ledger.read() as connection:
        return REVIEWS.has_work(connection, session.name, LOOKED_AT, now)


def _read(session: SellerSession, source: Source, reading: Reading, *, anyway: bool) -> None:
    read: Callable[[SellerSession, Reading], None] = {Source.ORDERS: read_orders, Source.FINANCES: read_finances}.get(
        source, lambda session, reading: read_report(session, source, reading, anyway=anyway)
    )
    try:
        read(session, reading)
    except (LaneLost, LedgerError, SameAccount):
        raise
    except Busy as busy:
        _failed(session, source, busy.detail, max(busy.retry_after, SHORTEST_RETRY))
    except Answer as answer:
        _failed(session, source, answer.detail, RETRY)
    except Exception as bug:  # noqa: BLE001 - whatever it is, it concerns this source alone
        _failed(session, source, f"{name_of(bug)}. Please report this as a bug", RETRY)


def _failed(session: SellerSession, source: Source, detail: str, later: timedelta) -> None:
    later = min(later, EVERY[source])  # a time further ahead is taken for one from before the clock was set back
    log.warning("%s: %s not read to the end: %s; goes on in %s", session.name, source, detail, later)
    with session.begin() as connection:
        reading = sources.readings(connection, session.name)[source]  # as far as it came
        next_read_at = session.clock.now() + later
        sources.record(connection, session.name, source, replace(reading, next_read_at=next_read_at, error=detail))
