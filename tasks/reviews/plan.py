"""Plan: what would go out, and when, if no fact changed. The rules' own decisions, looked up ahead; nothing is sent."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.database import Ledger
from ledger.requests import REVIEWS, Request
from ledger.state import OPEN, Action, State
from rules.reason import Reason
from rules.reviews import forecast
from settings.schema import Seller
from tasks.actions import ACTIONS
from tasks.gate import Gate, day_start


@dataclass(frozen=True, slots=True)
class Planned:
    """One order that would be asked at `due_at`, and the reason why that is not now (`due`: it is)."""

    seller: str
    order_id: str
    action: str
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
        gate = Gate.read(connection, ACTIONS[Action.REVIEW].terms, seller, now)
        closed = gate.closed(connection, now)
        found: list[tuple[datetime, Reason, Request]] = []
        by_reason: Counter[str] = Counter()
        for each in REVIEWS.in_states(connection, seller.name, (*OPEN, State.SKIPPED, State.HELD, State.REFUSED)):
            is_due = each.state is State.DUE
            start = now if is_due else each.next_look_at
            asked_in = (State.WAITING, State.DUE)
            due_at = forecast(each.facts, seller, max(start or now, now), until) if each.state in asked_in else None
            if due_at is None:
                by_reason[each.reason] += 1
            else:
                found.append((due_at, (closed or Reason.DUE) if is_due else each.reason, each))
    found.sort(key=lambda item: item[0])
    planned = [
        Planned(seller.name, request.order_id, request.key.action, due_at, reason)
        for due_at, reason, request in _within_limit(found, seller, gate, now, until)
    ]
    by_reason[Reason.DAILY_LIMIT] += len(found) - len(planned)
    return Plan(planned, +by_reason, closed)


def _within_limit(
    found: list[tuple[datetime, Reason, Request]], seller: Seller, gate: Gate, now: datetime, until: datetime
) -> Iterator[tuple[datetime, Reason, Request]]:
    """Moves to the next day what exceeds the daily limit."""
    limit = seller.review_requests.daily_limit
    if limit is None:
        yield from found
        return
    sent_on = Counter({day_start(seller, now): limit - (gate.left or 0)})
    for due_at, reason, request in found:
        moment: datetime | None = due_at
        while moment is not None and sent_on[day_start(seller, moment)] >= limit:
            tomorrow = day_start(seller, day_start(seller, moment) + timedelta(hours=26))
            moment = forecast(request.facts, seller, tomorrow, until)
        if moment is not None:
            sent_on[day_start(seller, moment)] += 1
            yield moment, reason if moment == due_at else Reason.DAILY_LIMIT, request
