"""The European Central Bank's reference rates: one file, all days since 1999, as it is published.

Updated on each working day at about 16:00 of Frankfurt, except on TARGET closing days
(https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html).
The bank signs nothing: that it is the bank's is known by the certificate of its server.
"""

from datetime import date, timedelta
from threading import Event

from marketplace.amazon.wire import Http
from marketplace.errors import Busy

HISTORY = "/stats/eurofxref/eurofxref-hist.zip"
LATER = timedelta(hours=6)
DAY = timedelta(days=1)
CLOSED = {(1, 1), (5, 1), (12, 25), (12, 26)}
"""Month and day on which TARGET is closed; beside them Good Friday and Easter Monday
(https://www.ecb.europa.eu/ecb/contacts/working-hours/html/index.en.html)."""


class CentralBank:
    """`endpoint` is where its files are; `stopping`, when set, ends a wait within seconds."""

    def __init__(self, endpoint: str, stopping: Event | None = None) -> None:
        self._url = endpoint.rstrip("/") + HISTORY
        self._stopping = stopping

    def history(self) -> bytes:
        """The file, whole. Raises Busy."""
        http = Http(stopping=self._stopping)
        try:
            reply = http.send("GET", self._url)
        finally:
            http.close()
        if reply.error or reply.status != 200:
            why = type(reply.error).__name__ if reply.error else f"HTTP status {reply.status}"
            raise Busy(f"the file of exchange rates was not had: {why}", retry_after=LATER, status=reply.status)
        return reply.body


def published_before(day: date) -> date:
    """The last day before that one on which rates were published."""
    last = day - DAY
    while last.weekday() > 4 or (last.month, last.day) in CLOSED or last - _easter(last.year) in (-2 * DAY, DAY):
        last -= DAY
    return last


def _easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)
