"""What is kept no longer: orders that came to their end long ago, with their requests, answers and decisions.

What has not ended is never among it, nor is a document that has a number or went out. A batch is one transaction,
beside whoever is at work: an order that another process is writing at this moment is left for the next time.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.json import Decoder
from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, func, select, update

from ledger import meta
from ledger.hot_statements import HotStatement
from ledger.state import State
from ledger.tables import attempts, decisions, entries, invoices, orders
from ledger.transitions import Key
from ledger.work import place_of

BATCH = 200
"""Orders in one transaction."""
MOST = 50_000
"""Orders that are looked for at once: more than a large shop has in a day."""
PREFIX = "kept_since:"
"""Begins the key in the ledger's `meta`, which ends with the seller's name."""


def kept_since(connection: Connection, seller: str) -> datetime | None:
    """What was bought before then may have been here, and deleted; None: nothing ever was."""
    return meta.moment(connection, f"{PREFIX}{seller}")


def date_unseen(connection: Connection, seller: str, now: datetime) -> None:
    """Facts of orders that the Orders API has not named, written by an older askonce, begin to age."""
    undated = _unseen(seller) & orders.c.noted_at.is_(None)
    connection.execute(update(orders).where(undated).values(noted_at=now))


def old(connection: Connection, seller: str, before: datetime) -> list[str]:
    """Orders of which something came to its end before then, or that were never seen."""
    queries = (
        select(orders.c.order_id).where(_unseen(seller), orders.c.noted_at < before).order_by(orders.c.noted_at),
        *(select(each.c.order_id).where(_ended(each, seller, before)).order_by(each.c.changed_at) for each in _WORK),
    )
    found = (connection.execute(query.limit(MOST)).scalars() for query in queries)
    return list(dict.fromkeys(order_id for some in found for order_id in some))


def delete_old(connection: Connection, seller: str, order_ids: Sequence[str], before: datetime) -> int:
    """Delete what ended before then of these orders, if they were bought before then. Returns how many are gone."""
    locked = list(_old_enough(connection, seller, order_ids, before))
    ended = [key for table in _WORK for key in _delete_ended(connection, table, seller, locked, before)]
    without_work = [
        ~select(each.c.order_id).where(each.c.seller == orders.c.seller, each.c.order_id == orders.c.order_id).exists()
        for each in _WORK
    ]
    empty = delete(orders).where(orders.c.seller == seller, orders.c.order_id.in_(locked), *without_work)
    gone = set(connection.execute(empty.returning(orders.c.order_id)).scalars())
    stays = {key.order_id for key in ended} - gone  # with a document: its request is never opened anew to be asked
    mine = (orders.c.seller == seller) & orders.c.order_id.in_(stays)
    connection.execute(update(orders).where(mine).values(reappeared=True))
    for table in _TOLD:
        connection.execute(delete(table).where(table.c.seller == seller, table.c.order_id.in_(gone)))
        _delete_told[table].run_many(connection, [place_of(seller, key) for key in ended if key.order_id not in gone])
    if (gone or ended) and before > (kept_since(connection, seller) or _EVER):
        meta.put(connection, f"{PREFIX}{seller}", before.isoformat())
    return len(gone)


def _unseen(seller: str) -> ColumnElement[bool]:
    return (orders.c.seller == seller) & orders.c.placed.is_(None)


def _ended(table: Table, seller: str, before: datetime) -> ColumnElement[bool]:
    """Nothing is to come, and nothing went out that has a number, or that only this row says."""
    c = table.c
    over = (c.seller == seller) & c.next_look_at.is_(None) & (c.changed_at < before)
    if table is invoices:
        return over & c.number.is_(None) & (c.state == State.SKIPPED.value)
    return over & c.state.in_([State.SENT.value, State.REFUSED.value, State.SKIPPED.value])


def _old_enough(connection: Connection, seller: str, order_ids: Sequence[str], before: datetime) -> Iterator[str]:
    """Those bought before then, or noted before then if they were never seen; locked until the transaction ends.

    The day of the purchase is Amazon's: an end that was written while the clock was wrong deletes nothing.
    """
    mine = (orders.c.seller == seller) & orders.c.order_id.in_(order_ids)
    query = select(orders.c.order_id, orders.c.placed, orders.c.noted_at).where(mine)
    for row in connection.execute(query.with_for_update(skip_locked=True)).all():
        since = _BOUGHT.decode(row.placed).purchased_at if row.placed else row.noted_at
        if since < before:
            yield row.order_id


def _delete_ended(
    connection: Connection, table: Table, seller: str, order_ids: Sequence[str], before: datetime
) -> list[Key]:
    key = (table.c.order_id, table.c.kind, table.c.part) if table is invoices else (table.c.order_id, table.c.action)
    mine = _ended(table, seller, before) & table.c.order_id.in_(order_ids)
    return [Key(*row) for row in connection.execute(delete(table).where(mine).returning(*key))]


class _Bought(Struct):
    """The part of an order's JSON that is needed here."""

    purchased_at: datetime


_BOUGHT = Decoder(_Bought)
_EVER = datetime.min.replace(tzinfo=UTC)
_WORK = (entries, invoices)
_TOLD = (attempts, decisions)
_delete_told = {
    table: HotStatement(
        delete(table).where(
            table.c.seller == bindparam("s"),
            table.c.order_id == bindparam("o"),
            table.c.action == bindparam("a"),
            func.coalesce(table.c.part, "") == bindparam("p"),
        )
    )
    for table in _TOLD
}
