"""Send made documents: nearest deadline first, at Amazon's pace, each once.

make       content, number and bytes, in one commit (tasks/invoices/make.py)
upload     the bytes, to where Amazon takes them: no effect yet
commit 1   the lane is still mine; the document is mine to send
look       stopped? is the lane still mine?
send       the one irrevocable call
commit 2   the answer, and the state it leads to, if the claim is still mine
"""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from invoices.document import Unmakeable
from ledger import controls, documents, lanes, sources
from ledger.database import Connection
from ledger.documents import Move, key_of
from ledger.requests import Answered
from ledger.state import Action, State
from marketplace.errors import Answer, Busy, NotAuthorised, Refused, Unclear
from marketplace.operations import Operation
from marketplace.port import InvoiceLabel
from rules.order import Source
from rules.reason import Reason
from settings.schema import Seller
from tasks.app import SellerSession
from tasks.gate import stale_sources
from tasks.invoices.make import hold, make, marketplace_of, pdf_of
from tasks.reviews.send import ASK_AGAIN, CALL_TAKES, MOST_TRIES, STOPPED_FOR, STRANGE_IN_A_ROW, TURN, mask, rest

log = logging.getLogger("askonce.invoices")

PATIENCE = 5.0
"""Seconds that a turn waits for a token of the irrevocable call. For longer, the lane is better used otherwise."""
READ_AFTER = timedelta(seconds=30)
"""How long Amazon takes, as a rule, to read an upload."""
LOOK_AFTER = timedelta(minutes=2)
"""How long after a lost answer Amazon's list of uploads is looked at."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the irrevocable call led to. `feed_id`: the upload that Amazon is to read, in Europe."""

    move: Move
    feed_id: str | None = None
    request_id: str | None = None


def closed(connection: Connection, seller: Seller, now: datetime) -> Reason | None:
    """Why no document of this seller may go out now; None: the gate is open. It needs no source but the orders."""
    return _shut(connection, seller, controls.stopped(connection, seller.name, now, invoices=True), now)


def _shut(connection: Connection, seller: Seller, stop: Reason | None, now: datetime) -> Reason | None:
    if not seller.live:
        return Reason.NOT_LIVE
    if stop:
        return stop
    known = sources.freshness(sources.readings(connection, seller.name))
    return Reason.STALE_FACTS if Source.ORDERS in stale_sources(seller, known, now) else None


def send(session: SellerSession) -> int:
    """Make and send what is due, until nothing is, the pace is used up, or the gate shuts. Returns how many went."""
    ends = session.clock.now() + TURN
    sent = strange = 0
    while not session.stopping.is_set() and strange < STRANGE_IN_A_ROW and _pace_allows(session):
        now = session.clock.now()
        if now >= ends:
            break
        with session.ledger.begin() as connection:
            session.renew(connection)
            reason = closed(connection, session.seller, now)
            if not reason and documents.any_unclear(connection, session.name):
                reason = Reason.BUSY  # with another doubt
            row = None if reason else documents.due(connection, session.name, now)
            if documents.say_why(connection, session.name, reason or Reason.DUE, now) and reason:
                log.warning("%s: due invoices are held back: %s", session.name, reason.meaning)
        if row is None:
            break
        became = send_one(session, row)
        sent += became in _GONE
        strange = 0 if became in _GONE or became is Reason.DUE else strange + 1
        if became in _GATE:
            break
    return sent


_GONE = (Reason.SUBMITTED, Reason.INVOICED)
_GATE = (Reason.INVOICES_NOT_AUTHORISED, Reason.PAUSED, Reason.NOT_LIVE, Reason.STALE_FACTS)


def send_one(session: SellerSession, row: Any) -> Reason:
    """Make one due document or, if it is made, send it. Returns the reason of what became of it; DUE: made."""
    if row.kind == Action.CREDIT_NOTE and row.number and not session.seller.invoices.vat_calculation_service:
        return _record(session, Move(key_of(row), State.SKIPPED, Reason.CREDIT_NOTE_KEPT), Answered())
    try:
        if row.number is None:
            return make(session, row)
        upload_id = _upload(session, row)
    except Unmakeable as why:
        return hold(session, row, why)
    except Answer as answer:
        return _record(session, _after(session, row, answer), _answered(answer))
    claimed_at = session.clock.now()
    with session.ledger.begin() as connection:
        session.renew(connection)
        if not documents.claim(connection, session.name, key_of(row), session.lane.token, claimed_at):
            return Reason(row.reason)
    asked = False
    try:
        sent = _held_back(session, row, claimed_at)
        if sent is None:
            asked = True
            sent = _send(session, row, upload_id)
        answered = Answered("accepted" if asked else "", 202 if asked else None, sent.request_id)
    except Answer as answer:
        asked = isinstance(answer, Unclear)
        sent = Sent(_after(session, row, answer))
        answered = _answered(answer)
    return _settle(session, sent, answered, asked=asked)


