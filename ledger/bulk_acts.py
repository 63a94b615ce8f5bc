"""The same act on many orders: which were meant, and how far it is done. One process at a time works on it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.json import decode, encode
from sqlalchemy import Connection, insert, or_, select, update

from ledger.tables import bulk_acts

STILL = timedelta(minutes=1)
"""A process that was at work on it, and did nothing for so long, is taken to have ended."""


class Meant(NamedTuple):
    """One request or document."""

    seller: str
    order_id: str
    part: str


class BulkAct(Struct, frozen=True):
    """One of them. `changed`: of those done, how many it changed. Times are aware, in UTC."""

    id: int
    at: datetime
    person: str
    place: str
    act: str
    action: str
    why: str
    sellers: list[str]
    total: int
    done: int
    changed: int
    worked_at: datetime | None
    ended_at: datetime | None


def add(
    connection: Connection, at: datetime, person: str, place: str, act: str, action: str, why: str, all_: list[Meant]
) -> int:
    """Write one that is still to be done, and return its number."""
    sellers = encode(sorted({each.seller for each in all_})).decode()
    values = {"at": at, "person": person, "place": place, "act": act, "action": action, "why": why, "sellers": sellers}
    more = {"orders": encode(all_).decode(), "total": len(all_), "done": 0, "changed": 0}
    made = insert(bulk_acts).values(values | more).returning(bulk_acts.c.id)
    return int(connection.execute(made).scalar_one())


def one(connection: Connection, number: int) -> BulkAct | None:
    """That of this number."""
    row = connection.execute(select(*_COLUMNS).where(bulk_acts.c.id == number)).first()
    return _read(row) if row else None


def newest(connection: Connection, limit: int) -> list[BulkAct]:
    """The newest first."""
    return [_read(row) for row in connection.execute(select(*_COLUMNS).order_by(bulk_acts.c.id.desc()).limit(limit))]


def take(connection: Connection, number: int, now: datetime) -> list[Meant]:
    """Begin to work on it, or go on: all that are meant. None of them: another process does, or it is done."""
    c = bulk_acts.c
    free = or_(c.worked_at.is_(None), c.worked_at < now - STILL)
    mine = update(bulk_acts).where(c.id == number, c.ended_at.is_(None), free).values(worked_at=now)
    if connection.execute(mine).rowcount != 1:
        return []
    return decode(connection.execute(select(c.orders).where(c.id == number)).scalar_one(), type=list[Meant])


def advance(connection: Connection, number: int, done: int, now_done: int, changed: int, now: datetime) -> bool:
    """So many more are done, of which it changed so many. False: another process went on with it."""
    c = bulk_acts.c
    statement = update(bulk_acts).where(c.id == number, c.done == done, c.ended_at.is_(None))
    statement = statement.values(done=now_done, changed=c.changed + changed, worked_at=now)
    if connection.execute(statement).rowcount != 1:
        return False
    connection.execute(update(bulk_acts).where(c.id == number, c.total == c.done).values(ended_at=now, orders=None))
    return True


def _read(row: Sequence[Any]) -> BulkAct:
    values = dict(zip(BulkAct.__struct_fields__, row, strict=True))
    return BulkAct(**values | {"sellers": decode(values["sellers"], type=list[str])})


_COLUMNS = tuple(bulk_acts.c[name] for name in BulkAct.__struct_fields__)
