"""Lists of requests and documents, as people filter them: a page at a time, the newest change first."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from ledger.overview import COMING
from ledger.queue import Queue
from ledger.state import State
from ledger.tables import orders
from ledger.transitions import Key
from ledger.work import T


@dataclass(frozen=True, slots=True)
class Filter:
    """What is wanted; what is None or empty is not asked about. `product`: a SKU or ASIN of the order, `*` at its end
    for any that begins so. `since` and `until`: when it last changed, the first included, the last not.
    `coming_…`: when a request goes out, if no fact changes.
    """

    sellers: Sequence[str]
    action: str
    states: Sequence[State] = ()
    reason: str | None = None
    marketplace_id: str | None = None
    product: str | None = None
    order_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    coming_from: datetime | None = None
    coming_until: datetime | None = None

    @property
    def is_counted(self) -> bool:
        """Whether the tallies say how many there are."""
        return not any((self.marketplace_id, self.product, self.order_id, self.since, self.until, self.coming_until))


def page(connection: Connection, queue: Queue[T], wanted: Filter, offset: int, limit: int) -> list[T]:
    """Those of one page."""
    c = queue.table.c
    query = queue.rows.where(*_conditions(queue, wanted)).order_by(c.changed_at.desc(), c.order_id)
    return [queue.read(row) for row in connection.execute(query.offset(offset).limit(limit))]


def how_many(connection: Connection, queue: Queue[Any], wanted: Filter, most: int) -> int:
    """How many there are; when there are more than `most`, one more than that."""
    found = select(queue.table.c.order_id).join_from(queue.table, orders, _of_order(queue))
    some = found.where(queue.is_mine, *_conditions(queue, wanted)).limit(most + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def after(
    connection: Connection, queue: Queue[T], wanted: Filter, seller: str, last: Key | None, limit: int
) -> list[T]:
    """The next ones of one seller, by order id: whatever moves meanwhile, none comes twice, and none is missed."""
    c = queue.table.c
    place = (c.order_id, c.part) if "part" in c else (c.order_id,)
    query = queue.rows.where(c.seller == seller, *_conditions(queue, wanted)).order_by(*place).limit(limit)
    if last:
        query = query.where(tuple_(*place) > tuple_(*(last.order_id, last.part)[: len(place)]))
    return [queue.read(row) for row in connection.execute(query)]


def _conditions(queue: Queue[Any], wanted: Filter) -> Iterator[ColumnElement[bool]]:
    c = queue.table.c
    yield c.seller.in_(wanted.sellers)
    yield c["action" if "action" in c else "kind"] == str(wanted.action)
    if wanted.states:
        yield c.state.in_(wanted.states)
    if wanted.reason:
        yield c.reason == wanted.reason
    if wanted.since:
        yield c.changed_at >= wanted.since
    if wanted.until:
        yield c.changed_at < wanted.until
    if wanted.coming_until:
        yield COMING & (c.next_look_at < wanted.coming_until)
    if wanted.coming_from:
        yield c.next_look_at >= wanted.coming_from
    if wanted.order_id:
        yield c.order_id.contains(wanted.order_id, autoescape=True)
    if wanted.marketplace_id:
        yield orders.c.placed.contains(f'"marketplace_id":{json.dumps(wanted.marketplace_id)}', autoescape=True)
    if wanted.product:
        begins = wanted.product.removesuffix("*")
        value = json.dumps(begins, ensure_ascii=False)
        ends = value[:-1] if wanted.product.endswith("*") else value
        keys = (orders.c.placed.icontains(f'"{key}":{ends}', autoescape=True) for key in ("sku", "asin"))
        yield or_(*keys)


def _of_order(queue: Queue[Any]) -> ColumnElement[bool]:
    c = queue.table.c
    return (c.seller == orders.c.seller) & (c.order_id == orders.c.order_id)
