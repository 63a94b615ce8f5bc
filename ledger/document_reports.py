"""Queries over invoices and credit notes: for lists, sums, exports and checks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from ledger.documents import DOCUMENTS, Content, Document, document_of
from ledger.state import Action, State
from ledger.tables import attempts, invoices
from rules.reason import Reason

_BY_ORDER = (invoices.c.seller, invoices.c.order_id, invoices.c.kind.desc(), invoices.c.part)
_ORIGINAL = invoices.alias("original")
_THE_ORDERS_INVOICE = (
    select(_ORIGINAL.c.number)
    .where(
        _ORIGINAL.c.seller == invoices.c.seller,
        _ORIGINAL.c.order_id == invoices.c.order_id,
        _ORIGINAL.c.kind == Action.INVOICE.value,
        _ORIGINAL.c.number.is_not(None),
        invoices.c.kind == Action.CREDIT_NOTE.value,
    )
    .order_by(_ORIGINAL.c.part)
    .limit(1)
    .scalar_subquery()
)
_ORIGINAL_NUMBER = func.coalesce(invoices.c.original, _THE_ORDERS_INVOICE)  # null: from before it was kept
_IS_A_CORRECTION = func.lower(invoices.c.part).startswith("correction")
"""Of Amazon's VAT Calculation Service, or by a person: Amazon counts the order's first invoice."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the ledger says of a seller's documents, for a check."""

    by_reason: dict[Reason, int]  # of those that are not at a good end
    refused_by_amazon: int  # uploads that Amazon refused, because it makes the invoices itself
    taken: int  # documents that Amazon has taken
    overdue: int  # business orders whose invoice is late and not sent


def listed(
    connection: Connection,
    sellers: Sequence[str],
    *,
    since: datetime | None = None,
    states: Sequence[State] = (),
    order_id: str | None = None,
) -> Iterator[Document]:
    """Documents of these sellers, by order, streamed. `since`: changed from then on."""
    conditions: list[ColumnElement[bool]] = [invoices.c.seller.in_(sellers)]
    if since is not None:
        conditions.append(invoices.c.changed_at >= since)
    if states:
        conditions.append(invoices.c.state.in_(states))
    if order_id is not None:
        conditions.append(invoices.c.order_id == order_id)
    for row in _streamed(connection, DOCUMENTS.rows.where(*conditions).order_by(*_BY_ORDER)):
        yield document_of(row)


def made(
    connection: Connection,
    sellers: Sequence[str],
    *,
    since: date | None = None,
    until: date | None = None,
    order_ids: Sequence[str] = (),
) -> Iterator[tuple[Document, str | None]]:
    """Documents that were made, by seller and day of issue (both ends included), streamed.

    Each with the number of the invoice that it takes back, if it is a credit note.
    """
    conditions: list[ColumnElement[bool]] = [invoices.c.seller.in_(sellers), invoices.c.number.is_not(None)]
    if since is not None:
        conditions.append(invoices.c.issued_on >= since)
    if until is not None:
        conditions.append(invoices.c.issued_on <= until)
    if order_ids:
        conditions.append(invoices.c.order_id.in_(order_ids))
    query = DOCUMENTS.rows.add_columns(_ORIGINAL_NUMBER).where(*conditions)
    order = (invoices.c.seller, invoices.c.issued_on, invoices.c.series, invoices.c.serial, invoices.c.number)
    for *row, original in _streamed(connection, query.order_by(*order)):
        yield document_of(row), original


def of_business_orders(
    connection: Connection, seller: str, since: datetime
) -> Iterator[tuple[Document, datetime | None]]:
    """Invoices of business orders that are to be with Amazon at some time since then, streamed.

    Each with when Amazon first accepted an invoice of the order, whatever was sent again since.
    """
    first = (
        select(func.min(attempts.c.at))
        .where(
            attempts.c.seller == invoices.c.seller,
            attempts.c.order_id == invoices.c.order_id,
            attempts.c.action == Action.INVOICE.value,
            attempts.c.state == State.SENT.value,
        )
        .scalar_subquery()
    )
    counted = invoices.c.business & (invoices.c.deadline >= since) & (invoices.c.state != State.SKIPPED.value)
    mine = (invoices.c.seller == seller) & (invoices.c.kind == Action.INVOICE.value) & ~_IS_A_CORRECTION
    for *row, accepted_at in _streamed(connection, DOCUMENTS.rows.add_columns(first).where(mine, counted)):
        yield document_of(row), accepted_at


def oldest_and_newest_kept(connection: Connection, seller: str) -> list[tuple[Document, Content]]:
    """The oldest and the newest document with sealed bytes: a key that opens both is taken to open all."""
    kept = DOCUMENTS.rows.add_columns(invoices.c.record, invoices.c.pdf)
    kept = kept.where(invoices.c.seller == seller, invoices.c.pdf.is_not(None)).limit(1)
    ends = (invoices.c.issued_on, invoices.c.issued_on.desc())
    found = [connection.execute(kept.order_by(end, invoices.c.serial)).first() for end in ends]
    return [(document_of(row[:-2]), Content(*row[-2:])) for row in found if row is not None]


def for_check(connection: Connection, seller: str, now: datetime) -> Counts:
    """Counts of what a check looks at."""
    mine = invoices.c.seller == seller
    stuck = mine & (invoices.c.state.in_((State.WAITING, State.DUE, State.HELD)) | _is(Reason.STILL_PENDING))
    by_reason = connection.execute(
        select(invoices.c.reason, func.count()).where(stuck | _is(Reason.INVOICED_BY_AMAZON) & mine).group_by("reason")
    ).all()
    late = (invoices.c.business) & (invoices.c.deadline < now) & ~_IS_A_CORRECTION
    open_states = (State.WAITING, State.DUE, State.SENDING, State.UNCLEAR, State.HELD)
    refused = (invoices.c.state == State.REFUSED.value) & _is(Reason.INVOICED_BY_AMAZON)
    taken = invoices.c.state.in_((State.SUBMITTED, State.SENT)) & invoices.c.number.is_not(None)
    return Counts(
        by_reason={Reason(reason): count for reason, count in by_reason},
        refused_by_amazon=_count(connection, mine, refused),
        taken=_count(connection, mine, taken),
        overdue=_count(connection, mine, late, invoices.c.state.in_(open_states)),
    )


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(invoices).where(*conditions)).scalar_one())


def _is(reason: Reason) -> ColumnElement[bool]:
    return invoices.c.reason == reason.value


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    # said of the query alone: on PostgreSQL a whole connection that streams could not write any more
    yield from connection.execute(query.execution_options(yield_per=1000))
