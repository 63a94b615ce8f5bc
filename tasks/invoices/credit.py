"""What a credit note takes back: of which invoice, and how much of it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from invoices import crediting
from invoices.document import Invoice, Unmakeable
from ledger import credit_notes, documents, orders
from ledger.database import Connection
from ledger.documents import DOCUMENTS, Document
from ledger.refunds import named
from rules.order import UNKNOWN, Refund
from rules.reason import Reason
from rules.sale import Sale
from tasks.invoices.kept import record_of, vault_of
from tasks.session import SellerSession

BY_HAND = "credit it by hand (askonce invoice credit), and close this one (askonce resolve)"


def credit_note(session: SellerSession, document: Document, refund: Sale | None, number: str, today: date) -> Invoice:
    """What takes back the invoice of the refund's shipment, or a part of it."""
    with session.ledger.read() as connection:
        original, before = _to_take_back(connection, session, document)
        known = None if refund or document.is_by_hand else _refund(connection, session.name, document)
    if known is None:
        amount = document.amount
        return crediting.credit_note(original, amount, refund, number=number, issued_on=today, before=before)
    amount = _given_back(known, crediting.left_of(original, before), original.currency)
    return crediting.credit_note(original, amount, number=number, issued_on=today, parts=known.parts, before=before)


def _to_take_back(
    connection: Connection, session: SellerSession, document: Document
) -> tuple[Invoice, Sequence[Invoice]]:
    """The invoice that a credit note takes back, and those that have taken back a part of it already.

    A corrected invoice has been taken back whole, and another has come in its place.
    """
    named = credit_notes.original(connection, document) if document.original else None
    every = documents.originals(connection, session.name, document.key.order_id, document.shipping_id)
    made = [each for each in ([named] if named else every) if each.is_made]
    if not made:
        raise Unmakeable(Reason.NOT_PRINTABLE, "the invoice that it would take back is not made")
    if len({each.shipping_id for each in made}) > 1:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the order has {len(made)} invoices, and which is refunded is not said")

    def said(each: Document) -> Invoice:
        return record_of(vault_of(session), each, documents.content(connection, session.name, each.key))

    notes = [said(each) for each in DOCUMENTS.of_order(connection, session.name, document.order_id) if _is_note(each)]
    ways = [(original, [note for note in notes if _takes_back(note, original)]) for original in map(said, made)]
    return next((way for way in ways if crediting.left_of(*way)), ways[-1])


def _takes_back(note: Invoice, original: Invoice) -> bool:
    return note.original is not None and note.original.number == original.number


def _is_note(document: Document) -> bool:
    return document.is_credit_note and document.is_made


def to_give_back(connection: Connection, document: Document, invoice: Document) -> Decimal:
    """What a credit note of the bookkeeping takes back, VAT included: as a person says, or as was refunded."""
    assert invoice.total is not None
    assert invoice.currency
    left = invoice.total - credit_notes.taken_back(connection, invoice, but=document.key.part)
    if document.is_by_hand:
        amount = left if document.amount is None else document.amount
    else:
        amount = _given_back(_refund(connection, document.seller, document), left, invoice.currency)
    if amount > left:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"{amount} is more than the {left} that is left of {invoice.number}")
    return amount


def _refund(connection: Connection, seller: str, document: Document) -> Refund:
    """The refund of which a credit note is. Amazon lists some twice: one that has its credit note gets no other."""
    found = named(orders.refunds(connection, seller, document.order_id), document.key.part)
    assert found, "finances have named it"
    ids, refund = found
    for other in DOCUMENTS.of_order(connection, seller, document.order_id):
        if _is_note(other) and other.key.part in ids:
            raise Unmakeable(Reason.NOTHING_TO_INVOICE, f"it is the refund that {other.number} takes back")
    return refund


def _given_back(refund: Refund, left: Decimal, currency: str) -> Decimal:
    """What the buyer got back. `left`: what is not taken back yet of the invoice, in its currency."""
    amount = refund.amount.amount
    if refund.amount == UNKNOWN:
        raise Unmakeable(Reason.TAX_DATA_MISSING, "the amount that was refunded cannot be read")
    if refund.amount.currency != currency:
        raise Unmakeable(Reason.TAX_DATA_MISSING, f"the refund is not in the {currency} of the invoice")
    if refund.parts is None and amount != left:
        raise Unmakeable(Reason.TAX_DATA_MISSING, f"Amazon does not say what the buyer got of {amount}: {BY_HAND}")
    return amount
