"""What becomes of a request for a review, by the rules alone."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledger.database import Connection
from ledger.requests import Request
from ledger.sources import freshness_for
from ledger.state import State
from ledger.transitions import Transition
from rules import freshness, reviews
from rules.decision import Act, Decision, Wait
from rules.reason import Reason
from settings.schema import Seller
from tasks.gate import Gate, next_day

if TYPE_CHECKING:  # what looks ahead has no session
    from tasks.session import SellerSession

KEPT = (
    *(Reason.NOT_OFFERED, Reason.OUTSIDE_AMAZON_WINDOW, Reason.NOT_AUTHORISED, Reason.STALE_FACTS),
    Reason.BRAKED,
)
"""Amazon's own "not now", and what could not be known: the reason that is kept when the window shuts on it."""

STALE_FOR = timedelta(minutes=5)
"""How long an order with a stale source waits: a source that failed is not read again sooner."""


def decide(_connection: Connection, session: "SellerSession", request: Request, now: datetime) -> Transition:
    """What becomes of a request whose look is due."""
    return decided(request, session.seller, now)


def reconsider(session: "SellerSession", request: Request, gate: Gate, now: datetime) -> Transition | None:
    """The rules once more, whether the facts are fresh, and the limit of its rule set. None: it may be sent."""
    decision = reviews.decide(request.facts, session.seller, now)
    if not isinstance(decision, Act):
        return _transition(request, decision, now)
    known = freshness_for(gate.readings, request.facts.order.marketplace_id)
    if freshness.stale_for(request.facts, session.seller, known, now):
        return Transition(request.key, State.DUE, Reason.STALE_FACTS, now + STALE_FOR, tries=request.tries)
    if not gate.has_room(request.facts):
        tomorrow = next_day(session.seller, now)
        return Transition(request.key, State.DUE, Reason.DAILY_LIMIT, tomorrow, tries=request.tries)
    return None


def decided(request: Request, seller: Seller, now: datetime) -> Transition:
    """What the rules make of a request now, with the settings of this seller."""
    return _transition(request, reviews.decide(request.facts, seller, now), now)


def _transition(request: Request, decision: Decision, now: datetime) -> Transition:
    if isinstance(decision, Act):
        return Transition(request.key, State.DUE, Reason.DUE, now, decision.deadline)
    if isinstance(decision, Wait):
        return Transition(request.key, State.WAITING, decision.reason, decision.due_at)
    ran_out = decision.reason is Reason.TOO_LATE and request.reason in KEPT
    return Transition(request.key, State.SKIPPED, request.reason if ran_out else decision.reason)
