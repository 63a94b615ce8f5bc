"""Sellers of benchmarks are armed, as those of people are."""

from collections.abc import Iterable

from ledger import armings
from ledger.database import Ledger
from worker.clock import SystemClock


def arm(ledger: Ledger, sellers: Iterable[str]) -> None:
    """Let these sellers send from this ledger."""
    with ledger.begin() as connection:
        for name in sellers:
            armings.arm(connection, name, "bench", "here", SystemClock().now())
