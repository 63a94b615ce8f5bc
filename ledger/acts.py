"""What persons did: rows that are only ever added. The database itself refuses to change or delete one."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.json import decode, encode
from sqlalchemy import ColumnElement, Connection, and_, func, insert, literal, or_, select

from ledger.settings_at_work import digits
from ledger.tables import acts

RENAME = "rename"
"""The act after which a seller's rows, but for these, have another name."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One act. `seller`: by its name at that time; None: all sellers. `settings`: digest of the seller's settings."""

    at: datetime
    person: str
    place: str
    act: str
    seller: str | None
    order_id: str | None
    action: str | None
    part: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    settings: str | None = None


def append(connection: Connection, act: Recorded) -> None:
    """Write one act, in the transaction of what it says. The settings are those at work."""
    values = {name: getattr(act, name) for name in Recorded.__dataclass_fields__}
    texts = {name: values[name] and encode(values[name]).decode() for name in _JSON}
    settings = digits(literal(act.seller, acts.c.seller.type))
    connection.execute(insert(acts).values(values | texts | {"settings": settings}))


def recorded(
    connection: Connection, seller: str | None = None, since: datetime | None = None, most: int | None = None
) -> Iterator[Recorded]:
    """What was done since then, oldest first, streamed; of one seller, under its earlier names too, or of all.

    `most`: only the newest, so many.
    """
    columns = [acts.c[name] for name in Recorded.__dataclass_fields__]
    query = select(*columns).order_by(acts.c.id)
    if seller is not None:
        query = query.where(or_(acts.c.seller.is_(None), *_named(connection, seller)))
    if since is not None:
        query = query.where(acts.c.at >= since)
    if most is not None:
        newest = query.add_columns(acts.c.id).order_by(None).order_by(acts.c.id.desc()).limit(most).subquery()
        query = select(*(newest.c[column.name] for column in columns)).order_by(newest.c.id)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        values = dict(row._mapping)
        yield Recorded(**values | {name: values[name] and decode(values[name]) for name in _JSON})


def newest(connection: Connection) -> int:
    """The number of the newest act, which grows with each; 0: nothing was done yet."""
    return connection.execute(select(func.max(acts.c.id))).scalar() or 0


def is_known(connection: Connection, seller: str) -> bool:
    """Whether something was done to a seller of that name."""
    return connection.execute(select(acts.c.id).where(acts.c.seller == seller).limit(1)).first() is not None


def _named(connection: Connection, seller: str) -> Iterator[ColumnElement[bool]]:
    """The conditions of being about this seller, by each of its names as long as it had it."""
    query = select(acts.c.id, acts.c.seller, acts.c.before).where(acts.c.act == RENAME).order_by(acts.c.id.desc())
    renames = [(row.id, decode(row.before)["seller"], row.seller) for row in connection.execute(query)]
    name, until = seller, sys.maxsize
    while True:
        since = next((number for number, old, _ in renames if old == name and number < until), 0)
        yield and_(acts.c.seller == name, acts.c.id > since, acts.c.id < until)
        earlier = ((number, old) for number, old, new in renames if new == name and since < number < until)
        if (found := next(earlier, None)) is None:
            return
        until, name = found


_JSON = ("before", "after")
