"""Reconcile: settle what is in doubt by looking at what Amazon still offers, never by sending again.

still offered      it was not sent        UNCLEAR, HELD, SENT by inference → DUE
no longer offered  it was sent            UNCLEAR → SENT, looked at once more a day later
                                          (Amazon has been seen to offer nothing for a day, and again the next)
window shut        nobody can tell        UNCLEAR → HELD, for a person
"""

import logging
from datetime import timedelta
from typing import Any

from ledger import orders, requests
from ledger.requests import Answered, Verdict
from ledger.state import State
from marketplace.errors import Answer
from rules import reviews
from rules.reason import Reason
from tasks.app import SellerSession
from tasks.reviews.send import ASK_AGAIN, LOOK_AFTER, MOST_TRIES, mask

log = logging.getLogger("askonce.reconcile")

WHEN_SHUT = {State.UNCLEAR: State.HELD, State.HELD: State.SKIPPED, State.SENT: State.SENT}
"""What becomes of a doubt when the order's window is shut, and no look can tell any more. Held: surely not sent."""
BATCH = 50
LOOKED_AT = (State.UNCLEAR, State.SENT, State.HELD)
TRY_AGAIN = timedelta(minutes=5)


def reconcile(session: SellerSession) -> int:
    """Move claims of ended workers to UNCLEAR, then look at every doubt that is due. Returns how many were settled."""
    now = session.clock.now()
    with session.ledger.begin() as connection:
        session.renew(connection)
        for order_id in requests.orphaned(connection, session.name, session.lane.token, now, now + LOOK_AFTER):
            log.warning("%s: order %s was being sent when its worker ended", session.name, mask(order_id))
        rows = requests.looks(connection, session.name, LOOKED_AT, now, BATCH)
    settled = 0
    for row in rows:
        if session.stopping.is_set():
            break
        settled += _look(session, row)
    return settled


def _look(session: SellerSession, row: Any) -> bool:
    """Look at one doubt. True: it is settled."""
    order_id = row.order_id
    now = session.clock.now()
    state = State(row.state)
    shut_at = reviews.shut_at(orders.facts(row), session.seller, now) or row.deadline
    if shut_at and now >= shut_at:
        became = Verdict(order_id, WHEN_SHUT[state], Reason(row.reason), tries=row.tries)
        return _record(session, state, became, Answered("the window is shut: no look can tell any more"))
    try:
        offered = session.marketplace.review_offered(order_id, orders.facts(row).order.marketplace_id or "")
    except Answer as answer:
        again = Verdict(order_id, state, Reason(row.reason), session.clock.now() + TRY_AGAIN, tries=row.tries)
        _record(session, state, again, Answered(answer.detail, answer.status, answer.request_id))
        return False
    answered = Answered("still offered" if offered else "no longer offered", 200)
    return _record(session, state, _verdict(session, row, state, offered), answered)


def _verdict(session: SellerSession, row: Any, state: State, offered: bool) -> Verdict:
    now = session.clock.now()
    if offered and state is not State.HELD and row.tries >= MOST_TRIES:
        return Verdict(row.order_id, State.HELD, Reason.UNCLEAR, now + ASK_AGAIN, tries=row.tries)
    if offered:
        return Verdict(row.order_id, State.DUE, Reason.DUE, now, tries=row.tries)
    if state is State.UNCLEAR:
        return Verdict(row.order_id, State.SENT, Reason.NO_LONGER_OFFERED, now + ASK_AGAIN, tries=row.tries)
    later = now + ASK_AGAIN if state is State.HELD else None
    return Verdict(row.order_id, state, Reason(row.reason), later, tries=row.tries)


def _record(session: SellerSession, state: State, became: Verdict, answered: Answered) -> bool:
    with session.ledger.begin() as connection:
        session.renew(connection)
        moved = requests.move(connection, session.name, became, answered, session.clock.now(), out_of=[state])
    log.info("%s: order %s: %s → %s", session.name, mask(became.order_id), state, became.state)
    return moved and became.state is not state
