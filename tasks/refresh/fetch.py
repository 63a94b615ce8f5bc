"""Orders that only a report has named are fetched one by one, at Amazon's pace: 30, then one every two seconds."""

import logging

from ledger import orders
from marketplace.errors import Answer, Broken, Refused
from marketplace.operations import Operation
from rules.order import Order
from tasks.actions import opened_by_orders
from tasks.session import SellerSession

log = logging.getLogger("askonce.refresh")

MOST = 60
WITH_INVOICES = 15
"""Of an invoice's own calls for its order, half of the burst is left."""


def fetch_some(session: SellerSession) -> None:
    """Fetch what Amazon's pace allows at this moment, without waiting. Raises LaneLost, LedgerError."""
    most = WITH_INVOICES if session.seller.invoices.enabled else MOST
    with session.ledger.read() as connection:
        wanted = orders.to_fetch(connection, session.name, most)
    found: list[Order] = []
    failed: list[str] = []
    for order_id in wanted:
        if session.stopping.is_set() or session.pace.seconds_until(Operation.ORDER) > 0:
            break
        try:
            found.append(session.marketplace.order(order_id))
        except (Refused, Broken) as answer:
            log.warning("%s: order \u2026%s cannot be fetched: %s", session.name, order_id[-7:], answer.detail)
            failed.append(order_id)
        except Answer as answer:
            log.warning("%s: orders are not fetched now: %s", session.name, answer.detail)
            break
    if not found and not failed:
        return
    now = session.clock.now()
    opens = {line.action: line.queue for line in opened_by_orders(session.seller)}
    with session.begin() as connection:
        orders.record_orders(connection, session.name, found, as_of=now, previous=None, opens=opens, one_by_one=True)
        for order_id in failed:
            orders.fetch_last(connection, session.name, order_id, int(now.timestamp()) + 1000 * 86_400)
