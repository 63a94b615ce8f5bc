"""What becomes of a document that is not sent yet, by the rules alone."""

from datetime import datetime, timedelta

from ledger import documents
from ledger.database import Connection
from ledger.documents import Document
from ledger.state import State
from ledger.transitions import Key, Transition
from rules import invoices as invoice_rules
from rules.case import GIVE_UP
from rules.decision import Act, Skip, Wait
from rules.moments import within
from rules.order import Facts
from rules.reason import Reason
from settings.schema import Seller
from tasks.gate import Gate
from tasks.session import SellerSession

LOOK_AGAIN = timedelta(hours=24)
"""How long after a document could not be made it is tried again."""
_KEPT_AS_IT_IS = (Reason.CREDIT_NOTE_KEPT, Reason.CORRECTED)
"""What is made and goes out only when a person sends it (it may have been given by hand), or never."""
LISTED_AGAIN = timedelta(hours=1)
"""How long after a shipment was not named Amazon's list is read again."""
LISTED_WITHIN = timedelta(days=7)
"""How long after its deadline a shipment's VAT data is awaited before a person is told."""


def decide(connection: Connection, session: SellerSession, document: Document, now: datetime) -> Transition:
    """What becomes of a document whose look is due."""
    return transition(connection, document, session.seller, now)


def reconsider(session: SellerSession, document: Document, _gate: Gate, _now: datetime) -> Transition | None:
    """Whether the seller's settings still send such documents. None: they do."""
    if document.is_credit_note and not session.seller.invoices.gives_credit_notes:
        return Transition(document.key, State.SKIPPED, Reason.CREDIT_NOTE_KEPT)
    return None


def transition(
    connection: Connection,
    document: Document,
    seller: Seller,
    now: datetime,
    *,
    listed: bool = False,
    shipped_at: datetime | None = None,
) -> Transition:
    """What becomes of a document. `listed`: Amazon's list of what it misses names it, and perhaps when it left."""
    original = None
    if document.is_credit_note:
        original = documents.original(connection, seller.name, document.order_id, document.shipping_id)
    return decided(document, original, seller, now, listed=listed, shipped_at=shipped_at)


def decided(
    document: Document,
    original: Document | None,
    seller: Seller,
    now: datetime,
    *,
    listed: bool = False,
    shipped_at: datetime | None = None,
) -> Transition:
    """The same, given the invoice that a credit note takes back."""
    facts, key = facts_of(document), document.key
    if document.is_made and document.reason in _KEPT_AS_IT_IS:
        return Transition(key, State.SKIPPED, document.reason)
    decision: Act | Wait | Skip
    if document.is_by_hand and document.original:
        decision = Act(invoice_rules.deadline(facts, seller))  # the invoice is there
    elif document.is_credit_note:
        decision = _credit_note(original, seller, facts, now)
    else:
        decision = invoice_rules.decide(facts, seller, now)
        may = isinstance(decision, Act) or (isinstance(decision, Wait) and decision.reason is Reason.NOT_SHIPPED)
        if listed and shipped_at and may:  # this shipment has left, though the rest may still wait
            decision = Act(invoice_rules.deadline_of(facts.order, within(shipped_at), seller))
    business = facts.order.is_business
    if isinstance(decision, Act) and not document.is_made and seller.invoices.vat_calculation_service and not listed:
        return _until_listed(key, facts, decision.deadline, business, now)
    match decision:
        case Act(deadline):
            return Transition(key, State.DUE, Reason.DUE, now, deadline, business=business)
        case Wait(due_at, reason):
            return Transition(key, State.WAITING, reason, due_at, business=business)
        case Skip(reason):
            return Transition(key, State.SKIPPED, reason)


def facts_of(document: Document) -> Facts:
    """What decides of it: of an order that left in several parts, what was not invoiced before."""
    return invoice_rules.after(document.facts, document.after) if document.after else document.facts


def _until_listed(key: Key, facts: Facts, deadline: datetime, business: bool, now: datetime) -> Transition:
    """It is made as soon as Amazon's list of what is pending names it (tasks/invoices/pending.py)."""
    if now > within(facts.order.purchased_at) + GIVE_UP:
        return Transition(key, State.SKIPPED, Reason.AWAITING_TAX_DATA)
    state = State.HELD if now > within(deadline) + LISTED_WITHIN else State.WAITING
    look_at = now + (LOOK_AGAIN if state is State.HELD else LISTED_AGAIN)
    return Transition(key, state, Reason.AWAITING_TAX_DATA, look_at, deadline, business=business)


def _credit_note(original: Document | None, seller: Seller, facts: Facts, now: datetime) -> Act | Wait | Skip:
    """A refund needs a credit note if an invoice was made here."""
    if original is None or original.state is State.SKIPPED:
        return Skip(original.reason if original else Reason.BEFORE_START)
    if original.reason is Reason.RESOLVED:
        return Skip(Reason.RESOLVED)  # somebody else made the invoice
    if not original.is_made:
        return Wait(now + LOOK_AGAIN, original.reason)
    return Act(invoice_rules.deadline(facts, seller))
