"""A clock that was set back: what was written before lies in the future, and would be left alone until then."""

import logging
from datetime import timedelta

from ledger import entries, invoices, sources
from ledger.sources import Reading
from rules.order import Source
from tasks.house import Shop

log = logging.getLogger("askonce.clock")

AHEAD = timedelta(minutes=10)
"""How far the clock of another machine may be ahead. No more than that is taken for a clock that was set back."""


def heal(shop: Shop, source: Source, reading: Reading, every: timedelta) -> Reading:
    """The reading of this source, as far as it can be believed.

    When it is to be read later than it ever is, the clock was set back: it is read anew, and everything that was
    decided in what is now the future is looked at again.
    """
    now = shop.clock.now()
    if reading.next_read_at is None or reading.next_read_at <= now + every + AHEAD:
        return reading
    log.warning("%s: the clock was set back; %s are read anew", shop.name, source)
    with shop.ledger.begin() as connection:
        shop.renew(connection)
        sources.record(connection, shop.name, source, Reading())
        entries.wake_from_the_future(connection, shop.name, now)
        invoices.wake_from_the_future(connection, shop.name, now)
    return Reading()
