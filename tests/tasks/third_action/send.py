"""Give a postcard to Amazon, and look there for one whose answer was lost.

It goes the way of Europe's invoices: an upload, a feed, and the list of feeds.
"""

from datetime import timedelta

from ledger.lanes import LEASE
from ledger.requests import Request
from ledger.state import State
from ledger.transitions import Answered, Transition
from marketplace.port import InvoiceLabel
from rules.reason import Reason
from tasks.line import Found
from tasks.session import SellerSession

LOOK_AFTER = timedelta(minutes=2)
CARD = b"%PDF-1.7 greetings"


def upload(session: SellerSession, _request: Request) -> str:
    return session.marketplace.upload_invoice(CARD)


def post(session: SellerSession, request: Request, upload_id: str) -> Found:
    """The one irrevocable call."""
    order = request.facts.order
    assert order.marketplace_id
    assert order.value
    label = InvoiceLabel(request.order_id, order.marketplace_id, f"card {request.order_id}", order.value.amount)
    session.marketplace.submit_invoice(upload_id, label)
    return Found(Transition(request.key, State.SENT, Reason.REQUESTED), Answered("accepted", 202))


def look_again(session: SellerSession, request: Request) -> Found:
    """There: it was sent. Not there: it was not."""
    assert request.asked_at
    if session.marketplace.feeds(since=request.asked_at - LEASE):
        return Found(Transition(request.key, State.SENT, Reason.REQUESTED), Answered("among Amazon's uploads"))
    due = Transition(request.key, State.DUE, Reason.DUE, session.clock.now(), tries=request.tries)
    return Found(due, Answered("not among Amazon's uploads"))
