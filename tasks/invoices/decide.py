"""Decide every document whose look is due."""

from datetime import datetime, timedelta
from typing import Any

from ledger import documents, orders
from ledger.documents import Move, key_of
from ledger.state import Action, State
from rules import invoices as invoice_rules
from rules.case import GIVE_UP
from rules.decision import Act, Skip, Wait
from rules.order import Facts
from rules.reason import Reason
from settings.schema import Seller
from tasks.app import SellerSession

BATCH = 500
SWEPT = (State.WAITING, State.SKIPPED, State.HELD)
LOOK_AGAIN = timedelta(hours=24)
"""How long after a document could not be made it is tried again."""


def decide(session: SellerSession) -> None:
    """Decide all that is due, in batches. Credit notes last: what becomes of them depends on their order's invoice."""
    for kind in (Action.INVOICE, Action.CREDIT_NOTE):
        while not session.stopping.is_set() and _decide_some(session, kind):
            pass


def _decide_some(session: SellerSession, kind: Action) -> bool:
    """One batch. False: none is due."""
    now = session.clock.now()
    with session.ledger.begin() as connection:
        session.renew(connection)
        rows = documents.looks(connection, session.name, SWEPT, now, BATCH, kind)
        moves = []
        for row in rows:
            original = (
                documents.original(connection, session.name, row.order_id) if kind is Action.CREDIT_NOTE else None
            )
            moves.append(verdict(row, original, session.seller, now))
        documents.decide(connection, session.name, moves, now)
    return bool(rows)


def verdict(row: Any, original: Any, seller: Seller, now: datetime) -> Move:
    """What becomes of a document that nobody has made yet, or that waits for Amazon to take it."""
    facts = orders.facts(row)
    business = facts.order.is_business
    if row.kind == Action.CREDIT_NOTE:
        decision = _credit_note(original, seller, facts, now)
    else:
        decision = invoice_rules.decide(facts, seller, now)
    if isinstance(decision, Act) and row.number is None and seller.invoices.vat_calculation_service:
        decision = _until_listed(facts, now)
    match decision:
        case Act(deadline):
            return Move(key_of(row), State.DUE, Reason.DUE, now, deadline, business)
        case Wait(due_at, reason):
            until = invoice_rules.deadline(facts.order, seller) if reason is Reason.AWAITING_TAX_DATA else None
            return Move(key_of(row), State.WAITING, reason, due_at, until, business)
        case Skip(reason):
            return Move(key_of(row), State.SKIPPED, reason)


def _until_listed(facts: Facts, now: datetime) -> Wait | Skip:
    """It is made as soon as Amazon's list of what is pending names it (tasks/invoices/pending.py)."""
    if now > facts.order.purchased_at + GIVE_UP:
        return Skip(Reason.AWAITING_TAX_DATA)
    return Wait(now + LOOK_AGAIN, Reason.AWAITING_TAX_DATA)


def _credit_note(original: Any, seller: Seller, facts: Facts, now: datetime) -> Act | Wait | Skip:
    """A refund takes back the invoice that we made, if there is one."""
    if original is None or original.state == State.SKIPPED:
        return Skip(Reason(original.reason) if original else Reason.BEFORE_START)
    if original.reason == Reason.RESOLVED:
        return Skip(Reason.RESOLVED)  # somebody else made the invoice
    if original.number is None:
        return Wait(now + LOOK_AGAIN, Reason(original.reason))
    return Act(invoice_rules.deadline(facts.order, seller))
