"""A document of the seller's bookkeeping: the PDF that it put into the folder."""

from collections.abc import Sequence

from invoices import folder
from invoices.document import Kind, Unmakeable
from ledger import credit_notes
from ledger.documents import DOCUMENTS, Document
from ledger.numbers import Made
from marketplace.errors import Broken, NotAuthorised, Refused
from rules.order import Money
from rules.reason import Reason
from rules.sale import Party, Sale, paid_for
from settings.marketplaces import zone
from tasks.invoices.credit import to_give_back
from tasks.invoices.kept import keep_until, marketplace_of, vault_of
from tasks.session import SellerSession


def from_folder(session: SellerSession, document: Document, sale: Sale | None) -> Made:
    """The PDF that the seller's bookkeeping put into the folder."""
    settings, now = session.seller.invoices, session.clock.now()
    assert settings.folder
    value = _worth(session, document, sale)
    found = folder.look(settings.folder).find(
        document.order_id,
        value,
        now,
        kind=Kind(document.key.action),
        taken=_numbers_of_the_order(session, document),
        buyers=lambda: _buyers(session, document, sale),
    )
    if value is None:
        raise Unmakeable(Reason.TAX_DATA_MISSING, "Amazon does not say what the order is worth")
    number = found.number or document.order_id
    today = now.astimezone(zone(marketplace_of(document).timezone)).date()
    return Made(
        number=number,
        serial=None,
        issued_on=today,
        total=value.amount if found.total is None else found.total,
        vat=found.vat,
        currency=value.currency,
        sha256=found.sha256,
        record=None,
        pdf=vault_of(session).seal(found.pdf, f"{session.name}/{number}/pdf"),
        keep_until=keep_until(settings, today),
        original=_original_of(session, document),
    )


def _original_of(session: SellerSession, document: Document) -> str | None:
    if not document.is_credit_note:
        return None
    with session.ledger.read() as connection:
        invoice = credit_notes.original(connection, document)
    return invoice.number if invoice else None


def _worth(session: SellerSession, document: Document, sale: Sale | None) -> Money | None:
    """What the document comes to, VAT included: as Amazon's list says, as was refunded, or what the order is worth."""
    if sale is not None:
        return Money(paid_for(sale.lines), sale.currency)
    if not document.is_credit_note:
        return document.facts.order.value
    if session.seller.invoices.vat_calculation_service:
        raise Unmakeable(Reason.AWAITING_TAX_DATA, "it is made when Amazon's list names it")
    with session.ledger.read() as connection:
        invoice = credit_notes.original(connection, document)
        if invoice is None or invoice.total is None or invoice.currency is None:
            raise Unmakeable(Reason.PDF_MISSING, "the invoice that it would take back is not there yet")
        return Money(to_give_back(connection, document, invoice), invoice.currency)


def _numbers_of_the_order(session: SellerSession, document: Document) -> set[str]:
    with session.ledger.read() as connection:
        return {each.number for each in DOCUMENTS.of_order(connection, session.name, document.order_id) if each.number}


def _buyers(session: SellerSession, document: Document, sale: Sale | None) -> Sequence[Party]:
    """Buyer and recipient, as Amazon names them; none: it does not tell this account."""
    try:
        told = sale or session.marketplace.sale(document.order_id)
    except (NotAuthorised, Refused, Broken):
        return ()
    return [party for party in (told.buyer, told.recipient) if party]
