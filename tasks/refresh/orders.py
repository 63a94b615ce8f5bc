"""Orders: all changes since the last reading, page by page; a half-read sweep goes on at its page token."""

import logging
from datetime import datetime, timedelta

from msgspec.structs import replace

from ledger import orders, sources
from ledger.sources import OrdersCursor, Reading
from marketplace.errors import Broken, Busy
from marketplace.port import OrdersPage
from rules.order import Source
from tasks import identity
from tasks.actions import opened_by_orders
from tasks.refresh import history
from tasks.refresh.pages import Pages
from tasks.refresh.plan import every, keep, left_out, since
from tasks.session import SellerSession

log = logging.getLogger("askonce.refresh")

OVERLAP = timedelta(hours=2)
PAGE_TOKEN_LIVES = timedelta(hours=23)  # Amazon: 24 hours


def read_orders(session: SellerSession, reading: Reading) -> None:
    started = session.clock.now()
    cursor = _begin(reading, started)
    if cursor.history:
        left = history.read(session, reading, cursor)
        if left is None:
            return
        cursor = left
    pages = Pages("searchOrders", cursor.token)
    while True:
        assert cursor.since
        try:
            page = session.marketplace.orders(updated_after=cursor.since, page_token=cursor.token)
            pages.came(page.next_token, ((order.order_id, order.updated_at) for order in page.orders))
        except Busy as busy:
            if cursor.history is None:
                raise
            _wait_for_reports(session, reading, cursor, busy)
            return
        except Broken:
            # the next reading begins the sweep anew
            anew = replace(cursor, token=None, as_of=None, started=None)
            keep(session, Source.ORDERS, replace(reading, cursor=anew))
            raise
        if reading.as_of is None:
            ids = [order.order_id for order in page.orders]
            identity.refuse_read_by_another(session.ledger, session.name, ids, session.sellers, started)
        cursor = _record(session, reading, cursor, page, started)
        if cursor.token is None or session.stopping.is_set():
            return
        is_long = reading.as_of is None and cursor.pages >= history.LONG
        if is_long and not (cursor.history or cursor.without_reports):
            cursor = history.order(session, reading, cursor)


def _wait_for_reports(session: SellerSession, reading: Reading, cursor: OrdersCursor, busy: Busy) -> None:
    """Amazon's pace allows no page now; the reports may be made sooner."""
    assert cursor.history
    later = min(busy.retry_after, history.POLL * 2 ** min(cursor.history.looks, 4))
    cursor = replace(cursor, history=replace(cursor.history, looks=cursor.history.looks + 1))
    keep(
        session,
        Source.ORDERS,
        replace(reading, cursor=cursor, next_read_at=session.clock.now() + later, error=busy.detail),
    )


def _begin(reading: Reading, now: datetime) -> OrdersCursor:
    cursor = reading.cursor if isinstance(reading.cursor, OrdersCursor) else OrdersCursor()
    if cursor.token and cursor.started and cursor.since and cursor.started + PAGE_TOKEN_LIVES >= now:
        return cursor
    start = cursor.resume or since(reading, now, OVERLAP)
    horizon = cursor.horizon if reading.as_of else start
    anew = OrdersCursor(started=now, since=start, left_out=cursor.left_out, horizon=horizon, resume=cursor.resume)
    if reading.as_of:
        return anew
    return replace(anew, history=cursor.history, without_reports=cursor.without_reports)


def _record(
    session: SellerSession, reading: Reading, cursor: OrdersCursor, page: OrdersPage, started: datetime
) -> OrdersCursor:
    as_of = cursor.as_of or page.as_of
    read_well = (f"order \u2026{order.order_id[-7:]}" for order in page.orders)
    missing = left_out(cursor.left_out, page.left_out, started, read_well)
    if page.left_out:
        log.error("%s: %d orders cannot be read and are left out", session.name, len(page.left_out))
    if page.next_token:
        cursor = replace(cursor, as_of=as_of, token=page.next_token, left_out=missing, pages=cursor.pages + 1)
        after = replace(reading, cursor=cursor, error=None)
    else:
        cursor = OrdersCursor(left_out=missing, horizon=cursor.horizon)
        after = Reading(as_of, started + every(session, Source.ORDERS), cursor)
    with session.begin() as connection:
        new = orders.record_orders(
            connection,
            session.name,
            page.orders,
            as_of=as_of,
            previous=reading.as_of,
            opens={line.action: line.queue for line in opened_by_orders(session.seller)},
        )
        sources.record(connection, session.name, Source.ORDERS, after)
    if page.orders:
        log.info("%s: orders read: %d, new ones: %d", session.name, len(page.orders), new)
    return cursor
