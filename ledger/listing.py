"""Lists of requests and documents, as people filter them: a page at a time, the newest change first.

However much is stored, a page looks at few rows (docs/decisions/0028-lists.md): what is few is gathered by the index
that finds it, and sorted; else the newest are walked through until the page is full.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, or_, select, tuple_

from ledger import products, tallies
from ledger.conditions import LISTED, UNUSUAL
from ledger.held import is_held
from ledger.order_ids import these
from ledger.queue import Queue
from ledger.requests import COMING
from ledger.state import OPEN, State
from ledger.tables import orders
from ledger.tallies import Count
from ledger.transitions import Key
from ledger.work import T
from rules.order_id import order_id_in
from rules.reason import Reason

FEW = 2_000
"""So many are gathered."""
FEW_IDS = 500
"""So many are gathered by a part of their ids."""
COUNTED = 10_000
"""So many are counted where no tally says how many there are."""
SOME_SELLERS = 50
"""Each of so many is looked through by itself, where there are others."""


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
        return not any((self.of_order, self.order_id, self.since, self.until, self.coming_until))

    @property
    def of_order(self) -> bool:
        """Whether it asks for what only the order itself says."""
        return bool(self.marketplace_id or self.product)

    def fits(self, count: Count) -> bool:
        """Whether it asks for what stands so."""
        return (not self.states or count[0] in self.states) and self.reason in (None, count[1])


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`total`: on all pages; `at_least`: there may be more. `counts`: of all of these sellers, by state and reason."""

    rows: list[T]
    total: int
    at_least: bool
    counts: list[Count]


def page(connection: Connection, queue: Queue[T], wanted: Filter, offset: int, limit: int) -> Page[T]:
    """Those of one page, and how many there are."""
    counts, others = tallies.standing(connection, wanted.action, wanted.sellers)
    if (few := _gathered(connection, queue, wanted, counts, among_others=others > 0)) is not None:
        return Page(_read(connection, queue, _sorted(few)[offset : offset + limit]), len(few), False, counts)
    places = _walked(connection, queue, wanted, offset, limit, among_others=others > 0)
    if wanted.is_counted:
        total, at_least = sum(count[2] for count in counts if wanted.fits(count)), False
    else:
        total, at_least = _how_many(connection, queue, wanted)
    return Page(_read(connection, queue, places), total, at_least, counts)


def after(
    connection: Connection, queue: Queue[T], wanted: Filter, seller: str, last: Key | None, limit: int
) -> list[T]:
    """The next ones of one seller, by order id: whatever moves meanwhile, none comes twice, and none is missed."""
    mine, place = queue.table.c.seller == seller, queue.place
    query = queue.rows.where(mine, *_conditions(queue, wanted)).order_by(*place).limit(limit)
    if last:
        query = query.where(tuple_(*place) > tuple_(*(last.order_id, last.part)[: len(place)]))
    return [queue.read(row) for row in connection.execute(query)]


# few: gathered by the index that finds them


def _gathered(
    connection: Connection, queue: Queue[Any], wanted: Filter, counts: Sequence[Count], *, among_others: bool
) -> list[Any] | None:
    """The places of all, if they are few and an index finds them."""
    c, mine = queue.table.c, queue.table.c.seller.in_(wanted.sellers)
    if wanted.coming_until:
        return _all(connection, _places(queue, wanted, mine, c.next_look_at.is_not(None), COMING))
    standing = [count for count in counts if wanted.fits(count)]
    if (wanted.states or wanted.reason) and _are_few_and_indexed(standing):
        queries = [_places(queue, wanted, mine, how) for how in _by_standing(queue, standing)]
        return [place for query in queries for place in _all(connection, query)]
    if wanted.of_order and products.is_whole(connection):
        found = products.orders_with(wanted.sellers, wanted.product, wanted.marketplace_id)
        if _count(connection, found, FEW) <= FEW:
            return _all(connection, _among(queue, wanted, found.distinct()))
    if wanted.order_id:
        if order_id_in(wanted.order_id) == wanted.order_id:
            return _all(connection, _places(queue, wanted, mine))
        like = _like(connection, wanted.order_id, wanted.sellers if among_others else None)
        if len(like) <= FEW_IDS:
            return _all(connection, _among(queue, wanted, select(these(like)))) if like else []
    return None


def _like(connection: Connection, part: str, sellers: Sequence[str] | None) -> list[tuple[str, str]]:
    """Sellers and order ids that have that part, until they are too many: in the index of ids alone, which is small."""
    query = (
        select(orders.c.seller, orders.c.order_id)
        .where(orders.c.order_id.contains(part, autoescape=True))
        .limit(FEW_IDS + 1)
    )
    if sellers is not None:
        query = query.where(orders.c.seller.in_(sellers))
    return [tuple(row) for row in _all(connection, query)]


def _are_few_and_indexed(standing: Sequence[Count]) -> bool:
    indexed = all(state not in _ENDED or reason != Reason.REQUESTED for state, reason, _ in standing)
    return indexed and sum(number for *_, number in standing) <= FEW


def _by_standing(queue: Queue[Any], standing: Sequence[Count]) -> Iterator[ColumnElement[bool]]:
    """Conditions, each of which an index has."""
    c = queue.table.c
    states = {state for state, *_ in standing}
    if open_ones := states & {*OPEN}:
        yield c.state.in_(open_ones) & c.next_look_at.is_not(None)
    if State.HELD in states:
        yield is_held(queue.table)
    if ended := states & _ENDED:
        reasons = {reason for state, reason, _ in standing if state in ended}
        yield c.reason.in_(reasons) & c.state.in_(ended) & literal_column(UNUSUAL)


_ENDED = frozenset({State.SENT, State.SKIPPED, State.REFUSED})


