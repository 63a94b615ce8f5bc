"""Amazon's list of the documents it still misses: where its VAT Calculation Service is used, read twice a day, and each
hour while a shipment is awaited.

It names each shipment and each refund with its VAT. What is new there is made at once, from the list itself, since the
buyer's data that it holds is kept nowhere. What was accepted and is still on the list is said to be so.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from invoices.document import Unmakeable
from ledger import documents, meta
from ledger.database import Connection
from ledger.documents import DOCUMENTS, Document
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from marketplace.errors import Answer, Broken, Busy
from marketplace.port import PendingInvoice, Report
from rules.reason import Reason
from tasks.invoices.decide import LISTED_AGAIN, transition
from tasks.invoices.make import hold, make
from tasks.session import SellerSession

log = logging.getLogger("askonce.invoices")

EVERY = timedelta(hours=12)  # Amazon asks for twice a day at least
POLL = timedelta(minutes=1)
RETRY = timedelta(minutes=15)
REACH_BACK = timedelta(days=90)  # what the list covers
CORRECTION = "Correction:"
"""Begins the transaction id of an invoice that replaces another of its shipment (SP-API docs, "Invoice correction")."""
READ_BY_AMAZON = timedelta(hours=6)
"""How long after an upload was accepted the list may still name it."""


@dataclass(frozen=True, slots=True)
class ListReading:
    """How far the list has been read. Times as text, for JSON."""

    next_read_at: str = ""
    report_id: str = ""
    as_of: str = ""
    error: str = ""


def reading(connection: Connection, seller: str) -> ListReading:
    """The last reading of the list; an empty one: it was never read."""
    return ListReading(**json.loads(meta.get(connection, _key(seller)) or "{}"))


def read_pending(session: SellerSession) -> None:
    """Read the list if its time has come, and make what it names."""
    if not session.seller.invoices.vat_calculation_service:
        return
    now = session.clock.now()
    with session.ledger.read() as connection:
        last = reading(connection, session.name)
        awaited = documents.any_awaited(connection, session.name)
    if last.next_read_at and _next_read_at(last, awaited) > now:
        return
    try:
        _write(session, _read(session, last, now))
    except Answer as answer:
        log.warning("%s: the list of pending invoices is not read: %s", session.name, answer.detail)
        later = now + max(RETRY, answer.retry_after if isinstance(answer, Busy) else RETRY)
        report_id = "" if isinstance(answer, Broken) else last.report_id
        _write(session, ListReading(later.isoformat(), report_id, last.as_of, answer.detail))


def _next_read_at(last: ListReading, awaited: bool) -> datetime:
    """When it is read again: sooner where a shipment began to be awaited since."""
    planned = datetime.fromisoformat(last.next_read_at)
    soon = awaited and last.as_of and not last.report_id and not last.error
    return min(planned, datetime.fromisoformat(last.as_of) + LISTED_AGAIN) if soon else planned


def _read(session: SellerSession, last: ListReading, now: datetime) -> ListReading:
    report_id = last.report_id or session.marketplace.create_report(
        Report.PENDING_INVOICES, start=now - REACH_BACK, end=now
    )
    status = session.marketplace.report_status(report_id)
    if not status.done:
        return ListReading((now + POLL).isoformat(), report_id, last.as_of)
    listed = list(session.marketplace.pending_invoices(status.document_id)) if status.document_id else []
    for pending in listed:
        if session.stopping.is_set():
            return ListReading(now.isoformat(), report_id, last.as_of)  # the rest in the next turn
        _work_on(session, pending, now)
    _prove(session, listed)
    with session.ledger.read() as connection:
        every = LISTED_AGAIN if documents.any_awaited(connection, session.name) else EVERY
    return ListReading((now + every).isoformat(), as_of=now.isoformat())


def _work_on(session: SellerSession, pending: PendingInvoice, now: datetime) -> None:
    """Make what is missing; mark as `still_pending` what was accepted and is on the list all the same."""
    sale, key = pending.sale, _key_of(pending)
    with session.begin() as connection:
        if not documents.known_orders(connection, session.name, [key.order_id]):
            return  # the order itself is not read yet: the next list names it again
        documents.adopt(
            connection,
            session.name,
            key,
            shipping_id=sale.shipping_id,
            transaction_id=sale.transaction_id,
            now=now,
        )
        document = DOCUMENTS.one(connection, session.name, key)
        assert document, "it was given its row just now"
        if document.is_made:
            _still_pending(connection, session.name, document, pending, now)
            return
        became = transition(connection, document, session.seller, now, listed=True, shipped_at=sale.shipped_at)
        DOCUMENTS.decide(connection, session.name, [became], now)
    if became.state is State.DUE and pending.problem:
        hold(session, document, Unmakeable(Reason.TAX_DATA_MISSING, pending.problem))
    elif became.state is State.DUE:
        make(session, document, sale)


def _still_pending(
    connection: Connection, seller: str, document: Document, pending: PendingInvoice, now: datetime
) -> None:
    asked_at = document.asked_at
    late = document.state is State.SENT and asked_at and now - asked_at > READ_BY_AMAZON
    if late and document.reason is not Reason.STILL_PENDING:
        words = Answered(f"Amazon's list: {pending.status} {pending.detail}".strip())
        became = Transition(document.key, State.SENT, Reason.STILL_PENDING)
        DOCUMENTS.move(connection, seller, became, words, now, out_of=[State.SENT])


def _prove(session: SellerSession, listed: Iterable[PendingInvoice]) -> None:
    """What is no longer on the list has arrived: clear the mark `still_pending`."""
    missing = {_key_of(pending) for pending in listed}
    now = session.clock.now()
    with session.begin() as connection:
        for document in documents.still_pending(connection, session.name):
            if document.key not in missing:
                arrived = Transition(document.key, State.SENT, Reason.INVOICED)
                words = Answered("no longer on Amazon's list")
                DOCUMENTS.move(connection, session.name, arrived, words, now, out_of=[State.SENT])


def _key_of(pending: PendingInvoice) -> Key:
    sale = pending.sale
    if pending.credit_note:
        return Key(sale.order_id, Action.CREDIT_NOTE, sale.transaction_id or "")
    is_correction = (sale.transaction_id or "").startswith(CORRECTION)
    return Key(sale.order_id, Action.INVOICE, (sale.transaction_id if is_correction else sale.shipping_id) or "")


def _write(session: SellerSession, last: ListReading) -> None:
    next_read_at = datetime.fromisoformat(last.next_read_at)
    with session.begin() as connection:
        meta.put(connection, _key(session.name), json.dumps(asdict(last)))
        # so that the daemon rings for the seller then
        DOCUMENTS.look_at(connection, session.name, State.WAITING, Reason.AWAITING_TAX_DATA, next_read_at)


def _key(seller: str) -> str:
    return f"pending_invoices:{seller}"
