"""What becomes of a postcard, by the rules alone."""

from datetime import datetime

from ledger.database import Connection
from ledger.queue import Queue
from ledger.requests import Request, request_queue
from ledger.state import State
from ledger.transitions import Transition
from rules.decision import Act, Wait
from rules.reason import Reason
from tasks.gate import Gate
from tasks.session import SellerSession
from tests.tasks.third_action.rules import RULES

POSTCARD = "postcard"
POSTCARDS: Queue[Request] = request_queue(POSTCARD)


def decide(_connection: Connection, session: SellerSession, request: Request, now: datetime) -> Transition:
    decision = RULES.decide(request.facts, session.seller, now)
    if isinstance(decision, Act):
        return Transition(request.key, State.DUE, Reason.DUE, now, decision.deadline)
    if isinstance(decision, Wait):
        return Transition(request.key, State.WAITING, decision.reason, decision.due_at)
    return Transition(request.key, State.SKIPPED, decision.reason)


def reconsider(session: SellerSession, request: Request, _gate: Gate, now: datetime) -> Transition | None:
    decision = RULES.decide(request.facts, session.seller, now)
    return None if isinstance(decision, Act) else Transition(request.key, State.WAITING, decision.reason, now)
