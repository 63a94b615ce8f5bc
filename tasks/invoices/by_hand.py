"""What a person does to an invoice: take a part of it back, or all of it and invoice the order anew.

Both only give new documents their rows: these go the way of all others. A document that was made never changes, and no
number is used again.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger import credit_notes, history
from ledger.database import Connection, Ledger
from ledger.documents import CORRECTION, CREDIT, DOCUMENTS, REFUNDS, Document
from ledger.state import UNDER_WAY, Action, State
from ledger.transitions import Answered, Key, Transition, record_attempt
from rules.reason import Reason
from settings.schema import Seller
from tasks import audit
from tasks.audit import Act, Person
from tasks.not_done import NotDone

NOT_GIVEN = (State.WAITING, State.DUE, State.HELD, State.REFUSED, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class ByHand:
    """What is to be done to an invoice, as a person asks for it. `said`: what, who and why, kept with the order."""

    invoice: Document
    said: str
    by: Person

    def open(self, connection: Connection, action: Action, part: str, now: datetime, **more: str | None) -> None:
        """A new document's row, and in whose name it is there."""
        key = Key(self.invoice.order_id, action, part)
        DOCUMENTS.open(connection, self.invoice.seller, [key], now, reason=Reason.ASKED_BY_HAND, **more)
        asked = Transition(key, State.WAITING, Reason.ASKED_BY_HAND)
        record_attempt(connection, self.invoice.seller, asked, Answered(self.said), now)


def must_be_correctable(connection: Connection, seller: Seller, invoice: Document) -> Decimal:
    """What is left of an invoice, VAT included. Raises NotDone where nothing can be taken back by hand."""
    if not invoice.is_made or invoice.total is None:
        raise NotDone(f"it was never made: {invoice.reason.meaning}")
    if invoice.reason is Reason.CORRECTED:
        raise NotDone(f"{invoice.number} was taken back already")
    if invoice.state in UNDER_WAY:
        raise NotDone(f"{invoice.number} is under way, and its end is not known yet: {invoice.reason.meaning}")
    if not invoice.kept:
        raise NotDone(f"{invoice.number} is no longer kept: its legal period is over")
    if not seller.invoices.enabled:
        raise NotDone(f"the settings of {seller.name} say enabled = false under invoices")
    if seller.invoices.vat_calculation_service:
        raise NotDone("with Amazon's VAT Calculation Service Amazon's list says what is to be taken back")
    left = invoice.total - credit_notes.taken_back(connection, invoice)
    if left <= 0:
        raise NotDone(f"all of {invoice.number} is taken back already")
    return left


def credit(ledger: Ledger, seller: Seller, wish: ByHand, amount: Decimal, now: datetime) -> bool:
    """A credit note over an amount, VAT included, that finances know nothing of. False: it was asked for already.

    Raises NotDone.
    """
    if not _gets_credit_notes(seller):
        raise NotDone("your bookkeeping makes the credit notes, and the settings do not upload them")
    with ledger.begin() as connection:
        if _was_asked(connection, wish):
            return False
        left = must_be_correctable(connection, seller, _fresh(connection, wish))
        if not 0 < amount <= left:
            raise NotDone(f"{amount} is not between 0.01 and {left}, which is left of {wish.invoice.number}")
        part = _next_part(connection, wish, Action.CREDIT_NOTE, CREDIT)
        more = {"amount": str(amount), "original": wish.invoice.number}
        audit.record(connection, wish.by, Act.CREDIT, now, **audit.about(seller.name, wish.invoice.key), after=more)
        wish.open(connection, Action.CREDIT_NOTE, part, now, **more)
    return True


def correct(ledger: Ledger, seller: Seller, wish: ByHand, now: datetime) -> bool:
    """A credit note over all that is left, and a new invoice from what is known now. False: asked for already.

    What was refunded before is taken back of the new invoice as well. Raises NotDone.
    """
    with ledger.begin() as connection:
        if _was_asked(connection, wish):
            return False
        invoice = _fresh(connection, wish)
        left = must_be_correctable(connection, seller, invoice)
        before = {"number": invoice.number, "state": invoice.state}
        audit.record(connection, wish.by, Act.CORRECT, now, **audit.about(seller.name, invoice.key), before=before)
        credit_notes.name_original(connection, invoice)
        part = _next_part(connection, wish, Action.INVOICE, CORRECTION)
        wish.open(connection, Action.INVOICE, part, now)
        if _gets_credit_notes(seller):
            wish.open(connection, Action.CREDIT_NOTE, part, now, original=invoice.number)
            refunded = (invoice.total or left) - left
            if refunded:
                wish.open(connection, Action.CREDIT_NOTE, f"{part}{REFUNDS}", now, amount=str(refunded))
        _withdraw(connection, wish, invoice, now)
    return True


def _withdraw(connection: Connection, wish: ByHand, invoice: Document, now: datetime) -> None:
    """It is not sent any more, if it was not sent yet."""
    sent = invoice.state is State.SENT
    became = Transition(invoice.key, State.SENT if sent else State.SKIPPED, Reason.CORRECTED)
    out_of = (State.SENT,) if sent else NOT_GIVEN
    if not DOCUMENTS.move(connection, invoice.seller, became, Answered(wish.said), now, out_of=out_of):
        raise NotDone(f"{invoice.number} has moved on meanwhile")


def _gets_credit_notes(seller: Seller) -> bool:
    return seller.invoices.source == "generate" or seller.invoices.gives_credit_notes


def _was_asked(connection: Connection, wish: ByHand) -> bool:
    """Whoever is not sure that a command came through types it again: the same words are one wish."""
    attempts = history.attempts_of(connection, wish.invoice.seller, wish.invoice.order_id)
    return any(each.reason is Reason.ASKED_BY_HAND and each.detail == wish.said for each in attempts)


def _fresh(connection: Connection, wish: ByHand) -> Document:
    found = DOCUMENTS.one(connection, wish.invoice.seller, wish.invoice.key)
    assert found, "a document is never deleted"
    return found


def _next_part(connection: Connection, wish: ByHand, action: Action, prefix: str) -> str:
    found = DOCUMENTS.of_order(connection, wish.invoice.seller, wish.invoice.order_id)
    return f"{prefix}{sum(each.key.action == action and each.key.part.startswith(prefix) for each in found) + 1}"
