"""New settings may change any verdict: whoever decides by other ones than the last did, looks at all orders again.

Workers of old and new settings may be at work side by side. So it is whoever takes the lane that takes note.
"""

import hashlib
import logging
from datetime import datetime, timedelta

from ledger import documents, meta
from ledger.database import Connection
from ledger.documents import DOCUMENTS
from ledger.requests import REVIEWS
from settings.schema import Seller

log = logging.getLogger("askonce.settings")

STILL_OPEN = timedelta(days=60)
"""What was skipped longer ago cannot be asked any more."""


def reconsider_all(connection: Connection, seller: Seller, now: datetime) -> None:
    """In the transaction that takes the lane: if the settings are new, look again at all that they may change."""
    if not are_new(connection, seller):
        return
    since = now - STILL_OPEN
    for queue in (REVIEWS, DOCUMENTS):
        queue.wake_all(connection, seller.name, now, since)
    if seller.invoices.enabled:
        documents.open_for_known_orders(connection, seller.name, now, since)
    meta.put(connection, _key(seller), _digest(seller))
    log.info("%s: new settings decide from now on", seller.name)


def are_new(connection: Connection, seller: Seller) -> bool:
    """Whether other settings decided last, or none."""
    return meta.get(connection, _key(seller)) != _digest(seller)


def _key(seller: Seller) -> str:
    return f"settings:{seller.name}"


def _digest(seller: Seller) -> str:
    return hashlib.sha256(seller.model_dump_json().encode()).hexdigest()
