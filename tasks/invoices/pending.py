"""Amazon's list of the documents it still misses: read twice a day where its VAT Calculation Service is used.

It names each shipment and each refund with its VAT. What is new there is made at once, from the list itself, since the
buyer's data that it holds is kept nowhere. What was accepted and is still on the list is said to be so.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from invoices.document import Unmakeable
from ledger import documents, meta
from ledger.database import Connection
from ledger.documents import Key, Move, key_of
from ledger.requests import Answered
from ledger.state import Action, State
from marketplace.errors import Answer, Broken, Busy
from marketplace.port import PendingInvoice, Report
from rules.reason import Reason
from tasks.app import SellerSession
from tasks.invoices.decide import verdict
from tasks.invoices.make import hold, make

log = logging.getLogger("askonce.invoices")

EVERY = timedelta(hours=12)  # Amazon asks for twice a day at least
POLL = timedelta(minutes=1)
RETRY = timedelta(minutes=15)
REACH_BACK = timedelta(days=90)  # what the list covers
READ_BY_AMAZON = timedelta(hours=6)
"""How long after an upload was accepted the list may still name it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the list has been read. Times as text, for JSON."""

    next_read_at: str = ""
    report_id: str = ""
    as_of: str = ""
    error: str = ""


def reading(connection: Connection, seller: str) -> Reading:
    """The last reading of the list; an empty one: it was never read."""
    return Reading(**json.loads(meta.get(connection, _key(seller)) or "{}"))


def read_pending(session: SellerSession) -> None:
    """Read the list if its time has come, and make what it names."""
    if not session.seller.invoices.vat_calculation_service:
        return
    now = session.clock.now()
    with session.ledger.read() as connection:
        last = reading(connection, session.name)
    if last.next_read_at and datetime.fromisoformat(last.next_read_at) > now:
        return
    try:
        _write(session, _read(session, last, now))
    except Answer as answer:
        log.warning("%s: the list of pending invoices is not read: %s", session.name, answer.detail)
        later = now + max(RETRY, answer.retry_after if isinstance(answer, Busy) else RETRY)
        report_id = "" if isinstance(answer, Broken) else last.report_id
        _write(session, Reading(later.isoformat(), report_id, last.as_of, answer.detail))


def _read(session: SellerSession, last: Reading, now: datetime) -> Reading:
    report_id = last.report_id or session.marketplace.create_report(
        Report.PENDING_INVOICES, start=now - REACH_BACK, end=now
    )
    status = session.marketplace.report_status(report_id)
    if not status.done:
        return Reading((now + POLL).isoformat(), report_id, last.as_of)
    listed = list(session.marketplace.pending_invoices(status.document_id)) if status.document_id else []
    for pending in listed:
        if session.stopping.is_set():
            return Reading(now.isoformat(), report_id, last.as_of)  # the rest in the next turn
        _work_on(session, pending, now)
    _prove(session, listed)
    return Reading((now + EVERY).isoformat(), as_of=now.isoformat())


def _work_on(session: SellerSession, pending: PendingInvoice, now: datetime) -> None:
    """Make what is missing; or say that it was sent, accepted, and is missing all the same."""
    sale, key = pending.sale, _key_of(pending)
    with session.ledger.begin() as connection:
        session.renew(connection)
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
        row = _row(connection, session.name, key)
        if row.number is not None:
            _still_pending(connection, session.name, row, pending, now)
            return
        original = documents.original(connection, session.name, sale.order_id)
        move = verdict(row, original, session.seller, now)
        if move.reason is Reason.AWAITING_TAX_DATA:
            move = Move(key, State.DUE, Reason.DUE, now, move.deadline, move.business)
        documents.decide(connection, session.name, [move], now)
    if move.state is State.DUE and pending.problem:
        hold(session, row, Unmakeable(Reason.TAX_DATA_MISSING, pending.problem))
    elif move.state is State.DUE:
        make(session, row, sale)


def _still_pending(connection: Connection, seller: str, row: Any, pending: PendingInvoice, now: datetime) -> None:
    late = row.state == State.SENT and row.asked_at and now - row.asked_at > READ_BY_AMAZON
    if late and row.reason != Reason.STILL_PENDING:
        move = Move(key_of(row), State.SENT, Reason.STILL_PENDING)
        answered = Answered(f"Amazon's list: {pending.status} {pending.detail}".strip())
        documents.move_on(connection, seller, move, answered, now, out_of=[State.SENT])


def _prove(session: SellerSession, listed: Iterable[PendingInvoice]) -> None:
    """What Amazon no longer misses has arrived."""
    missing = {_key_of(pending) for pending in listed}
    now = session.clock.now()
    with session.ledger.begin() as connection:
        session.renew(connection)
        for row in documents.still_pending(connection, session.name):
            if key_of(row) not in missing:
                move = Move(key_of(row), State.SENT, Reason.INVOICED)
                answered = Answered("no longer on Amazon's list")
                documents.move_on(connection, session.name, move, answered, now, out_of=[State.SENT])


def _key_of(pending: PendingInvoice) -> Key:
    sale = pending.sale
    if pending.credit_note:
        return Key(sale.order_id, Action.CREDIT_NOTE, sale.transaction_id or "")
    return Key(sale.order_id, Action.INVOICE, sale.shipping_id or "")


def _row(connection: Connection, seller: str, key: Key) -> Any:
    return next(row for row in documents.of_order(connection, seller, key.order_id) if key_of(row) == key)


def _write(session: SellerSession, last: Reading) -> None:
    next_read_at = datetime.fromisoformat(last.next_read_at)
    with session.ledger.begin() as connection:
        session.renew(connection)
        meta.put(connection, _key(session.name), json.dumps(asdict(last)))
        # so that the daemon rings for the seller then
        documents.look_at(connection, session.name, Reason.AWAITING_TAX_DATA, next_read_at)


def _key(seller: str) -> str:
    return f"pending_invoices:{seller}"
