"""Ask Amazon to request a review."""

from datetime import timedelta

from ledger.requests import Request
from ledger.state import State
from ledger.transitions import Answered, Transition
from rules.reason import Reason
from tasks.kept_words import ACCEPTED
from tasks.line import ASK_AGAIN, Found
from tasks.session import SellerSession

LOOK_AFTER = timedelta(seconds=5)
"""How long after a lost answer Amazon is asked what is still offered."""


def look(session: SellerSession, request: Request) -> Transition | None:
    """Whether Amazon offers the request now. None: it does."""
    if session.marketplace.review_offered(request.order_id, request.facts.order.marketplace_id or ""):
        return None
    return Transition(request.key, State.WAITING, Reason.NOT_OFFERED, session.clock.now() + ASK_AGAIN)


def ask(session: SellerSession, request: Request, _prepared: None) -> Found:
    """The one irrevocable call."""
    receipt = session.marketplace.request_review(request.order_id, request.facts.order.marketplace_id or "")
    sent = Transition(request.key, State.SENT, Reason.REQUESTED)
    return Found(sent, Answered(ACCEPTED, 201, receipt.request_id))
