"""A clock that was set back: what was written before lies in the future, and would be left alone until then."""

import logging
from datetime import timedelta

from ledger import sources
from ledger.sources import Reading
from rules.order import Source
from tasks.actions import queues
from tasks.session import SellerSession

log = logging.getLogger("askonce.clock")

AHEAD = timedelta(minutes=10)
"""How far the clock of another machine may be ahead. No more than that is taken for a clock that was set back."""


def reread_if_clock_moved_back(session: SellerSession, source: Source, reading: Reading, every: timedelta) -> Reading:
    """The reading of this source, as far as it can be believed.

    When it is to be read later than it ever is, the clock was set back: it is read anew, and everything that was
    decided in what is now the future is looked at again.
    """
    now = session.clock.now()
    if reading.next_read_at is None or reading.next_read_at <= now + every + AHEAD:
        return reading
    log.warning("%s: the clock was set back; %s are read anew", session.name, source)
    with session.begin() as connection:
        sources.record(connection, session.name, source, Reading())
        for queue in queues():
            queue.wake_from_the_future(connection, session.name, now)
    return Reading()
