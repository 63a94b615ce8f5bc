"""Settle doubts by looking at what Amazon still offers, never by requesting again.

still offered      it was not sent        UNCLEAR, HELD, SENT by inference → DUE
no longer offered  it was sent            UNCLEAR → SENT, looked at once more a day later
                                          (Amazon has been seen to offer nothing for a day, and again the next)
window shut        nobody can tell        UNCLEAR → HELD, for a person
"""

from ledger.requests import Request
from ledger.state import State
from ledger.transitions import Answered, Transition
from rules import reviews
from rules.reason import Reason
from tasks.kept_words import NOT_OFFERED, STILL_OFFERED
from tasks.line import ASK_AGAIN, MOST_TRIES, Found
from tasks.session import SellerSession

WHEN_SHUT = {State.UNCLEAR: State.HELD, State.HELD: State.SKIPPED, State.SENT: State.SENT}
"""Final state when the window closes before the outcome is known. Held: surely not sent."""
IN_DOUBT = (State.UNCLEAR, State.SENT, State.HELD)


def look_again(session: SellerSession, request: Request) -> Found:
    """Look at one doubt."""
    now, key, state = session.clock.now(), request.key, request.state
    shut_at = reviews.shut_at(request.facts, session.seller, now) or request.deadline
    if shut_at and now >= shut_at:
        shut = Transition(key, WHEN_SHUT[state], request.reason, tries=request.tries)
        return Found(shut, Answered("the window is shut: no look can tell any more"))
    offered = session.marketplace.review_offered(key.order_id, request.facts.order.marketplace_id or "")
    words = Answered(STILL_OFFERED if offered else NOT_OFFERED, 200)
    return Found(_settled(session, request, offered), words)


def _settled(session: SellerSession, request: Request, offered: bool) -> Transition:
    now, key, state, tries = session.clock.now(), request.key, request.state, request.tries
    if offered and state is not State.HELD and tries >= MOST_TRIES:
        return Transition(key, State.HELD, Reason.UNCLEAR, now + ASK_AGAIN, tries=tries)
    if offered:
        return Transition(key, State.DUE, Reason.DUE, now, tries=tries)
    if state is State.UNCLEAR:
        return Transition(key, State.SENT, Reason.NO_LONGER_OFFERED, now + ASK_AGAIN, tries=tries)
    later = now + ASK_AGAIN if state is State.HELD else None
    return Transition(key, state, request.reason, later, tries=tries)
