"""Resend: the same bytes of a document once more, because a person says so."""

from datetime import datetime
from typing import Any

from invoices.document import Unmakeable
from invoices.vault import Vault
from ledger import document_reports, documents
from ledger.database import Ledger
from ledger.documents import Move, key_of
from ledger.requests import Answered
from ledger.state import Action, State
from rules.reason import Reason
from settings.schema import Seller
from tasks.invoices.present import pdf

ENDED = (State.SENT, State.HELD, State.REFUSED, State.SKIPPED)


class NotResent(Exception):
    """Nothing was changed; the text says why."""


def must_be_resendable(seller: Seller, row: Any) -> None:
    """Raises NotResent. `row` is one of `ledger.document_reports.listed`."""
    state, reason = State(row.state), Reason(row.reason)
    if row.number is None:
        raise NotResent(f"it was never made: {reason.meaning}")
    if state in (State.SENDING, State.SUBMITTED, State.UNCLEAR):
        raise NotResent(f"{row.number} is under way, and its end is not known yet: {reason.meaning}")
    if state not in ENDED:
        raise NotResent(f"{row.number} has not gone out yet, and does so by itself: {reason.meaning}")
    if not row.kept:
        raise NotResent(f"{row.number} is no longer kept: its legal period is over")
    if not seller.invoices.enabled:
        raise NotResent(f"the settings of {seller.name} say enabled = false under invoices")
    if row.kind == Action.CREDIT_NOTE and not _takes_credit_notes(seller):
        raise NotResent(Reason.CREDIT_NOTE_KEPT.meaning)


def resend(ledger: Ledger, vault: Vault, seller: Seller, row: Any, said: str, now: datetime) -> None:
    """Make it due again; the worker sends the bytes that are kept. `said`: who wants it, and why. Raises NotResent."""
    must_be_resendable(seller, row)
    key = key_of(row)
    with ledger.begin() as connection:
        kept = document_reports.content(connection, seller.name, key)
        try:
            pdf(vault, seller.name, kept)
        except Unmakeable as why:
            raise NotResent(f"{why.detail}. To do: {why.reason.remedy}") from None
        move = Move(key, State.DUE, Reason.DUE, now)
        if not documents.move_on(connection, seller.name, move, Answered(said), now, out_of=ENDED):
            raise NotResent(f"{row.number} has moved on meanwhile")


def _takes_credit_notes(seller: Seller) -> bool:
    return seller.region == "eu" and seller.invoices.vat_calculation_service
