"""What invoices need in one turn of a seller's lane, and one document at a person's wish."""

from ledger import documents
from ledger.state import State
from rules.reason import Reason
from tasks.app import SellerSession
from tasks.invoices.decide import decide
from tasks.invoices.pending import read_pending
from tasks.invoices.reconcile import follow
from tasks.invoices.send import closed, send, send_one


def prepare(session: SellerSession) -> None:
    """All but making and sending: what is under way when invoices are switched off is followed and decided, too."""
    follow(session)
    decide(session)
    if session.seller.invoices.enabled:
        read_pending(session)


def work(session: SellerSession) -> int:
    """Prepare, make and send. Returns how many documents went out."""
    if not session.seller.invoices.enabled:
        return 0
    prepare(session)
    return send(session)


def send_invoice(session: SellerSession, order_id: str) -> Reason | None:
    """Decide one order's invoice now, make it and send it if it is due. None: there is none.

    Returns what became of it.
    """
    now = session.clock.now()
    with session.ledger.begin() as connection:
        session.renew(connection)
        documents.wake(connection, session.name, [order_id], now)
    decide(session)
    reason = None
    for _ in ("make", "send"):
        with session.ledger.read() as connection:
            row = documents.original(connection, session.name, order_id)
            shut = closed(connection, session.seller, session.clock.now())
        if row is None or row.state != State.DUE:
            return Reason(row.reason) if row else None
        reason = shut or send_one(session, row)
        if reason is not Reason.DUE:
            break
    return reason
