"""Which settings are at work; and when a seller's have changed, all of its open orders are decided again.

Workers with old and new settings may run side by side, so this is noticed when a lane is taken.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from ledger import brakes, identities, meta
from ledger.database import Connection, Ledger
from settings.environment import Credentials
from settings.schema import Seller
from tasks.actions import opened_by_orders, queues

log = logging.getLogger("askonce.settings")

STILL_OPEN = timedelta(days=60)
"""What was skipped longer ago than this is too late to be asked."""


def digest(
    ledger: Ledger, sellers: Mapping[str, Seller], credentials: Mapping[str, Credentials], key: bytes | None
) -> str:
    """Of all settings, secrets included, and keyed: so that what other processes have can be compared."""
    everything = {
        name: [seller.model_dump(mode="json"), asdict(credentials[name]) if name in credentials else None]
        for name, seller in sellers.items()
    }
    with ledger.begin() as connection:
        text = json.dumps([everything, key.hex() if key else None], sort_keys=True)
        return identities.fingerprint(connection, "settings", text)


def reconsider_all(connection: Connection, seller: Seller, now: datetime) -> None:
    """If the settings are new, decide again all that they may change. Runs in the transaction that takes the lane."""
    if not are_new(connection, seller):
        return
    since = now - STILL_OPEN
    if meta.get(connection, _key(seller)):
        brakes.settings_came(connection, seller.name, now)
    for queue in queues():
        queue.wake_all(connection, seller.name, now, since)
    for line in opened_by_orders(seller):
        line.queue.open_for_known_orders(connection, seller.name, line.action, now, since)
    meta.put(connection, _key(seller), _own_digest(seller))
    log.info("%s: new settings decide from now on", seller.name)


def are_new(connection: Connection, seller: Seller) -> bool:
    """Whether the last decisions were made with other settings, or none was made."""
    return meta.get(connection, _key(seller)) != _own_digest(seller)


def _key(seller: Seller) -> str:
    return f"settings:{seller.name}"


def _own_digest(seller: Seller) -> str:
    return hashlib.sha256(seller.model_dump_json().encode()).hexdigest()
