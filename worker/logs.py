"""Logs: one line an event, on stderr, as text or as a JSON object; nothing about buyers, and no secret at any level."""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType

import click

from worker.text import printable

LONGEST = 2_000
"""Characters of an event; what is longer is cut."""
_TEXT = "%(asctime)s %(levelname)-7s %(name)s  %(message)s"

log = logging.getLogger("askonce.start")


def set_up_logs(*, verbose: bool = False) -> None:
    """Our own events from INFO on (DEBUG when `verbose`); of libraries, warnings only. As LOG_FORMAT says."""
    as_json = is_json()
    handler = logging.StreamHandler()
    handler.setFormatter(OneObject() if as_json else OneLine(_TEXT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("askonce").setLevel(logging.DEBUG if verbose else logging.INFO)
    if as_json:  # what Python itself would write
        logging.captureWarnings(True)
        sys.excepthook = _crash
        threading.excepthook = lambda told: _crash(told.exc_type, told.exc_value, told.exc_traceback)


@contextmanager
def events_go_to(show: Callable[[str, int], None]) -> Iterator[None]:
    """While it is open our own events go there alone, each on one line, with its level."""
    logger, handler = logging.getLogger("askonce"), _Shown(show)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = True


class _Shown(logging.Handler):
    def __init__(self, show: Callable[[str, int], None]) -> None:
        super().__init__()
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        self._show(printable(record.getMessage()), record.levelno)


def is_json() -> bool:
    """Whether LOG_FORMAT says so, in the environment or in `.env`."""
    from settings.load import read_log_format

    return read_log_format(os.environ)


def complain(words: str) -> None:
    """Say why a process does not begin, or ends: as text, or where logs are JSON as one of their objects."""
    if is_json():
        set_up_logs()
        log.error("%s", words)
    else:
        click.echo(words, err=True)


class OneLine(logging.Formatter):
    """Each event is one line, whatever is in it.

    A traceback follows only where something is wrong with the program, with `|` before each of its lines: not where a
    library tells of a server that is away.
    """

    def format(self, record: logging.LogRecord) -> str:
        record.message, trace = self.said(record)
        record.asctime = self.formatTime(record)
        return "\n  | ".join([printable(self.formatMessage(record))[:LONGEST], *map(printable, trace)])

    def said(self, record: logging.LogRecord) -> tuple[str, list[str]]:
        """The message, and the traceback where there is to be one."""
        trace = self.formatException(record.exc_info).splitlines() if record.exc_info else []
        if trace and not (record.name.startswith("askonce") or record.levelno >= logging.CRITICAL):
            return f"{record.getMessage()} ({trace[-1]})", []
        return record.getMessage(), trace


class OneObject(OneLine):
    """Each event is a JSON object on one line: `at` (UTC), `level`, `logger`, `message`, and of a bug `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        message, trace = self.said(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        found = {"at": at, "level": record.levelname, "logger": record.name, "message": message[:LONGEST]}
        return json.dumps(found | ({"trace": trace} if trace else {}))


def _crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        log.critical("ended by a bug", exc_info=(kind, error or kind(), trace))
