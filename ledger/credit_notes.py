"""What the credit notes of an order take back, and of which invoice."""

from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from ledger import documents
from ledger.documents import DOCUMENTS, Document
from ledger.state import Action, State
from ledger.tables import invoices
from rules.reason import Reason


def taken_back(connection: Connection, invoice: Document, but: str | None = None) -> Decimal:
    """What the credit notes of an invoice come to, VAT included: those made, and those that a person has asked for.

    `but`: the part of the one that is not counted.
    """
    query = select(invoices.c.number, invoices.c.total, invoices.c.amount)
    query = query.where(_of(invoice), or_(invoices.c.number.is_not(None), invoices.c.state != State.SKIPPED.value))
    query = query.where(invoices.c.part != but) if but is not None else query
    sums = (total if number else amount for number, total, amount in connection.execute(query))
    return sum((Decimal(each) for each in sums if each), Decimal(0))


def original(connection: Connection, note: Document) -> Document | None:
    """The invoice that a credit note takes back: the one that it names, else that of its order."""
    if note.original is None:
        return documents.original(connection, note.seller, note.order_id)
    found = DOCUMENTS.of_order(connection, note.seller, note.order_id)
    return next((each for each in found if each.number == note.original), None)


def name_original(connection: Connection, invoice: Document) -> None:
    """Say of the order's credit notes so far which invoice they take back: it gets another one."""
    made = update(invoices).where(_of(invoice), invoices.c.number.is_not(None))
    connection.execute(made.values(original=invoice.number))


def _of(invoice: Document) -> ColumnElement[bool]:
    """Those that say so, and those that say of none, unless another one replaces it."""
    named = invoices.c.original == invoice.number
    if invoice.reason is not Reason.CORRECTED:
        named |= invoices.c.original.is_(None)
    mine = (invoices.c.seller == invoice.seller, invoices.c.order_id == invoice.order_id)
    return and_(*mine, invoices.c.kind == Action.CREDIT_NOTE.value, named)
