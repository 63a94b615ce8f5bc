"""Lanes: a lease on one seller, fenced by a token that grows with each holder."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.holder import is_gone
from ledger.tables import lanes

LEASE = timedelta(seconds=120)
"""How long a lane is held without a sign of life. Longer than any one call to the marketplace can take."""


class LaneLost(Exception):
    """The lane expired and somebody else took it: leave everything to them."""


@dataclass(frozen=True, slots=True)
class Lane:
    seller: str
    token: int
    pace: dict[str, Any]


def acquire(connection: Connection, seller: str, holder: str, now: datetime) -> Lane | None:
    """Take the seller's lane, if it is free, expired, or held by a process of this machine that is gone."""
    row = connection.execute(select(lanes).where(lanes.c.seller == seller).with_for_update()).first()
    if row is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        values = {"seller": seller, "token": 1, "holder": holder, "expires_at": now + LEASE, "pace": "{}"}
        made = connection.execute(dialect.insert(lanes).values(values).on_conflict_do_nothing())
        return Lane(seller, 1, {}) if made.rowcount == 1 else None
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
    _write(connection, lane, expires_at=now + LEASE, pace=json.dumps(pace))


def release(connection: Connection, lane: Lane, pace: dict[str, Any]) -> None:
    """Let go. Raises LaneLost when it was no longer ours."""
    _write(connection, lane, holder="", pace=json.dumps(pace))


def _write(connection: Connection, lane: Lane, **values: Any) -> None:
    mine = (lanes.c.seller == lane.seller) & (lanes.c.token == lane.token)
    if connection.execute(update(lanes).where(mine).values(values)).rowcount != 1:
        raise LaneLost(lane.seller)
