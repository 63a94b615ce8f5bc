"""A shop is put in service: its settings say that it sends, and a person has armed it for this ledger."""

from datetime import datetime

from ledger import armings
from ledger.database import Ledger
from marketplace.pace import Clock
from tasks import arming
from tasks.audit import Person
from tasks.set_up import shop
from tasks.set_up.standing import Standing
from tasks.settings_file import SettingsFile

PATIENCE = 15
"""Seconds within which a process takes up new settings."""


def is_armed(ledger: Ledger, seller: str) -> bool:
    """Whether a person has let it send, from this ledger, where it stands."""
    with ledger.read() as connection:
        known = armings.of(connection, seller)
    return known is not None and known.lost is None


def put_in_service(known: Standing, ledger: Ledger, seller: str, by: Person, now: datetime) -> None:
    """From now on it sends. Raises NotDone: then it sends nothing."""
    shop.change(known, ledger, seller, {"live": True}, by, now)
    arming.arm(ledger, seller, by, now)


def wait_until_taken_up(file: SettingsFile | None, clock: Clock) -> None:
    """Until this process has the settings that the file has now; not for long, and not where it cannot use them."""
    for _ in range(PATIENCE):
        if file is None or file.trouble or file.at_work == file.read().digest:
            return
        clock.sleep(1)
