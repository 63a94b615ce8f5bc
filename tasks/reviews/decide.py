"""What becomes of a request for a review, by the rules alone."""

from collections.abc import Sequence
from datetime import datetime

from ledger.database import Connection
from ledger.queue import Key, Transition
from ledger.requests import Request
from ledger.state import State
from rules import review
from rules.decision import Act, Decision, Wait
from rules.reason import Reason
from tasks.app import SellerSession

ANSWERS = (Reason.NOT_OFFERED, Reason.OUTSIDE_AMAZON_WINDOW)
"""Amazon's own "not now": the reason that is kept when the window shuts on it."""


def decide(
    _connection: Connection, session: SellerSession, requests: Sequence[Request], now: datetime
) -> list[Transition]:
    """What becomes of each of these, whose look is due."""
    seller = session.seller
    return [transition(each.key, review.decide(each.facts, seller, now), each.reason, now) for each in requests]


def reconsider(session: SellerSession, request: Request, now: datetime) -> Transition | None:
    """The rules once more, with the facts at hand. None: it may be sent."""
    decision = review.decide(request.facts, session.seller, now)
    return None if isinstance(decision, Act) else transition(request.key, decision, request.reason, now)


def transition(key: Key, decision: Decision, before: Reason, now: datetime) -> Transition:
    """A decision, as it is written into the ledger, about what waited for the reason `before`."""
    if isinstance(decision, Act):
        return Transition(key, State.DUE, Reason.DUE, now, decision.deadline)
    if isinstance(decision, Wait):
        return Transition(key, State.WAITING, decision.reason, decision.due_at)
    ran_out = decision.reason is Reason.TOO_LATE and before in ANSWERS
    return Transition(key, State.SKIPPED, before if ran_out else decision.reason)
