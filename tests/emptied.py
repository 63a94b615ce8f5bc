"""A ledger emptied, so that the next test may have it: also of what the database itself keeps from being deleted."""

from sqlalchemy import text

from ledger.database import Connection
from ledger.tables import acts, metadata


def empty(connection: Connection) -> None:
    """Delete every row of every table."""
    guards: list[str] = []
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger fires
    elif connection.execute(acts.select().limit(1)).first():
        query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'acts'")
        for name, sql in connection.execute(query).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
            guards.append(sql)
    for table in metadata.tables.values():
        connection.execute(table.delete())
    for guard in guards:
        connection.execute(text(guard))
