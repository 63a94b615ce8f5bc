"""What happens when: one table for Celery beat, for Celery's tasks and for the embedded worker."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tasks import entrypoints
from tasks.alerts.watch import watch
from tasks.app import App
from tasks.fetch_rates import fetch_rates
from tasks.tell import tell


@dataclass(frozen=True, slots=True)
class Tick:
    """A task that is rung for all sellers, every so often, and at the start of the beat or of the embedded worker.

    A missed tick is not made up for: what is to be done stands in the ledger.
    """

    run: Callable[[App, str | None], None]
    every: timedelta

    @property
    def task(self) -> str:
        """Its name; Celery's has `tasks.` before it."""
        return self.run.__name__


SCHEDULE = (
    Tick(entrypoints.sweep, timedelta(minutes=1)),
    Tick(entrypoints.send_due, timedelta(minutes=1)),
    Tick(entrypoints.reconcile, timedelta(minutes=5)),
    Tick(watch, timedelta(minutes=1)),
    Tick(entrypoints.tally, timedelta(minutes=1)),
    Tick(tell, timedelta(hours=1)),
    Tick(fetch_rates, timedelta(hours=1)),
    Tick(entrypoints.check_invariants, timedelta(hours=24)),
    Tick(entrypoints.tidy, timedelta(hours=24)),
)
RUN = {tick.task: tick.run for tick in SCHEDULE}
"""What a doorbell rings for."""
