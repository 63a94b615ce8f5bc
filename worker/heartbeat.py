"""This process's own sign of life in the ledger."""

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version

from ledger import heartbeats
from ledger.errors import LedgerError
from tasks.app import App

EVERY = timedelta(seconds=10)
"""The least time between two signs of life: with many sellers, turns end more often than that."""


class Pulse:
    """Beats when a task has been answered, and at no other time: so it shows that the whole way of a task works, from
    the doorbell to a free thread and a ledger that can be written. Whoever starts it sees to it that a task comes
    every minute."""

    def __init__(self, app: App, mode: str) -> None:
        now = app.clock.now()
        self.app = app
        self._me = heartbeats.Heartbeat(app.holder, mode, version("askonce"), started_at=now, seen_at=now)
        self._seen_at = now
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Raises LedgerError."""
        with self.app.ledger.begin() as connection:
            heartbeats.forget(connection, self._seen_at)
            heartbeats.record(connection, self._me)

    def answered(self) -> None:
        """A task has been answered."""
        now = self.app.clock.now()
        with self._lock:
            if abs(now - self._seen_at) < EVERY:
                return
            self._seen_at = now
        self._record(replace(self._me, seen_at=now))

    def ticked(self) -> None:
        """A tick of Celery's beat has been answered: that is the beat's sign of life."""
        now = self.app.clock.now()
        self._record(replace(self._me, name=heartbeats.BEAT, mode=heartbeats.BEAT, version="", seen_at=now))

    def end(self) -> None:
        with suppress(LedgerError), self.app.ledger.begin() as connection:
            heartbeats.end(connection, self.app.holder, self.app.clock.now())

    def _record(self, heartbeat: heartbeats.Heartbeat) -> None:
        # a ledger that says no has said so to the task; and no sign of life is what there should be then
        with suppress(LedgerError), self.app.ledger.begin() as connection:
            heartbeats.record(connection, heartbeat)
