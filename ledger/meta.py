"""Small facts about the ledger itself."""

from sqlalchemy import Connection, bindparam, select

from ledger.hot_statements import HotStatement
from ledger.tables import meta
from ledger.upsert import upsert


def get(connection: Connection, key: str) -> str | None:
    found: str | None = _GET.scalar(connection, {"k": key})
    return found


def put(connection: Connection, key: str, value: str) -> None:
    upsert(connection, meta, [{"key": key, "value": value}])


_GET = HotStatement(select(meta.c.value).where(meta.c.key == bindparam("k")))
