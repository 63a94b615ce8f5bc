"""Reconcile: settle what is in doubt by looking at what Amazon still offers, never by sending again.

still offered      it was not sent        UNCLEAR, HELD, SENT by inference → DUE
no longer offered  it was sent            UNCLEAR → SENT, looked at once more a day later
                                          (Amazon has been seen to offer nothing for a day, and again the next)
window shut        nobody can tell        UNCLEAR → HELD, for a person
"""

import logging
from datetime import timedelta
from typing import Any

from ledger import entries, orders
from ledger.entries import Answered, Verdict
from ledger.state import State
from marketplace.errors import Answer
from rules.reason import Reason
from tasks.house import Shop
from tasks.send import ASK_AGAIN, LOOK_AFTER, MOST_TRIES, mask

log = logging.getLogger("askonce.reconcile")

WHEN_SHUT = {State.UNCLEAR: State.HELD, State.HELD: State.SKIPPED, State.SENT: State.SENT}
"""What becomes of a doubt when the order's window is shut, and no look can tell any more. Held: surely not sent."""
BATCH = 50
LOOKED_AT = (State.UNCLEAR, State.SENT, State.HELD)
TRY_AGAIN = timedelta(minutes=5)


def reconcile(shop: Shop) -> int:
    """Move claims of ended workers to UNCLEAR, then look at every doubt that is due. Returns how many were settled."""
    now = shop.clock.now()
    with shop.ledger.begin() as connection:
        shop.renew(connection)
        for order_id in entries.orphaned(connection, shop.name, shop.lane.token, now, now + LOOK_AFTER):
            log.warning("%s: order %s was being sent when its worker ended", shop.name, mask(order_id))
        rows = entries.looks(connection, shop.name, LOOKED_AT, now, BATCH)
    settled = 0
    for row in rows:
        if shop.stopping.is_set():
            break
        settled += _look(shop, row)
    return settled


def _look(shop: Shop, row: Any) -> bool:
    """Look at one doubt. True: it is settled."""
    order_id = row.order_id
    now = shop.clock.now()
    state = State(row.state)
    if row.deadline and now >= row.deadline:
        became = Verdict(order_id, WHEN_SHUT[state], Reason(row.reason), tries=row.tries)
        return _record(shop, state, became, Answered("the window is shut: no look can tell any more"))
    try:
        offered = shop.marketplace.review_offered(order_id, orders.facts(row).order.marketplace_id or "")
    except Answer as answer:
        again = Verdict(order_id, state, Reason(row.reason), shop.clock.now() + TRY_AGAIN, tries=row.tries)
        _record(shop, state, again, Answered(answer.detail, answer.status, answer.request_id))
        return False
    answered = Answered("still offered" if offered else "no longer offered", 200)
    return _record(shop, state, _verdict(shop, row, state, offered), answered)


def _verdict(shop: Shop, row: Any, state: State, offered: bool) -> Verdict:
    now = shop.clock.now()
    if offered and state is not State.HELD and row.tries >= MOST_TRIES:
        return Verdict(row.order_id, State.HELD, Reason.UNCLEAR, now + ASK_AGAIN, tries=row.tries)
    if offered:
        return Verdict(row.order_id, State.DUE, Reason.DUE, now, tries=row.tries)
    if state is State.UNCLEAR:
        return Verdict(row.order_id, State.SENT, Reason.NO_LONGER_OFFERED, now + ASK_AGAIN, tries=row.tries)
    later = now + ASK_AGAIN if state is State.HELD else None
    return Verdict(row.order_id, state, Reason(row.reason), later, tries=row.tries)


def _record(shop: Shop, state: State, became: Verdict, answered: Answered) -> bool:
    with shop.ledger.begin() as connection:
        shop.renew(connection)
        moved = entries.move(connection, shop.name, became, answered, shop.clock.now(), out_of=[state])
    log.info("%s: order %s: %s → %s", shop.name, mask(became.order_id), state, became.state)
    return moved and became.state is not state
