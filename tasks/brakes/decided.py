"""Count what decisions mean: what came due, what became known to be delivered, what is refunded no more."""

from datetime import datetime
from functools import cached_property
from typing import Any

from ledger import brakes
from ledger.brakes import Tallying
from ledger.database import Connection
from ledger.state import State
from ledger.transitions import Transition
from rules.reason import Reason
from tasks.session import SellerSession

ON_ITS_WAY = (Reason.NOT_SEEN, Reason.NOT_SHIPPED, Reason.NOT_DELIVERED)
GIVEN_BACK = (Reason.REFUNDED, Reason.RETURNED)


class Decided:
    """What one batch of decisions means, counted in its transaction. `watched`: by brakes; else nothing is counted."""

    def __init__(self, connection: Connection, session: SellerSession, now: datetime, *, watched: bool) -> None:
        self._connection = connection
        self._seller = session.name
        self._now = now
        self._watched = watched
        self._tally = Tallying()

    @cached_property
    def _settings_at(self) -> datetime | None:
        return brakes.settings_at(self._connection, self._seller)

    def saw(self, item: Any, became: Transition) -> Transition:
        """One order as it was, and what becomes of it, which is returned."""
        if self._watched and became.state in (State.WAITING, State.DUE):
            self._saw(item, became)
        return became

    def _saw(self, item: Any, became: Transition) -> None:
        by_settings = item.next_look_at == self._settings_at
        if became.state is State.DUE and item.state is not State.DUE and _never_due(item):
            self._count(item, "due")
            if by_settings:
                self._count(item, "due_by_settings")
        if item.reason in ON_ITS_WAY and became.reason not in ON_ITS_WAY:
            self._count(item, "delivered")
        if item.state is State.SKIPPED and item.reason in GIVEN_BACK and not by_settings:
            self._count(item, "taken_back")

    def record(self) -> None:
        self._tally.add(self._connection, self._seller)

    def _count(self, item: Any, what: str) -> None:
        self._tally.count(item.facts.order.marketplace_id, self._now, what)


def _never_due(item: Any) -> bool:
    """What was due, and is decided again, came due before. Only what is due gets a deadline."""
    return item.deadline is None or item.state is State.SKIPPED
