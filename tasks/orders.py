"""Orders as a person looks for them: filtered, a page at a time, with how many there are in each part of the sum."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledger import listing
from ledger.database import Ledger
from ledger.documents import DOCUMENTS, Document
from ledger.listing import Filter
from ledger.queue import Queue
from ledger.requests import REVIEWS, Request
from ledger.state import OPEN, Action, State
from ledger.transitions import Key
from settings.marketplaces import MARKETPLACES, marketplace_of
from settings.schema import Seller
from tasks.today import Sum, summed

ON_A_PAGE = 50
IN_A_PIECE = 1_000
PARTS: Mapping[str, Sequence[State]] = {
    "sent": (State.SENT,),
    "waiting": OPEN,
    "skipped": (State.SKIPPED,),
    "refused": (State.REFUSED,),
    "held": (State.HELD,),
}
_QUEUES: Mapping[str, Queue[Any]] = {
    Action.REVIEW: REVIEWS,
    Action.INVOICE: DOCUMENTS,
    Action.CREDIT_NOTE: DOCUMENTS,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for. `state`: one of the five parts of the sum, or a state. `marketplace`: its code."""

    action: str = Action.REVIEW
    state: str | None = None
    reason: str | None = None
    marketplace: str | None = None
    product: str | None = None
    order_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One request or document; its number, day and total are those of a document."""

    seller: str
    order_id: str
    action: str
    part: str
    state: State
    reason: str
    marketplace: str | None
    items: str
    ordered_at: datetime
    asked_at: datetime | None
    next_look_at: datetime | None
    changed_at: datetime
    number: str | None
    deadline: datetime | None
    issued_on: date | None
    total: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Orders:
    """One page. `total`: how many there are on all pages; `at_least`: that there may be more than that.

    `sum`: of all orders, by part; None: it is not known for this filter without counting.
    """

    entries: list[Listed]
    page: int
    pages: int
    total: int
    at_least: bool
    sum: Sum | None


def orders(ledger: Ledger, sellers: Mapping[str, Seller], wanted: Wanted) -> Orders:
    """The page that is asked for."""
    queue, asked = _QUEUES[wanted.action], _filter(sellers, wanted)
    with ledger.read() as connection:
        shown = listing.page(connection, queue, asked, (wanted.page - 1) * ON_A_PAGE, ON_A_PAGE)
    counts = [count for count in shown.counts if wanted.reason in (None, count[1])]
    return Orders(
        entries=[listed(each) for each in shown.rows],
        page=wanted.page,
        pages=max(1, -(-shown.total // ON_A_PAGE)),
        total=shown.total,
        at_least=shown.at_least,
        sum=summed(counts) if asked.is_counted else None,
    )


def every(ledger: Ledger, sellers: Mapping[str, Seller], wanted: Wanted) -> Iterator[Listed]:
    """All that match, on whatever page, by seller and order id. Read in pieces: nothing waits for a slow reader."""
    yield from map(listed, found(ledger, sellers, wanted))


def found(
    ledger: Ledger, sellers: Mapping[str, Seller], wanted: Wanted, states: Sequence[State] = tuple(State)
) -> Iterator[Request | Document]:
    """As `every`, as the ledger has them; of these states alone."""
    queue, asked = _QUEUES[wanted.action], _filter(sellers, wanted)
    asked = replace(asked, states=[state for state in asked.states or State if state in states])
    if not asked.states:
        return
    for seller in sellers:
        last: Key | None = None
        while True:
            with ledger.read() as connection:
                some = listing.after(connection, queue, asked, seller, last, IN_A_PIECE)
            yield from some
            if len(some) < IN_A_PIECE:
                break
            last = some[-1].key


def _filter(sellers: Mapping[str, Seller], wanted: Wanted) -> Filter:
    marketplace = MARKETPLACES.get(wanted.marketplace or "")
    states = PARTS.get(wanted.state or "") or ([State(wanted.state)] if wanted.state in set(State) else ())
    return Filter(
        sellers=list(sellers),
        action=wanted.action,
        states=states,
        reason=wanted.reason,
        marketplace_id=marketplace.marketplace_id if marketplace else wanted.marketplace,
        product=wanted.product,
        order_id=wanted.order_id,
        since=wanted.since,
        until=wanted.until,
    )


def listed(each: Request | Document) -> Listed:
    """A request or a document for people."""
    document = each if isinstance(each, Document) else None
    order = each.facts.order
    marketplace = marketplace_of(order.marketplace_id)
    return Listed(
        seller=each.seller,
        order_id=each.order_id,
        action=each.key.action,
        part=each.key.part,
        state=each.state,
        reason=each.reason,
        marketplace=marketplace.code if marketplace else order.marketplace_id,
        items=", ".join(f"{item.sku or item.asin or '?'} ×{item.quantity}" for item in order.items),
        ordered_at=order.purchased_at,
        asked_at=each.asked_at,
        next_look_at=each.next_look_at,
        changed_at=each.changed_at,
        deadline=each.deadline,
        number=document.number if document else None,
        issued_on=document.issued_on if document else None,
        total=document.total if document else None,
        currency=document.currency if document else None,
    )
