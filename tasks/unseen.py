"""Why an order was never seen, and fetching it: an order id tells neither when it was placed nor whose it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger import order_ids, orders, sources
from ledger.database import Ledger
from ledger.retention import kept_since
from ledger.sources import OrdersCursor, Reading
from marketplace.errors import Answer, Refused
from marketplace.port import Marketplace
from rules.order import Order, Source
from rules.readable import moment
from settings.marketplaces import marketplace_of
from settings.schema import Seller
from tasks import identity, route
from tasks.actions import opened_by_orders
from tasks.app import App
from tasks.not_done import NotDone
from tasks.refresh.plan import REACH_BACK

PATIENCE = 30
"""Seconds to wait for a worker's turn to end."""


class Why(StrEnum):
    """Why a seller's ledger does not have an order."""

    NOT_AN_ORDER_ID = "not_an_order_id"
    NOT_FETCHED_YET = "not_fetched_yet"
    NOT_AMONG_THOSE_READ = "not_among_those_read"  # only Amazon can tell which of the others it is
    BEFORE_HORIZON = "before_horizon"
    NO_LONGER_KEPT = "no_longer_kept"
    OTHER_MARKETPLACE = "other_marketplace"
    NOT_THIS_SELLERS = "not_this_sellers"


@dataclass(frozen=True, slots=True)
class NeverSeen:
    """Why one seller's ledger (None: nobody's) does not have the order.

    `horizon`: orders that last changed before were never read; `next_read_at`: when orders are read again. None: not
    known.
    """

    seller: str | None
    why: Why
    words: str
    horizon: datetime | None
    next_read_at: datetime | None


def why_unseen(ledger: Ledger, seller: Seller, order_id: str) -> NeverSeen:
    """As far as the ledger can tell."""
    with ledger.read() as connection:
        reading = sources.readings(connection, seller.name)[Source.ORDERS]
        known = order_ids.count(connection, seller.name)
        named = orders.is_named(connection, seller.name, order_id)
        kept = kept_since(connection, seller.name)
    again = f"; it goes on at {moment(reading.next_read_at, seller.zone)}" if reading.next_read_at else ""
    if reading.as_of is None and not known:
        return _said(seller, reading, Why.NOT_FETCHED_YET, "no order was read yet. Type: askonce sweep --dry-run")
    if reading.as_of is None:
        words = f"the first reading is under way, {known:,} orders are known{again}"
        return _said(seller, reading, Why.NOT_FETCHED_YET, words)
    until = moment(reading.as_of, seller.zone)
    if named:
        since = _since(reading, seller)
        words = f"it is this seller's, as refunds, returns or shipments say, but has not changed since {since}"
        return _said(seller, reading, Why.BEFORE_HORIZON, words)
    next_at = f" (orders are read again at {moment(reading.next_read_at, seller.zone)})" if reading.next_read_at else ""
    gone = f", was bought before {moment(kept, seller.zone)} and is no longer kept" if kept else ""
    words = (
        f"all orders of the account that changed from {_since(reading, seller)} to {until} are known. So it has not "
        f"changed in that time, is newer{next_at}{gone}, or is of another account or region"
    )
    return _said(seller, reading, Why.NOT_AMONG_THOSE_READ, words)


def fetch(app: App, seller: str, order_id: str) -> NeverSeen:
    """Ask Amazon for the order, once. If it has it, it is recorded and decided; says why it had not been seen.

    Raises NotDone: a worker has the seller's turn, or Amazon does not answer.
    """
    with app.patient_session(seller, PATIENCE) as session:
        if session is None:
            raise NotDone(f"a worker is at work for {seller}: try again in a minute")
        order, now = fetched(session.marketplace, order_id), session.clock.now()
        with session.ledger.read() as connection:
            reading = sources.readings(connection, seller)[Source.ORDERS]
            kept = kept_since(connection, seller)
        if order is None:
            words = "Amazon has no such order of this account: it is another account's, of another region, or mistyped"
            return _said(session.seller, reading, Why.NOT_THIS_SELLERS, words)
        identity.refuse_read_by_another(session.ledger, seller, [order_id], session.sellers, now)
        lines = opened_by_orders(session.seller)
        with session.begin() as connection:
            opens = {line.action: line.queue for line in lines}
            orders.record_orders(connection, seller, [order], as_of=now, previous=None, opens=opens)
        for line in lines:
            route.decide_due(session, line)
        return _found(session.seller, reading, order, kept)


def fetched(marketplace: Marketplace, order_id: str) -> Order | None:
    """The order as Amazon has it; None: it has none of that id. Raises NotDone."""
    try:
        return marketplace.order(order_id)
    except Refused as refused:
        if refused.status == 404:
            return None
        raise NotDone(refused.detail) from None
    except Answer as answer:
        raise NotDone(f"{answer.detail}. Try again later, or type: askonce check") from None


def _found(seller: Seller, reading: Reading, order: Order, kept: datetime | None) -> NeverSeen:
    marketplace = marketplace_of(order.marketplace_id)
    horizon = _horizon(reading)
    changed = moment(order.updated_at, seller.zone)
    if (marketplace.code if marketplace else None) not in seller.marketplaces:
        place = marketplace.code if marketplace else "another marketplace"
        return _said(
            seller, reading, Why.OTHER_MARKETPLACE, f"it is an order of {place}, which the settings do not name"
        )
    if kept and order.purchased_at < kept:
        words = f"it was bought before {moment(kept, seller.zone)}: it may have been known, and is no longer kept"
        return _said(seller, reading, Why.NO_LONGER_KEPT, words)
    if horizon and order.updated_at < horizon:
        words = f"it last changed at {changed}, before the first reading's {moment(horizon, seller.zone)}"
        return _said(seller, reading, Why.BEFORE_HORIZON, words)
    return _said(seller, reading, Why.NOT_FETCHED_YET, f"it last changed at {changed}, and was to be read yet")


def _said(seller: Seller, reading: Reading, why: Why, words: str) -> NeverSeen:
    return NeverSeen(seller.name, why, words, _horizon(reading), reading.next_read_at)


def _horizon(reading: Reading) -> datetime | None:
    return reading.cursor.horizon if isinstance(reading.cursor, OrdersCursor) else None


def _since(reading: Reading, seller: Seller) -> str:
    horizon = _horizon(reading)
    return moment(horizon, seller.zone) if horizon else f"{REACH_BACK.days} days before the first reading"
