"""The errors that the ledger raises."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


class LedgerError(Exception):
    """The database refused or failed. The message ends with what to type; the transaction was rolled back."""


class Outgrown(LedgerError):
    """A newer askonce has migrated the ledger beyond this version: exit, so that the newer one is started."""


class Unreachable(LedgerError):
    """The database is not up, not ready or not reachable; a start waits for it."""


def shown(url: "URL") -> str:
    """A database's URL as it may be printed: without the password, which may also stand among the options."""
    return url.set(query={}).render_as_string(hide_password=True)
