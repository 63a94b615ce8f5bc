"""Sellers of tests are armed, as those of people are; their ramp-up is switched off where tests write settings."""

from datetime import UTC, datetime

from ledger import armings
from ledger.database import Ledger


def arm(ledger: Ledger, *sellers: str, at: datetime | None = None) -> None:
    """Let these sellers send from this ledger."""
    with ledger.begin() as connection:
        for seller in sellers:
            armings.arm(connection, seller, "a person", "the tests", at or datetime.now(UTC))
