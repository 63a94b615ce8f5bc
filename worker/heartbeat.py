"""The heartbeat of this process in the ledger."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version

from ledger import heartbeats
from ledger.errors import LedgerError
from tasks.app import App

EVERY = timedelta(seconds=10)
"""The least time between two heartbeats: with many sellers, turns end more often than that."""


class HeartbeatWriter:
    """Records a heartbeat after a finished task, which proves that queue, thread and ledger work.

    Whoever starts one sees to it that a task comes every minute.
    """

    def __init__(self, app: App, mode: str) -> None:
        now = app.clock.now()
        self.mode = mode
        self._app = app
        self._me = heartbeats.Heartbeat(app.holder, mode, version("askonce"), started_at=now, seen_at=now)
        self._seen_at = now
        self._has_begun = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Record the start. Raises LedgerError."""
        with self._app.ledger.begin() as connection:
            heartbeats.forget(connection, self._seen_at)
            heartbeats.record(connection, self._me)
        self._has_begun = True

    def settled(self, digest: str | None, since: datetime, live: Mapping[str, bool], trouble: str | None) -> None:
        """Say from now on which settings this process has, and why it does not take newer ones."""
        sellers = json.dumps(dict(live))
        self._me = replace(self._me, settings=digest, settings_since=since, sellers=sellers, settings_trouble=trouble)
        if self._has_begun:
            self._record(replace(self._me, seen_at=self._app.clock.now()))

    def answered(self) -> None:
        """Record that a task has been answered."""
        now = self._app.clock.now()
        with self._lock:
            if abs(now - self._seen_at) < EVERY:
                return
            self._seen_at = now
        with suppress(LedgerError), self._app.ledger.begin() as connection:
            if not heartbeats.seen(connection, self._me.name, now):
                heartbeats.record(connection, replace(self._me, seen_at=now))

    def ticked(self) -> None:
        """Record that a tick of Celery's beat has been answered, which is the beat's heartbeat."""
        beat, now = heartbeats.BEAT, self._app.clock.now()
        self._record(heartbeats.Heartbeat(beat, beat, "", started_at=self._me.started_at, seen_at=now))

    def end(self) -> None:
        """Record a clean stop."""
        with suppress(LedgerError), self._app.ledger.begin() as connection:
            heartbeats.end(connection, self._app.holder, self._app.clock.now())

    def _record(self, heartbeat: heartbeats.Heartbeat) -> None:
        # a ledger that cannot be written has said so to the task; and then there should be no heartbeat
        with suppress(LedgerError), self._app.ledger.begin() as connection:
            heartbeats.record(connection, heartbeat)
