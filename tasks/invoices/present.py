"""Documents as people are shown them: where each stands, what comes next, and its bytes."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from invoices.document import Unmakeable
from invoices.hybrid import Unreadable, embedded
from invoices.vault import Vault
from ledger.state import State
from rules.reason import Reason
from tasks.invoices.make import pdf_of


def pdf(vault: Vault, seller: str, row: Any) -> bytes:
    """The PDF of a row with its content, byte for byte as it was made. Raises Unmakeable."""
    found = pdf_of(vault, seller, row)
    if sha256(found).hexdigest() != row.sha256:
        raise Unmakeable(
            Reason.NOT_PRINTABLE, f"the bytes of {row.number} are not those that the ledger has the hash of"
        )
    return found


def xml(vault: Vault, seller: str, row: Any) -> bytes:
    """The EN 16931 XML inside the PDF. Raises Unmakeable, also where there is none."""
    try:
        found = embedded(pdf(vault, seller, row))
    except Unreadable as error:
        raise Unmakeable(Reason.PDF_UNUSABLE, f"no XML can be read from {row.number}: {error}") from None
    if found is None:
        raise Unmakeable(Reason.PDF_UNUSABLE, f"{row.number} has no XML inside")
    return found


def described(row: Any, closed: Reason | None) -> dict[str, Any]:
    """A row of `ledger.document_reports.listed` for people. `closed`: why nothing of the seller goes out at present."""
    state, reason = State(row.state), Reason(row.reason)
    if state is State.DUE and closed:
        reason = closed
    return {
        "action": row.kind,
        "part": row.part,
        "number": row.number,
        "issued_on": row.issued_on,
        "total": row.total,
        "vat": row.vat,
        "currency": row.currency,
        "state": state,
        "reason": reason,
        "meaning": reason.meaning,
        "remedy": reason.remedy,
        "deadline": row.deadline,
        "sent_at": row.asked_at,
        "sha256": row.sha256,
        "kept": row.kept,
        "keep_until": row.keep_until,
        "next_look_at": row.next_look_at,
        "next": _next(state, reason, row.number is not None, row.next_look_at),
    }


def _next(state: State, reason: Reason, made: bool, look_at: datetime | None) -> str:
    """What happens next, in a sentence."""
    at = f" at {look_at:%Y-%m-%d %H:%M} UTC" if look_at else ""
    match state:
        case State.WAITING:
            return f"it is looked at again{at}, or sooner when a fact changes"
        case State.DUE if reason is not Reason.DUE:
            return f"it is held back: {reason.meaning}"
        case State.DUE:
            return f"a worker {'sends' if made else 'makes and sends'} it at its next turn"
        case State.SENDING:
            return "a worker is sending it"
        case State.SUBMITTED | State.UNCLEAR:
            return f"Amazon is asked what became of it{at}"
        case State.HELD:
            return (reason.remedy or "run `askonce resolve`") + (f"; it is tried again{at}" if look_at else "")
        case _:
            return reason.remedy or "nothing"
