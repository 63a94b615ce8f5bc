"""Orders that are kept no longer are deleted, in small batches, beside whoever is at work.

Their age is counted from the time up to which Amazon has shown the orders: a clock that runs ahead makes none old.
"""

import logging
from datetime import timedelta

from ledger import retention, sources
from ledger.retention import BATCH
from rules.order import Source
from settings.schema import Seller
from tasks.app import App

log = logging.getLogger("askonce.tasks")


def delete_old_orders(app: App, seller: Seller) -> int:
    """Delete what came to its end more than `keep_days` ago. Returns how many orders are gone."""
    now, name = app.clock.now(), seller.name
    with app.ledger.begin() as connection:
        as_of = sources.readings(connection, name)[Source.ORDERS].as_of
        if as_of is None:
            return 0
        before = min(now, as_of) - timedelta(days=seller.keep_days)
        retention.date_unseen(connection, name, now)
        found = retention.old(connection, name, before)
    gone = 0
    for start in range(0, len(found), BATCH):
        if app.stopping.is_set():
            break
        with app.ledger.begin() as connection:
            gone += retention.delete_old(connection, name, found[start : start + BATCH], before)
    if gone:
        log.info("%s: orders deleted, because they ended more than %d days ago: %d", name, seller.keep_days, gone)
    return gone
