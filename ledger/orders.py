"""Order facts: recorded source by source, read as one. New facts wake the entries that they may change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder, encode
from msgspec.structs import asdict
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, bindparam, func, or_, select, update

from ledger import brakes, tables
from ledger.brakes import Tallying
from ledger.documents import DOCUMENTS, known_orders
from ledger.facts import refunds_of
from ledger.queue import Queue
from ledger.refunds import joined
from ledger.requests import REVIEWS, Request
from ledger.retention import kept_since
from ledger.state import OPEN, Action, State
from ledger.tables import orders
from ledger.transitions import Key
from ledger.upsert import upsert
from rules.delivery import packages_delivered
from rules.order import Order, Refund, Source
from rules.reason import Reason

_ORDER = Decoder(Order)
REVIEWS_ALONE: Mapping[str, Queue[Any]] = MappingProxyType({Action.REVIEW: REVIEWS})
SHIPPED = ("SHIPPED", "PARTIALLY_SHIPPED")
LOOKED_AT = (State.WAITING, State.SKIPPED, State.DUE, State.UNCLEAR, State.HELD)
"""Where an order stands that a look may make due, or that is: new facts and settings wake also what was skipped."""
_ON_ITS_WAY = (Reason.NOT_SHIPPED.value, Reason.NOT_DELIVERED.value)


class Sighting(Struct, frozen=True):
    """Between which two looks an order was delivered."""

    not_delivered_at: datetime | None = None
    seen_delivered_at: datetime | None = None


def record_orders(
    connection: Connection,
    seller: str,
    page: Sequence[Order],
    *,
    as_of: datetime,
    previous: datetime | None,
    opens: Mapping[str, Queue[Any]] = REVIEWS_ALONE,
    one_by_one: bool = False,
) -> int:
    """Record what the Orders API said as of `as_of`, read before as of `previous`. Returns how many are new.

    Of two copies of an order the one that was updated last counts, whenever it comes. `opens`: the actions of which a
    new order gets a row, each with its queue; the rows of changed orders are woken. `one_by_one`: Amazon was asked for
    each, so the copies are newer than any report.
    """
    newest = {order.order_id: order for order in sorted(page, key=lambda order: order.updated_at)}
    columns = (
        *(orders.c.placed, orders.c.not_delivered_at, orders.c.seen_delivered_at, orders.c.shipped_seen_at),
        *(orders.c.reappeared, orders.c.fetch_rank),
    )
    known = _rows(connection, seller, list(newest), *columns)
    kept = kept_since(connection, seller)
    changed: list[dict[str, Any]] = []
    new: list[str] = []
    tally = Tallying()
    for order_id, order in newest.items():
        row = known.get(order_id)
        placed = encode(order).decode()
        by_report = row is not None and row.fetch_rank is not None
        is_known = row is not None and (row.not_delivered_at is not None if by_report else row.placed is not None)
        before = Sighting(row.not_delivered_at, row.seen_delivered_at) if row and is_known else None
        if row is None or row.placed is None:
            new.append(order_id)
            tally.ordered(order, as_of)
            reappeared = _comes_again(order, kept)
        elif by_report and (one_by_one or _ORDER.decode(row.placed).updated_at <= order.updated_at):
            tally.ordered(order, as_of)
            reappeared = row.reappeared
        elif by_report or row.placed == placed or (older := _ORDER.decode(row.placed)).updated_at > order.updated_at:
            continue
        else:
            reappeared = row.reappeared
            if older.deliver_by not in (None, order.deliver_by):
                tally.count(order.marketplace_id, as_of, "redated")
        looked_at = row.not_delivered_at if row and by_report else previous  # a report says nothing of a delivery
        seen = sighting(before, packages_delivered(order), as_of, looked_at)
        shipped = row.shipped_seen_at if row else None
        if shipped is None and order.status in SHIPPED:
            shipped = order.updated_at
        found = {"placed": placed, "fetch_rank": None, "shipped_seen_at": shipped, "reappeared": reappeared}
        found |= asdict(seen)
        changed.append({"seller": seller, "order_id": order_id, **found})
    upsert(connection, orders, changed)
    tally.add(connection, seller)
    for action, queue in opens.items():
        queue.open(connection, seller, [Key(order_id, action) for order_id in new], as_of)
        queue.wake(connection, seller, [row["order_id"] for row in changed], as_of)
    replaced = {original: order.order_id for order in newest.values() for original in order.original_order_ids}
    _record(connection, seller, orders.c.replaced_by, replaced, as_of)
    return len(new)


def record_reported(
    connection: Connection,
    seller: str,
    found: Sequence[Order],
    now: datetime,
    rank: Callable[[Order, datetime | None], int],
    opens: Mapping[str, Queue[Any]] = REVIEWS_ALONE,
) -> int:
    """Record what the All Orders report said of orders that are not known, or not as they are by now.

    They wait to be fetched, those of the smallest `rank` first: it takes the order, and when its money was released.
    Returns how many these are.
    """
    columns = (orders.c.placed, orders.c.reappeared, orders.c.funds_released_for)
    known = _rows(connection, seller, [order.order_id for order in found], *columns)
    kept = kept_since(connection, seller)
    changed: list[dict[str, Any]] = []
    for order in found:
        row = known.get(order.order_id)
        placed, released = (row.placed, row.funds_released_for) if row else (None, None)
        again = row.reappeared if row and placed else _comes_again(order, kept)
        # The report's times have whole seconds.
        if placed is None or order.updated_at >= _ORDER.decode(placed).updated_at + timedelta(seconds=1):
            mine = {"placed": encode(order).decode(), "fetch_rank": rank(order, released), "reappeared": again}
            changed.append({"seller": seller, "order_id": order.order_id, **mine})
    upsert(connection, orders, changed)
    order_ids = [row["order_id"] for row in changed]
    for action, queue in opens.items():
        queue.open(connection, seller, [Key(order_id, action) for order_id in order_ids], now)
        queue.wake(connection, seller, order_ids, now)
    return len(changed)


def to_fetch(connection: Connection, seller: str, most: int) -> list[str]:
    """The orders that only a report has named, those first whose deadline is the nearest."""
    mine = (orders.c.seller == seller) & orders.c.fetch_rank.is_not(None)
    query = select(orders.c.order_id).where(mine).order_by(orders.c.fetch_rank).limit(most)
    return list(connection.execute(query).scalars())


def fetch_last(connection: Connection, seller: str, order_id: str, rank: int) -> None:
    """The order could not be fetched: the others go first."""
    mine = (orders.c.seller == seller) & (orders.c.order_id == order_id) & orders.c.fetch_rank.is_not(None)
    connection.execute(update(orders).where(mine).values(fetch_rank=rank))


def waiting_to_be_fetched(connection: Connection) -> dict[str, int]:
    """How many orders only a report has named, by seller; sellers without any are not there."""
    query = select(orders.c.seller, func.count()).where(orders.c.fetch_rank.is_not(None)).group_by(orders.c.seller)
    return {row.seller: row[1] for row in connection.execute(query)}


def sighting(before: Sighting | None, delivered: bool, as_of: datetime, previous: datetime | None) -> Sighting:
    """What is known of the delivery after a look as of `as_of`; `before`: after the one as of `previous`, if any.

    An order known and not delivered at `previous`, and delivered now, was delivered in between.
    """
    if not delivered:
        return Sighting(before.not_delivered_at if before else None)
    if before is None:
        return Sighting(seen_delivered_at=as_of)
    return before if before.seen_delivered_at else Sighting(previous, as_of)


def record_refunds(
    connection: Connection,
    seller: str,
    refunds: Mapping[str, Mapping[str, Refund]],
    now: datetime,
    *,
    with_credit_notes: bool = False,
) -> None:
    """Record refunds by order id and transaction id; a transaction read twice, or listed twice, counts once."""
    rows = _rows(connection, seller, list(refunds), orders.c.refunds)
    before = {order_id: refunds_of(row.refunds) for order_id, row in rows.items()}
    known = {order_id: joined(before.get(order_id, {}), mine) for order_id, mine in refunds.items()}
    new = sum(len(mine) for mine in known.values()) - sum(map(len, before.values()))
    if new > 0:
        brakes.refunds_told(connection, seller, new, now)
    values = {order_id: encode(mine).decode() for order_id, mine in known.items()}
    _record(connection, seller, orders.c.refunds, values, now)
    if with_credit_notes:
        invoiced = known_orders(connection, seller, list(refunds))
        keys = [Key(order_id, Action.CREDIT_NOTE, part) for order_id in invoiced for part in known[order_id]]
        DOCUMENTS.open(connection, seller, keys, now)
        told = [order_id for order_id, row in rows.items() if row.refunds and row.refunds != values[order_id]]
        DOCUMENTS.wake(connection, seller, told, now, Action.CREDIT_NOTE)


def record_releases(connection: Connection, seller: str, released: Mapping[str, datetime], now: datetime) -> None:
    """Record until when the order's funds were deferred (DD7), now that they are released; the latest counts."""
    _record(connection, seller, orders.c.funds_released_for, released, now, latest=True)


