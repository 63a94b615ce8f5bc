"""Upgrades under running workers: expand, then contract (docs/decisions/0010-upgrades.md)."""

import time
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Connection, Engine, exists, inspect, select, text
from sqlalchemy.exc import OperationalError

from ledger import meta
from ledger.errors import Outgrown, shown
from ledger.migrations import HEAD, OLDEST
from ledger.tables import meta as meta_table

OLDEST_PROGRAM = "oldest_program"
"""Ledger key: the oldest askonce, named by its HEAD, that may work on this ledger."""
MIGRATION_LOCK = 4_726_173  # any number, the same in every process
LOCK_SECONDS = 1
"""How long a migration waits for a table in use on PostgreSQL; meanwhile other statements queue behind it."""
LOCK_TRIES = 10
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL, appendix A
OUTGROWN = exists(select(meta_table.c.value).where(meta_table.c.key == OLDEST_PROGRAM, meta_table.c.value > HEAD))
"""Condition: has a contract step excluded this version since it opened the ledger?"""


def is_behind(connection: Connection) -> bool:
    """Is the ledger older than this program, or empty? Raises Outgrown."""
    revision, oldest = _standing(connection)
    if oldest > HEAD:
        _refuse(connection, oldest)
    return revision < HEAD


def is_ahead(connection: Connection) -> bool:
    """Has a newer askonce brought the ledger forward, so that this one is only to finish?"""
    return _standing(connection)[0] > HEAD


def refuse_outgrown(connection: Connection) -> None:
    """For a program at work: raises Outgrown."""
    oldest = meta.get(connection, OLDEST_PROGRAM)
    if oldest and oldest > HEAD:
        _refuse(connection, oldest)


def migrate(engine: Engine) -> None:
    """Bring the ledger to HEAD, whole or not at all. On PostgreSQL it waits for others, a bounded time."""
    for _ in range(LOCK_TRIES - 1):
        try:
            return _migrate(engine)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            time.sleep(LOCK_SECONDS)  # let the statements that queued behind it run
    return _migrate(engine)


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if not is_behind(connection):
            return  # another process was quicker
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        meta.put(connection, OLDEST_PROGRAM, OLDEST)


def _standing(connection: Connection) -> tuple[str, str]:
    """The ledger's revision ("": there are no tables yet), and the oldest program that may work on it."""
    tables = inspect(connection)
    if not tables.has_table("alembic_version"):
        return "", ""
    revision: str = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    oldest = meta.get(connection, OLDEST_PROGRAM) if tables.has_table("meta") else None
    return revision, oldest or revision


def _refuse(connection: Connection, oldest: str) -> NoReturn:
    name = shown(connection.engine.url)
    raise Outgrown(
        f"the ledger {name} was taken over by a newer askonce: it needs revision {oldest}, and this one knows "
        f"only {HEAD}. Type: git pull && make install"
    )
