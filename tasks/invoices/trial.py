"""A trial: make what would be made, and keep nothing of it. No number is taken, and nothing is sent."""

from collections.abc import Iterable
from functools import partial
from itertools import islice

from invoices import vat, words
from invoices.document import Unmakeable
from ledger.documents import Document
from ledger.transitions import Key
from marketplace.errors import Answer, Busy
from rules.reason import Reason
from settings.marketplaces import zone
from tasks.actions import INVOICE
from tasks.invoices import official_rates
from tasks.invoices.kept import marketplace_of
from tasks.invoices.make import MAKERS
from tasks.invoices.shipment import shipment
from tasks.line import after, nothing_sent
from tasks.session import SellerSession

MOST_ASKED = 30
"""Orders of which Amazon is asked: so many at once its pace allows."""
MOST_FILES = 200


def tried(session: SellerSession, documents: Iterable[Document]) -> dict[Key, Reason | None]:
    """Why each of the first of these could not be made; None: it could. One that is not there was not tried."""
    from_folder = session.seller.invoices.source == "folder"
    found: dict[Key, Reason | None] = {}
    for document in islice(documents, MOST_FILES if from_folder else MOST_ASKED):
        if session.stopping.is_set():
            break
        try:
            _make(session, document)
        except Unmakeable as why:
            found[document.key] = why.reason
        except Busy:
            break
        except Answer as answer:
            found[document.key] = after(session, INVOICE, document, nothing_sent(answer)).reason
        else:
            found[document.key] = None
    return found


def _make(session: SellerSession, document: Document) -> None:
    settings = session.seller.invoices
    if settings.source == "folder":
        MAKERS[settings.source](session, document, None)
    elif not document.is_credit_note:
        market = marketplace_of(document)
        today = session.clock.now().astimezone(zone(market.timezone)).date()
        vat.invoice(
            shipment(session, document).sale,
            settings,
            number="trial",
            issued_on=today,
            language=words.language(None, market.code),
            official=partial(official_rates.known, session.ledger),
        )
