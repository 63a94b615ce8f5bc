"""One seller's orders, as the ledger's tests need them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from ledger import orders
from ledger.database import Connection, Ledger
from ledger.requests import REVIEWS, Request
from ledger.state import Action, State
from ledger.tables import entries
from ledger.transitions import Answered, Key, Transition
from rules.order import Facts, Money, Order, Package, Refund
from rules.reason import Reason
from tests.rules.examples import ORDER

SELLER = "maison-durand"
NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TOKEN = 7
STATES = tuple(state for state in State if state is not State.SUBMITTED)
"""Those of an entry."""
ON_ITS_WAY = (Package("IN_TRANSIT", "PICKED_UP"),)


def review(order_id: str) -> Key:
    """The key of an order's request for a review."""
    return Key(order_id, Action.REVIEW)


def order(order_id: str = "a", **changes: Any) -> Order:
    return replace(ORDER, order_id=order_id, **changes)


def refund(euros: str, posted_at: datetime = NOW) -> Refund:
    return Refund(Money(Decimal(euros), "EUR"), posted_at)


def known(connection: Connection, *order_ids: str, now: datetime = NOW) -> None:
    """Orders that the Orders API has named."""
    orders.record_orders(connection, SELLER, [order(order_id) for order_id in order_ids], as_of=now, previous=None)


def due(connection: Connection, *order_ids: str, now: datetime = NOW) -> None:
    """Orders that may be sent."""
    known(connection, *order_ids, now=now)
    verdicts = [Transition(review(order_id), State.DUE, Reason.DUE, now, now + 10 * DAY) for order_id in order_ids]
    REVIEWS.decide(connection, SELLER, verdicts, now)


def claimed(connection: Connection, *order_ids: str, token: int = TOKEN, now: datetime = NOW) -> None:
    """Orders that the lane `token` is sending."""
    due(connection, *order_ids, now=now)
    for order_id in order_ids:
        assert REVIEWS.claim(connection, SELLER, review(order_id), token, now)


def brought_to(connection: Connection, order_id: str, state: State) -> None:
    """Bring an order to that state, by the way that leads there."""
    if state is State.SENDING:
        claimed(connection, order_id)
    elif state in (State.WAITING, State.SKIPPED):
        known(connection, order_id)
        verdict = Transition(review(order_id), state, Reason.TOO_EARLY, NOW + DAY if state is State.WAITING else None)
        REVIEWS.decide(connection, SELLER, [verdict], NOW)
    elif state is State.DUE:
        due(connection, order_id)
    else:
        claimed(connection, order_id)
        reason, look_at = {
            State.UNCLEAR: (Reason.UNCLEAR, NOW),
            State.SENT: (Reason.REQUESTED, None),
            State.REFUSED: (Reason.ALREADY_REQUESTED, None),
            State.HELD: (Reason.UNKNOWN_REFUSAL, NOW + DAY),
        }[state]
        verdict = Transition(review(order_id), state, reason, look_at)
        assert REVIEWS.settle(connection, SELLER, TOKEN, verdict, Answered(), NOW, asked=state is not State.REFUSED)


def facts_of(ledger: Ledger, order_id: str = "a") -> Facts:
    return request_of(ledger, order_id).facts


def request_of(ledger: Ledger, order_id: str = "a") -> Request:
    with ledger.read() as connection:
        found = REVIEWS.one(connection, SELLER, review(order_id))
    assert found is not None
    return found


def row_of(ledger: Ledger, order_id: str = "a") -> Any:
    """The row of `entries` itself, with its claim."""
    with ledger.read() as connection:
        mine = (entries.c.seller == SELLER) & (entries.c.order_id == order_id)
        return connection.execute(select(entries).where(mine)).one()


def standing(ledger: Ledger, order_id: str = "a") -> tuple[str, str]:
    """State and reason."""
    row = row_of(ledger, order_id)
    return row.state, row.reason
