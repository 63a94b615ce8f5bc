"""Leaving out: a person does not want a buyer asked, and may take that back. What was sent stays sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger import said
from ledger.database import Connection, Ledger
from ledger.requests import REVIEWS, Request
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition, record_attempt
from rules.order import LeftOut
from rules.reason import Reason
from rules.text import storable
from settings.schema import Seller
from tasks import audit
from tasks.audit import Act, Person
from tasks.kept_words import LEFT_OUT, NOT_LEFT_OUT
from tasks.order_ids import NoSuchOrder, Unseen, find
from tasks.order_outcome import OrderOutcome, is_over, movable, standing
from tasks.reviews.decide import decided


class Outcome(OrderOutcome):
    """What a person's word did."""

    LEFT_OUT = "left_out", "it is not asked"
    BEFOREHAND = "beforehand", "it was not seen yet, and is not asked when it is"
    IN_DOUBT = "in_doubt", "it may have been asked already: askonce finds out, and does not ask again"
    TOO_LATE = "too_late", "nothing was changed: it came to its end before"
    TAKEN_BACK = "taken_back", "it is asked if the rules allow it"
    WAS_NOT = "was_not", "nothing was changed: it was not left out"


@dataclass(frozen=True, slots=True)
class Said:
    """What became of one order. `state` and `reason` are None for one that was not seen yet."""

    seller: str
    order_id: str
    outcome: Outcome
    state: State | None
    reason: Reason | None
    near: str | None = None  # a seen order whose id is nearly that of one that was not seen


def leave_out(ledger: Ledger, sellers: Mapping[str, Seller], pasted: str, by: Person, why: str, now: datetime) -> Said:
    """The buyer of this order is not to be asked, whether or not the order was seen yet. Raises NoSuchOrder."""
    seller, order_id, near = _meant(ledger, sellers, pasted)
    mine = LeftOut(now, storable(by.name), storable(why))
    with ledger.begin() as connection:
        outcome = _leave_out(connection, seller, Key(order_id, Action.REVIEW), mine)
        if outcome is not Outcome.TOO_LATE:
            audit.record(connection, by, Act.SKIP, now, seller=seller, order_id=order_id, after={"outcome": outcome})
        return _now(connection, seller, order_id, outcome, near)


def take_back(ledger: Ledger, sellers: Mapping[str, Seller], pasted: str, by: Person, now: datetime) -> Said:
    """The order is decided by the rules again. Raises NoSuchOrder."""
    seller, order_id, near = _meant(ledger, sellers, pasted)
    with ledger.begin() as connection:
        if said.left_out(connection, seller, order_id) is None:
            return _now(connection, seller, order_id, Outcome.WAS_NOT, near)
        audit.record(connection, by, Act.UNDO_SKIP, now, seller=seller, order_id=order_id)
        said.leave_out(connection, seller, order_id, None, now)
        words = Answered(NOT_LEFT_OUT.format(name=storable(by.name)))
        request = REVIEWS.one(connection, seller, Key(order_id, Action.REVIEW))
        if request is None:
            record_attempt(connection, seller, _as_left_out(order_id), words, now)
        else:
            _decide_anew(connection, sellers[seller], request, words, now)
        return _now(connection, seller, order_id, Outcome.TAKEN_BACK, near)


def _meant(ledger: Ledger, sellers: Mapping[str, Seller], pasted: str) -> tuple[str, str, str | None]:
    """Seller and id; for an order that was not seen yet, also one that was and is nearly the same."""
    try:
        return *find(ledger, sellers, pasted), None
    except Unseen as unseen:
        if len(sellers) == 1:
            return next(iter(sellers)), unseen.order_id, unseen.near
        names = " or ".join(f"--seller {name}" for name in sellers)
        raise NoSuchOrder(f"{unseen.order_id} was not seen yet. Say whose order it is: {names}") from None


def _leave_out(connection: Connection, seller: str, key: Key, mine: LeftOut) -> Outcome:
    before = REVIEWS.one(connection, seller, key)
    if before and is_over(before):
        return Outcome.TOO_LATE
    said.leave_out(connection, seller, key.order_id, mine, mine.at)
    words = Answered(LEFT_OUT.format(name=mine.by, why=mine.why))
    if before is None:
        record_attempt(connection, seller, _as_left_out(key.order_id), words, mine.at)
        return Outcome.BEFOREHAND
    if REVIEWS.move(connection, seller, _as_left_out(key.order_id), words, mine.at, out_of=movable(before)):
        return Outcome.LEFT_OUT
    record_attempt(connection, seller, standing(before), words, mine.at)
    return Outcome.IN_DOUBT


def _decide_anew(connection: Connection, seller: Seller, request: Request, words: Answered, now: datetime) -> None:
    became = decided(request, seller, now)
    if not REVIEWS.move(connection, seller.name, became, words, now, out_of=[State.SKIPPED]):
        record_attempt(connection, seller.name, standing(request), words, now)


def _as_left_out(order_id: str) -> Transition:
    return Transition(Key(order_id, Action.REVIEW), State.SKIPPED, Reason.LEFT_OUT)


def _now(connection: Connection, seller: str, order_id: str, outcome: Outcome, near: str | None) -> Said:
    request = REVIEWS.one(connection, seller, Key(order_id, Action.REVIEW))
    state, reason = (request.state, request.reason) if request else (None, None)
    return Said(seller, order_id, outcome, state, reason, near)
