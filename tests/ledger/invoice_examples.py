"""One seller's invoices, as the ledger's tests need them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from ledger import numbers, orders
from ledger.database import Connection, Ledger
from ledger.documents import DOCUMENTS
from ledger.numbers import Made, Serial
from ledger.queue import Queue
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.tables import invoices
from ledger.transitions import Answered, Key, Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, MINUTE, NOW, SELLER, TOKEN, order

WITH_INVOICES: dict[str, Queue[Any]] = {Action.REVIEW: REVIEWS, Action.INVOICE: DOCUMENTS}
"""What a new order opens, of a seller who wants invoices."""
SERIES = "2026-{number:06}"
ENDS = {
    State.SUBMITTED: (Reason.SUBMITTED, NOW + MINUTE),
    State.UNCLEAR: (Reason.UNCLEAR, NOW + MINUTE),
    State.SENT: (Reason.INVOICED, None),
    State.REFUSED: (Reason.INVOICED_BY_AMAZON, None),
    State.HELD: (Reason.INVOICE_REJECTED, None),
}
"""Where an answer leads a document, with the reason and the next look."""


def opened(connection: Connection, *order_ids: str, seller: str = SELLER) -> None:
    """Orders that the Orders API has named, of a seller who wants invoices."""
    page = [order(order_id) for order_id in order_ids]
    orders.record_orders(connection, seller, page, as_of=NOW, previous=None, opens=WITH_INVOICES)


def due(connection: Connection, *order_ids: str, seller: str = SELLER) -> None:
    """Orders whose invoice is to be made."""
    opened(connection, *order_ids, seller=seller)
    moves = [Transition(Key(order_id, Action.INVOICE), State.DUE, Reason.DUE, NOW, NOW + DAY) for order_id in order_ids]
    DOCUMENTS.decide(connection, seller, moves, NOW)


def document(number: str, serial: Serial | None = None, **changes: Any) -> Made:
    values: dict[str, Any] = {
        "issued_on": date(2026, 10, 20),
        "total": Decimal("30.00"),
        "vat": Decimal("5.00"),
        "currency": "EUR",
        "sha256": "0" * 64,
        "record": b"sealed record",
        "pdf": b"sealed page",
        "keep_until": datetime(2037, 1, 1, tzinfo=UTC),
    }
    return Made(number, serial, **(values | changes))


def kept(connection: Connection, key: Key, *, seller: str = SELLER, series: str = SERIES, **changes: Any) -> str:
    """Keep a due document under the next number of its series."""
    serial = numbers.next_serial(connection, seller, series)
    made = document(series.format(number=serial.serial), serial, **changes)
    numbers.keep(connection, seller, key, made)
    return made.number


def made(connection: Connection, *order_ids: str) -> None:
    """Orders whose invoice is made, and to be sent."""
    due(connection, *order_ids)
    for order_id in order_ids:
        kept(connection, Key(order_id, Action.INVOICE))


def claimed(connection: Connection, *order_ids: str, token: int = TOKEN) -> None:
    """Orders whose invoice the lane `token` is sending."""
    made(connection, *order_ids)
    for order_id in order_ids:
        assert DOCUMENTS.claim(connection, SELLER, Key(order_id, Action.INVOICE), token, NOW)


def settled(connection: Connection, order_id: str, state: State, feed_id: str | None = None) -> bool:
    became = Transition(Key(order_id, Action.INVOICE), state, *ENDS[state], feed_id=feed_id)
    return DOCUMENTS.settle(connection, SELLER, TOKEN, became, Answered(), NOW, asked=state is not State.REFUSED)


def brought_to(connection: Connection, order_id: str, state: State) -> None:
    """Bring an order's invoice to that state, by the way that leads there."""
    if state in (State.WAITING, State.SKIPPED):
        opened(connection, order_id)
        move = Transition(
            Key(order_id, Action.INVOICE), state, Reason.NOT_SHIPPED, NOW + DAY if state is State.WAITING else None
        )
        DOCUMENTS.decide(connection, SELLER, [move], NOW)
    elif state is State.DUE:
        made(connection, order_id)
    else:
        claimed(connection, order_id)
        if state is not State.SENDING:
            assert settled(connection, order_id, state, "feed-1" if state is State.SUBMITTED else None)


def credit_note(connection: Connection, order_id: str, part: str = "refund-1", euros: str = "9.90") -> Key:
    """One that is made. Returns its key."""
    key = Key(order_id, Action.CREDIT_NOTE, part)
    DOCUMENTS.open(connection, SELLER, [key], NOW)
    DOCUMENTS.decide(connection, SELLER, [Transition(key, State.DUE, Reason.DUE, NOW, NOW + DAY)], NOW)
    kept(connection, key, series="C" + SERIES, total=Decimal(euros))
    return key


def rows_of(ledger: Ledger, order_id: str = "a", seller: str = SELLER) -> dict[Key, Any]:
    """Every row of `invoices` of the order, with its claim."""
    with ledger.read() as connection:
        mine = (invoices.c.seller == seller) & (invoices.c.order_id == order_id)
        return {Key(row.order_id, row.kind, row.part): row for row in connection.execute(select(invoices).where(mine))}


def row_of(ledger: Ledger, order_id: str = "a") -> Any:
    """The invoice of the whole order."""
    return rows_of(ledger, order_id)[Key(order_id, Action.INVOICE)]


def standing(ledger: Ledger, order_id: str = "a") -> tuple[str, str]:
    """State and reason."""
    row = row_of(ledger, order_id)
    return row.state, row.reason
