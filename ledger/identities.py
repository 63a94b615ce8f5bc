"""Whose Amazon account a seller is: keyed fingerprints, and what moves or goes when its name does."""

import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from msgspec.json import encode
from sqlalchemy import Connection, Table, and_, delete, func, or_, select, update

from ledger import controls, meta, users
from ledger.brakes import REFUND_AT, SETTINGS_AT
from ledger.controls import Scope
from ledger.documents import DOCUMENTS
from ledger.facts import imported_of
from ledger.queue import Queue
from ledger.requests import REVIEWS
from ledger.retention import PREFIX as KEPT_SINCE
from ledger.settings_at_work import PREFIX as SETTINGS
from ledger.state import UNDER_WAY, State
from ledger.tables import (
    armings,
    attempts,
    brakings,
    daily_counts,
    decisions,
    entries,
    identities,
    invoice_series,
    invoices,
    lanes,
    orders,
    sources,
)
from ledger.tables import controls as control_rows
from ledger.tables import meta as meta_rows
from ledger.transitions import Answered, Key, Transition
from ledger.upsert import insert_new, upsert
from ledger.xml_to_write import PREFIX
from rules.reason import Reason

KEY = "identity_key"
"""Key in the ledger's `meta`: what fingerprints are made with, so that they say nothing outside this ledger."""
TOKEN, ORDER, SECRET = "token", "order", "secret"
"""A refresh token; an order that two sellers have read; a client secret."""
_ACCOUNT = (TOKEN, ORDER)
_PER_SELLER = (SETTINGS, KEPT_SINCE, "known_settings:", "pending_invoices:", PREFIX, SETTINGS_AT, REFUND_AT)
"""Beginnings of keys in `meta` that end with a seller's name."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many orders were deleted, and what had to stay: orders that were asked lately, and documents."""

    orders: int
    asked: int
    documents: int


def fingerprint(connection: Connection, kind: str, value: str) -> str:
    """HMAC-SHA256 under the ledger's own random key. In a transaction that may write."""
    key = meta.get(connection, KEY)
    if key is None:
        insert_new(connection, meta_rows, [{"key": KEY, "value": secrets.token_hex(32)}])
        key = meta.get(connection, KEY)
    assert key
    return hmac.new(bytes.fromhex(key), f"{kind}:{value}".encode(), "sha256").hexdigest()


def note(connection: Connection, seller: str, found: Mapping[str, str], now: datetime) -> list[str]:
    """Remember these fingerprints, by kind. Of a seller that has no orders yet only the present token counts.

    Returns the kinds of which another was known: they are renewed.
    """
    mine = identities.c.seller == seller
    known = {(row.kind, row.fingerprint) for row in connection.execute(select(identities).where(mine))}
    new = [each for each in found.items() if each not in known]
    if not new:
        return []
    if TOKEN in dict(new) and known and not has_orders(connection, seller):
        connection.execute(delete(identities).where(mine, identities.c.kind.in_(_ACCOUNT)))
    insert_new(
        connection,
        identities,
        [{"seller": seller, "kind": kind, "fingerprint": value, "first_seen_at": now} for kind, value in new],
    )
    return [kind for kind, _ in new if kind in {kind for kind, _ in known}]


def drop_unused(connection: Connection, sellers: Collection[str]) -> None:
    """Drop the fingerprints of names that are none of these sellers and have no orders."""
    named = connection.execute(select(identities.c.seller).distinct()).scalars().all()
    for name in {*named} - {*sellers}:
        if not has_orders(connection, name):
            connection.execute(delete(identities).where(identities.c.seller == name))


def sharing(connection: Connection, seller: str | None = None) -> dict[str, list[str]]:
    """The sellers whose account is also another's, and those others; of one seller, or of all."""
    other = identities.alias("other")
    same = and_(
        other.c.fingerprint == identities.c.fingerprint,
        other.c.kind == identities.c.kind,
        other.c.seller != identities.c.seller,
    )
    query = select(identities.c.seller, other.c.seller).distinct().join_from(identities, other, same)
    query = query.where(identities.c.kind.in_(_ACCOUNT)).order_by(other.c.seller)
    if seller is not None:
        query = query.where(identities.c.seller == seller)
    found: dict[str, list[str]] = {}
    for mine, theirs in connection.execute(query):
        found.setdefault(mine, []).append(theirs)
    return found


