"""Documents as people are shown them: where each stands, what comes next, and its bytes."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from hashlib import sha256

from invoices.document import Unmakeable
from invoices.hybrid import Unreadable, embedded
from invoices.vault import Vault
from ledger.documents import Content, Document
from ledger.state import State
from rules.readable import moment
from rules.reason import Reason
from tasks.invoices.kept import pdf_of


def pdf(vault: Vault, document: Document, content: Content) -> bytes:
    """The PDF of a document, byte for byte as it was made. Raises Unmakeable."""
    found = pdf_of(vault, document, content)
    if sha256(found).hexdigest() != document.sha256:
        raise Unmakeable(
            Reason.NOT_PRINTABLE, f"the bytes of {document.number} are not those that the ledger has the hash of"
        )
    return found


def xml(vault: Vault, document: Document, content: Content) -> bytes:
    """The EN 16931 XML inside the PDF. Raises Unmakeable, also where there is none."""
    try:
        found = embedded(pdf(vault, document, content))
    except Unreadable as error:
        raise Unmakeable(Reason.PDF_UNUSABLE, f"no XML can be read from {document.number}: {error}") from None
    if found is None:
        raise Unmakeable(Reason.PDF_UNUSABLE, f"{document.number} has no XML inside")
    return found


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document as people are shown it: where it stands, and what comes next. Times are aware, in UTC."""

    action: str
    part: str
    number: str | None
    issued_on: date | None
    total: Decimal | None  # VAT included
    vat: Decimal | None
    currency: str | None
    state: State
    reason: Reason
    meaning: str
    remedy: str
    deadline: datetime | None
    sent_at: datetime | None
    sha256: str | None
    kept: bool
    keep_until: datetime | None
    next_look_at: datetime | None
    next: str


def shown(document: Document, closed: Reason | None, zone: tzinfo) -> ShownDocument:
    """A document for people, who have that zone. `closed`: why nothing of the seller goes out at present."""
    state = document.state
    reason = closed if closed and state is State.DUE else document.reason
    return ShownDocument(
        action=document.key.action,
        part=document.key.part,
        number=document.number,
        issued_on=document.issued_on,
        total=document.total,
        vat=document.vat,
        currency=document.currency,
        state=state,
        reason=reason,
        meaning=reason.meaning,
        remedy=reason.remedy,
        deadline=document.deadline,
        sent_at=document.asked_at,
        sha256=document.sha256,
        kept=document.kept,
        keep_until=document.keep_until,
        next_look_at=document.next_look_at,
        next=_next(document, reason, zone),
    )


def _next(document: Document, reason: Reason, zone: tzinfo) -> str:
    """What happens next, in a sentence."""
    look_at, remedy = document.next_look_at, reason.remedy.replace("ORDER_ID", document.order_id)
    at = f" at {moment(look_at, zone)}" if look_at else ""
    match document.state:
        case State.WAITING:
            return f"it is looked at again{at}, or sooner when a fact changes"
        case State.DUE if reason is not Reason.DUE:
            return f"it is held back: {reason.meaning}"
        case State.DUE:
            return f"a worker {'sends' if document.is_made else 'makes and sends'} it at its next turn"
        case State.SENDING:
            return "a worker is sending it"
        case State.SUBMITTED | State.UNCLEAR:
            return f"Amazon is asked what became of it{at}"
        case State.HELD:
            return (remedy or "run `askonce resolve`") + (f"; it is tried again{at}" if look_at else "")
        case _:
            return remedy or "nothing"
