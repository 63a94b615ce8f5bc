"""What of an order an invoice is over: what has left, and is on none of its invoices yet."""

from dataclasses import replace

from invoices.document import Invoice, Unmakeable
from invoices.shipments import Part, part_of
from ledger import documents
from ledger.documents import AFTER, Document
from ledger.numbers import Next
from rules.invoices import shipped_at, supplied_at
from rules.reason import Reason
from rules.sale import Sale
from tasks.invoices.kept import record_of, vault_of
from tasks.session import SellerSession


def shipment(session: SellerSession, document: Document) -> Part:
    """Without the VAT Calculation Service, from what Amazon says of the order now.

    Raises an Answer of the marketplace; Unmakeable: NOT_SHIPPED if nothing more has left, NOTHING_TO_INVOICE if nothing
    is to come either.
    """
    sale = session.marketplace.sale(document.order_id)
    if sale.shipped_at is None:
        sale = replace(sale, shipped_at=supplied_at(document.facts))
    if session.seller.region != "eu":
        return Part(sale)
    part = part_of(sale, _invoices(session, document))
    if not part.paid and not part.last:
        raise Unmakeable(Reason.NOT_SHIPPED, "nothing has left of the order that has no invoice yet")
    if not part.sale.lines:
        raise Unmakeable(Reason.NOTHING_TO_INVOICE, "all that was paid for has its invoice")
    return part


def rest(session: SellerSession, document: Document, sale: Sale) -> Next:
    """The invoice over what leaves after this."""
    now, told = session.clock.now(), sale.shipped_at or shipped_at(document.facts)
    is_later = told and told <= now and (document.after is None or told > document.after)
    return Next(f"{AFTER}{(told if told and is_later else now).isoformat()}")


def _invoices(session: SellerSession, document: Document) -> list[Invoice]:
    """Those of the order, but for this one and what a person had taken back."""
    with session.ledger.read() as connection:
        others = documents.originals(connection, session.name, document.order_id, None)
        made = [each for each in others if each.is_made and each.key != document.key]
        kept = [documents.content(connection, session.name, each.key) for each in made]
    return [record_of(vault_of(session), each, content) for each, content in zip(made, kept, strict=True)]
