"""Documents whose XML is still to be put into the seller's folder for it: remembered in the commit that keeps them."""

import json

from sqlalchemy import Connection

from ledger import meta
from ledger.transitions import Key

PREFIX = "xml_to_write:"


def waiting(connection: Connection, seller: str) -> list[Key]:
    """Oldest first."""
    return [Key(*each) for each in json.loads(meta.get(connection, PREFIX + seller) or "[]")]


def remember(connection: Connection, seller: str, key: Key) -> None:
    """Only by the holder of the seller's lane."""
    _put(connection, seller, [*waiting(connection, seller), key])


def forget(connection: Connection, seller: str, keys: list[Key]) -> None:
    """They are written. Only by the holder of the seller's lane."""
    _put(connection, seller, [each for each in waiting(connection, seller) if each not in keys])


def _put(connection: Connection, seller: str, keys: list[Key]) -> None:
    meta.put(connection, PREFIX + seller, json.dumps([(each.order_id, each.action, each.part) for each in keys]))
