"""The embedded worker: one process, APScheduler for the ticks, threads for the lanes. No server besides."""

import logging
import threading
from datetime import UTC, datetime
from queue import SimpleQueue

from apscheduler.schedulers.background import BackgroundScheduler

from ledger.errors import LedgerError, Outgrown
from ledger.lanes import LaneLost
from tasks.app import App, UnknownSeller
from tasks.identity import SameAccount
from worker.clock import SystemClock
from worker.heartbeat import HeartbeatWriter
from worker.ping import in_background
from worker.reload import LOOK_EVERY, AtWork, Reloading
from worker.schedule import RUN, SCHEDULE
from worker.wiring import greet

log = logging.getLogger("askonce.worker")

Ring = tuple[str, str | None]
"""A task, and the seller it is for; None: all."""
AT_ONCE = ("sweep", "send_due")
"""What is rung for when the settings are new."""
LANES_AT_ONCE = 32


class Rings:
    """The doorbell of a single process: each (task, seller) waits in line once, until a thread takes it."""

    def __init__(self) -> None:
        self._line: SimpleQueue[Ring | None] = SimpleQueue()
        self._waiting: set[Ring] = set()
        self._lock = threading.Lock()

    def ring(self, task: str, seller: str | None = None) -> None:
        with self._lock:
            if (task, seller) not in self._waiting:
                self._waiting.add((task, seller))
                self._line.put((task, seller))

    def take(self) -> Ring | None:
        """Wait for the next ring in line. None: closed."""
        ring = self._line.get()
        if ring:
            with self._lock:
                self._waiting.discard(ring)
        return ring

    def close(self, takers: int) -> None:
        """End so many waiting `take`s, one each."""
        for _ in range(takers):
            self._line.put(None)


class _Threads:
    """The threads that answer rings, at most one ring each at a time."""

    def __init__(self, at_work: AtWork, rings: Rings) -> None:
        self.outgrown: Outgrown | None = None
        self._at_work = at_work
        self._rings = rings
        self._threads = [threading.Thread(target=self._work, name=f"lane-{n}") for n in range(LANES_AT_ONCE)]

    def start(self) -> None:
        self._at_work.heartbeat.begin()
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Wait for the turns under way; those that have not begun are dropped."""
        self._rings.close(len(self._threads))
        for thread in self._threads:
            thread.join()
        self._at_work.heartbeat.end()

    def _work(self) -> None:
        while (ring := self._rings.take()) and not self._at_work.app.stopping.is_set():
            self._answer(*ring)
            self._at_work.heartbeat.answered()

    def _answer(self, task: str, seller: str | None) -> None:
        try:
            RUN[task](self._at_work.app, seller)
        except LaneLost:
            log.warning("%s: the lane was taken over; leaving it to its new holder", seller)
        except Outgrown as error:
            self.outgrown = error
            self._at_work.app.stopping.set()
        except (LedgerError, SameAccount, UnknownSeller) as error:
            log.error("%s", error)
        except Exception:
            log.exception("%s %s ended by a bug; it is tried again at the next tick", task, seller or "")


def work(app: App, rings: Rings, reloading: Reloading | None = None) -> None:
    """Tick and work by the settings of each moment until the application's `stopping` is set; then finish the calls in
    flight, settle them, and leave.

    `rings`: the app's doorbell. Without `reloading` the settings stay as they are. Raises Outgrown when a newer askonce
    has taken over the ledger.
    """
    at_work = reloading or AtWork(app, HeartbeatWriter(app, "run"))
    threads = _Threads(at_work, rings)
    threads.start()
    scheduler = BackgroundScheduler(timezone=UTC)
    for tick in SCHEDULE:
        scheduler.add_job(
            rings.ring,
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
    greet(app)
    in_background(app.ping, "start")
    try:
        while not app.stopping.wait(LOOK_EVERY):
            _bring_forward(scheduler)
            if at_work.look():
                for task in AT_ONCE:
                    rings.ring(task)
    finally:
        scheduler.shutdown(wait=False)
        threads.finish()
        log.info("stopped; everything begun is settled")
    if threads.outgrown:
        if at_work.app.ping:
            at_work.app.ping("fail")
        raise threads.outgrown


def _bring_forward(scheduler: BackgroundScheduler) -> None:
    """After the clock was set back: APScheduler would not fire until the old wall-clock time is reached again."""
    now = SystemClock().now()
    for job in scheduler.get_jobs():
        if job.next_run_time > now + job.trigger.interval:
            job.modify(next_run_time=now)
