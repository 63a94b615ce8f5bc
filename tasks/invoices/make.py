"""Make one document: its content, its number, its bytes. The number is given in the commit that keeps the bytes.

A number is assigned only when its document is stored; until then any process may take it, so there is never a gap.
What a document says: tasks/invoices/generate.py (ours), shipment.py (over what of an order), credit.py (credit notes),
take.py (the bookkeeping's).
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Protocol

from invoices.document import Unmakeable
from ledger import numbers, xml_to_write
from ledger.database import Connection
from ledger.documents import DOCUMENTS, Document
from ledger.numbers import Made, Next, Superseded, Taken
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from rules.reason import Reason
from rules.sale import Sale
from tasks.invoices.decide import LOOK_AGAIN
from tasks.invoices.generate import generated
from tasks.invoices.take import from_folder
from tasks.line import Found, mask
from tasks.session import SellerSession

log = logging.getLogger("askonce.invoices")

_FINAL = (Reason.INVOICED_BY_AMAZON, Reason.NOTHING_TO_INVOICE)
PATIENT = {Reason.PDF_MISSING: timedelta(minutes=30), Reason.AWAITING_TAX_DATA: LOOK_AGAIN}
"""What arrives without the seller's doing, and how long until it is looked for again."""


class Maker(Protocol):
    """Where documents come from: made for one due document, or Unmakeable. `sale`: what Amazon's list says of it."""

    def __call__(self, session: SellerSession, document: Document, sale: Sale | None, /) -> Made: ...


MAKERS: Mapping[str, Maker] = {"generate": generated, "folder": from_folder}
"""By the name that the settings have for each."""


def made(session: SellerSession, document: Document) -> Document | Reason:
    """The due document, made now if it is not yet. A reason: why it can't be, which is recorded.

    Raises an Answer of the marketplace, LaneLost.
    """
    if document.is_made:
        return document
    reason = make(session, document)
    with session.ledger.read() as connection:
        found = DOCUMENTS.one(connection, session.name, document.key)
    return found if found and found.is_made and found.state is State.DUE else reason


def make(session: SellerSession, document: Document, sale: Sale | None = None) -> Reason:
    """Make a due document, and keep it: DUE, it may go out now; else why it could not be made, which is recorded.

    `sale`: what Amazon's list of pending documents says of it. Raises an Answer of the marketplace, LaneLost.
    """
    key = document.key
    try:
        new = MAKERS[session.seller.invoices.source](session, document, sale)
        with session.begin() as connection:
            numbers.keep(connection, session.name, key, new)
            _open(connection, session, key, new.then)
            if session.seller.invoices.xml_folder:
                xml_to_write.remember(connection, session.name, key)
            if key.action == Action.INVOICE:  # its credit notes waited for it
                DOCUMENTS.wake(connection, session.name, [key.order_id], session.clock.now(), Action.CREDIT_NOTE)
    except Unmakeable as why:
        return hold(session, document, why)
    except Taken as why:
        return hold(session, document, Unmakeable(Reason.PDF_UNUSABLE, f"another document {why}"))
    except Superseded:
        return Reason.DUE  # another process was quicker; the next pass reads what it stored
    log.info("%s: order %s: %s %s made", session.name, mask(key.order_id), key.action, new.number)
    return Reason.DUE


def _open(connection: Connection, session: SellerSession, key: Key, then: Iterable[Next]) -> None:
    """In the commit that keeps the document before: a rest is neither forgotten nor there twice."""
    for each in then:
        more = {"amount": each.amount, "original": each.original}
        another = Key(key.order_id, key.action, each.part)
        DOCUMENTS.open(connection, session.name, [another], session.clock.now(), **more)


def unmakeable(session: SellerSession, document: Document, why: Unmakeable) -> Found:
    """The document cannot be made: record why, and when it is tried again. No number is assigned."""
    now = session.clock.now()
    if why.reason in _FINAL:
        became = Transition(document.key, State.SKIPPED, why.reason)
    elif why.reason in PATIENT or why.reason is Reason.NOT_SHIPPED:
        became = Transition(document.key, State.WAITING, why.reason, now + PATIENT.get(why.reason, LOOK_AGAIN))
    else:
        became = Transition(document.key, State.HELD, why.reason, now + LOOK_AGAIN)
        what = f"no {document.key.action} can be made: {why.detail}. Type: askonce held"
        log.warning("%s: order %s: %s", session.name, mask(document.order_id), what)
    return Found(became, Answered(why.detail))


def hold(session: SellerSession, document: Document, why: Unmakeable) -> Reason:
    """Record why a due document can't be made. Returns the reason."""
    found, now = unmakeable(session, document, why), session.clock.now()
    with session.begin() as connection:
        DOCUMENTS.move(connection, session.name, found.transition, found.answered, now, out_of=[State.DUE])
    return why.reason
