"""The simulator's time: it runs at a speed, or it follows the client that names its own time in a header."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

HEADER = b"x-simulated-now"


class SimClock:
    """`speed` simulated seconds pass in one real second; `seconds` counts real seconds, as an event loop's time().

    With `follows_client` time stands still between requests, and is the latest that a request's header has named.
    """

    def __init__(
        self, start: datetime, seconds: Callable[[], float], *, speed: float = 1, follows_client: bool = False
    ) -> None:
        self._seconds = seconds
        self._speed = 0 if follows_client else speed
        self._follows_client = follows_client
        self.set(start)

    @property
    def token_lifetime(self) -> timedelta:
        """An hour for the client, who cannot renew its token more often than its own real time lets it."""
        return timedelta(hours=max(self._speed, 1))

    def now(self) -> datetime:
        return self._base + timedelta(seconds=(self._seconds() - self._mark) * self._speed)

    def set(self, now: datetime) -> None:
        self._base = now.astimezone(UTC)
        self._mark = self._seconds()
        self._last_header = b""

    def see(self, header: bytes | None) -> None:
        """Takes the client's time. Raises ValueError for what is not an ISO time with a zone."""
        if not self._follows_client or header is None or header == self._last_header:
            return
        named = datetime.fromisoformat(header.decode())
        if named.tzinfo is None:
            raise ValueError("a time without a zone")
        if named > self._base:
            self.set(named)
        self._last_header = header