def reader_of(connection: Connection, seller: str, order_ids: Sequence[str]) -> tuple[str, str] | None:
    """Another seller that has one of these orders, and which: Amazon gives an order's id once."""
    others = [name for name in known(connection) if name != seller]
    for start in range(0, len(others), 200):
        some = orders.c.seller.in_(others[start : start + 200]) & orders.c.order_id.in_(order_ids)
        row = connection.execute(select(orders.c.seller, orders.c.order_id).where(some).limit(1)).first()
        if row:
            return row.seller, row.order_id
    return None


def known(connection: Connection) -> list[str]:
    """Every seller that a worker has ever worked for, or whose account is known."""
    names = select(lanes.c.seller).union(select(identities.c.seller))
    return sorted(connection.execute(names).scalars())


def first_seen(connection: Connection, kind: str, value: str) -> datetime | None:
    """When the fingerprint was first seen, with whichever seller."""
    same = (identities.c.kind == kind) & (identities.c.fingerprint == value)
    return connection.execute(select(func.min(identities.c.first_seen_at)).where(same)).scalar()


def has_orders(connection: Connection, seller: str) -> bool:
    return any(
        connection.execute(select(table.c.order_id).where(table.c.seller == seller).limit(1)).first()
        for table in (entries, invoices)
    )


def is_forgotten(connection: Connection, seller: str) -> bool:
    """Whether only what had to stay is left of the seller: its sources went with the rest."""
    return connection.execute(select(sources.c.seller).where(sources.c.seller == seller).limit(1)).first() is None


def is_empty(connection: Connection) -> bool:
    """Whether the ledger has no order of any seller."""
    return connection.execute(select(entries.c.order_id).limit(1)).first() is None


def counts(connection: Connection, seller: str) -> tuple[int, int]:
    """How many orders the ledger has of the seller, and how many of them were asked."""
    query = select(func.count(), func.count(entries.c.asked_at)).where(entries.c.seller == seller)
    found = connection.execute(query).one()
    return int(found[0]), int(found[1])


def rename(connection: Connection, old: str, new: str, now: datetime) -> None:
    """Give all rows of `old` the name `new`, which has no orders: what else it has is `old`'s from now on.

    What persons have said of orders under the new name stays said. Nobody holds a lane of either.
    """
    words = _words(connection, old, new)
    for table in (orders, sources, invoice_series, identities, daily_counts, brakings, armings):
        connection.execute(delete(table).where(table.c.seller == new))
    sealed = update(invoices).where(invoices.c.seller == old, invoices.c.sealed_for.is_(None))
    connection.execute(sealed.values(sealed_for=old))
    counted = (daily_counts, brakings, armings)
    for table in (orders, entries, attempts, decisions, invoices, invoice_series, sources, identities, *counted):
        connection.execute(update(table).where(table.c.seller == old).values(seller=new))
    _move_lane(connection, old, new)
    _move_stops(connection, old, new)
    users.rename_seller(connection, old, new)
    for begins in _PER_SELLER:
        connection.execute(delete(meta_rows).where(meta_rows.c.key == begins + new))
        connection.execute(update(meta_rows).where(meta_rows.c.key == begins + old).values(key=begins + new))
    upsert(connection, orders, [{"seller": new, **each} for each in words])
    REVIEWS.wake(connection, new, [each["order_id"] for each in words], now)


def _words(connection: Connection, old: str, new: str) -> list[dict[str, Any]]:
    """What persons have said of orders under the new name, with what they had said of the same under the old one."""
    theirs = orders.alias()
    same = (theirs.c.seller == old) & (theirs.c.order_id == orders.c.order_id)
    known = [theirs.c.left_out.label("left_out_before"), theirs.c.imported.label("imported_before")]
    query = select(orders.c.order_id, orders.c.left_out, orders.c.imported, orders.c.noted_at, *known)
    said_so = orders.c.left_out.is_not(None) | orders.c.imported.is_not(None)
    query = query.select_from(orders.outerjoin(theirs, same)).where(orders.c.seller == new, said_so)
    return [
        {
            "order_id": row.order_id,
            "left_out": row.left_out or row.left_out_before,
            "imported": _joined(row.imported_before, row.imported),
            "noted_at": row.noted_at,
        }
        for row in connection.execute(query).all()
    ]


