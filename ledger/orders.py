"""Order facts: recorded source by source, read as one. New facts wake the entries that they may change."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from msgspec.json import encode
from sqlalchemy import Column, Connection, Row, Select, bindparam, select

from ledger.documents import DOCUMENTS, known_orders
from ledger.facts import refunds_of
from ledger.queue import Key
from ledger.requests import REVIEWS
from ledger.state import Action
from ledger.tables import orders
from ledger.upsert import upsert
from rules.delivery import packages_delivered
from rules.order import Order, Refund, Source


def record_orders(
    connection: Connection,
    seller: str,
    page: Sequence[Order],
    *,
    as_of: datetime,
    previous: datetime | None,
    with_invoices: bool = False,
) -> int:
    """Record what the Orders API said as of `as_of`, read before as of `previous`. Returns how many are new.

    An order known and not delivered at `previous`, and delivered now, was delivered in between.
    """
    ids = [order.order_id for order in page]
    known = _rows(connection, seller, ids, orders.c.placed, orders.c.not_delivered_at, orders.c.seen_delivered_at)
    changed: list[dict[str, Any]] = []
    new: list[str] = []
    for order in page:
        row = known.get(order.order_id)
        placed = encode(order).decode()
        if row is None or row.placed is None:
            new.append(order.order_id)
        elif row.placed == placed:
            continue
        not_delivered_at, seen_delivered_at = (row.not_delivered_at, row.seen_delivered_at) if row else (None, None)
        if packages_delivered(order):
            if seen_delivered_at is None:
                seen_delivered_at = as_of
                not_delivered_at = previous if row is not None and row.placed is not None else None
        else:
            seen_delivered_at = None
        changed.append(
            {
                "seller": seller,
                "order_id": order.order_id,
                "placed": placed,
                "not_delivered_at": not_delivered_at,
                "seen_delivered_at": seen_delivered_at,
            }
        )
    upsert(connection, orders, changed)
    REVIEWS.open(connection, seller, [Key(order_id, Action.REVIEW) for order_id in new], as_of)
    REVIEWS.wake(connection, seller, [row["order_id"] for row in changed], as_of)
    if with_invoices:
        DOCUMENTS.open(connection, seller, [Key(order_id, Action.INVOICE) for order_id in new], as_of)
        DOCUMENTS.wake(connection, seller, [row["order_id"] for row in changed], as_of)
    replaced = {original: order.order_id for order in page for original in order.original_order_ids}
    _record(connection, seller, orders.c.replaced_by, replaced, as_of)
    return len(new)


def record_refunds(
    connection: Connection,
    seller: str,
    refunds: Mapping[str, Mapping[str, Refund]],
    now: datetime,
    *,
    with_credit_notes: bool = False,
) -> None:
    """Record refunds by order id and transaction id; a transaction read twice counts once."""
    known = _rows(connection, seller, list(refunds), orders.c.refunds)
    values = {}
    for order_id, mine in refunds.items():
        row = known.get(order_id)
        before = refunds_of(row.refunds) if row else {}
        values[order_id] = encode({**before, **mine}).decode()
    _record(connection, seller, orders.c.refunds, values, now)
    if with_credit_notes:
        invoiced = known_orders(connection, seller, list(refunds))
        keys = [Key(order_id, Action.CREDIT_NOTE, part) for order_id in invoiced for part in refunds[order_id]]
        DOCUMENTS.open(connection, seller, keys, now)


def record_releases(connection: Connection, seller: str, released: Mapping[str, datetime], now: datetime) -> None:
    """Record until when the order's funds were deferred (DD7), now that they are released; the latest counts."""
    _record(connection, seller, orders.c.funds_released_for, released, now, latest=True)


def record_returns(
    connection: Connection, seller: str, source: Source, order_ids: Iterable[str], now: datetime
) -> None:
    """Record that a returns report names these orders."""
    _record(connection, seller, orders.c.returned_by, dict.fromkeys(order_ids, source.value), now)


def record_arrivals(connection: Connection, seller: str, arrivals: Mapping[str, datetime], now: datetime) -> None:
    """Record the FBA shipments report's estimates; of several shipments of one order, the latest counts."""
    _record(connection, seller, orders.c.fba_arrival, arrivals, now, latest=True)


def refunds(connection: Connection, seller: str, order_id: str) -> dict[str, Refund]:
    """The order's refunds by transaction id."""
    mine = (orders.c.seller == seller) & (orders.c.order_id == order_id)
    return refunds_of(connection.execute(select(orders.c.refunds).where(mine)).scalar())


def _rows(connection: Connection, seller: str, order_ids: Sequence[str], *columns: Column[Any]) -> dict[str, Row[Any]]:
    """These columns of these orders, locked against another writer until the transaction ends."""
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(order_ids), 500):
        some = {"s": seller, "ids": order_ids[start : start + 500]}
        found.update((row.order_id, row) for row in connection.execute(_some(*columns), some).all())
    return found


@cache
def _some(*columns: Column[Any]) -> Select[Any]:
    mine = (orders.c.seller == bindparam("s")) & orders.c.order_id.in_(bindparam("ids", expanding=True))
    return select(orders.c.order_id, *columns).where(mine).with_for_update()


def _record(
    connection: Connection,
    seller: str,
    column: Column[Any],
    values: Mapping[str, Any],
    now: datetime,
    *,
    latest: bool = False,
) -> None:
    """Write one column of some orders (known or not yet), and wake the entries of those that this changes.

    `latest`: a time that is not later than the known one changes nothing.
    """
    rows = _rows(connection, seller, list(values), column)
    known = {order_id: getattr(row, column.name) for order_id, row in rows.items()}
    changed = [
        {"seller": seller, "order_id": order_id, column.name: value}
        for order_id, value in values.items()
        if (before := known.get(order_id)) is None or (before < value if latest else before != value)
    ]
    upsert(connection, orders, changed)
    REVIEWS.wake(connection, seller, [row["order_id"] for row in changed], now)