def record_returns(
    connection: Connection,
    seller: str,
    source: Source,
    order_ids: Iterable[str],
    now: datetime,
    *,
    complete_since: datetime | None = None,
) -> None:
    """Record that a returns report names these orders.

    `complete_since`: the report names every return from then on, so an order bought later that it does not name, and
    that an earlier one named, is not returned any more.
    """
    named = dict.fromkeys(order_ids, source.value)
    _record(connection, seller, orders.c.returned_by, named, now)
    if complete_since is None:
        return
    mine = (orders.c.seller == seller) & (orders.c.returned_by == source.value) & orders.c.placed.is_not(None)
    rows = connection.execute(select(orders.c.order_id, orders.c.placed).where(mine)).all()
    gone = [
        row.order_id
        for row in rows
        if row.order_id not in named and _ORDER.decode(row.placed).purchased_at >= complete_since
    ]
    _record(connection, seller, orders.c.returned_by, dict.fromkeys(gone), now)


def _comes_again(order: Order, kept: datetime | None) -> bool:
    """Whether an order that the ledger does not know may be one that was deleted: bought before `kept`."""
    return kept is not None and order.purchased_at < kept


def any_open_but(connection: Connection, seller: str, fulfilled_by: str) -> bool:
    """Whether an order that may still be asked is fulfilled by another than this one, or it is not known by whom."""
    return _any_open(connection, seller, _not_by(fulfilled_by))


