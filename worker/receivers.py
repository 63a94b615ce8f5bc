"""Apprise, behind the port of alerts. It is imported with the first message: that takes a third of a second."""

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock

from ledger import identities
from ledger.database import Ledger
from tasks.alerts.receiver import Receiver

_STATUS = re.compile(r"error=(\d{3})\b")
_ONE_AT_A_TIME = Lock()
_LOUD = ("apprise", "urllib3", "requests")
"""Loggers that name URLs, with the secrets in them."""


def receivers(ledger: Ledger, urls: Iterable[str]) -> tuple[Receiver, ...]:
    """Those of ALERT_URLS, which shows of each its number and its scheme alone. Raises LedgerError."""
    urls = tuple(urls)
    if not urls:
        return ()
    with ledger.begin() as connection:
        return tuple(
            Receiver(
                f"{number} ({url.partition('://')[0].lower()})",
                identities.fingerprint(connection, "receiver", url),
                partial(post, url),
            )
            for number, url in enumerate(urls, 1)
        )


def post(url: str, title: str, body: str, tone: str) -> str:
    """Send to one URL. Returns why it was not taken, or nothing; the URL is not in it."""
    import apprise

    asset = apprise.AppriseAsset(app_id="askonce", app_desc="askonce", app_url="", async_mode=False)
    try:
        with _listening() as said:
            to = apprise.Apprise(asset=asset)
            if not to.add(url):
                return "Apprise knows no such URL; how they are written stands in its documentation"
            taken = to.notify(body=body, title=title, notify_type=tone, body_format=apprise.NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001  whatever a plugin raises, nothing else is stopped by it
        return f"{type(error).__name__} in Apprise"
    return "" if taken else _why(said)


def _why(said: list[str]) -> str:
    statuses = [match[1] for each in said if (match := _STATUS.search(each))]
    if statuses:
        return f"it answered {statuses[-1]}"
    if any("onnection" in each for each in said):
        return "it cannot be reached, or did not answer in time"
    return "it did not take it"


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What Apprise says, in threads of its own, of one message at a time. It goes into no log."""
    for name in _LOUD:
        logging.getLogger(name).propagate = False
    logger, heard = logging.getLogger("apprise"), _Heard(logging.WARNING)
    with _ONE_AT_A_TIME:
        logger.addHandler(heard)
        try:
            yield heard.said
        finally:
            logger.removeHandler(heard)


class _Heard(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
