"""Orders: all changes since the last reading, page by page; a half-read sweep goes on at its page token."""

import logging
from datetime import datetime, timedelta

from msgspec.structs import replace

from ledger import orders, sources
from ledger.sources import OrdersCursor, Reading
from marketplace.errors import Broken
from marketplace.port import OrdersPage
from rules.order import Source
from tasks import identity
from tasks.actions import opened_by_orders
from tasks.refresh.pages import Pages
from tasks.refresh.plan import every, keep, left_out, since
from tasks.session import SellerSession

log = logging.getLogger("askonce.refresh")

OVERLAP = timedelta(hours=2)
PAGE_TOKEN_LIVES = timedelta(hours=23)  # Amazon: 24 hours


def read_orders(session: SellerSession, reading: Reading) -> None:
    started = session.clock.now()
    cursor = _begin(reading, started)
    pages = Pages("searchOrders", cursor.token)
    while True:
        assert cursor.since
        try:
            page = session.marketplace.orders(updated_after=cursor.since, page_token=cursor.token)
            pages.came(page.next_token, ((order.order_id, order.updated_at) for order in page.orders))
        except Broken:
            anew = OrdersCursor(
                left_out=cursor.left_out, horizon=cursor.horizon
            )  # the next reading begins the sweep anew
            keep(session, Source.ORDERS, replace(reading, cursor=anew))
            raise
        if reading.as_of is None:
            ids = [order.order_id for order in page.orders]
            identity.refuse_read_by_another(session.ledger, session.name, ids, session.sellers, started)
        cursor = _record(session, reading, cursor, page, started)
        if cursor.token is None or session.stopping.is_set():
            return


def _begin(reading: Reading, now: datetime) -> OrdersCursor:
    cursor = reading.cursor if isinstance(reading.cursor, OrdersCursor) else OrdersCursor()
    if cursor.token and cursor.started and cursor.since and cursor.started + PAGE_TOKEN_LIVES >= now:
        return cursor
    start = since(reading, now, OVERLAP)
    horizon = cursor.horizon if reading.as_of else start
    return OrdersCursor(started=now, since=start, left_out=cursor.left_out, horizon=horizon)


def _record(
    session: SellerSession, reading: Reading, cursor: OrdersCursor, page: OrdersPage, started: datetime
) -> OrdersCursor:
    as_of = cursor.as_of or page.as_of
    read_well = (f"order \u2026{order.order_id[-7:]}" for order in page.orders)
    missing = left_out(cursor.left_out, page.left_out, started, read_well)
    if page.left_out:
        log.error("%s: %d orders cannot be read and are left out", session.name, len(page.left_out))
    if page.next_token:
        cursor = replace(cursor, as_of=as_of, token=page.next_token, left_out=missing)
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
