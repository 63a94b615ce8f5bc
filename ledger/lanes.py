"""Lanes: a lease on one seller, fenced by a token that grows with each holder."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, exists, select, update

from ledger import controls
from ledger.facts import imported_of, left_out_of
from ledger.hot_statements import HotStatement
from ledger.process_identity import is_gone
from ledger.tables import armings, lanes, orders
from ledger.upgrade import OUTGROWN, refuse_outgrown
from ledger.upsert import insert_new
from rules.order import Imported, LeftOut
from rules.reason import Reason

LEASE = timedelta(minutes=10)
"""How long a lane is held without renewal: longer than one order can take, with every time-out."""


class LaneLost(Exception):
    """The lane expired and another process took it: stop working for this seller."""


@dataclass(frozen=True, slots=True)
class Lane:
    seller: str
    token: int
    pace: dict[str, Any]


def acquire(connection: Connection, seller: str, holder: str, now: datetime) -> Lane | None:
    """Take the seller's lane, if it is free, expired, or held by a process of this machine that is gone.

    Raises Outgrown.
    """
    row = connection.execute(_LOCK, {"s": seller}).first()
    if row is None:
        free = {"seller": seller, "token": 0, "holder": "", "expires_at": now, "pace": "{}"}
        insert_new(connection, lanes, [free])
        row = connection.execute(_LOCK, {"s": seller}).one()
    refuse_outgrown(connection)
    if not is_free(row, now):
        return None
    taken = _TAKE.run(connection, {"s": seller, "mine": row.token, "by": holder, "expires": now + LEASE})
    return Lane(seller, row.token + 1, json.loads(row.pace)) if taken == 1 else None


def paces(connection: Connection) -> dict[str, dict[str, Any]]:
    """Each seller's token buckets, as they were saved last."""
    return {row.seller: json.loads(row.pace) for row in connection.execute(select(lanes.c.seller, lanes.c.pace))}


def renew(connection: Connection, lane: Lane, pace: dict[str, Any], now: datetime) -> None:
    """Extend the lease, and save the token buckets. Raises LaneLost or Outgrown: the transaction must not go on."""
    _must_be_mine(connection, _RENEW, lane, {"expires": now + LEASE, "buckets": json.dumps(pace)})


def confirm(
    connection: Connection, lane: Lane, order_id: str, now: datetime, denied: Reason, action: str, marketplace: str
) -> tuple[Reason | None, LeftOut | None, tuple[Imported, ...]]:
    """Check that this process still holds the lane, without extending it.

    Returns why the action is stopped in that marketplace, by its code, if it is, or that the seller is not armed; who
    has left the order out, if anybody has; and which imports say that it was asked. Raises LaneLost.
    """
    asked = controls.in_question(lane.seller, now, denied, action, marketplace)
    found = _LOOK.first(connection, {"o": order_id, **asked})
    token, stop, left_out, imported = found or (None, None, None, None)
    if token != lane.token:
        raise LaneLost(lane.seller)
    return Reason(stop) if stop else None, left_out_of(left_out), imported_of(imported)


def release(connection: Connection, lane: Lane, pace: dict[str, Any]) -> None:
    """Release the lane. Raises LaneLost if another process has it by now."""
    _must_be_mine(connection, _RELEASE, lane, {"buckets": json.dumps(pace)})


def is_free(row: Row[Any], now: datetime) -> bool:
    """Whether nobody holds the lane of this row of `lanes`."""
    # A lease that ends later than any can was given before the clock was set back.
    return not row.holder or not now < row.expires_at <= now + 2 * LEASE or is_gone(row.holder)


def _must_be_mine(connection: Connection, statement: HotStatement, lane: Lane, values: dict[str, Any]) -> None:
    if statement.run(connection, {"s": lane.seller, "mine": lane.token, **values}) != 1:
        refuse_outgrown(connection)
        raise LaneLost(lane.seller)


_LOCK = select(lanes).where(lanes.c.seller == bindparam("s")).with_for_update()
_LEFT_OUT, _IMPORTED = (
    select(column).where(orders.c.seller == bindparam("s"), orders.c.order_id == bindparam("o")).scalar_subquery()
    for column in (orders.c.left_out, orders.c.imported)
)
_ARMED = exists(select(armings.c.at).where(armings.c.seller == bindparam("s"), armings.c.lost.is_(None)))
_STOPPED = case((_ARMED, controls.WHY_STOPPED.scalar_subquery()), else_=Reason.NOT_ARMED.value)
_LOOK = HotStatement(select(lanes.c.token, _STOPPED, _LEFT_OUT, _IMPORTED).where(lanes.c.seller == bindparam("s")))
_MINE = update(lanes).where(lanes.c.seller == bindparam("s"), lanes.c.token == bindparam("mine"))
_TAKE = HotStatement(_MINE.values(token=lanes.c.token + 1, holder=bindparam("by"), expires_at=bindparam("expires")))
_RENEW = HotStatement(_MINE.where(~OUTGROWN).values(expires_at=bindparam("expires"), pace=bindparam("buckets")))
_RELEASE = HotStatement(_MINE.values(holder="", pace=bindparam("buckets")))
