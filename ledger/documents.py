"""Invoices and credit notes: the queue of the table `invoices`, and what only documents need. Their numbers:
ledger/numbers.py; lists and sums of them: ledger/document_reports.py.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, case, func, select, update

from ledger.facts import COLUMNS, facts_of
from ledger.queue import Queue
from ledger.state import DOCUMENT_MOVES, Action, State
from ledger.tables import invoices
from ledger.transitions import Answered, Key, Transition
from rules.order import Facts
from rules.reason import Reason

CREDIT, CORRECTION = "credit-", "correction-"
"""Begin the parts of documents that a person asked for: a credit note; an invoice that replaces another, and the credit
note over that one."""
REFUNDS = "-refunds"
"""Ends the part of a credit note that takes back of a replacing invoice what was refunded of the one before."""
AFTER = "after-"
"""Begins the part of an invoice over what left after a moment, which follows: what left before has its own."""


class Document(Struct, frozen=True):
    """One invoice or credit note: the order's facts, where it stands, and what was made. Its bytes: `content`."""

    facts: Facts
    seller: str
    key: Key
    state: State
    reason: Reason
    tries: int  # of UNCLEAR and SUBMITTED: looks so far; of DUE: answers in a row that called the call wrong
    deadline: datetime | None  # until when it should be with Amazon
    next_look_at: datetime | None  # None: nothing is to come
    asked_at: datetime | None  # when the one irrevocable call was made
    changed_at: datetime
    business: bool  # Amazon counts it for the Invoice Defect Rate
    shipping_id: str | None  # VAT Calculation Service only
    transaction_id: str | None  # VAT Calculation Service only
    feed_id: str | None  # Amazon's number of the last upload
    number: str | None  # None: it is not made
    issued_on: date | None
    total: Decimal | None  # VAT included
    vat: Decimal | None  # None: the seller's bookkeeping does not say
    currency: str | None
    sha256: str | None  # of the PDF
    kept: bool  # the bytes are there
    keep_until: datetime | None
    sealed_for: str  # the seller's name when it was sealed
    amount: Decimal | None  # of a credit note that a person asked for: what it takes back, VAT included; None: the rest
    original: str | None  # the number of the invoice that a credit note takes back; None: that of the order

    @property
    def order_id(self) -> str:
        return self.key.order_id

    @property
    def is_made(self) -> bool:
        return self.number is not None

    @property
    def is_credit_note(self) -> bool:
        return self.key.action == Action.CREDIT_NOTE

    @property
    def after(self) -> datetime | None:
        """Of an order that left in several parts: when what was invoiced before had left; None: nothing was."""
        part = self.key.part
        return datetime.fromisoformat(part.removeprefix(AFTER)) if part.startswith(AFTER) else None

    @property
    def is_by_hand(self) -> bool:
        """A credit note that a person asked for: finances know nothing of it."""
        return self.is_credit_note and self.key.part.startswith((CREDIT, CORRECTION))


class Content(Struct, frozen=True):
    """The sealed bytes of a made document; None: not kept, or no longer. `record`: what a document of ours says."""

    record: bytes | None
    pdf: bytes | None

    def __repr__(self) -> str:
        return "Content()"


def document_of(row: Sequence[Any]) -> Document:
    """A document from a row that the queue reads."""
    seller, order_id, action, part, state, reason, *rest = row[_FACTS:]
    total, vat = (None if amount is None else Decimal(amount) for amount in rest[_TOTAL : _TOTAL + 2])
    place = (facts_of(row[:_FACTS]), seller, Key(order_id, action, part), State(state), Reason(reason))
    amount = None if rest[-2] is None else Decimal(rest[-2])
    values: tuple[Any, ...] = (*place, *rest[:_TOTAL], total, vat, *rest[_TOTAL + 2 : -2], amount, rest[-1])
    return Document(*values)


class _DocumentQueue(Queue[Document]):
    """A made document keeps its content, so new facts leave it alone; one that is held unmade is tried again."""

    undecided = (State.WAITING, State.SKIPPED, State.DUE, State.HELD)

    def more(self) -> Sequence[Any]:
        return _MORE

    @property
    def unmade(self) -> ColumnElement[bool]:
        return invoices.c.number.is_(None)

    @property
    def ready(self) -> ColumnElement[bool]:
        return invoices.c.number.is_not(None)

    def _doubt(self) -> dict[str, Any]:
        # the time of the claim says which of Amazon's uploads may be it
        return {"asked_at": invoices.c.changed_at, "tries": 0}

    def send_again(
        self, connection: Connection, seller: str, key: Key, answered: Answered, now: datetime, out_of: Sequence[State]
    ) -> bool:
        """Make a document that came to its end due once more, on purpose.

        What Amazon has accepted keeps its first time: Amazon counts when it first had it.
        """
        transition = Transition(key, State.DUE, Reason.DUE, now)
        first = case((invoices.c.state == State.SENT.value, invoices.c.asked_at))
        statement = self._move(invoices.c.state.in_(out_of)).values(asked_at=first)
        return self._moved(connection, statement, seller, transition, answered, now, out_of)


def originals(connection: Connection, seller: str, order_id: str, shipping_id: str | None) -> list[Document]:
    """The invoices that a credit note may take back, the first made first; of several shipments, that of its own.

    Not one that a person had taken back.
    """
    found = [each for each in DOCUMENTS.of_order(connection, seller, order_id) if not each.is_credit_note]
    found = [each for each in found if each.reason is not Reason.CORRECTED]
    if shipping_id and any(each.shipping_id for each in found):
        found = [each for each in found if each.shipping_id == shipping_id]
    return sorted(
        found, key=lambda each: (not each.is_made, each.issued_on or date.max, each.number or "", each.key.part)
    )


