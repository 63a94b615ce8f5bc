"""Replay: a seller's own report, run day by day through the whole stack on a simulated clock.

Where it stands is kept in the ledger, so that a replay that was killed goes on where it was, and one that is run again
on the same ledger finds that everybody has been asked.
"""

import hashlib
import logging
import uuid
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from ledger import armings, history, identities, meta, sources
from ledger.database import Connection, Ledger, LedgerError
from ledger.state import State
from marketplace.simulator.all_orders_report import AllOrders
from rules.reason import Reason
from settings.schema import Seller
from tasks.app import App
from tasks.entrypoints import work_off
from tasks.gate import day_of
from tasks.refresh import refresh
from worker.clock import SimulatedClock

log = logging.getLogger("askonce.replay")

AFTERWARDS = timedelta(days=31)
"""How long after the last delivery a replay goes on: until every window is shut."""
STEP = timedelta(hours=1)
"""The shortest time between two passes."""
DAY = timedelta(days=1)


class Run(Struct, frozen=True):
    """One replay, as the ledger keeps it. `after`: the newest attempt before it began."""

    report: str
    start: datetime
    end: datetime
    after: int
    journal: str
    now: datetime
    finished: bool = False


def begin(ledger: Ledger, report: Path, seller: str, start: datetime, end: datetime) -> Run:
    """The run for this report: the one that was interrupted, or a new one.

    Raises LedgerError when the ledger holds a real seller's orders, which a simulation must not touch.
    """
    with report.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with ledger.begin() as connection:
        saved = meta.get(connection, meta.SIMULATED)
        if saved is None and not identities.is_empty(connection):
            raise LedgerError(
                f"{ledger.name} holds real orders, which a simulation must not touch. "
                "Type: DATABASE_URL=sqlite:///var/replay.db askonce replay REPORT --seller NAME"
            )
        before = decode(saved, type=Run) if saved else None
        if before and not before.finished and (before.report, before.start, before.end) == (digest, start, end):
            log.info("going on where the interrupted replay stood, on %s", before.now.date())
            return before
        now = max(start, before.now) if before else start
        journal = before.journal if before else uuid.uuid4().hex
        after = history.last_attempt(connection)
        run = Run(digest, start, end, after, journal, now)
        armings.arm(connection, seller, "askonce replay", "a simulated Amazon", now)
        _save(connection, run)
    return run


def play(app: App, seller: Seller, clock: SimulatedClock, run: Run) -> Counter[str]:
    """Work in passes until the end of the run, or until stopped. Returns the number of calls to Amazon, by operation.

    Raises LedgerError when another process replays on this ledger.
    """
    calls: Counter[str] = Counter()
    day = day_of(seller, clock.now())
    while clock.now() < run.end and not app.stopping.is_set():
        with app.session(seller.name) as session:
            if session is None:
                raise LedgerError("another replay is at work on this ledger. Type: askonce replay --help")
            refresh(session)
            work_off(session)
            calls += session.marketplace.calls
        with app.ledger.begin() as connection:
            clock.advance_to(min(_next_pass(connection, seller, clock.now()), run.end))
            _save(connection, replace(run, now=clock.now(), finished=clock.now() >= run.end))
        if day_of(seller, clock.now()) != day:
            day = day_of(seller, clock.now())
            log.info("%s: %s", seller.name, day)
    return calls


def _next_pass(connection: Connection, seller: Seller, now: datetime) -> datetime:
    """When an order may next be decided differently, or a half-read source goes on; a day from now at the latest."""
    look = history.next_look(connection, seller.name) or now + DAY
    half_read = [
        reading.next_read_at
        for reading in sources.readings(connection, seller.name).values()
        if reading.error and reading.next_read_at
    ]
    return min(max(look, now + STEP), *half_read, now + DAY)


def summary(ledger: Ledger, seller: Seller, report: AllOrders, run: Run) -> dict[str, Any]:
    """What the run asked, day by day, and the rest of the report's orders by reason: it adds up to all of them."""
    with ledger.read() as connection:
        sent = history.sent_after(connection, seller.name, run.after)
        verdicts = history.verdicts(connection, seller.name)
    asked = {order.order_id for order in report.orders} & sent.keys()
    by_reason = Counter(_reason(verdicts.get(order.order_id)) for order in report.orders if order.order_id not in asked)
    by_day = Counter(day_of(seller, sent[order_id]) for order_id in asked)
    return {
        "orders": len(report.orders),
        "asked": len(asked),
        "by_reason": dict(by_reason.most_common()),
        "by_day": [{"day": day.isoformat(), "asked": by_day[day]} for day in sorted(by_day)],
    }


def _reason(verdict: tuple[str, str] | None) -> str:
    if verdict is None:
        return Reason.NOT_SEEN
    state, reason = verdict
    return Reason.ALREADY_REQUESTED if state == State.SENT else reason


def _save(connection: Connection, run: Run) -> None:
    meta.put(connection, meta.SIMULATED, encode(run).decode())
