"""Logs: one line an event, on stderr; nothing about buyers, and no secret at any level."""

import logging


def set_up_logs(*, verbose: bool = False) -> None:
    """Our own events from INFO on (DEBUG when `verbose`); of libraries, warnings only."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("askonce").setLevel(logging.DEBUG if verbose else logging.INFO)
