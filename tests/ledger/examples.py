"""One seller's orders, as the ledger's tests need them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger import orders, requests
from ledger.database import Connection, Ledger
from ledger.requests import Answered, Verdict
from ledger.state import State
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
    verdicts = [Verdict(order_id, State.DUE, Reason.DUE, now, now + 10 * DAY) for order_id in order_ids]
    requests.decide(connection, SELLER, verdicts, now)


def claimed(connection: Connection, *order_ids: str, token: int = TOKEN, now: datetime = NOW) -> None:
    """Orders that the lane `token` is sending."""
    due(connection, *order_ids, now=now)
    for order_id in order_ids:
        assert requests.claim(connection, SELLER, order_id, token, now)


def brought_to(connection: Connection, order_id: str, state: State) -> None:
    """Bring an order to that state, by the way that leads there."""
    if state is State.SENDING:
        claimed(connection, order_id)
    elif state in (State.WAITING, State.SKIPPED):
        known(connection, order_id)
        verdict = Verdict(order_id, state, Reason.TOO_EARLY, NOW + DAY if state is State.WAITING else None)
        requests.decide(connection, SELLER, [verdict], NOW)
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
        verdict = Verdict(order_id, state, reason, look_at)
        assert requests.settle(connection, SELLER, TOKEN, verdict, Answered(), NOW, asked=state is not State.REFUSED)


def facts_of(ledger: Ledger, order_id: str = "a") -> Facts:
    return orders.facts(row_of(ledger, order_id))


def row_of(ledger: Ledger, order_id: str = "a") -> Any:
    """The order's facts and entry."""
    with ledger.read() as connection:
        row = requests.one(connection, SELLER, order_id)
    assert row is not None
    return row


def standing(ledger: Ledger, order_id: str = "a") -> tuple[str, str]:
    """State and reason."""
    row = row_of(ledger, order_id)
    return row.state, row.reason
