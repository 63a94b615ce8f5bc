"""Sweep: decide every order whose look is due. Its cost follows what is due, not what is stored."""

from datetime import datetime

from ledger import orders, requests
from ledger.requests import Verdict
from ledger.state import State
from rules import reviews
from rules.decision import Act, Decision, Wait
from rules.order import Facts
from rules.reason import Reason
from settings.schema import Seller
from tasks.app import SellerSession

BATCH = 500
SWEPT = (State.WAITING, State.SKIPPED)
ANSWERS = (Reason.NOT_OFFERED, Reason.OUTSIDE_AMAZON_WINDOW)
"""Amazon's own "not now": the reason that is kept when the window shuts on it."""


def sweep(session: SellerSession) -> int:
    """Decide all that is due, in batches. Returns how many orders were decided."""
    decided = 0
    while not session.stopping.is_set():
        now = session.clock.now()
        with session.ledger.begin() as connection:
            rows = requests.looks(connection, session.name, SWEPT, now, BATCH)
            rows = rows or requests.expired(connection, session.name, now, BATCH)
            if not rows:
                break
            session.renew(connection)
            verdicts = [decide(orders.facts(row), session.seller, Reason(row.reason), now) for row in rows]
            requests.decide(connection, session.name, verdicts, now)
        decided += len(rows)
    return decided


def decide(facts: Facts, seller: Seller, before: Reason, now: datetime) -> Verdict:
    """What becomes of an entry that waited for the reason `before`."""
    return verdict(facts.order.order_id, reviews.decide(facts, seller, now), before, now)


def verdict(order_id: str, decision: Decision, before: Reason, now: datetime) -> Verdict:
    """A decision, as it is written into the ledger."""
    if isinstance(decision, Act):
        return Verdict(order_id, State.DUE, Reason.DUE, now, decision.deadline)
    if isinstance(decision, Wait):
        return Verdict(order_id, State.WAITING, decision.reason, decision.due_at)
    ran_out = decision.reason is Reason.TOO_LATE and before in ANSWERS
    return Verdict(order_id, State.SKIPPED, before if ran_out else decision.reason)
