"""Which settings are at work; and when a seller's have changed, all of its open orders are decided again.

Workers with old and new settings may run side by side, so this is noticed when a lane is taken.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from ledger import brakes, identities, meta, settings_at_work
from ledger.database import Connection, Ledger
from settings.environment import Credentials
from settings.schema import Seller
from tasks import audit
from tasks.audit import Act, Person

log = logging.getLogger("askonce.settings")

STILL_OPEN = timedelta(days=60)
"""What was skipped longer ago than this is too late to be asked."""
KNOWN = "known_settings:"
"""Begins the key in the ledger's `meta` of a seller's settings at work, as JSON."""


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


def reconsider_all(connection: Connection, seller: Seller, by: Person, now: datetime) -> None:
    """If the settings are new, decide again all that they may change. Runs in the transaction that takes the lane.

    `by`: who has read them.
    """
    if not are_new(connection, seller):
        return
    from tasks.actions import (  # all that is done with orders, which who only looks need not load
        opened_by_orders,
        queues,
    )

    since = now - STILL_OPEN
    for queue in queues():
        queue.wake_all(connection, seller.name, now, since)
    for line in opened_by_orders(seller):
        line.queue.open_for_known_orders(connection, seller.name, line.action, now, since)
    if settings_at_work.digest(connection, seller.name):
        brakes.settings_came(connection, seller.name, now)
        _record_what_changed(connection, seller, by, now)
    settings_at_work.put(connection, seller.name, _own_digest(seller))
    meta.put(connection, f"{KNOWN}{seller.name}", json.dumps(values_of(seller)))
    log.info("%s: new settings decide from now on", seller.name)


def are_new(connection: Connection, seller: Seller) -> bool:
    """Whether the last decisions were made with other settings, or none was made."""
    return settings_at_work.digest(connection, seller.name) != _own_digest(seller)


def _own_digest(seller: Seller) -> str:
    return hashlib.sha256(seller.model_dump_json().encode()).hexdigest()


def _record_what_changed(connection: Connection, seller: Seller, by: Person, now: datetime) -> None:
    known = meta.get(connection, f"{KNOWN}{seller.name}")
    before, after = None, None  # an older askonce put them to work
    if known:
        theirs, mine = json.loads(known), values_of(seller)
        changed = sorted(differing(theirs, mine))
        before, after = ({name: values.get(name) for name in changed} for values in (theirs, mine))
    audit.record(connection, by, Act.SETTINGS, now, seller=seller.name, before=before, after=after)


def values_of(seller: Seller) -> dict[str, Any]:
    """Each setting by its whole name: `review_requests.day_range`."""
    return _flat(seller.model_dump(mode="json"))


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of those that differ, or are in one of them alone."""
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def _flat(settings: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in settings.items():
        found |= _flat(value, f"{within}{name}.") if isinstance(value, dict) else {f"{within}{name}": value}
    return found
