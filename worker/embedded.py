"""The embedded worker: one process, APScheduler for the ticks, threads for the lanes. No server besides."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from ledger.errors import LedgerError, Outgrown
from ledger.lanes import LaneLost
from tasks import entrypoints
from tasks.app import App
from worker.clock import SystemClock
from worker.heartbeat import Pulse
from worker.schedule import SCHEDULE

log = logging.getLogger("askonce.worker")

LANES_AT_ONCE = 32
LOOK_AT_CLOCK = 5
"""Seconds between two looks whether the clock was set back."""


class Threads:
    """The doorbell of a single process: each (task, seller) waits in line once, and threads take them in turn."""

    def __init__(self, stopping: threading.Event) -> None:
        self.app: App | None = None
        self.pulse: Pulse | None = None
        self.outgrown: Outgrown | None = None
        self._stopping = stopping
        self._pool = ThreadPoolExecutor(LANES_AT_ONCE, "lane")
        self._waiting: set[tuple[str, str | None]] = set()
        self._lock = threading.Lock()

    def ring(self, task: str, seller: str | None = None) -> None:
        with self._lock:
            if (task, seller) in self._waiting or self._stopping.is_set():
                return
            self._waiting.add((task, seller))
            self._pool.submit(self._answer, task, seller)

    def close(self) -> None:
        """Wait for the turns under way; drop those that have not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _answer(self, task: str, seller: str | None) -> None:
        with self._lock:
            self._waiting.discard((task, seller))
        if self.app is None or self._stopping.is_set():
            return
        try:
            entrypoints.TASKS[task](self.app, seller)
        except LaneLost:
            log.warning("%s: the lane was taken over; leaving it to its new holder", seller)
        except Outgrown as error:
            self.outgrown = error
            self._stopping.set()
        except LedgerError as error:
            log.error("%s", error)
        except Exception:
            log.exception("%s %s ended by a bug; it is tried again at the next tick", task, seller or "")
        if self.pulse:
            self.pulse.answered()


def work(app: App, doorbell: Threads) -> None:
    """Tick and work until `app.stopping` is set; then finish the calls in flight, settle them, and leave.

    Raises Outgrown when a newer askonce has taken over the ledger.
    """
    doorbell.app = app
    doorbell.pulse = Pulse(app, "run")
    doorbell.pulse.begin()
    scheduler = BackgroundScheduler(timezone=UTC)
    for tick in SCHEDULE:
        scheduler.add_job(
            doorbell.ring,
            "interval",
            args=[tick.task],
            seconds=tick.every.total_seconds(),
            id=tick.task,
            next_run_time=datetime.fromtimestamp(app.clock.now().timestamp(), UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # however late: a late tick is better than none
        )
    scheduler.start()
    log.info("working for %s", ", ".join(app.sellers))
    try:
        while not app.stopping.wait(LOOK_AT_CLOCK):
            _bring_forward(scheduler)
    finally:
        scheduler.shutdown(wait=False)
        doorbell.close()
        doorbell.pulse.end()
        log.info("stopped; everything begun is settled")
    if doorbell.outgrown:
        raise doorbell.outgrown


def _bring_forward(scheduler: BackgroundScheduler) -> None:
    """After the clock was set back, APScheduler would wait until it is as late again as it was."""
    now = SystemClock().now()
    for job in scheduler.get_jobs():
        if job.next_run_time > now + job.trigger.interval:
            job.modify(next_run_time=now)
