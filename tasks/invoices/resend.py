"""Resend: the same bytes of a document once more, because a person says so."""

from datetime import datetime

from invoices.document import Unmakeable
from invoices.vault import Vault
from ledger import documents
from ledger.database import Ledger
from ledger.documents import DOCUMENTS, Document
from ledger.state import State
from ledger.transitions import Answered
from rules.reason import Reason
from settings.schema import Seller
from tasks import audit
from tasks.audit import Act, Person
from tasks.invoices.present import pdf

ENDED = (State.SENT, State.HELD, State.REFUSED, State.SKIPPED)


class NotResent(Exception):
    """Nothing was changed; the text says why."""


def must_be_resendable(seller: Seller, document: Document) -> None:
    """Raises NotResent."""
    state, reason = document.state, document.reason
    if not document.is_made:
        raise NotResent(f"it was never made: {reason.meaning}")
    if state in (State.SENDING, State.SUBMITTED, State.UNCLEAR):
        raise NotResent(f"{document.number} is under way, and its end is not known yet: {reason.meaning}")
    if state not in ENDED:
        raise NotResent(f"{document.number} has not gone out yet, and does so by itself: {reason.meaning}")
    if reason is Reason.CORRECTED:
        raise NotResent(f"{document.number} was taken back, and another one replaces it")
    if not document.kept:
        raise NotResent(f"{document.number} is no longer kept: its legal period is over")
    if not seller.invoices.enabled:
        raise NotResent(f"the settings of {seller.name} say enabled = false under invoices")
    if document.is_credit_note and not seller.invoices.gives_credit_notes:
        raise NotResent(Reason.CREDIT_NOTE_KEPT.meaning)


def resend(
    ledger: Ledger, vault: Vault, seller: Seller, document: Document, said: str, by: Person, now: datetime
) -> None:
    """Make it due again; the worker sends the bytes that are kept. `said`: who wants it, and why. Raises NotResent."""
    must_be_resendable(seller, document)
    with ledger.begin() as connection:
        try:
            pdf(vault, document, documents.content(connection, seller.name, document.key))
        except Unmakeable as why:
            raise NotResent(f"{why.detail}. To do: {why.reason.remedy}") from None
        if not DOCUMENTS.send_again(connection, seller.name, document.key, Answered(said), now, ENDED):
            raise NotResent(f"{document.number} has moved on meanwhile")
        before = {"number": document.number, "state": document.state}
        audit.record(connection, by, Act.RESEND, now, **audit.about(seller.name, document.key), before=before)
