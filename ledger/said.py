"""What a person says of an order, which may be unknown: left out, asked by other means, or to be asked now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from msgspec.json import encode
from msgspec.structs import replace
from sqlalchemy import Column, Connection, select

from ledger.facts import imported_of, left_out_of
from ledger.state import State
from ledger.tables import orders
from ledger.transitions import Transition
from ledger.upsert import upsert
from rules.order import Imported, LeftOut
from rules.reason import Reason

BY_WORD: Mapping[Reason, Column[Any]] = MappingProxyType(
    {Reason.LEFT_OUT: orders.c.left_out, Reason.ALREADY_REQUESTED: orders.c.imported}
)
"""Why an order is skipped because a person said so, and where that is written."""


def leave_out(connection: Connection, seller: str, order_id: str, said: LeftOut | None, now: datetime) -> None:
    """Record that a person left the order out, or took that back (None)."""
    text = encode(said).decode() if said else None
    upsert(connection, orders, [{"seller": seller, "order_id": order_id, "left_out": text, "noted_at": now}])


def record_imported(connection: Connection, seller: str, order_id: str, said: Sequence[Imported]) -> None:
    """Record which imports say that the order was asked; none: no import does any more."""
    text, noted = (encode(said).decode(), {"noted_at": max(each.at for each in said)}) if said else (None, {})
    upsert(connection, orders, [{"seller": seller, "order_id": order_id, "imported": text, **noted}])


def ask_until(connection: Connection, seller: str, order_id: str, until: datetime | None) -> None:
    """Record until when a person wants the order asked by Amazon's own days alone, or no longer (None)."""
    upsert(connection, orders, [{"seller": seller, "order_id": order_id, "ask_until": until}])


def left_out(connection: Connection, seller: str, order_id: str) -> LeftOut | None:
    """Who left the order out, and why. Nobody changes that until the transaction ends."""
    return left_out_of(_read(connection, seller, order_id, orders.c.left_out))


def imported(connection: Connection, seller: str, order_id: str) -> tuple[Imported, ...]:
    """Which imports say that the order was asked. Nobody changes that until the transaction ends."""
    return imported_of(_read(connection, seller, order_id, orders.c.imported))


def confirmed(connection: Connection, seller: str, each: Transition, now: datetime) -> Transition:
    """A decision as it may be written: whoever took it may not have seen that a person took back what it rests on."""
    said = BY_WORD.get(each.reason) if each.state is State.SKIPPED else None
    if said is None or _read(connection, seller, each.key.order_id, said):
        return each
    return replace(each, state=State.WAITING, next_look_at=now)


def _read(connection: Connection, seller: str, order_id: str, column: Column[Any]) -> str | None:
    mine = (orders.c.seller == seller) & (orders.c.order_id == order_id)
    return connection.execute(select(column).where(mine).with_for_update()).scalar()
