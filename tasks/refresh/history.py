"""A first reading that is long: All Orders reports end it within minutes, where pages take half a day.

searchOrders gives 2,000 orders at once and then 100 every three minutes. So when its first pages do not come to an end,
two reports of 30 days each are ordered, for every marketplace in which the account sells. Whatever goes wrong with them
(refused, cancelled, unreadable, late), the pages go on as if there were none.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from ledger import orders, sources
from ledger.database import LedgerError
from ledger.lanes import LaneLost
from ledger.orders import SHIPPED
from ledger.sources import History, OrdersCursor, Reading
from marketplace.errors import Answer, Broken, Busy
from marketplace.operations import Operation
from marketplace.port import Report
from rules.delivery import RELEASE_DELAY
from rules.moments import within
from rules.order import Order, Source
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks.actions import opened_by_orders
from tasks.line import name_of
from tasks.refresh.plan import REACH_BACK, keep, left_out
from tasks.session import SellerSession

log = logging.getLogger("askonce.refresh")

LONG = 10
"""Pages after which a first reading is long: half of Amazon's burst of searchOrders."""
SPAN = timedelta(days=30)
"""That one report covers at the most."""
REPORT_LAG = timedelta(hours=24)
"""How far before the reports' end the next sweep begins: what they may not have shown yet."""
POLL = timedelta(seconds=30)
GIVE_UP = timedelta(hours=6)
AT_ONCE = 500
USUAL_WAY = timedelta(days=3)
"""From the purchase to the buyer, where nothing is known: it only says which orders are fetched first."""
TOO_LATE = timedelta(days=100)
NO_MATTER = timedelta(days=400)
"""Behind all others, by so much."""


def order(session: SellerSession, reading: Reading, cursor: OrdersCursor) -> OrdersCursor:
    """Order the reports. What is refused is done without."""
    now = session.clock.now()
    try:
        wanted = _marketplaces(session)
        starts = [now - REACH_BACK + number * SPAN for number in range(REACH_BACK // SPAN)]
        reports = [
            (
                session.marketplace.create_report(
                    Report.ALL_ORDERS, start=start, end=min(start + SPAN, now), marketplace_ids=wanted
                ),
                start,
            )
            for start in starts
        ]
    except Answer as answer:
        return _without(session, reading, cursor, answer.detail)
    cursor = replace(cursor, history=History(now, tuple(reports)))
    keep(session, Source.ORDERS, replace(reading, cursor=cursor))
    return cursor


def read(session: SellerSession, reading: Reading, cursor: OrdersCursor) -> OrdersCursor | None:
    """Look for the reports, and read them when all are made. None: the first reading has ended by that."""
    history, now = cursor.history, session.clock.now()
    assert history
    try:
        documents = [(_document(session, report_id), start) for report_id, start in history.reports]
        if all(document for document, _ in documents):
            _take(session, reading, cursor, [(document or "", start) for document, start in documents])
            return None
        if not timedelta() <= now - history.ordered_at < GIVE_UP:
            return _without(session, reading, cursor, f"not made within {GIVE_UP}")
    except Busy as busy:
        if not timedelta() <= now - history.ordered_at < GIVE_UP:
            return _without(session, reading, cursor, busy.detail)
        log.info("%s: %s: %s", session.name, Report.ALL_ORDERS, busy.detail)
    except Answer as answer:
        return _without(session, reading, cursor, answer.detail)
    except (LaneLost, LedgerError):
        raise
    except Exception as bug:  # noqa: BLE001  the pages go on
        return _without(session, reading, cursor, name_of(bug))
    return cursor


def _document(session: SellerSession, report_id: str) -> str | None:
    """None: it is not made yet. Raises Broken for one without data: whether there is none, or it was cancelled, is not
    known."""
    status = session.marketplace.report_status(report_id)
    if status.done and not status.document_id:
        raise Broken("cancelled, or without data")
    return status.document_id if status.done else None


def _take(
    session: SellerSession, reading: Reading, cursor: OrdersCursor, documents: list[tuple[str, datetime]]
) -> None:
    history, now = cursor.history, session.clock.now()
    assert history
    problems: list[str] = []
    known = 0
    opens = {line.action: line.queue for line in opened_by_orders(session.seller)}
    for document, start in documents:
        some: list[Order] = []
        for each in _and_an_end(session.marketplace.reported_orders(document, start)):
            if isinstance(each, Order):
                some.append(each)
            elif each:
                problems.append(each)
            if some and (each is None or len(some) >= AT_ONCE):
                with session.begin() as connection:
                    known += orders.record_reported(
                        connection, session.name, some, now, partial(rank, seller=session.seller, now=now), opens
                    )
                some = []
    missing = left_out(cursor.left_out, problems, now)
    resume = max(history.ordered_at - REPORT_LAG, cursor.horizon or history.ordered_at - REACH_BACK)
    after = OrdersCursor(left_out=missing, horizon=cursor.horizon, resume=resume)
    next_page_at = now + timedelta(seconds=session.pace.seconds_until(Operation.ORDERS))
    with session.begin() as connection:
        sources.record(connection, session.name, Source.ORDERS, Reading(history.ordered_at, next_page_at, after))
    log.info("%s: orders known by report: %d; what only Amazon tells is fetched now", session.name, known)


def _and_an_end(found: Iterator[Order | str]) -> Iterator[Order | str | None]:
    yield from found
    yield None


def _marketplaces(session: SellerSession) -> tuple[str, ...]:
    """All in which the account sells, so that no order is missing that pages would have had."""
    mine = [MARKETPLACES[code].marketplace_id for code in session.seller.marketplaces]
    sold = [each.marketplace_id for each in session.marketplace.participations() if each.participating]
    return tuple(dict.fromkeys([*mine, *sold]))


def _without(session: SellerSession, reading: Reading, cursor: OrdersCursor, why: str) -> OrdersCursor:
    log.warning("%s: %s: %s; orders are read page by page", session.name, Report.ALL_ORDERS, why)
    cursor = replace(cursor, history=None, without_reports=True)
    keep(session, Source.ORDERS, replace(reading, cursor=cursor))
    return cursor


def rank(order: Order, released_for: datetime | None, seller: Seller, now: datetime) -> int:
    """Smaller: to be fetched sooner. Nearest deadline first; then what is probably too late, and what is no matter.

    `released_for`: when the money is released, seven days after the delivery, if that is known.
    """
    delivered = released_for - RELEASE_DELAY if released_for else within(order.purchased_at) + USUAL_WAY
    closes = delivered + timedelta(days=seller.review_requests.day_range[1])
    if order.channel != "AMAZON" or order.status in ("CANCELLED", "UNFULFILLABLE"):
        closes = now + NO_MATTER
    elif seller.invoices.enabled and order.status in SHIPPED and now - order.updated_at < USUAL_WAY:
        closes = now
    elif closes < now:  # the latest first: their windows may still be open
        closes = now + TOO_LATE + (now - closes)
    return int(closes.timestamp())