def original(connection: Connection, seller: str, order_id: str, shipping_id: str | None = None) -> Document | None:
    """The first of `originals`."""
    return next(iter(originals(connection, seller, order_id, shipping_id)), None)


def known_orders(connection: Connection, seller: str | None, order_ids: Sequence[str]) -> set[str]:
    """Those of these orders that have a row for their invoice. `seller`: None: any: several may share a folder."""
    mine = select(invoices.c.order_id).where(invoices.c.kind == Action.INVOICE.value)
    if seller is not None:
        mine = mine.where(invoices.c.seller == seller)
    found: set[str] = set()
    for start in range(0, len(order_ids), 500):
        some = invoices.c.order_id.in_(order_ids[start : start + 500])
        found.update(connection.execute(mine.where(some)).scalars())
    return found


def adopt(
    connection: Connection, seller: str, key: Key, *, shipping_id: str | None, transaction_id: str | None, now: datetime
) -> None:
    """Amazon has named a shipment or a refund: the order's row becomes the first shipment's; others get their own."""
    ids = {"shipping_id": shipping_id, "transaction_id": transaction_id}
    known = connection.execute(select(invoices.c.part).where(*is_document(seller, key))).first()
    if known is None and key.action == Action.INVOICE:
        whole = (*is_document(seller, Key(key.order_id, key.action)), invoices.c.number.is_(None))
        connection.execute(update(invoices).where(*whole).values(part=key.part, **ids))
    DOCUMENTS.open(connection, seller, [key], now, **ids)


def still_pending(connection: Connection, seller: str) -> list[Document]:
    """Sent documents that Amazon's list of what it misses has named since."""
    mine = (invoices.c.seller == seller) & (invoices.c.state == State.SENT.value)
    query = DOCUMENTS.rows.where(mine, invoices.c.reason == Reason.STILL_PENDING.value)
    return [document_of(row) for row in connection.execute(query)]


def known_feeds(connection: Connection, seller: str, feed_ids: Sequence[str]) -> set[str]:
    """Those of these uploads that the ledger knows to be a document's."""
    mine = (invoices.c.seller == seller) & invoices.c.feed_id.in_(feed_ids)
    return {str(found) for found in connection.execute(select(invoices.c.feed_id).where(mine)).scalars()}


def any_awaited(connection: Connection, seller: str) -> bool:
    """Whether a shipment waits for Amazon's VAT data."""
    return _any(connection, seller, State.WAITING, Reason.AWAITING_TAX_DATA)


def any_unclear(connection: Connection, seller: str) -> bool:
    """Whether an upload is unresolved: until it is, do not submit another, since they could not be told apart."""
    return _any(connection, seller, State.UNCLEAR)


def any_awaits_shipping_date(connection: Connection, seller: str) -> bool:
    """Whether an invoice waits for the date on which Amazon shipped it."""
    return _any(connection, seller, State.WAITING, Reason.AWAITING_SHIPPING_DATE)


def _any(connection: Connection, seller: str, state: State, *reasons: Reason) -> bool:
    """Whether one of the seller's is in that state; for one of these reasons, if any are named."""
    looked_for = invoices.c.next_look_at.is_not(None)  # always true; stated so that the partial index is used
    mine = (invoices.c.seller == seller) & (invoices.c.state == state.value) & looked_for
    if reasons:
        mine &= invoices.c.reason.in_(reasons)
    return connection.execute(select(invoices.c.order_id).where(mine).limit(1)).first() is not None


def content(connection: Connection, seller: str, key: Key) -> Content:
    """The sealed bytes of a document."""
    query = select(invoices.c.record, invoices.c.pdf).where(*is_document(seller, key))
    return Content(*connection.execute(query).one())


def forget(connection: Connection, now: datetime) -> int:
    """Delete the documents whose legal period is over; number, sum and hash stay. Returns how many."""
    over = invoices.c.keep_until <= now
    return connection.execute(update(invoices).where(over).values(record=None, pdf=None, keep_until=None)).rowcount


def is_document(seller: str, key: Key) -> tuple[ColumnElement[bool], ...]:
    """The condition of being that document."""
    mine = (invoices.c.seller == seller, invoices.c.order_id == key.order_id)
    return (*mine, invoices.c.kind == str(key.action), invoices.c.part == key.part)


_FACTS = len(COLUMNS)
_BEFORE_TOTAL = ("business", "shipping_id", "transaction_id", "feed_id", "number", "issued_on")
_TOTAL = 5 + len(_BEFORE_TOTAL)  # its place behind the reason
_MORE = (
    *(invoices.c[name] for name in (*_BEFORE_TOTAL, "total", "vat", "currency", "sha256")),
    invoices.c.pdf.is_not(None),
    invoices.c.keep_until,
    func.coalesce(invoices.c.sealed_for, invoices.c.seller).label("sealed_for"),
    invoices.c.amount,
    invoices.c.original,
)
DOCUMENTS = _DocumentQueue(
    invoices, (Action.INVOICE, Action.CREDIT_NOTE), DOCUMENT_MOVES, Reason.NOT_SHIPPED, document_of
)
