"""What a credit note takes back: of which invoice, and how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices import crediting
from invoices.document import Invoice, Unmakeable
from invoices.sharing import Billed, shared
from ledger import credit_notes, documents, orders
from ledger.database import Connection
from ledger.documents import DOCUMENTS, REFUNDS, Document
from ledger.numbers import Next
from ledger.refunds import named
from ledger.state import Action
from ledger.transitions import Key
from rules.order import UNKNOWN, Refund
from rules.reason import Reason
from rules.sale import Sale
from tasks.invoices.kept import record_of, vault_of
from tasks.session import SellerSession

ALSO = "#also-"
"""In the part of a credit note that goes with another one, of another invoice, for the same refund."""
BY_HAND = "credit it by hand (askonce invoice credit), and close this one (askonce resolve)"


@dataclass(frozen=True, slots=True)
class Note:
    """A credit note, and those that take back other invoices for the same refund."""

    content: Invoice
    then: tuple[Next, ...] = ()


def credit_note(session: SellerSession, document: Document, refund: Sale | None, number: str, today: date) -> Note:
    """What takes back the invoice of the refund's shipment, or a part of it."""
    with session.ledger.read() as connection:
        every = _to_take_back(connection, session, document)
        known = None if refund or document.is_by_hand else _refund(connection, session.name, document)
    if known is None or len(every) == 1:
        original, before = every[0].invoice, every[0].notes
        amount, parts = document.amount, None
        if known:
            amount = _given_back(known, crediting.left_of(original, before), original.currency)
            parts = known.parts
        note = crediting.credit_note(
            original, amount, refund, number=number, issued_on=today, parts=parts, before=before
        )
        return Note(note)
    return _shared(document, every, known, number, today)


def _shared(document: Document, every: Sequence[Billed], refund: Refund, number: str, today: date) -> Note:
    """One of the credit notes of a refund over several invoices; the first is followed by the others."""
    left = sum((crediting.left_of(each.invoice, each.notes) for each in every), Decimal(0))
    shares = shared(every, _given_back(refund, left, every[0].invoice.currency), refund.parts)
    others = [each for each in shares if each.of.invoice.number != document.original]
    mine = next((each for each in shares if each not in others), None)
    if document.original is None:
        mine, *others = shares
    if mine is None or (document.original and mine.amount != document.amount):
        what = f"what the refund takes back of {document.original} is not {document.amount} any more"
        raise Unmakeable(Reason.NOT_PRINTABLE, f"{what}: {BY_HAND}")
    note = crediting.credit_note(
        mine.of.invoice, mine.amount, number=number, issued_on=today, parts=mine.parts, before=mine.of.notes
    )
    if document.original:
        return Note(note)
    then = (
        Next(f"{document.key.part}{ALSO}{position}", str(each.amount), each.of.invoice.number)
        for position, each in enumerate(others, 2)
    )
    return Note(note, tuple(then))


def _to_take_back(connection: Connection, session: SellerSession, document: Document) -> list[Billed]:
    """The invoices that a credit note may take back, each with those that have taken back a part of it already; one,
    unless the order left in several parts.

    A corrected invoice has been taken back whole, and another has come in its place.
    """
    order = DOCUMENTS.of_order(connection, session.name, document.order_id)
    made = [each for each in _of(connection, session, document, order) if each.is_made]
    if not made:
        raise Unmakeable(Reason.NOT_PRINTABLE, "the invoice that it would take back is not made")
    if len({each.shipping_id for each in made}) > 1:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the order has {len(made)} invoices, and which is refunded is not said")

    def said(each: Document) -> Invoice:
        return record_of(vault_of(session), each, documents.content(connection, session.name, each.key))

    mine = document.key.part.partition(ALSO)[0]
    notes = [said(each) for each in order if _is_note(each) and each.key.part.partition(ALSO)[0] != mine]
    every = [Billed(invoice, [note for note in notes if _takes_back(note, invoice)]) for invoice in map(said, made)]
    if len(every) > 1 and all(each.invoice.pieces for each in every):
        return every
    return [next((each for each in every if crediting.left_of(each.invoice, each.notes)), every[-1])]


def _of(
    connection: Connection, session: SellerSession, document: Document, order: Sequence[Document]
) -> Sequence[Document]:
    """The invoices that it may be of, by what it names."""
    if document.original and (document.is_by_hand or ALSO not in document.key.part):
        named = credit_notes.original(connection, document)
        return [named] if named else []
    anew = Key(document.order_id, Action.INVOICE, document.key.part.removesuffix(REFUNDS))
    if document.is_by_hand and (replacing := [each for each in order if each.key == anew]):
        return replacing
    return documents.originals(connection, session.name, document.order_id, document.shipping_id)


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
    mine = document.key.part.partition(ALSO)[0]
    found = named(orders.refunds(connection, seller, document.order_id), mine)
    assert found, "finances have named it"
    ids, refund = found
    for other in DOCUMENTS.of_order(connection, seller, document.order_id):
        if _is_note(other) and other.key.part in ids - {mine}:
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
