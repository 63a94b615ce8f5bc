"""Metrics for Prometheus, made from the ledger when they are asked for: so those of any process are those of all."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from http.client import HTTPException
from importlib.metadata import version
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

from ledger.answers import Answers
from ledger.controls import ALL
from ledger.errors import LedgerError
from ledger.state import State
from tasks.app import App
from tasks.check.outcome import Check, Outcome
from tasks.figures import Figures, figures

if TYPE_CHECKING:  # loaded when there is a port to serve
    from prometheus_client.metrics_core import Metric

log = logging.getLogger("askonce.metrics")

HOST = "127.0.0.1"
TRY_AGAIN = 60
"""Seconds after which a port that was taken is tried again: the worker that had it may have ended."""
BRAKED = "braked"
GAUGES = {
    "askonce_info": ("the version of this process", ("version",)),
    "askonce_ledger_up": ("whether the ledger can be read; if not, nothing else is there", ()),
    "askonce_due": ("requests and documents that are due", ("seller",)),
    "askonce_oldest_due_seconds": ("how long the request that waits longest has been due; 0: none is", ("seller",)),
    "askonce_held": ("requests and documents that are held", ("seller",)),
    "askonce_oldest_held_seconds": ("how long the first of them has been held; 0: none is", ("seller",)),
    "askonce_sent_last_day": ("requests that went out in the last 24 hours, or may have", ("seller",)),
    "askonce_missed_last_day": ("requests that were due and not asked until it was too late", ("seller",)),
    "askonce_invoices_late": ("invoices of business orders beyond Amazon's deadline", ("seller",)),
    "askonce_source_age_seconds": ("how old the facts of a source are", ("seller", "source")),
    "askonce_stopped": ("a stop in force; seller *: all", ("seller", "marketplace", "action", "reason")),
    "askonce_brakes": ("stops by a brake", ("seller",)),
    "askonce_budget_used_ratio": ("the share of Amazon's bucket that is used", ("seller", "operation")),
    "askonce_workers": ("workers that live, of all machines", ()),
    "askonce_alerts": ("what is wrong now, by kind", ("kind",)),
    "askonce_messages_waiting": ("alerts that are still to be sent", ()),
}
COUNTERS = {
    "askonce_answers": ("answers of Amazon, and words of people", ("seller", "action", "state", "reason")),
    "askonce_sent": ("requests and documents that were sent", ("seller", "action")),
    "askonce_refused": ("requests and documents that Amazon refused", ("seller", "action")),
}
"""Prometheus adds `_total` to their names."""

Value = tuple[str, tuple[str, ...], float]
"""A metric's name, its labels' values, and its value."""


def values(found: Figures, now: datetime) -> Iterator[Value]:
    """All but `askonce_info` and `askonce_ledger_up`."""
    for seller, each in found.standings.items():
        yield "askonce_due", (seller,), each.due
        yield "askonce_oldest_due_seconds", (seller,), _age(each.due_since, now)
        yield "askonce_held", (seller,), each.held
        yield "askonce_oldest_held_seconds", (seller,), _age(each.held_since, now)
        yield "askonce_sent_last_day", (seller,), each.asked
        yield "askonce_missed_last_day", (seller,), each.missed
        yield "askonce_invoices_late", (seller,), each.late
        braked = [stop for stop in found.stops if stop.reason.value == BRAKED and stop.of.seller in (ALL, seller)]
        yield "askonce_brakes", (seller,), len(braked)
    for seller, sources in found.as_of.items():
        for source, as_of in sources.items():
            yield "askonce_source_age_seconds", (seller, source), _age(as_of, now)
    for seller, budget in found.budget.items():
        for operation, used in budget.items():
            yield "askonce_budget_used_ratio", (seller, operation), used
    for stop in found.stops:
        yield "askonce_stopped", (stop.of.seller, stop.of.marketplace, stop.of.action, stop.reason), 1
    yield "askonce_workers", (), found.workers
    for kind, count in found.raised.items():
        yield "askonce_alerts", (kind,), count
    yield "askonce_messages_waiting", (), found.messages_waiting
    for answer, count in found.answers.items():
        yield "askonce_answers", tuple(answer), count
        for name, state in (("askonce_sent", State.SENT), ("askonce_refused", State.REFUSED)):
            if answer.state == state:
                yield name, (answer.seller, answer.action), count


def _age(then: datetime | None, now: datetime) -> float:
    return max((now - then).total_seconds(), 0.0) if then else 0.0


class Collector:
    """What Prometheus's client asks at each scrape. `app` is the application of that moment."""

    def __init__(self, app: Callable[[], App]) -> None:
        self._app = app
        self._answers = Answers()

    def collect(self) -> "Iterator[Metric]":
        yield from _metrics([("askonce_info", (version("askonce"),), 1.0), *self._values()])

    def _values(self) -> list[Value]:
        try:
            app = self._app()
            now = app.clock.now()
            found = list(values(figures(app, self._answers, now), now))
        except LedgerError as error:
            log.warning("no metrics: %s", error)
        except Exception:
            log.exception("no metrics")
        else:
            return [("askonce_ledger_up", (), 1.0), *found]
        return [("askonce_ledger_up", (), 0.0)]


