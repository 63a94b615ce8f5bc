"""Resend: the same bytes of a document once more, because a person says so."""

from datetime import datetime

from invoices.document import Unmakeable
from invoices.vault import Vault
from ledger import documents
from ledger.database import Ledger
from ledger.documents import DOCUMENTS, Document
from ledger.state import ENDED, UNDER_WAY
from ledger.transitions import Answered
from rules.readable import said
from rules.reason import Reason
from settings.schema import Seller
from tasks import audit
from tasks.audit import Act, Person
from tasks.invoices.present import pdf
from tasks.not_done import NotDone


def must_be_resendable(seller: Seller, document: Document) -> None:
    """Raises NotDone."""
    state, reason, number = document.state, document.reason, document.number
    if not document.is_made:
        raise NotDone(said("it was never made: {reason}", reason=reason))
    if state in UNDER_WAY:
        raise NotDone(
            said("{number} is under way, and its end is not known yet: {reason}", number=number, reason=reason)
        )
    if state not in ENDED:
        raise NotDone(
            said("{number} has not gone out yet, and does so by itself: {reason}", number=number, reason=reason)
        )
    if reason is Reason.CORRECTED:
        raise NotDone(said("{number} was taken back, and another one replaces it", number=number))
    if not document.kept:
        raise NotDone(said("{number} is no longer kept: its legal period is over", number=number))
    if not seller.invoices.enabled:
        raise NotDone(said("the settings of {seller} say enabled = false under invoices", seller=seller.name))
    if document.is_credit_note and not seller.invoices.gives_credit_notes:
        raise NotDone(said("{reason}", reason=Reason.CREDIT_NOTE_KEPT))


def resend(
    ledger: Ledger, vault: Vault, seller: Seller, document: Document, words: str, by: Person, now: datetime
) -> None:
    """Make it due again; the worker sends the bytes that are kept. `words`: who wants it, and why. Raises NotDone."""
    must_be_resendable(seller, document)
    with ledger.begin() as connection:
        try:
            pdf(vault, document, documents.content(connection, seller.name, document.key))
        except Unmakeable as why:
            raise NotDone(f"{why.detail}. To do: {why.reason.remedy}") from None
        if not DOCUMENTS.send_again(connection, seller.name, document.key, Answered(words), now, ENDED):
            raise NotDone(said("{number} has moved on meanwhile", number=document.number))
        before = {"number": document.number, "state": document.state}
        audit.record(connection, by, Act.RESEND, now, **audit.about(seller.name, document.key), before=before)
