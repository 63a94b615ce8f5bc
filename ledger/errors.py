"""What may be wrong with the ledger, for those who call it."""

from sqlalchemy.engine import URL


class LedgerError(Exception):
    """The database said no. The message ends with what to type; nothing of the transaction was kept."""


class Outgrown(LedgerError):
    """A newer askonce has taken the ledger to where this one cannot follow: end, so that the newer one is started."""


class Unreachable(LedgerError):
    """The database is not up, not yet ready, or not there: it may be soon, so a start waits for it."""


def shown(url: URL) -> str:
    """A database's URL as it may be printed: without the password, which may also stand among the options."""
    return url.set(query={}).render_as_string(hide_password=True)
