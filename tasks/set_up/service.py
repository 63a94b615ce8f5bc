"""A shop is put in service: its settings say that it sends, and a person has armed it for this ledger."""

from collections.abc import Callable
from datetime import datetime

from ledger import armings
from ledger.database import Ledger
from marketplace.pace import Clock
from tasks import arming
from tasks.app import App
from tasks.audit import Person
from tasks.set_up import shop
from tasks.set_up.standing import Standing

PATIENCE = 30
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


def wait_until_taken_up(app: Callable[[], App], clock: Clock) -> None:
    """Until this process has begun, with the settings that the file has now; not for long, and not where it cannot use
    them."""
    for _ in range(PATIENCE):
        file = app().settings_file
        if app().sellers and (file is None or file.trouble or file.at_work == file.read().digest):
            return
        clock.sleep(1)
