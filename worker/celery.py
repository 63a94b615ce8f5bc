"""The Celery app: `celery -A worker worker`, `celery -A worker beat`, `celery -A worker call tasks.sweep`.

A task is a doorbell: it carries names and ids, and looks into the ledger. No retries, no countdowns, no results.
"""

import inspect
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ssl import CERT_REQUIRED
from typing import Any

from celery import Celery, Task
from celery.beat import Service
from celery.signals import (
    beat_init,
    celeryd_init,
    setup_logging,
    task_failure,
    task_postrun,
    worker_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from celery.utils.nodenames import worker_direct
from celery.worker import WorkController, state
from celery.worker.consumer import Consumer
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from ledger.database import open_ledger
from ledger.errors import LedgerError, Outgrown
from ledger.lanes import LaneLost
from marketplace.amazon.client import Amazon
from settings.complaints import SettingsError
from settings.load import load_environment, load_settings, read_broker
from tasks import entrypoints
from tasks.alerts.watch import watch
from tasks.app import App, UnknownSeller
from tasks.identity import SameAccount
from worker import broker
from worker.clock import SystemClock
from worker.heartbeat import HeartbeatWriter
from worker.logs import complain, set_up_logs
from worker.metrics import serve
from worker.no_dumps import no_dumps
from worker.ping import in_background
from worker.reload import LOOK_EVERY, Reloading
from worker.schedule import SCHEDULE
from worker.startup import BrokerError, ask_broker, checked_broker, ended_at_once_by_signals, wait_for
from worker.wiring import greet, wire

HEARTBEAT_SECONDS = 60
TICKS = {f"tasks.{tick.task}" for tick in SCHEDULE}
BY_HAND = (entrypoints.request_review, entrypoints.send_invoice)
"""Tasks that nothing rings for: they are called, for one order."""


def _broker() -> str:
    """The URL of Redis; one that is none ends the process, before Celery shows it in a traceback, password and all."""
    try:
        return checked_broker(read_broker(os.environ) or "redis://localhost:6379/0")
    except BrokerError as complaint:
        complain(str(complaint))
        try:  # all that is wrong is said at once
            load_settings(os.environ)
        except SettingsError as more:
            complain(str(more))
        raise SystemExit(2) from None


no_dumps()
BROKER = _broker()
broker.use()
app = Celery("worker", broker=BROKER)
app.config_from_object("worker.celeryconfig")
if BROKER.startswith("rediss://"):  # else Celery takes any certificate; options in the URL go before this
    app.conf.broker_use_ssl = {"ssl_cert_reqs": CERT_REQUIRED}

log = logging.getLogger("askonce.celery")
_stopping = threading.Event()
_reloading: Reloading | None = None
_consumer: Consumer | None = None


class Messages:
    """The doorbell of many processes: each ring is one message, which expires after ten minutes."""

    def ring(self, task: str, seller: str) -> None:
        try:
            app.send_task(f"tasks.{task}", kwargs={"seller": seller}, expires=600, retry=False)
        except OperationalError as error:
            log.warning("the broker does not answer (%s); the next tick rings again", error)


def application() -> App:
    """What every task needs, with the settings of this moment."""
    assert _reloading, "only a worker has an application"
    return _reloading.app


@setup_logging.connect
def _logs(**_: object) -> None:
    set_up_logs()
    logging.getLogger("celery.app.trace").setLevel(logging.CRITICAL)  # _say has said it


@celeryd_init.connect
def _open(**_: object) -> None:
    """Before the first message is fetched: read the settings, wait for Redis and the database, open the ledger."""
    global _reloading
    _logs()
    with _or_leave():
        settings = load_settings(os.environ)
        environment = settings.environment
        wait_for("broker", lambda: ask_broker(BROKER), environment.start_wait_seconds)
        url = environment.database_url_or_default
        ledger = wait_for("database", lambda: open_ledger(url), environment.start_wait_seconds)
        clock = SystemClock()
        amazon = Amazon(clock, environment.sp_api_endpoint, environment.lwa_endpoint, stopping=_stopping)
        wired = wire(settings, ledger, clock, amazon, Messages(), _stopping)
        _reloading = Reloading(wired, settings, amazon, os.environ, HeartbeatWriter(wired, "celery"))
        ledger.close()  # its connections, not itself: a pool of processes must not inherit them


@beat_init.connect
def _open_beat(sender: Service, **_: object) -> None:
    """Before the first tick: wait for Redis. The beat reads neither sellers nor the ledger."""

    def leave(_number: int, _frame: object) -> None:
        sender.stop()  # first, as what follows may be lost in the code it interrupts
        raise SystemExit(0)

    with _or_leave():
        seconds = load_environment(os.environ).start_wait_seconds
        wait_for("broker", lambda: ask_broker(BROKER), seconds)
    for number in (signal.SIGINT, signal.SIGTERM):  # Celery's own closes the connection that a tick is using
        signal.signal(number, leave)


@contextmanager
def _or_leave() -> Iterator[None]:
    """A complaint ends the process with exit code 2: Celery would log it and go on for ever without doing anything."""
    try:
        with ended_at_once_by_signals():
            yield
    except (SettingsError, LedgerError, BrokerError) as complaint:
        complain(str(complaint))
        raise SystemExit(2) from None


@worker_init.connect
def _be_quiet(sender: WorkController, **_: object) -> None:
    """Switch off gossip, mingle and Celery's heartbeats: nobody reads them, and Redis sends each to all workers."""
    sender.options |= {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}


@worker_ready.connect
def _begin(sender: Consumer, **_: object) -> None:
    """Sweep and ring once at the start: the beat's next tick may be minutes away."""
    global _consumer
    assert _reloading
    _consumer = sender
    greet(application())
    in_background(application().ping, "start")
    serve(application, _reloading.environment.metrics_port, _stopping)
    own_queue = worker_direct(sender.hostname)
    threading.Thread(target=_ring_oneself, args=[own_queue], name="heartbeat", daemon=True).start()
    threading.Thread(target=_look_at_settings, name="settings", daemon=True).start()
    _reloading.heartbeat.begin()
    _ring_for_all()


def _ring_for_all() -> None:
    entrypoints.sweep(application())
    entrypoints.send_due(application())


def _look_at_settings() -> None:
    assert _reloading
    while not _stopping.wait(LOOK_EVERY):
        if _reloading.look():
            with suppress(LedgerError):  # the tick of the next minute rings
                _ring_for_all()


def _ring_oneself(own_queue: Queue) -> None:
    """Send one message a minute to this worker's own queue: among many workers an idle one would seldom get any."""
    while not _stopping.wait(HEARTBEAT_SECONDS):
        try:
            app.send_task("tasks.heartbeat", queue=own_queue, expires=HEARTBEAT_SECONDS, retry=False)
        except OperationalError as error:
            log.warning("the broker does not answer (%s): no heartbeat", error)


@task_postrun.connect
def _answered(sender: Task, kwargs: dict[str, Any], **_: object) -> None:
    assert _reloading
    if _is_curbed():
        log.error("remote control keeps this worker from its work: no heartbeat. Restart it")
        return
    _reloading.heartbeat.answered()
    if sender.name in TICKS and not kwargs.get("seller"):
        _reloading.heartbeat.ticked()


def _is_curbed() -> bool:
    """Whether `celery control cancel_consumer` or `rate_limit` keeps messages from this worker."""
    if _consumer is None or _consumer.task_consumer is None:
        return False
    rung = app.conf.task_default_queue
    return any(_consumer.task_buckets.values()) or not _consumer.task_consumer.consuming_from(rung)


@worker_shutting_down.connect
def _stop(**_: object) -> None:
    _stopping.set()


@worker_shutdown.connect
def _end(**_: object) -> None:
    if _reloading:
        _reloading.heartbeat.end()


@task_failure.connect
def _say(sender: Task, exception: BaseException, kwargs: dict[str, Any], **_: object) -> None:
    """One line for what is expected to happen, and a traceback for a bug."""
    match exception:
        case LaneLost():
            log.warning("%s: the lane was taken over; leaving it to its new holder", kwargs.get("seller"))
        case LedgerError() | UnknownSeller() | SameAccount():
            log.error("%s", exception)
        case _:
            log.error("%s ended by a bug; it is tried again at the next tick", sender.name, exc_info=exception)
    if isinstance(exception, Outgrown):  # end, so that the supervisor starts what is installed by now
        in_background(application().ping, "fail")
        _stopping.set()
        state.should_stop = 2  # the exit code


@app.task(name="tasks.heartbeat")
def heartbeat() -> None:
    """Running at all is the proof of life; also releases lanes that were left over, and looks for alerts: a beat that
    is gone is one."""
    application().let_go()
    watch(application())


def _define(run: Callable[..., object]) -> None:
    """A Celery task `tasks.NAME` for a function of tasks.entrypoints: its arguments, without the application."""
    name, takes = f"tasks.{run.__name__}", inspect.signature(run)

    def answer(*args: str | None, **named: str | None) -> None:
        try:
            bound = takes.bind(application(), *args, **named)
        except TypeError as error:
            log.error("%s cannot be called like this: %s", name, error)
        else:
            run(*bound.args, **bound.kwargs)

    app.task(answer, name=name)


_CALLED: tuple[Callable[..., object], ...] = (*(tick.run for tick in SCHEDULE), *BY_HAND)
for _run in _CALLED:
    _define(_run)
