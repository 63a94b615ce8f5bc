"""Small facts about the ledger itself."""

from sqlalchemy import Connection, select

from ledger.tables import meta
from ledger.upsert import upsert


def get(connection: Connection, key: str) -> str | None:
    return connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def put(connection: Connection, key: str, value: str) -> None:
    upsert(connection, meta, [{"key": key, "value": value}])
