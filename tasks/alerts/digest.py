"""The daily digest: what yesterday brought, and where everything stands, in sums that add up."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ledger import history, meta
from ledger.alerts import Alert
from ledger.database import Connection
from ledger.history import Totals
from settings.schema import Seller
from tasks.alerts.words import MOST, said
from tasks.day import day_lines
from tasks.gate import day_start

AT = timedelta(hours=8)
"""After midnight of the first seller's day: when people are awake."""
TOLD = "digest_told"
"""Key in the ledger's `meta`: the last day on which there was one, as text."""


def day_of(sellers: Mapping[str, Seller], now: datetime) -> str:
    """The day whose digest is the newest: it is written in the morning after the day it tells of."""
    first = next(iter(sellers.values()))
    return f"{(now - AT).astimezone(first.zone):%Y-%m-%d}"


def is_due(connection: Connection, sellers: Mapping[str, Seller], now: datetime) -> bool:
    """Whether there was one before, and none on this day."""
    before = meta.get(connection, TOLD)
    return bool(before) and before != day_of(sellers, now)


def digest(
    connection: Connection, sellers: Mapping[str, Seller], alerts: Sequence[Alert], now: datetime
) -> tuple[str, str]:
    """Title and body. Counts all orders once."""
    names = list(sellers)
    requests, documents = history.totals(connection, names), history.invoice_totals(connection, names)
    lines = [*_days(connection, sellers, now)]
    left = len(lines) - MOST
    lines = [*lines[:MOST], *([f"and {left} more sellers: askonce status"] if left > 0 else [])]
    lines.append(f"Requests: {_sum(requests)}")
    if documents.seen:
        lines.append(f"Invoices: {_sum(documents)}")
    wrong = [f"Still wrong: {said(each)}" for each in alerts[:MOST]]
    title = f"the day: {len(alerts)} things need you" if alerts else "the day: all is well"
    return title, "\n".join([*lines, *wrong])


def _days(connection: Connection, sellers: Mapping[str, Seller], now: datetime) -> Iterator[str]:
    for zone in dict.fromkeys(seller.zone.key for seller in sellers.values()):
        there = [seller for seller in sellers.values() if seller.zone.key == zone]
        yield from day_lines(connection, there, day_start(there[0], now))


def _sum(totals: Totals) -> str:
    parts = ("sent", "waiting", "skipped", "refused", "held")
    return f"{totals.seen:,} seen = {' + '.join(f'{getattr(totals, part):,} {part}' for part in parts)}"