def _upload(session: SellerSession, row: Any) -> str:
    """Put the bytes where Amazon takes them. Raises Unmakeable, an Answer."""
    assert session.vault, "the settings do not load without INVOICE_KEY"
    pdf = pdf_of(session.vault, session.name, row)
    if session.seller.region != "na":
        return session.marketplace.upload_invoice(pdf)
    marketplace_id = marketplace_of(row).marketplace_id
    if not session.marketplace.invoice_offered(row.order_id, marketplace_id):
        raise Refused("Amazon takes no invoice for the order now", reason=Reason.NOT_OFFERED)
    return session.marketplace.attach_invoice(row.order_id, marketplace_id, pdf)


def _held_back(session: SellerSession, row: Any, claimed_at: datetime) -> Sent | None:
    """The last look before the call. None: send; else the document goes back to where it was. Raises LaneLost."""
    now = session.clock.now()
    with session.ledger.glance() as connection:
        # not ours any more: frozen meanwhile, and by our own clock for no time at all
        reason = _shut(connection, session.seller, lanes.confirm(connection, session.lane, now, invoices=True), now)
    if now - claimed_at > lanes.LEASE - CALL_TAKES:
        reason = Reason.BUSY  # stopped or asleep meanwhile: the lane may soon be somebody else's
    return Sent(Move(key_of(row), State.DUE, reason, now, tries=row.tries)) if reason else None


def _send(session: SellerSession, row: Any, upload_id: str) -> Sent:
    """The one irrevocable call."""
    market = marketplace_of(row)
    if session.seller.region == "na":
        file_name = re.sub(r"[^A-Za-z0-9._-]+", "-", row.number) + ".pdf"
        receipt = session.marketplace.send_invoice(row.order_id, market.marketplace_id, upload_id, file_name)
        return Sent(Move(key_of(row), State.SENT, Reason.INVOICED), request_id=receipt.request_id)
    label = InvoiceLabel(
        order_id=row.order_id,
        marketplace_id=market.marketplace_id,
        number=row.number,
        total=Decimal(row.total),
        vat=Decimal(row.vat) if row.vat else None,
        credit_note=row.kind == Action.CREDIT_NOTE,
        shipping_id=row.shipping_id,
        transaction_id=row.transaction_id,
    )
    feed_id = session.marketplace.submit_invoice(upload_id, label)
    read_at = session.clock.now() + READ_AFTER
    return Sent(Move(key_of(row), State.SUBMITTED, Reason.SUBMITTED, read_at), feed_id)


def _after(session: SellerSession, row: Any, answer: Answer) -> Move:
    """What an answer other than yes makes of the document."""
    now, key = session.clock.now(), key_of(row)
    match answer:
        case Refused():
            return Move(key, State.WAITING, answer.reason, now + ASK_AGAIN)
        case Unclear():
            return Move(key, State.UNCLEAR, Reason.UNCLEAR, now + LOOK_AFTER)
        case NotAuthorised():
            return Move(key, State.DUE, Reason.INVOICES_NOT_AUTHORISED, now, tries=row.tries)
        case Busy():
            later = max(answer.retry_after, rest_of(session, row))
            return Move(key, State.DUE, Reason.BUSY, now + later, tries=row.tries)
    log.error("%s: Amazon calls an invoice's request wrong: %s", session.name, answer.detail)
    if row.tries + 1 >= MOST_TRIES:
        return Move(key, State.HELD, Reason.BROKEN)
    return Move(key, State.DUE, Reason.BROKEN, now + timedelta(minutes=2**row.tries), tries=row.tries + 1)


def rest_of(session: SellerSession, row: Any) -> timedelta:
    """How long a document is left alone that failed again."""
    return rest(session, row.order_id, Action(row.kind), Reason.BUSY, Reason.UNCLEAR)


def _answered(answer: Answer) -> Answered:
    return Answered(answer.detail, answer.status, answer.request_id)


def _record(session: SellerSession, move: Move, answered: Answered) -> Reason:
    """Write down what became of a due document that was not claimed."""
    now = session.clock.now()
    with session.ledger.begin() as connection:
        session.renew(connection)
        documents.move_on(connection, session.name, move, answered, now, out_of=[State.DUE])
        _stop_if_refused(connection, session, move, answered, now)
    return move.reason


def _settle(session: SellerSession, sent: Sent, answered: Answered, *, asked: bool) -> Reason:
    move, now = sent.move, session.clock.now()
    with session.ledger.begin() as connection:
        mine = documents.settle(
            connection, session.name, session.lane.token, move, answered, now, asked=asked, feed_id=sent.feed_id
        )
        _stop_if_refused(connection, session, move, answered, now)
    if not mine:
        log.error("%s: an invoice of order %s was taken over while it was sent", session.name, mask(move.key.order_id))
    log.info("%s: order %s: %s: %s", session.name, mask(move.key.order_id), move.key.kind, move.reason)
    return move.reason


def _stop_if_refused(
    connection: Connection, session: SellerSession, move: Move, answered: Answered, now: datetime
) -> None:
    if move.reason is Reason.INVOICES_NOT_AUTHORISED:
        controls.stop(connection, session.name, move.reason, until=now + STOPPED_FOR, detail=answered.detail)


def _pace_allows(session: SellerSession) -> bool:
    """Whether there is a token for the irrevocable call: a document whose turn does not come is not made ahead."""
    operation = Operation.SEND_INVOICE if session.seller.region == "na" else Operation.CREATE_FEED
    return session.pace.seconds_until(operation) <= PATIENCE
