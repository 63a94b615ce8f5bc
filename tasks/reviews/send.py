"""Ask Amazon to request a review."""

from datetime import timedelta

from ledger.requests import Request
from ledger.state import State
from ledger.transitions import Answered, Transition
from marketplace.errors import Answer, Busy, NotAuthorised, Refused, Unclear
from rules.reason import Reason
from tasks.line import ASK_AGAIN, STOPPED_FOR, Found, after_broken, rest
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
    return Found(sent, Answered("accepted", 201, receipt.request_id))


def after(session: SellerSession, request: Request, answer: Answer) -> Transition:
    """What an answer other than yes makes of the request."""
    now, key, tries = session.clock.now(), request.key, request.tries
    match answer:
        case Refused(reason=Reason.ALREADY_REQUESTED):
            return Transition(key, State.REFUSED, Reason.ALREADY_REQUESTED)
        case Refused(reason=Reason.UNKNOWN_REFUSAL):
            return Transition(key, State.HELD, Reason.UNKNOWN_REFUSAL, now + ASK_AGAIN)
        case Refused():
            return Transition(key, State.WAITING, answer.reason, now + ASK_AGAIN)
        case Unclear():
            return Transition(key, State.UNCLEAR, Reason.UNCLEAR, now + LOOK_AFTER, tries=tries + 1)
        case NotAuthorised():
            return Transition(key, State.DUE, Reason.NOT_AUTHORISED, now + STOPPED_FOR, tries=tries)
        case Busy():
            later = max(answer.retry_after, rest(session, key, Reason.BUSY))
            return Transition(key, State.DUE, Reason.BUSY, now + later, tries=tries)
    return after_broken(session, request, answer, ASK_AGAIN)