# many: walked through from the newest on


def _walked(
    connection: Connection, queue: Queue[Any], wanted: Filter, offset: int, limit: int, *, among_others: bool
) -> list[Any]:
    """The places of one page. Among others, each seller is walked through by itself, unless there are many."""
    c = queue.table.c
    if not among_others:
        query = _newest_first(queue, _places(queue, wanted))
        return _all(connection, query.offset(offset).limit(limit))
    if len(wanted.sellers) > SOME_SELLERS:
        query = _newest_first(queue, _places(queue, wanted, _is_of_one(queue, wanted.sellers)))
        return _all(connection, query.offset(offset).limit(limit))
    parts = _PARTS[queue.table.name]
    queries = [_places(queue, wanted, c.seller == seller, part) for seller in wanted.sellers for part in parts]
    some = (_all(connection, _newest_first(queue, query).limit(offset + limit)) for query in queries)
    return _sorted(place for found in some for place in found)[offset : offset + limit]


_PARTS: Mapping[str, Sequence[ColumnElement[bool]]] = {
    "entries": (literal_column("next_look_at IS NULL"), literal_column("next_look_at IS NOT NULL")),
    "invoices": (literal_column(LISTED),),
}
"""What has ended has an index by seller and time; of requests, the rest is little."""


def _how_many(connection: Connection, queue: Queue[Any], wanted: Filter) -> tuple[int, bool]:
    """How many there are, and whether there may be more."""
    if wanted.of_order and products.is_whole(connection):
        some = products.orders_with(wanted.sellers, wanted.product, wanted.marketplace_id).limit(COUNTED + 1)
        cut = some.cte("cut").prefix_with("MATERIALIZED")
        found = _count(connection, _among(queue, wanted, select(cut).distinct()), COUNTED)
        return found, _count(connection, some, COUNTED) > COUNTED
    found = _count(connection, _places(queue, wanted, _is_of_one(queue, wanted.sellers)), COUNTED)
    return min(found, COUNTED), found > COUNTED


def _count(connection: Connection, query: Select[Any], most: int) -> int:
    """How many there are; when there are more than `most`, one more than that."""
    some = query.limit(most + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _is_of_one(queue: Queue[Any], sellers: Sequence[str]) -> ColumnElement[bool]:
    """Of one of these, said so that no index by seller is used: the newest are walked through."""
    return func.coalesce(queue.table.c.seller, "").in_(sellers)


# places: time, seller, order id, and the part of a document


def _places(queue: Queue[Any], wanted: Filter, *more: ColumnElement[bool]) -> Select[Any]:
    """Of all that fit the filter and `more`, whoever's they are; looking into the orders themselves if need be."""
    c = queue.table.c
    query = select(c.changed_at, c.seller, *queue.place).where(*_of_row(queue, wanted), *more)
    if wanted.of_order:
        query = query.join_from(queue.table, orders, _of_order(queue)).where(*_said_by_order(wanted))
    return query


def _among(queue: Queue[Any], wanted: Filter, found: Select[Any]) -> Select[Any]:
    """Of these orders, which fit the filter by what they say themselves."""
    c, these = queue.table.c, found.cte("found").prefix_with("MATERIALIZED")
    same = (c.seller == these.c.seller) & (c.order_id == these.c.order_id)
    return select(c.changed_at, c.seller, *queue.place).where(same, *_of_row(queue, wanted))


def _newest_first(queue: Queue[Any], query: Select[Any]) -> Select[Any]:
    return query.order_by(queue.table.c.changed_at.desc(), *queue.place)


def _sorted(places: Iterable[Any]) -> list[Any]:
    by_id = sorted(places, key=lambda place: tuple(place[2:]))
    return sorted(by_id, key=lambda place: place[0], reverse=True)


def _all(connection: Connection, query: Select[Any]) -> list[Any]:
    return list(connection.execute(query))


def _read(connection: Connection, queue: Queue[T], places: Sequence[Any]) -> list[T]:
    """The rows at these places, in their order."""
    if not places:
        return []
    c, numbers = queue.table.c, {tuple(place[1:]): number for number, place in enumerate(places)}
    sellers, order_ids = ({place[at] for place in places} for at in (1, 2))
    rows = connection.execute(queue.rows.where(c.seller.in_(sellers), c.order_id.in_(order_ids)))
    found: dict[int, Any] = {}
    for each in map(queue.read, rows):
        work: Any = each
        place = (work.seller, work.order_id, work.key.part)[: len(places[0]) - 1]
        if place in numbers:  # another seller's order, or another part, may have come along
            found[numbers[place]] = each
    return [found[number] for number in sorted(found)]


# conditions


def _conditions(queue: Queue[Any], wanted: Filter) -> Iterator[ColumnElement[bool]]:
    yield queue.table.c.seller.in_(wanted.sellers)
    yield from _of_row(queue, wanted)
    yield from _said_by_order(wanted)


def _of_row(queue: Queue[Any], wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """What the row itself says."""
    c = queue.table.c
    yield queue.action == str(wanted.action)
    if wanted.states:
        yield c.state.in_(wanted.states)
    if wanted.reason:
        yield c.reason == wanted.reason
    if wanted.since:
        yield c.changed_at >= wanted.since
    if wanted.until:
        yield c.changed_at < wanted.until
    if wanted.coming_until:
        yield c.next_look_at < wanted.coming_until
    if wanted.coming_from:
        yield c.next_look_at >= wanted.coming_from
    if wanted.order_id:
        is_whole = order_id_in(wanted.order_id) == wanted.order_id
        yield c.order_id == wanted.order_id if is_whole else c.order_id.contains(wanted.order_id, autoescape=True)


def _said_by_order(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """What its order says."""
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
