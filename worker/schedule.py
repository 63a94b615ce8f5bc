"""What happens when: one table for Celery beat and for the embedded worker."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Tick:
    """A task rung for all sellers, every so often. A tick that was missed is not made up for: the ledger remembers."""

    task: str
    every: timedelta


SCHEDULE = (
    Tick("sweep", timedelta(minutes=5)),
    Tick("send_due", timedelta(minutes=1)),
    Tick("reconcile", timedelta(minutes=5)),
    Tick("check_invariants", timedelta(hours=24)),
    Tick("tidy", timedelta(hours=24)),
)
