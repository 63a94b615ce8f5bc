"""Which settings decide for a seller: those of whoever holds its lane, put here in the transaction that takes it."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, literal, select

from ledger import meta
from ledger.tables import attempts
from ledger.tables import meta as meta_rows

PREFIX = "settings:"
"""Begins the key in the ledger's `meta`, which ends with the seller's name."""
DIGITS = 16
"""So many hexadecimal digits tell settings apart, and are kept with what they made."""


def digest(connection: Connection, seller: str) -> str | None:
    """The whole digest; None: no settings have decided yet."""
    return meta.get(connection, f"{PREFIX}{seller}")


def put(connection: Connection, seller: str, digest: str) -> None:
    """These settings decide from now on."""
    meta.put(connection, f"{PREFIX}{seller}", digest)


def digits(seller: ColumnElement[str]) -> ScalarSelect[Any]:
    """Within a statement: the first digits of the seller's digest."""
    key = literal(PREFIX, meta_rows.c.key.type) + seller
    shown = func.substr(meta_rows.c.value, 1, DIGITS, type_=attempts.c.settings.type)
    return select(shown).where(meta_rows.c.key == key).scalar_subquery()
