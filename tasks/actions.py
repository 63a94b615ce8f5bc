"""The actions, a line for each, in the order in which a turn works them off. What they share: tasks/route.py."""

from dataclasses import replace
from typing import Any

from ledger.documents import DOCUMENTS
from ledger.queue import Queue
from ledger.requests import REVIEWS
from ledger.state import State
from rules.reason import Reason
from settings.schema import Seller
from tasks import terms
from tasks.invoices import decide as invoice_rules
from tasks.invoices import make, pending, xml_folder
from tasks.invoices import reconcile as feeds
from tasks.invoices import send as invoices
from tasks.line import Line
from tasks.reviews import decide as review_rules
from tasks.reviews import reconcile as offers
from tasks.reviews import send as reviews
from tasks.session import SellerSession

REVIEW = Line(
    queue=REVIEWS,
    terms=terms.REVIEW,
    wanted=lambda _seller: True,
    decide=review_rules.decide,
    reconsider=review_rules.reconsider,
    look=reviews.look,
    act=reviews.ask,
    refused={Reason.ALREADY_REQUESTED: State.REFUSED, Reason.UNKNOWN_REFUSAL: State.HELD},
    in_doubt=offers.IN_DOUBT,
    look_again=offers.look_again,
    look_after=reviews.LOOK_AFTER,
    watched=True,
    expires=True,
)


def _read(session: SellerSession) -> None:
    """Amazon's list of what it misses; and what was made since the last pass goes to the platform's folder."""
    pending.read_pending(session)
    xml_folder.write_out(session)


INVOICE = Line(
    queue=DOCUMENTS,
    terms=terms.INVOICE,
    wanted=lambda seller: seller.invoices.enabled,
    decide=invoice_rules.decide,
    reconsider=invoice_rules.reconsider,
    make=make.made,
    prepare=invoices.upload,
    look=lambda _session, _document: None,
    act=invoices.send,
    counts_lost=False,
    in_doubt=(State.SUBMITTED, State.UNCLEAR),
    look_again=feeds.look_again,
    look_after=invoices.LOOK_AFTER,
    read=_read,
    has_room=invoices.has_room,
    also_closed=invoices.another_is_unclear,
    closing=(State.UNCLEAR,),
)
CREDIT_NOTE = replace(
    INVOICE,
    terms=terms.CREDIT_NOTE,
    read=lambda _session: None,
    for_each_order=False,  # for each refund
)

ACTIONS: dict[str, Line[Any]] = {line.action: line for line in (INVOICE, CREDIT_NOTE, REVIEW)}
"""Invoices before reviews: their deadline is a matter of hours. Credit notes wait for their order's invoice."""


def queues() -> list[Queue[Any]]:
    """The queues of all actions, each once."""
    return list(dict.fromkeys(line.queue for line in ACTIONS.values()))


def opened_by_orders(seller: Seller) -> list[Line[Any]]:
    """The actions of which each of the seller's orders has a row."""
    return [line for line in ACTIONS.values() if line.for_each_order and line.wanted(seller)]
