"""Figures of the moment, from what status knows already: for metrics. No order is counted for them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger import alerts, lanes, messages, overview, sources
from ledger.answers import Answers
from ledger.answers import Kind as AnswerKind
from ledger.controls import Stop
from ledger.overview import Standing
from marketplace.operations import Operation
from marketplace.pace import Pace
from rules.order import Source
from tasks.app import App
from tasks.status import ASKED_IN
from tasks.stops import in_force
from tasks.workers import at_work


@dataclass(frozen=True, slots=True)
class Figures:
    """By seller, unless it is the installation's. `as_of`: how far each source that is needed was read; `budget`: how
    much of each of Amazon's buckets is used, 0 to 1; `answers`: all that were ever given; `raised`: alerts by kind."""

    standings: Mapping[str, Standing]
    as_of: Mapping[str, Mapping[Source, datetime]]
    stops: list[Stop]
    budget: Mapping[str, Mapping[Operation, float]]
    answers: Counter[AnswerKind]
    workers: int
    raised: Counter[str]
    messages_waiting: int


def figures(app: App, answers: Answers, now: datetime) -> Figures:
    """Raises LedgerError."""
    with app.ledger.read() as connection:
        standings = overview.standings(connection, now, now - ASKED_IN)
        readings = sources.readings_of_all(connection)
        paces = lanes.paces(connection)
        raised = Counter(each.kind for each in alerts.known(connection).values() if each.over_at is None)
        return Figures(
            standings={name: standings.get(name, Standing()) for name in app.sellers},
            as_of={
                name: {
                    source: reading.as_of
                    for source, reading in readings.get(name, {}).items()
                    if reading.as_of and not reading.not_needed and source not in seller.unavailable_sources
                }
                for name, seller in app.sellers.items()
            },
            stops=in_force(connection, app.sellers.values(), now, app.stop_file),
            budget={name: Pace(app.clock, paces.get(name)).used() for name in app.sellers},
            answers=answers.count(connection, now),
            workers=len(at_work(connection, now)),
            raised=raised,
            messages_waiting=messages.waiting(connection),
        )