def arrivals_unknown(connection: Connection, seller: str) -> bool:
    """Whether Amazon has shipped an order that may still be asked, and nothing tells its arrival."""
    nothing = orders.c.fba_arrival.is_(None) & orders.c.funds_released_for.is_(None)
    return _any_open(connection, seller, _not_by("MERCHANT") & nothing & orders.c.placed.like('%"status":"SHIPPED"%'))


def looked_at_until(
    connection: Connection, seller: str, now: datetime, until: datetime, *, but: str
) -> Iterator[Request]:
    """What is looked at by then and may be sent after that, soonest first, without the orders that `but` fulfils.

    What was on its way when it was looked at last is not among it: it is seldom sent at the next look, which says so.
    """
    asked = tables.entries
    mine = (asked.c.seller == seller) & asked.c.state.in_(LOOKED_AT) & (asked.c.next_look_at <= until)
    may_go = asked.c.reason.not_in(_ON_ITS_WAY) | (asked.c.next_look_at <= now)
    query = REVIEWS.rows.where(mine, may_go, _not_by(but)).order_by(asked.c.next_look_at)
    with connection.execute(query.execution_options(yield_per=100)) as rows:
        yield from map(REVIEWS.read, rows)


def _not_by(fulfilled_by: str) -> ColumnElement[bool]:
    return orders.c.placed.not_like(f'%"fulfilled_by":"{fulfilled_by}"%')


def _any_open(connection: Connection, seller: str, which: ColumnElement[bool]) -> bool:
    asked = tables.entries
    waits = (
        select(asked.c.order_id)
        .join(orders, (orders.c.seller == asked.c.seller) & (orders.c.order_id == asked.c.order_id))
        .where(asked.c.seller == seller, asked.c.state.in_((*OPEN, State.HELD)), which)
        .limit(1)
    )
    return connection.execute(waits).first() is not None


def record_arrivals(connection: Connection, seller: str, arrivals: Mapping[str, datetime], now: datetime) -> None:
    """Record the FBA shipments report's estimates; of several shipments of one order, the latest counts."""
    _record(connection, seller, orders.c.fba_arrival, arrivals, now, latest=True)


def record_dispatches(
    connection: Connection, seller: str, dispatched: Mapping[str, tuple[datetime, datetime]], now: datetime
) -> None:
    """Record when the FBA shipments report has the first and the last shipment of each order; wake their invoices."""
    first, last = orders.c.fba_first_shipped_at, orders.c.fba_last_shipped_at
    rows = _rows(connection, seller, list(dispatched), first, last)
    changed: list[dict[str, Any]] = []
    for order_id, (earliest, latest) in dispatched.items():
        row = rows.get(order_id)
        known = (row.fba_first_shipped_at, row.fba_last_shipped_at) if row else (None, None)
        new = (min(earliest, known[0] or earliest), max(latest, known[1] or latest))
        if new != known:
            times = {first.name: new[0], last.name: new[1], "noted_at": now}
            changed.append({"seller": seller, "order_id": order_id, **times})
    upsert(connection, orders, changed)
    DOCUMENTS.wake(connection, seller, [row["order_id"] for row in changed], now, Action.INVOICE)


def is_named(connection: Connection, seller: str, order_id: str) -> bool:
    """Whether another source than the Orders API names the order as the seller's."""
    c = orders.c
    told = (c.refunds, c.funds_released_for, c.returned_by, c.fba_arrival, c.fba_first_shipped_at, c.replaced_by)
    query = select(c.order_id).where(c.seller == seller, c.order_id == order_id)
    return connection.execute(query.where(or_(*(column.is_not(None) for column in told)))).first() is not None


def refunds(connection: Connection, seller: str, order_id: str) -> dict[str, Refund]:
    """The order's refunds by the transaction id under which each was read first."""
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
        {"seller": seller, "order_id": order_id, column.name: value, "noted_at": now}
        for order_id, value in values.items()
        if (before := known.get(order_id)) is None or (before < value if latest else before != value)
    ]
    upsert(connection, orders, changed)
    REVIEWS.wake(connection, seller, [row["order_id"] for row in changed], now)
