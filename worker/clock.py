"""The clocks. This is the only file that reads the wall clock."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_STARTED = datetime.now(UTC), time.monotonic()


def steady_now() -> datetime:
    """Monotonic time as a UTC datetime, for measuring intervals: setting the machine's clock does not change it."""
    at, counted = _STARTED
    return at + timedelta(seconds=time.monotonic() - counted)


class SystemClock:
    """The machine's time in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class ShiftedClock(SystemClock):
    """The machine's time, plus the days that were skipped. For the demo."""

    def __init__(self) -> None:
        self._skipped = timedelta()

    def now(self) -> datetime:
        return super().now() + self._skipped

    def skip(self, by: timedelta) -> None:
        self._skipped += by


class SimulatedClock:
    """Time that moves only by `sleep` and `advance_to`; `moved` is called with the new time at each step."""

    def __init__(self, start: datetime, moved: Callable[[datetime], None] | None = None) -> None:
        self._now = start
        self._moved = moved

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.advance_to(self._now + timedelta(seconds=max(seconds, 0)))

    def advance_to(self, moment: datetime) -> None:
        """Move forward; never back."""
        if moment > self._now:
            self._now = moment
            if self._moved:
                self._moved(moment)
