"""When a seller's settings have changed, all of its open orders are decided again.

Workers with old and new settings may run side by side, so this is noticed when a lane is taken.
"""

import hashlib
import logging
from datetime import datetime, timedelta

from ledger import meta
from ledger.database import Connection
from settings.schema import Seller
from tasks.actions import opened_by_orders, queues

log = logging.getLogger("askonce.settings")

STILL_OPEN = timedelta(days=60)
"""What was skipped longer ago than this is too late to be asked."""


def reconsider_all(connection: Connection, seller: Seller, now: datetime) -> None:
    """If the settings are new, decide again all that they may change. Runs in the transaction that takes the lane."""
    if not are_new(connection, seller):
        return
    since = now - STILL_OPEN
    for queue in queues():
        queue.wake_all(connection, seller.name, now, since)
    for line in opened_by_orders(seller):
        line.queue.open_for_known_orders(connection, seller.name, line.action, now, since)
    meta.put(connection, _key(seller), _digest(seller))
    log.info("%s: new settings decide from now on", seller.name)


def are_new(connection: Connection, seller: Seller) -> bool:
    """Whether the last decisions were made with other settings, or none was made."""
    return meta.get(connection, _key(seller)) != _digest(seller)


def _key(seller: Seller) -> str:
    return f"settings:{seller.name}"


def _digest(seller: Seller) -> str:
    return hashlib.sha256(seller.model_dump_json().encode()).hexdigest()