def _joined(*imported: str | None) -> str | None:
    every = [each for text in imported for each in imported_of(text)]
    return encode(every).decode() if every else None


def _move_lane(connection: Connection, old: str, new: str) -> None:
    """The pace is the account's; a token that either name has ever given must not come again."""
    query = select(lanes).where(lanes.c.seller.in_((old, new)))
    found = {row.seller: row for row in connection.execute(query)}
    token = max(row.token for row in found.values())
    connection.execute(delete(lanes).where(lanes.c.seller == old))
    connection.execute(update(lanes).where(lanes.c.seller == new).values(token=token, pace=found[old].pace))


def _move_stops(connection: Connection, old: str, new: str) -> None:
    for row in connection.execute(select(control_rows)).all():
        scope = Scope.of(row.scope)
        if scope.seller == old:
            insert_new(connection, control_rows, [{**row._mapping, "scope": str(replace(scope, seller=new))}])
    controls.lift(connection, old)


def hand_over(connection: Connection, old: str, new: str, now: datetime) -> int:
    """What `old` has sent, or may have, counts as sent for `new`, the same account. Returns how many that changed."""
    words = Answered(f"it went out, or may have, under the seller's name {old}")
    done = 0
    for queue in (REVIEWS, DOCUMENTS):
        for key in _went_out(connection, queue, old):
            sent = Transition(key, State.SENT, Reason.RESOLVED)
            done += queue.move(connection, new, sent, words, now, out_of=(State.WAITING, State.DUE, State.HELD))
    connection.execute(delete(identities).where(identities.c.seller == old, identities.c.kind.in_(_ACCOUNT)))
    return done


def _went_out(connection: Connection, queue: Queue[Any], seller: str) -> list[Key]:
    table = queue.table
    went = table.c.asked_at.is_not(None) | table.c.state.in_((*UNDER_WAY, State.SENT))
    return [Key(*row) for row in connection.execute(select(*queue.key).where(table.c.seller == seller, went))]


def forget(connection: Connection, seller: str, asked_since: datetime) -> Forgotten:
    """Delete what is known of a seller, but no document that has a number, and nothing that went out, or may have,
    since then, or that an import says was asked: it is why nothing is sent twice. Nobody holds the lane.
    """
    before = _count(connection, orders, seller)
    for table in (entries, invoices):
        late = and_(table.c.asked_at.is_not(None), table.c.asked_at >= asked_since)
        open_doubt = and_(table.c.state.in_(UNDER_WAY), table.c.changed_at >= asked_since)
        kept = or_(late, open_doubt, table.c.number.is_not(None)) if table is invoices else or_(late, open_doubt)
        connection.execute(delete(table).where(table.c.seller == seller, ~kept))
    for table in (orders, attempts, decisions):
        remains = or_(*(_of_same_order(table, other).exists() for other in (entries, invoices)))
        gone = and_(table.c.seller == seller, ~remains)
        if table is orders:  # what an import says keeps another request back, also when the order is seen anew
            connection.execute(update(orders).where(gone, orders.c.imported.is_not(None)).values(placed=None))
            gone &= orders.c.imported.is_(None)
        connection.execute(delete(table).where(gone))
    for table in (sources, daily_counts, brakings, armings):
        connection.execute(delete(table).where(table.c.seller == seller))
    connection.execute(delete(meta_rows).where(meta_rows.c.key.in_([begins + seller for begins in _PER_SELLER])))
    controls.lift(connection, seller)
    left = _count(connection, orders, seller)
    if not left:
        for table in (lanes, identities):
            connection.execute(delete(table).where(table.c.seller == seller))
    return Forgotten(before - left, _count(connection, entries, seller), _count(connection, invoices, seller))


def _of_same_order(table: Table, other: Table) -> Any:
    return select(other.c.order_id).where(other.c.seller == table.c.seller, other.c.order_id == table.c.order_id)


def _count(connection: Connection, table: Table, seller: str) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(table.c.seller == seller)).scalar_one())
