"""Refresh: bring the facts of one seller up to date, source by source, by high-water mark with overlap.

Each source is read on its own: one that fails is said to be unreadable, keeps its age, and heals at its next reading.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ledger import orders, sources
from ledger.sources import Reading
from marketplace.errors import Answer, Broken, Busy
from marketplace.port import Report
from rules.order import Refund, Source
from settings.schema import Seller
from tasks import clock_jump, identity
from tasks.app import SellerSession

log = logging.getLogger("askonce.refresh")

REACH_BACK = timedelta(days=60)
"""How far the first reading goes: 30 days of Amazon's window and 30 for the way to the buyer."""
EVERY = {
    Source.ORDERS: timedelta(minutes=30),
    Source.FINANCES: timedelta(minutes=30),
    Source.MERCHANT_RETURNS: timedelta(hours=4),
    Source.FBA_RETURNS: timedelta(hours=4),  # Amazon makes it anew every 4 hours at the most
    Source.FBA_SHIPMENTS: timedelta(hours=4),
}
ORDERS_OVERLAP = timedelta(hours=2)
PAGE_TOKEN_LIVES = timedelta(hours=23)  # Amazon: 24 hours
FINANCES_OVERLAP = timedelta(minutes=10)
FINANCES_DEEP_OVERLAP = timedelta(days=3)  # transactions may be missing for 48 hours
FINANCES_DEEP_EVERY = timedelta(hours=24)
REPORT_OVERLAP = timedelta(days=10)  # rows of the last days were seen missing for days
REPORT_SPAN = timedelta(days=30)  # the FBA shipments report takes a month at the most
REPORT_POLL = timedelta(seconds=30)
REPORT_PATIENCE = (1, 2, 4, 8)  # seconds between looks, within one turn
RETRY = timedelta(minutes=5)
REPORTS = {
    Source.MERCHANT_RETURNS: Report.MERCHANT_RETURNS,
    Source.FBA_RETURNS: Report.FBA_RETURNS,
    Source.FBA_SHIPMENTS: Report.FBA_SHIPMENTS,
}


def refresh(session: SellerSession, now_too: Collection[Source] = ()) -> None:
    """Read every source whose time has come, and those in `now_too` whatever their time."""
    with session.ledger.read() as connection:
        readings = sources.readings(connection, session.name)
    for source, reading in readings.items():
        if source in session.seller.unavailable_sources or session.stopping.is_set():
            continue
        reading = clock_jump.reread_if_clock_moved_back(session, source, reading, EVERY[source])
        if source in now_too or reading.next_read_at is None or reading.next_read_at <= session.clock.now():
            _read(session, source, reading)


def _read(session: SellerSession, source: Source, reading: Reading) -> None:
    read: Callable[[SellerSession, Reading], None] = {Source.ORDERS: _orders, Source.FINANCES: _finances}.get(
        source, lambda session, reading: _report(session, source, reading)
    )
    try:
        read(session, reading)
    except Busy as busy:
        _failed(session, source, busy, max(busy.retry_after, timedelta(seconds=10)), keep_cursor=True)
    except Answer as answer:
        _failed(session, source, answer, RETRY, keep_cursor=not isinstance(answer, Broken))


def _failed(session: SellerSession, source: Source, answer: Answer, later: timedelta, *, keep_cursor: bool) -> None:
    log.warning("%s: %s not read to the end: %s; goes on in %s", session.name, source, answer.detail, later)
    with session.ledger.begin() as connection:
        reading = sources.readings(connection, session.name)[source]
        cursor = reading.cursor if keep_cursor else None
        later_at = session.clock.now() + later
        sources.record(
            connection,
            session.name,
            source,
            replace(reading, next_read_at=later_at, cursor=cursor, error=answer.detail),
        )


def _orders(session: SellerSession, reading: Reading) -> None:
    """Read all changes since the last reading, page by page; a half-read sweep goes on at its page token."""
    started = session.clock.now()
    cursor = reading.cursor
    if cursor and datetime.fromisoformat(cursor["started"]) + PAGE_TOKEN_LIVES < started:
        cursor = None
    since = datetime.fromisoformat(cursor["since"]) if cursor else _since(reading, started, ORDERS_OVERLAP)
    token = cursor["token"] if cursor else None
    as_of = datetime.fromisoformat(cursor["as_of"]) if cursor else None
    begun = cursor["started"] if cursor else started.isoformat()
    while True:
        page = session.marketplace.orders(updated_after=since, page_token=token)
        as_of = as_of or page.as_of
        token = page.next_token
        if reading.as_of is None:
            ids = [order.order_id for order in page.orders]
            identity.refuse_read_by_another(session.ledger, session.name, ids, session.sellers, started)
        if page.unreadable:
            log.error("%s: %d orders could not be read and were left out", session.name, page.unreadable)
        half_read = {"started": begun, "since": since.isoformat(), "as_of": as_of.isoformat(), "token": token}
        done = Reading(as_of=as_of, next_read_at=started + _every(session, Source.ORDERS))
        with session.ledger.begin() as connection:
            session.renew(connection)
            new = orders.record_orders(
                connection,
                session.name,
                page.orders,
                as_of=as_of,
                previous=reading.as_of,
                with_invoices=session.seller.invoices.enabled,
            )
            sources.record(
                connection,
                session.name,
                Source.ORDERS,
                replace(reading, cursor=half_read, error=None) if token else done,
            )
        if page.orders:
            log.info("%s: %d orders read, %d new", session.name, len(page.orders), new)
        if token is None or session.stopping.is_set():
            return


