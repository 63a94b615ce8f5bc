"""Logs: one line an event, on stderr; nothing about buyers, and no secret at any level."""

import logging

from worker.text import printable

LONGEST = 2_000
"""Characters of an event; what is longer is cut."""


def set_up_logs(*, verbose: bool = False) -> None:
    """Our own events from INFO on (DEBUG when `verbose`); of libraries, warnings only."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(asctime)s %(levelname)-7s %(name)s  %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("askonce").setLevel(logging.DEBUG if verbose else logging.INFO)


class OneLine(logging.Formatter):
    """Each event is one line, whatever is in it.

    A traceback follows only where something is wrong with the program, with `|` before each of its lines: not where a
    library tells of a server that is away.
    """

    def format(self, record: logging.LogRecord) -> str:
        record.message, record.asctime = record.getMessage(), self.formatTime(record)
        trace = self.formatException(record.exc_info).splitlines() if record.exc_info else []
        is_bug = record.name.startswith("askonce") or record.levelno >= logging.CRITICAL
        if trace and not is_bug:
            record.message += f" ({trace[-1]})"
        line = printable(self.formatMessage(record))[:LONGEST]
        return "\n  | ".join([line, *map(printable, trace)]) if is_bug else line
