"""Give a made document to Amazon: in Europe as an upload, in North America as a message."""

import re
from datetime import timedelta

from invoices.document import Unmakeable
from ledger import documents
from ledger.database import Connection
from ledger.documents import Document
from ledger.state import State
from ledger.transitions import Answered, Transition
from marketplace.errors import Refused
from marketplace.operations import Operation
from marketplace.port import InvoiceLabel
from rules.reason import Reason
from tasks.invoices.kept import marketplace_of, pdf_of, vault_of
from tasks.invoices.make import unmakeable
from tasks.kept_words import ACCEPTED
from tasks.line import Found
from tasks.session import SellerSession

PATIENCE = 5.0
"""Seconds that a turn waits for a token of the irrevocable call. Beyond this, give the lane up."""
READ_AFTER = timedelta(seconds=30)
"""How long Amazon takes, as a rule, to read an upload."""
LOOK_AFTER = timedelta(minutes=2)
"""How long after a lost answer Amazon's list of uploads is looked at."""


def another_is_unclear(connection: Connection, session: SellerSession) -> Reason | None:
    """While one upload is unclear, do not submit another: they could not be told apart."""
    return Reason.BUSY if documents.any_unclear(connection, session.name) else None


def has_room(session: SellerSession) -> bool:
    """Whether there is a token for the irrevocable call: a document whose turn does not come is not made ahead."""
    operation = Operation.SEND_INVOICE if session.seller.region == "na" else Operation.CREATE_FEED
    return session.pace.seconds_until(operation) <= PATIENCE


def upload(session: SellerSession, document: Document) -> str | Found:
    """Put the bytes where Amazon takes them: no effect yet. Returns Amazon's name for them; or why they can't go."""
    with session.ledger.read() as connection:
        content = documents.content(connection, session.name, document.key)
    try:
        pdf = pdf_of(vault_of(session), document, content)
    except Unmakeable as why:
        return unmakeable(session, document, why)
    if session.seller.region != "na":
        return session.marketplace.upload_invoice(pdf)
    order_id, marketplace_id = document.order_id, marketplace_of(document).marketplace_id
    if not session.marketplace.invoice_offered(order_id, marketplace_id):
        raise Refused("Amazon takes no invoice for the order now", reason=Reason.NOT_OFFERED)
    return session.marketplace.attach_invoice(order_id, marketplace_id, pdf)


def send(session: SellerSession, document: Document, upload_id: str) -> Found:
    """The one irrevocable call."""
    order_id, marketplace_id = document.order_id, marketplace_of(document).marketplace_id
    assert document.number
    assert document.total is not None
    if session.seller.region == "na":
        file_name = re.sub(r"[^A-Za-z0-9._-]+", "-", document.number) + ".pdf"
        receipt = session.marketplace.send_invoice(order_id, marketplace_id, upload_id, file_name)
        sent = Transition(document.key, State.SENT, Reason.INVOICED)
        return Found(sent, Answered(ACCEPTED, 202, receipt.request_id))
    label = InvoiceLabel(
        order_id=order_id,
        marketplace_id=marketplace_id,
        number=document.number,
        total=document.total,
        vat=document.vat,
        credit_note=document.is_credit_note,
        shipping_id=document.shipping_id,
        transaction_id=document.transaction_id,
    )
    feed_id = session.marketplace.submit_invoice(upload_id, label)
    read_at = session.clock.now() + READ_AFTER
    submitted = Transition(document.key, State.SUBMITTED, Reason.SUBMITTED, read_at, feed_id=feed_id)
    return Found(submitted, Answered(ACCEPTED, 202))
