"""The Celery app: `celery -A worker worker`, `celery -A worker beat`, `celery -A worker call tasks.sweep`.

A task is a doorbell: it carries names and ids, and looks into the ledger. No retries, no countdowns, no results.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ssl import CERT_REQUIRED
from typing import Any

import click
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
from tasks.app import App, UnknownSeller
from worker.clock import SystemClock
from worker.heartbeat import Pulse
from worker.logs import set_up_logs
from worker.schedule import SCHEDULE
from worker.startup import BrokerError, ask_broker, ended_at_once_by_signals, wait_for
from worker.wiring import wire

BROKER = read_broker(os.environ) or "redis://localhost:6379/0"
HEARTBEAT_SECONDS = 60
TICKS = {f"tasks.{tick.task}" for tick in SCHEDULE}


class Turn(Task):  # type: ignore[misc]  # Celery has no types
    """What may happen without anything being wrong with the program is no "unexpected error" for Celery's log."""

    throws = (LedgerError, LaneLost, UnknownSeller)


app = Celery("worker", broker=BROKER, task_cls=Turn)
app.config_from_object("worker.celeryconfig")
if BROKER.startswith("rediss://"):  # else Celery takes any certificate; options in the URL go before this
    app.conf.broker_use_ssl = {"ssl_cert_reqs": CERT_REQUIRED}

log = logging.getLogger("askonce.celery")
_stopping = threading.Event()
_pulse: Pulse | None = None


class Messages:
    """The doorbell of many processes: one small message a ring, worthless after ten minutes."""

    def ring(self, task: str, seller: str) -> None:
        try:
            app.send_task(f"tasks.{task}", kwargs={"seller": seller}, expires=600, retry=False)
        except OperationalError as error:
            log.warning("the broker does not answer (%s); the next tick rings again", error)


def application() -> App:
    """This process's application, made at the start of the worker."""
    assert _pulse, "only a worker has a application"
    return _pulse.app


@setup_logging.connect
def _logs(**_: object) -> None:
    set_up_logs()


@celeryd_init.connect
def _open(**_: object) -> None:
    """Before anything is taken from the queue: the settings are right, the broker and the ledger are there."""
    global _pulse
    set_up_logs()
    with _or_leave():
        settings = load_settings(os.environ)
        environment = settings.environment
        wait_for("broker", lambda: ask_broker(BROKER), environment.start_wait_seconds)
        url = environment.database_url_or_default
        ledger = wait_for("database", lambda: open_ledger(url), environment.start_wait_seconds)
        clock = SystemClock()
        amazon = Amazon(clock, environment.sp_api_endpoint, environment.lwa_endpoint, stopping=_stopping)
        _pulse = Pulse(wire(settings, ledger, clock, amazon, Messages(), _stopping), "celery")
        ledger.close()  # its connections, not itself: a pool of processes must not inherit them


@beat_init.connect
def _open_beat(sender: Service, **_: object) -> None:
    """The beat knows no seller and no ledger."""

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
    """Complaints end the process: Celery would log them, and go on for ever without doing anything."""
    try:
        with ended_at_once_by_signals():
            yield
    except (SettingsError, LedgerError, BrokerError) as complaint:
        click.echo(str(complaint), err=True)
        raise SystemExit(2) from None


@worker_init.connect
def _be_quiet(sender: WorkController, **_: object) -> None:
    """No talk among workers: nobody listens, and on Redis each heartbeat of one goes to all others."""
    sender.options |= {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}


@worker_ready.connect
def _begin(sender: Consumer, **_: object) -> None:
    """Begin at once: beat's first tick comes minutes later."""
    assert _pulse
    log.info("working for %s", ", ".join(application().sellers))
    own_queue = worker_direct(sender.hostname)
    threading.Thread(target=_ring_oneself, args=[own_queue], name="heartbeat", daemon=True).start()
    _pulse.begin()
    entrypoints.sweep(application())
    entrypoints.send_due(application())


def _ring_oneself(own_queue: Queue) -> None:
    """A message a minute to this worker alone: with many workers, an idle one would seldom get any."""
    while not _stopping.wait(HEARTBEAT_SECONDS):
        try:
            app.send_task("tasks.heartbeat", queue=own_queue, expires=HEARTBEAT_SECONDS, retry=False)
        except OperationalError as error:
            log.warning("the broker does not answer (%s): no heartbeat", error)


@task_postrun.connect
def _answered(sender: Task, kwargs: dict[str, Any], **_: object) -> None:
    assert _pulse
    _pulse.answered()
    if sender.name in TICKS and not kwargs.get("seller"):
        _pulse.ticked()


@worker_shutting_down.connect
def _stop(**_: object) -> None:
    _stopping.set()


@worker_shutdown.connect
def _end(**_: object) -> None:
    if _pulse:
        _pulse.end()


@task_failure.connect
def _say(exception: BaseException, kwargs: dict[str, Any], **_: object) -> None:
    """One line for what is expected to happen; Celery says the rest, with a traceback."""
    match exception:
        case LaneLost():
            log.warning("%s: the lane was taken over; leaving it to its new holder", kwargs.get("seller"))
        case LedgerError() | UnknownSeller():
            log.error("%s", exception)
    if isinstance(exception, Outgrown):  # end, so that the supervisor starts what is installed by now
        _stopping.set()
        state.should_stop = 2  # the exit code


@app.task(name="tasks.heartbeat")
def heartbeat() -> None:
    """Being answered is most of it."""
    application().let_go()


@app.task(name="tasks.sweep")
def sweep(seller: str | None = None) -> None:
    entrypoints.sweep(application(), seller)


@app.task(name="tasks.send_due")
def send_due(seller: str | None = None) -> None:
    entrypoints.send_due(application(), seller)


@app.task(name="tasks.reconcile")
def reconcile(seller: str | None = None) -> None:
    entrypoints.reconcile(application(), seller)


@app.task(name="tasks.check_invariants")
def check_invariants() -> None:
    entrypoints.check_invariants(application())


@app.task(name="tasks.tidy")
def tidy() -> None:
    entrypoints.tidy(application())


@app.task(name="tasks.send_invoice")
def send_invoice(seller: str, order_id: str) -> None:
    entrypoints.send_invoice(application(), seller, order_id)


@app.task(name="tasks.request_review")
def request_review(seller: str, order_id: str) -> None:
    entrypoints.request_review(application(), seller, order_id)
