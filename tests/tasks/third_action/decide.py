"""What becomes of a postcard, by the rules alone."""

from datetime import datetime

from ledger.database import Connection
from ledger.queue import Queue
from ledger.requests import REVIEWS, Request, request_queue
from ledger.state import State
from ledger.transitions import Key, Transition
from rules.decision import Act, Wait
from rules.reason import Reason
from tasks.gate import Gate
from tasks.session import SellerSession
from tests.tasks.third_action.rules import RULES

POSTCARD = "postcard"
POSTCARDS: Queue[Request] = request_queue(POSTCARD)


def open_for_known_orders(session: SellerSession) -> None:
    """Give each order its row."""
    with session.begin() as connection:
        known = list(REVIEWS.in_states(connection, session.name, list(State)))
        keys = [Key(request.order_id, POSTCARD) for request in known]
        POSTCARDS.open(connection, session.name, keys, session.clock.now())


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