def _metrics(found: list[Value]) -> "Iterator[Metric]":
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    summed: dict[str, dict[tuple[str, ...], float]] = {}
    for name, labels, value in found:
        of_name = summed.setdefault(name, {})
        of_name[labels] = of_name.get(labels, 0) + value
    for names, family in ((GAUGES, GaugeMetricFamily), (COUNTERS, CounterMetricFamily)):
        for name, (meaning, labels) in names.items():
            if name in summed:
                metric = family(name, meaning, labels=labels)
                for given, value in summed[name].items():
                    metric.add_metric(given, value)
                yield metric


def serve(app: Callable[[], App], port: int | None, stopping: Event) -> None:
    """Serve them from a thread of their own until the process stops. Without a port: nowhere."""
    if port is not None:
        Thread(target=_serve, args=[Collector(app), port, stopping], name="metrics", daemon=True).start()


def _serve(collector: Collector, port: int, stopping: Event) -> None:
    from prometheus_client import CollectorRegistry, start_http_server

    registry, said = CollectorRegistry(auto_describe=True), False
    registry.register(collector)  # which collects once: what was answered until now is counted before anybody asks
    while not stopping.is_set():
        try:
            server, _ = start_http_server(port, HOST, registry)
        except OSError as error:
            if not said:
                log.error("METRICS_PORT: %s cannot be used: %s. %s", port, error.strerror, _TAKEN)
            said = True
            stopping.wait(TRY_AGAIN)
            continue
        log.info("metrics at http://%s:%d/metrics", HOST, port)
        stopping.wait()
        server.shutdown()
        server.server_close()


_TAKEN = (
    "The work goes on without metrics from here, and it is tried again each minute. Another worker of this machine may "
    "have it, whose metrics are the same; else set METRICS_PORT to another one"
)


def check_metrics(port: int | None) -> Iterator[Check]:
    """Does one of our workers answer at the port?"""
    if port is None:
        return
    try:
        with urlopen(f"http://{HOST}:{port}/metrics", timeout=10) as answer:
            is_ours = b"askonce_info" in answer.read()
    except (HTTPError, HTTPException):  # an answer of another kind
        is_ours = False
    except OSError:
        yield Check("metrics", Outcome.UNKNOWN, f"nobody answers at port {port}", "start a worker: askonce run")
        return
    if is_ours:
        yield Check("metrics", Outcome.PASS, f"a worker answers at port {port}")
    else:
        yield Check("metrics", Outcome.FAIL, f"another program answers at port {port}", "METRICS_PORT=another one")
