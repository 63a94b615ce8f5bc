"""Asking now, because a person wants it: every rule counts but the seller's own days, slots and weekdays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ledger import said
from ledger.database import Connection
from ledger.requests import REVIEWS, Request
from ledger.state import Action, State
from ledger.transitions import Answered, Key, record_attempt
from rules import readable
from rules.order import Source
from rules.reason import Reason
from rules.reviews import ReviewCase
from rules.text import storable
from rules.window import AMAZON_FIRST
from settings.schema import Seller
from tasks import audit, route
from tasks.actions import REVIEW
from tasks.app import App
from tasks.audit import Act, Person
from tasks.gate import closed
from tasks.kept_words import TO_BE_ASKED
from tasks.order_outcome import UNSENT, standing
from tasks.refresh import refresh
from tasks.reviews.send import LOOK_AFTER
from tasks.session import SellerSession
from tasks.turn import Turn

ASK_WITHIN = timedelta(hours=1)
"""How long a person's wish counts, if a worker holds the lane: longer than some turns."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one order. `by_worker`: another process has the seller's lane, and asks within the hour."""

    seller: str
    order_id: str
    state: State
    reason: Reason
    words: str
    by_worker: bool = False

    @property
    def is_sent(self) -> bool:
        return self.state is State.SENT


def ask(app: App, seller: str, order_ids: Sequence[str], by: Person) -> Iterator[Asked]:
    """Ask for these orders of one seller now, one after another. The orders were seen, and the seller is known.

    Raises SameAccount, LaneLost, LedgerError: what was not asked until then is asked by a worker, within the hour.
    """
    wanted = [order_id for order_id in order_ids if wish(app, seller, order_id, by)]
    with app.session(seller) as session:
        if session:
            refresh(session, now_too=[Source.FINANCES])
        for order_id in order_ids:
            try:
                if order_id not in wanted:
                    yield _as_it_stands(app, seller, order_id)
                elif session:
                    yield _ask(session, order_id)
                else:
                    request = _read(app, seller, order_id)
                    words = "a worker has the seller's turn, and asks within the hour, if it may be asked"
                    yield Asked(seller, order_id, request.state, request.reason, words, by_worker=True)
            except _NoLongerKept:
                why = Reason.NO_LONGER_KEPT
                yield Asked(seller, order_id, State.SKIPPED, why, f"{why.meaning}. To do: {why.remedy}")


def wish(app: App, seller: str, order_id: str, by: Person, within: timedelta = ASK_WITHIN) -> bool:
    """Record what the person wants, if it can be wanted: whoever has the seller's next turn does it in that time."""
    now = app.clock.now()
    with app.ledger.begin() as connection:
        request = REVIEWS.one(connection, seller, Key(order_id, Action.REVIEW))
        if request is None or request.state not in UNSENT or request.facts.left_out:
            return False
        audit.record(connection, by, Act.ASK, now, seller=seller, order_id=order_id, before={"state": request.state})
        said.ask_until(connection, seller, order_id, now + within)
        REVIEWS.wake(connection, seller, [order_id], now)
        words = Answered(TO_BE_ASKED.format(name=storable(by.name)))
        record_attempt(connection, seller, standing(request), words, now)
        return True


def _ask(session: SellerSession, order_id: str) -> Asked:
    seller = session.seller
    route.decide_due(session, REVIEW)
    with session.ledger.read() as connection:
        decided = _one(connection, session.name, order_id)
        shut = closed(connection, REVIEW.terms, seller, session.clock.now(), session.stop_file)
    reason = decided.reason
    if decided.state is State.DUE and shut is None:
        reason = Turn(session, REVIEW).send_one(decided)
        if reason is Reason.UNCLEAR:
            session.clock.sleep(LOOK_AFTER.total_seconds())
            route.reconcile(session, REVIEW)
    elif decided.state is State.DUE and shut:
        reason = shut
    _forget_the_wish(session, order_id, decide=decided.reason is not Reason.DUE or shut is not None)
    with session.ledger.read() as connection:
        request = _one(connection, session.name, order_id)
    words = request.reason.meaning if request.state is State.SENT else why_not(decided, seller, reason)
    return Asked(session.name, order_id, request.state, request.reason, words)


def why_not(request: Request, seller: Seller, reason: Reason) -> str:
    """Why an order cannot be asked now although a person wants it, and what would change that."""
    if reason is Reason.TOO_EARLY:
        case = ReviewCase(request.facts, seller, request.changed_at)
        opens = case.local(case.window.opens)
        return readable.said(
            "Amazon takes requests from {n} days after the delivery: from {opens}", n=AMAZON_FIRST.days, opens=opens
        )
    return f"{reason.meaning}. To do: {reason.remedy}" if reason.remedy else reason.meaning


def _forget_the_wish(session: SellerSession, order_id: str, *, decide: bool) -> None:
    """What could not be asked now is asked when the settings say so."""
    with session.ledger.begin() as connection:
        session.renew(connection)
        said.ask_until(connection, session.name, order_id, None)
        if decide:
            REVIEWS.wake(connection, session.name, [order_id], session.clock.now())
    route.decide_due(session, REVIEW)


def _as_it_stands(app: App, seller: str, order_id: str) -> Asked:
    request = _read(app, seller, order_id)
    left_out, reason = request.facts.left_out, request.reason
    words = (
        f"{Reason.LEFT_OUT.meaning}. To take that back: askonce skip --undo {order_id}" if left_out else reason.meaning
    )
    return Asked(seller, order_id, request.state, reason, words)


def _read(app: App, seller: str, order_id: str) -> Request:
    with app.ledger.read() as connection:
        return _one(connection, seller, order_id)


def _one(connection: Connection, seller: str, order_id: str) -> Request:
    request = REVIEWS.one(connection, seller, Key(order_id, Action.REVIEW))
    if request is None:
        raise _NoLongerKept
    return request


class _NoLongerKept(Exception):
    """The order's request was deleted, as old ones are."""
