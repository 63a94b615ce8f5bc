"""What invoices need in one turn of a seller's lane, and one document at a person's wish."""

from ledger import invoices
from ledger.state import State
from rules.reason import Reason
from tasks.house import Shop
from tasks.invoices.decide import decide
from tasks.invoices.follow import follow
from tasks.invoices.pending import read_pending
from tasks.invoices.send import closed, send, send_one


def prepare(shop: Shop) -> None:
    """All but making and sending: what is under way when invoices are switched off is followed and decided, too."""
    follow(shop)
    decide(shop)
    if shop.seller.invoices.enabled:
        read_pending(shop)


def work(shop: Shop) -> int:
    """Prepare, make and send. Returns how many documents went out."""
    if not shop.seller.invoices.enabled:
        return 0
    prepare(shop)
    return send(shop)


def send_invoice(shop: Shop, order_id: str) -> Reason | None:
    """Decide one order's invoice now, make it and send it if it is due. None: there is none.

    Returns what became of it.
    """
    now = shop.clock.now()
    with shop.ledger.begin() as connection:
        shop.renew(connection)
        invoices.wake(connection, shop.name, [order_id], now)
    decide(shop)
    reason = None
    for _ in ("make", "send"):
        with shop.ledger.read() as connection:
            row = invoices.original(connection, shop.name, order_id)
            shut = closed(connection, shop.seller, shop.clock.now())
        if row is None or row.state != State.DUE:
            return Reason(row.reason) if row else None
        reason = shut or send_one(shop, row)
        if reason is not Reason.DUE:
            break
    return reason
