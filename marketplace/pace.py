"""Amazon's pace: one token bucket per operation, for one seller (GCRA, exact, in memory).

A bucket is one number: the moment at which it will be full again. Each call moves that moment one interval later.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from marketplace.errors import Busy
from marketplace.operations import Operation

# Part of a token that is never spent, for clocks that are corrected by a little while they run.
# It is held back once, not per call: the long-run rate stays exact.
SLACK = 0.2
# Amazon gives accounts other rates than the documented ones (invoices, a fortyfold: SP-API docs, "Option 3: upload
# invoices", one in three seconds), but a header outside of this, in documented rates, is not believed.
LEAST, MOST = 0.1, 50.0
LAPSES = timedelta(hours=1)
"""How long Amazon's header is believed. No wait is longer: then the documented rate counts again."""
PATIENCE = 5.0
"""Seconds that a call waits for its token; beyond that it is Busy."""
PACE = "{operation}: Amazon's pace, {n} s"
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

    def __init__(self, clock: Clock, saved: Mapping[str, Any] | None = None) -> None:
        self._clock = clock
        self._lock = Lock()
        self._full_at: dict[Operation, float] = {}
        self._told: dict[Operation, tuple[float, float]] = {}  # the rate that Amazon named, and when
        for operation in Operation:
            bucket = (saved or {}).get(operation)
            if not isinstance(bucket, Mapping):
                continue
            full_at, rate, told_at = (_number(bucket.get(name)) for name in ("full_at", "per_second", "told_at"))
            if full_at is not None:
                self._full_at[operation] = full_at
            if rate is not None and told_at is not None and _believed(operation, rate):
                self._told[operation] = (rate, told_at)

    def state(self) -> dict[str, dict[str, float]]:
        """The buckets that have been used, fit for JSON. `full_at` and `told_at` are in seconds since 1970."""
        with self._lock:
            now = self._now()
            return {
                str(operation): {
                    "per_second": self._rate(operation, now),
                    "full_at": self._full_at[operation],
                    **({"told_at": self._told[operation][1]} if operation in self._told else {}),
                }
                for operation in self._full_at
            }

    def used(self) -> dict[Operation, float]:
        """Of each bucket that has been used, how much is missing in it now: 0 is full, 1 empty."""
        with self._lock:
            now = self._now()
            return {
                operation: (self._bucket(operation, now) - now) * self._rate(operation, now) / operation.burst
                for operation in list(self._full_at)
            }

    def wait(self, operation: Operation, patience: float = PATIENCE) -> None:
        """Takes a token, sleeping up to `patience` seconds for it.

        Raises Busy, and takes no token, when it would take longer.
        """
        while (seconds := self._take(operation)) > 0:
            if seconds > patience:
                later = min(timedelta(seconds=seconds), LAPSES)
                words = PACE.format(operation=operation, n=round(later.total_seconds()))
                raise Busy(words, retry_after=later)
            self._clock.sleep(seconds)
            patience -= seconds

    def seconds_until(self, operation: Operation) -> float:
        """How long until there is a token; 0: now. Takes none."""
        with self._lock:
            now = self._now()
            return max(self._short(operation, now), 0.0)

    def answered(self, operation: Operation) -> None:
        """A call has come back: Amazon counted it at this moment at the latest, however long after its token was taken.

        A full bucket at Amazon gains nothing while a call is on its way, and so must not here.
        """
        with self._lock:
            now = self._now()
            self._full_at[operation] = max(self._bucket(operation, now), now + 1 / self._rate(operation, now))

    def correct(self, operation: Operation, per_second: float) -> None:
        """Believes the rate that Amazon names in `x-amzn-RateLimit-Limit`, within reason and for an hour."""
        with self._lock:
            if _believed(operation, per_second):
                now = self._now()
                missing = (self._bucket(operation, now) - now) * self._rate(operation, now)
                self._told[operation] = (per_second, now)
                self._full_at[operation] = now + missing / per_second  # the tokens at hand stay as they are

    def penalise(self, operation: Operation) -> None:
        """Empties the bucket: Amazon has just refused a call, so its own bucket is empty."""
        with self._lock:
            now = self._now()
            self._full_at[operation] = now + (operation.burst - SLACK) / self._rate(operation, now)

    def _take(self, operation: Operation) -> float:
        """Seconds until there is a token; 0: it has been taken."""
        with self._lock:
            now = self._now()
            full_at, seconds = self._bucket(operation, now), self._short(operation, now)
            taken = seconds <= ROUNDING
            self._full_at[operation] = full_at + taken / self._rate(operation, now)
            return 0.0 if taken else seconds

    def _short(self, operation: Operation, now: float) -> float:
        return self._bucket(operation, now) - now - (operation.burst - SLACK - 1) / self._rate(operation, now)

    def _rate(self, operation: Operation, now: float) -> float:
        """Tokens in a second. What Amazon named is forgotten in time; so it is after the clock was set back."""
        rate, told_at = self._told.get(operation, (operation.per_second, now))
        if abs(now - told_at) < LAPSES.total_seconds():
            return rate
        del self._told[operation]
        full_at = self._full_at.get(operation, now)
        self._full_at[operation] = now + max(full_at - now, 0) * rate / operation.per_second
        return operation.per_second

    def _bucket(self, operation: Operation, now: float) -> float:
        """When the bucket is full again: now at the earliest, and at the latest when an empty one would be."""
        rate = self._rate(operation, now)
        full_at = max(now, self._full_at.get(operation, now))
        # Later than that only after the clock was set back, which must not stop the seller.
        return min(full_at, now + operation.burst / rate)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _believed(operation: Operation, per_second: float) -> bool:
    return LEAST <= per_second / operation.per_second <= MOST


def _number(value: object) -> float | None:
    """What was kept by another version, or by another program, may be anything."""
    return float(value) if isinstance(value, float | int) and abs(value) < 1e12 else None
