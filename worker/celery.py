"""The Celery app: `celery -A worker worker`, `celery -A worker beat`, `celery -A worker call tasks.sweep`.

A task is a doorbell: it carries names and ids, and looks into the ledger. No retries, no countdowns, no results.
"""

import logging
import os
import threading

from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutting_down
from kombu.exceptions import OperationalError

from ledger.database import open_ledger
from marketplace.amazon.client import Amazon
from settings.load import load_settings, read_broker
from tasks import turn
from tasks.house import House
from worker.clock import SystemClock
from worker.logs import set_up_logs
from worker.schedule import SCHEDULE
from worker.wiring import wire

app = Celery("worker", broker=read_broker(os.environ) or "redis://localhost:6379/0")
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,  # the ledger is the result
    task_acks_late=False,  # a lost message costs one tick; a worker busy while Redis restarts survives only this way
    worker_prefetch_multiplier=1,  # a turn may take a minute: let idle workers have the next one
    worker_pool="threads",  # lanes wait for Amazon nearly all of the time
    worker_concurrency=32,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_keepalive": True, "socket_timeout": 30, "max_connections": 64},
    timezone="UTC",
    enable_utc=True,
    beat_schedule={
        tick.task: {
            "task": f"tasks.{tick.task}",
            "schedule": tick.every,
            "options": {"expires": tick.every.total_seconds()},  # a late tick is worthless: the next one is there
        }
        for tick in SCHEDULE
    },
    beat_scheduler="celery.beat:Scheduler",  # in memory: when to tick next is all that a file would hold
)

log = logging.getLogger("askonce.celery")
_stopping = threading.Event()
_building = threading.Lock()
_house: House | None = None


class Messages:
    """The doorbell of many processes: one small message a ring, worthless after ten minutes."""

    def ring(self, task: str, seller: str) -> None:
        try:
            app.send_task(f"tasks.{task}", kwargs={"seller": seller}, expires=600, retry=False)
        except OperationalError as error:
            log.warning("the broker does not answer (%s); the next tick rings again", error)


def house() -> House:
    """This process's house, made at the first task."""
    global _house
    with _building:
        _house = _house or _build()
    return _house


def _build() -> House:
    settings = load_settings(os.environ)
    clock = SystemClock()
    amazon = Amazon(clock, settings.environment.sp_api_endpoint, settings.environment.lwa_endpoint)
    ledger = open_ledger(settings.environment.database_url_or_default)
    return wire(settings, ledger, clock, amazon, Messages(), _stopping)


@setup_logging.connect
def _logs(**_: object) -> None:
    set_up_logs()


@worker_ready.connect
def _begin(**_: object) -> None:
    """Begin at once: beat's first tick comes minutes later."""
    log.info("working for %s", ", ".join(house().sellers))
    turn.sweep(house())


@worker_shutting_down.connect
def _stop(**_: object) -> None:
    _stopping.set()


@app.task(name="tasks.sweep")
def sweep(seller: str | None = None) -> None:
    turn.sweep(house(), seller)


@app.task(name="tasks.send_due")
def send_due(seller: str | None = None) -> None:
    turn.send_due(house(), seller)


@app.task(name="tasks.reconcile")
def reconcile(seller: str | None = None) -> None:
    turn.reconcile(house(), seller)


@app.task(name="tasks.check_invariants")
def check_invariants() -> None:
    turn.check_invariants(house())


@app.task(name="tasks.request_review")
def request_review(seller: str, order_id: str) -> None:
    turn.request_review(house(), seller, order_id)
