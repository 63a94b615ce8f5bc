"""Plan: what would go out, and when, if no fact changed. The rules' own decisions, looked up ahead; nothing is sent."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import orders, requests
from ledger.database import Ledger
from ledger.state import OPEN, Action, State
from rules.order import Facts
from rules.reason import Reason
from rules.reviews import forecast
from settings.schema import Seller
from tasks.gate import Gate, day_start


@dataclass(frozen=True, slots=True)
class Planned:
    """One order that would be asked at `due_at`, and the reason why that is not now (`due`: it is)."""

    seller: str
    order_id: str
    action: Action
    due_at: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes out within the days asked for, soonest first; `by_reason` counts all other open or skipped orders."""

    entries: list[Planned]
    by_reason: Counter[str]
    closed: Reason | None  # why the seller's gate is shut at present: then nothing goes out until it opens


def plan(ledger: Ledger, seller: Seller, now: datetime, days: int) -> Plan:
    """The plan for the next days, from what the ledger knows."""
    until = now + timedelta(days=days)
    with ledger.read() as connection:
        gate = Gate.read(connection, seller, now)
        closed = gate.closed(connection, now)
        found: list[tuple[datetime, Reason, Facts]] = []
        by_reason: Counter[str] = Counter()
        for row in requests.in_states(connection, seller.name, (*OPEN, State.SKIPPED, State.HELD, State.REFUSED)):
            facts = orders.facts(row)
            asked_in = (State.WAITING, State.DUE)
            start = now if row.state == State.DUE else row.next_look_at
            due_at = forecast(facts, seller, max(start or now, now), until) if row.state in asked_in else None
            if due_at is None:
                by_reason[row.reason] += 1
            else:
                reason = (closed or Reason.DUE) if row.state == State.DUE else Reason(row.reason)
                found.append((due_at, reason, facts))
    found.sort(key=lambda item: item[0])
    planned = [
        Planned(seller.name, facts.order.order_id, Action.REVIEW, due_at, reason)
        for due_at, reason, facts in _within_limit(found, seller, gate, now, until)
    ]
    by_reason[Reason.DAILY_LIMIT] += len(found) - len(planned)
    return Plan(planned, +by_reason, closed)


def _within_limit(
    found: list[tuple[datetime, Reason, Facts]], seller: Seller, gate: Gate, now: datetime, until: datetime
) -> Iterator[tuple[datetime, Reason, Facts]]:
    """Put off to the next day what the daily limit does not allow."""
    limit = seller.review_requests.daily_limit
    if limit is None:
        yield from found
        return
    sent_on = Counter({day_start(seller, now): limit - (gate.left or 0)})
    for due_at, reason, facts in found:
        moment: datetime | None = due_at
        while moment is not None and sent_on[day_start(seller, moment)] >= limit:
            tomorrow = day_start(seller, day_start(seller, moment) + timedelta(hours=26))
            moment = forecast(facts, seller, tomorrow, until)
        if moment is not None:
            sent_on[day_start(seller, moment)] += 1
            yield moment, reason if moment == due_at else Reason.DAILY_LIMIT, facts
