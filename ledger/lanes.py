"""Lanes: a lease on one seller, fenced by a token that grows with each holder."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from ledger.holder import is_gone
from ledger.prepared import Prepared
from ledger.tables import lanes
from ledger.upsert import insert_new

LEASE = timedelta(minutes=10)
"""How long a lane is held without a sign of life. Longer than one order can take at the worst, with every time-out."""


class LaneLost(Exception):
    """The lane expired and somebody else took it: leave everything to them."""


@dataclass(frozen=True, slots=True)
class Lane:
    seller: str
    token: int
    pace: dict[str, Any]


def acquire(connection: Connection, seller: str, holder: str, now: datetime) -> Lane | None:
    """Take the seller's lane, if it is free, expired, or held by a process of this machine that is gone."""
    row = connection.execute(_LOCK, {"s": seller}).first()
    if row is None:
        free = {"seller": seller, "token": 0, "holder": "", "expires_at": now, "pace": "{}"}
        insert_new(connection, lanes, [free])
        row = connection.execute(_LOCK, {"s": seller}).one()
    if row.holder and row.expires_at > now and not is_gone(row.holder):
        return None
    taken = connection.execute(
        update(lanes)
        .where(lanes.c.seller == seller, lanes.c.token == row.token)
        .values(token=row.token + 1, holder=holder, expires_at=now + LEASE)
    )
    return Lane(seller, row.token + 1, json.loads(row.pace)) if taken.rowcount == 1 else None


def renew(connection: Connection, lane: Lane, pace: dict[str, Any], now: datetime) -> None:
    """Show a sign of life, and keep the pace. Raises LaneLost, so that nothing more happens in this transaction."""
    _must_be_mine(connection, _RENEW, lane, {"expires": now + LEASE, "buckets": json.dumps(pace)})


def release(connection: Connection, lane: Lane, pace: dict[str, Any]) -> None:
    """Let go. Raises LaneLost when it was no longer ours."""
    _must_be_mine(connection, _RELEASE, lane, {"buckets": json.dumps(pace)})


def _must_be_mine(connection: Connection, statement: Prepared, lane: Lane, values: dict[str, Any]) -> None:
    if statement.run(connection, {"s": lane.seller, "mine": lane.token, **values}) != 1:
        raise LaneLost(lane.seller)


_LOCK = select(lanes).where(lanes.c.seller == bindparam("s")).with_for_update()
_MINE = update(lanes).where(lanes.c.seller == bindparam("s"), lanes.c.token == bindparam("mine"))
_RENEW = Prepared(_MINE.values(expires_at=bindparam("expires"), pace=bindparam("buckets")))
_RELEASE = Prepared(_MINE.values(holder="", pace=bindparam("buckets")))