def _finances(session: SellerSession, reading: Reading) -> None:
    """Read refunds and releases posted since the last reading; every few hours, with a deep overlap."""
    started = session.clock.now()
    deep_at = datetime.fromisoformat(reading.cursor["deep_at"]) if reading.cursor else None
    deep = deep_at is None or started - deep_at >= FINANCES_DEEP_EVERY
    since = _since(reading, started, FINANCES_DEEP_OVERLAP if deep else FINANCES_OVERLAP)
    token = None
    while True:
        page = session.marketplace.transactions(posted_after=since, page_token=token)
        token = page.next_token
        refunds: dict[str, dict[str, Refund]] = {}
        for transaction in page.transactions:
            if transaction.refund:
                refunds.setdefault(transaction.order_id, {})[transaction.transaction_id] = transaction.refund
        released: dict[str, datetime] = {}
        for transaction in page.transactions:
            if transaction.funds_released_for:
                known = released.get(transaction.order_id, transaction.funds_released_for)
                released[transaction.order_id] = max(known, transaction.funds_released_for)
        with session.ledger.begin() as connection:
            session.renew(connection)
            orders.record_refunds(
                connection, session.name, refunds, started, with_credit_notes=makes_credit_notes(session.seller)
            )
            orders.record_releases(connection, session.name, released, started)
            if token is None:
                cursor = {"deep_at": (started if deep or deep_at is None else deep_at).isoformat()}
                next_read_at = started + _every(session, Source.FINANCES)
                sources.record(connection, session.name, Source.FINANCES, Reading(started, next_read_at, cursor))
        if token is None or session.stopping.is_set():
            return


def makes_credit_notes(seller: Seller) -> bool:
    """Of the refunds that finances name; otherwise Amazon's list names them, or the seller's bookkeeping makes them."""
    settings = seller.invoices
    return settings.enabled and settings.source == "generate" and not settings.vat_calculation_service


def _report(session: SellerSession, source: Source, reading: Reading, overlap: timedelta = REPORT_OVERLAP) -> None:
    """Order a report, wait a little, record it; one that takes longer is looked for again in the next turn."""
    cursor = reading.cursor or _order_report(session, source, reading, overlap)
    status = session.marketplace.report_status(cursor["report_id"])
    for seconds in REPORT_PATIENCE:
        if status.done or session.stopping.is_set():
            break
        session.clock.sleep(seconds)
        status = session.marketplace.report_status(cursor["report_id"])
    if not status.done:
        later = session.clock.now() + REPORT_POLL
        with session.ledger.begin() as connection:
            sources.record(connection, session.name, source, replace(reading, next_read_at=later, cursor=cursor))
        return
    found: dict[str, datetime | None] = {}
    if status.document_id:
        for row in session.marketplace.report_rows(REPORTS[source], status.document_id):
            found[row.order_id] = max(filter(None, (found.get(row.order_id), row.arrival)), default=None)
    now, end = session.clock.now(), datetime.fromisoformat(cursor["end"])
    next_read_at = end + _every(session, source)
    with session.ledger.begin() as connection:
        session.renew(connection)
        if source is Source.FBA_SHIPMENTS:
            orders.record_arrivals(connection, session.name, {i: at for i, at in found.items() if at}, now)
        else:
            orders.record_returns(connection, session.name, source, found, now)
        sources.record(connection, session.name, source, Reading(end, next_read_at))
    if next_read_at <= now:  # the first reading goes further back than one report can
        _report(session, source, Reading(end), overlap=timedelta())  # rows that old are all there


def _order_report(session: SellerSession, source: Source, reading: Reading, overlap: timedelta) -> Mapping[str, str]:
    now = session.clock.now()
    start = _since(reading, now, overlap)
    end = min(now, start + REPORT_SPAN)
    report_id = session.marketplace.create_report(REPORTS[source], start=start, end=end)
    cursor = {"report_id": report_id, "end": end.isoformat()}
    with session.ledger.begin() as connection:
        session.renew(connection)
        sources.record(connection, session.name, source, replace(reading, cursor=cursor))
    return cursor


def _every(session: SellerSession, source: Source) -> timedelta:
    """How often the source is read: often enough to stay twice as fresh as the settings ask."""
    return min(EVERY[source], timedelta(hours=session.seller.freshness_hours) / 2)


def _since(reading: Reading, now: datetime, overlap: timedelta) -> datetime:
    reach = now - REACH_BACK
    return reach if reading.as_of is None else max(reading.as_of - overlap, reach)
