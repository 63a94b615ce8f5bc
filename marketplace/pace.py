"""Amazon's pace: one token bucket per operation, for one seller (GCRA, exact, in memory).

A bucket is one number: the moment at which it will be full again. Each call moves that moment one interval later.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from marketplace.errors import Busy
from marketplace.operations import Operation

# Part of a token that is never spent, for clocks that are corrected by a little while they run.
# It is held back once, not per call: the long-run rate stays exact.
SLACK = 0.2
# Amazon gives accounts other rates than the documented ones (invoices, a fortyfold: SP-API docs, "Option 3: upload
# invoices", one in three seconds), but a header beyond this is not believed.
MOST = 50.0
# Seconds below which a wait is rounding.
ROUNDING = 1e-4


class Clock(Protocol):
    """Tells the time, aware and in UTC, and waits."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


class Pace:
    """The buckets of one seller; safe to share between threads.

    `saved` is what `state()` returned earlier, so that a restart does not fill the buckets anew.
    """

    def __init__(self, clock: Clock, saved: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self._clock = clock
        self._lock = Lock()
        self._full_at: dict[Operation, float] = {}
        self._per_second = {operation: operation.per_second for operation in Operation}
        for operation in Operation:
            if bucket := (saved or {}).get(operation):
                self._full_at[operation] = bucket["full_at"]
                self._per_second[operation] = bucket["per_second"]

    def state(self) -> dict[str, dict[str, float]]:
        """The buckets that have been used, fit for JSON. `full_at` is in seconds since 1970."""
        with self._lock:
            return {
                str(operation): {"full_at": full_at, "per_second": self._per_second[operation]}
                for operation, full_at in self._full_at.items()
            }

    def wait(self, operation: Operation, patience: float = 5.0) -> None:
        """Takes a token, sleeping up to `patience` seconds for it.

        Raises Busy, and takes no token, when it would take longer.
        """
        while (seconds := self._take(operation)) > 0:
            if seconds > patience:
                raise Busy(f"{operation}: Amazon's pace", retry_after=timedelta(seconds=seconds))
            self._clock.sleep(seconds)
            patience -= seconds

    def seconds_until(self, operation: Operation) -> float:
        """How long until there is a token; 0: now. Takes none."""
        with self._lock:
            now = self._now()
            return max(self._short(operation, self._bucket(operation, now) - now), 0.0)

    def answered(self, operation: Operation) -> None:
        """A call has come back: Amazon counted it at this moment at the latest, however long after its token was taken.

        A full bucket at Amazon gains nothing while a call is on its way, and so must not here.
        """
        with self._lock:
            now = self._now()
            self._full_at[operation] = max(self._bucket(operation, now), now + 1 / self._per_second[operation])

    def correct(self, operation: Operation, per_second: float) -> None:
        """Takes over the rate that Amazon names in `x-amzn-RateLimit-Limit`; the tokens at hand stay as they are."""
        if not (math.isfinite(per_second) and per_second > 0):
            return
        with self._lock:
            now = self._now()
            rate = min(per_second, MOST * operation.per_second)
            missing = (self._bucket(operation, now) - now) * self._per_second[operation]
            self._per_second[operation] = rate
            self._full_at[operation] = now + missing / rate

    def penalise(self, operation: Operation) -> None:
        """Empties the bucket: Amazon has just refused a call, so its own bucket is empty."""
        with self._lock:
            self._full_at[operation] = self._now() + (operation.burst - SLACK) / self._per_second[operation]

    def _take(self, operation: Operation) -> float:
        """Seconds until there is a token; 0: it has been taken."""
        with self._lock:
            now = self._now()
            interval = 1 / self._per_second[operation]
            full_at = self._bucket(operation, now)
            seconds = self._short(operation, full_at - now)
            taken = seconds <= ROUNDING
            self._full_at[operation] = full_at + interval if taken else full_at
            return 0.0 if taken else seconds

    def _short(self, operation: Operation, until_full: float) -> float:
        return until_full - (operation.burst - SLACK - 1) / self._per_second[operation]

    def _bucket(self, operation: Operation, now: float) -> float:
        """When the bucket is full again: now at the earliest, and at the latest when an empty one would be."""
        full_at = max(now, self._full_at.get(operation, now))
        # Later than that only after the clock was set back, which must not stop the seller.
        return min(full_at, now + operation.burst / self._per_second[operation])

    def _now(self) -> float:
        return self._clock.now().timestamp()
