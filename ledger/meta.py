"""Small facts about the ledger itself."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from ledger.hot_statements import HotStatement
from ledger.tables import meta
from ledger.upsert import insert_new, upsert

SIMULATED = "simulated"
"""Key: this ledger holds a replay's orders, and must not be used for a real seller."""


def get(connection: Connection, key: str) -> str | None:
    found: str | None = _GET.scalar(connection, {"k": key})
    return found


def moment(connection: Connection, key: str) -> datetime | None:
    """A time that was put there as ISO 8601."""
    told = get(connection, key)
    return datetime.fromisoformat(told) if told else None


def put(connection: Connection, key: str, value: str) -> None:
    upsert(connection, meta, [{"key": key, "value": value}])


def claim(connection: Connection, key: str, known: str | None, value: str) -> bool:
    """Put the value in the place of the one that is known (None: none). False: another process was quicker."""
    insert_new(connection, meta, [{"key": key, "value": ""}])
    same = (meta.c.key == key, meta.c.value == (known or ""))
    return connection.execute(update(meta).where(*same).values(value=value)).rowcount == 1


_GET = HotStatement(select(meta.c.value).where(meta.c.key == bindparam("k")))
