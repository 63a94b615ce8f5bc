"""What a person says of an order, which may be unknown: that it is left out, or to be asked now."""

from datetime import datetime

from msgspec.json import encode
from msgspec.structs import replace
from sqlalchemy import Connection, select

from ledger.facts import left_out_of
from ledger.state import State
from ledger.tables import orders
from ledger.transitions import Transition
from ledger.upsert import upsert
from rules.order import LeftOut
from rules.reason import Reason


def leave_out(connection: Connection, seller: str, order_id: str, said: LeftOut | None, now: datetime) -> None:
    """Record that a person left the order out, or took that back (None)."""
    text = encode(said).decode() if said else None
    upsert(connection, orders, [{"seller": seller, "order_id": order_id, "left_out": text, "noted_at": now}])


def ask_until(connection: Connection, seller: str, order_id: str, until: datetime | None) -> None:
    """Record until when a person wants the order asked by Amazon's own days alone, or no longer (None)."""
    upsert(connection, orders, [{"seller": seller, "order_id": order_id, "ask_until": until}])


def left_out(connection: Connection, seller: str, order_id: str) -> LeftOut | None:
    """Who left the order out, and why. Nobody changes that until the transaction ends."""
    mine = (orders.c.seller == seller) & (orders.c.order_id == order_id)
    return left_out_of(connection.execute(select(orders.c.left_out).where(mine).with_for_update()).scalar())


def confirmed(connection: Connection, seller: str, each: Transition, now: datetime) -> Transition:
    """A decision as it may be written: whoever took it may not have seen that a person has taken back `left_out`."""
    if each.reason is not Reason.LEFT_OUT or left_out(connection, seller, each.key.order_id):
        return each
    return replace(each, state=State.WAITING, next_look_at=now)
