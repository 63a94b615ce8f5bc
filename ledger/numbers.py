"""The numbers of invoices and credit notes: without a gap, and each given in the commit that keeps its document."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, select, update

from ledger.documents import is_document
from ledger.state import State
from ledger.tables import invoice_series, invoices
from ledger.transitions import Key
from ledger.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Serial:
    """A number of a series, as askonce assigns it."""

    series: str
    serial: int


@dataclass(frozen=True, slots=True)
class Next:
    """Another document of the same kind that the order is to have. `amount`, `original`: of a credit note."""

    part: str
    amount: str | None = None
    original: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A document as it is kept. `record` and `pdf` are sealed. `serial` None: the seller's bookkeeping numbered it."""

    number: str
    serial: Serial | None
    issued_on: date
    total: Decimal
    vat: Decimal | None  # None: the seller's bookkeeping does not say
    currency: str
    sha256: str
    record: bytes | None  # None: the seller's bookkeeping made the document
    pdf: bytes
    keep_until: datetime
    original: str | None = None  # the number of the invoice that a credit note takes back
    then: tuple[Next, ...] = ()  # what the order is to have besides


class Taken(Exception):
    """Another document of the seller has that number, or is the same PDF; the text says which."""


class Superseded(Exception):
    """Another process has assigned the number, or made the document: roll the transaction back."""


def next_serial(connection: Connection, seller: str, series: str) -> Serial:
    """The next free number; not reserved until `keep`."""
    mine = (invoice_series.c.seller == seller) & (invoice_series.c.series == series)
    found = connection.execute(select(invoice_series.c.next).where(mine)).scalar()
    return Serial(series, found or 1)


def keep(connection: Connection, seller: str, key: Key, made: Made) -> None:
    """Give the document its number and keep it, in one transaction: both or neither.

    Raises Superseded; Taken: another document has it, from the seller's bookkeeping or another form of number.
    """
    named = ("number", "issued_on", "currency", "sha256", "record", "pdf", "original")
    values = {name: getattr(made, name) for name in named}
    vat = None if made.vat is None else str(made.vat)
    values |= {"total": str(made.total), "vat": vat, "keep_until": made.keep_until}
    if made.serial:
        # the series first: on PostgreSQL its row is the lock under which a number is given
        _use(connection, seller, made.serial)
        values |= {"series": made.serial.series, "serial": made.serial.serial}
    if _is_kept(connection, seller, invoices.c.number == made.number):
        raise Taken(f"has the number {made.number} already")
    if not made.serial and _is_kept(connection, seller, invoices.c.sha256 == made.sha256):
        raise Taken("is the same PDF")
    unmade = (invoices.c.state == State.DUE.value) & invoices.c.number.is_(None)
    if connection.execute(update(invoices).where(*is_document(seller, key), unmade).values(**values)).rowcount != 1:
        raise Superseded


def _use(connection: Connection, seller: str, serial: Serial) -> None:
    insert_new(connection, invoice_series, [{"seller": seller, "series": serial.series, "next": 1}])
    mine = (invoice_series.c.seller == seller) & (invoice_series.c.series == serial.series)
    unused = update(invoice_series).where(mine, invoice_series.c.next == serial.serial)
    if connection.execute(unused.values(next=serial.serial + 1)).rowcount != 1:
        raise Superseded


def _is_kept(connection: Connection, seller: str, like: ColumnElement[bool]) -> bool:
    return connection.execute(select(invoices.c.number).where(invoices.c.seller == seller, like)).first() is not None
