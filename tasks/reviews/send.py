"""Send: one order at a time, claimed, looked at again, asked once, settled.

commit 1   the lane is still mine; the entry is mine to send
look       paused? facts fresh? still in the slot? does Amazon still offer it?
ask        the one irrevocable call
commit 2   the answer, and the state it leads to, if the claim is still mine; with it commit 1 of the next order
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from zlib import crc32

from ledger import controls, history, lanes, orders, requests
from ledger.database import Connection
from ledger.errors import Outgrown
from ledger.lanes import LEASE, Lane, LaneLost
from ledger.requests import Answered, Verdict
from ledger.state import Action, State
from marketplace.errors import Answer, Busy, NotAuthorised, Refused, Unclear
from rules import reviews
from rules.decision import Act
from rules.order import Facts
from rules.reason import Reason
from tasks.app import SellerSession
from tasks.gate import Gate
from tasks.reviews.decide import verdict

log = logging.getLogger("askonce.send")

TURN = timedelta(minutes=2)
"""How long one seller may send at the most before others get a turn."""
BATCH = 50
LOOK_AFTER = timedelta(seconds=5)
"""How long after a lost answer Amazon is asked what is still offered."""
ASK_AGAIN = timedelta(hours=24)
"""How long after Amazon's "not now" it is asked again."""
STOPPED_FOR = timedelta(hours=1)
"""How long a seller who is not authorised rests before one order is tried again."""
CALL_TAKES = timedelta(minutes=5.5)
"""The longest that a call can take: beyond this before the lease ends, none is begun."""
MOST_TRIES = 5
STRANGE_IN_A_ROW = 3
"""So many failures one after another are the seller's or Amazon's, not the orders': the turn ends."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a claimed order, to be written down. `asked`: the irrevocable call was made, or may have been."""

    became: Verdict
    answered: Answered
    at: datetime
    asked: bool


def turn_of(lane: Lane) -> timedelta:
    """How long this turn is, half of TURN at least: turns that began together would all open anew at one moment."""
    return TURN * (1 + crc32(f"{lane.seller} {lane.token}".encode()) / 2**32) / 2


def send(session: SellerSession) -> int:
    """Send due entries, nearest deadline first, until none is left, the turn ends, or the gate shuts.

    Returns how many were sent.
    """
    ends = session.clock.now() + turn_of(session.lane)
    sent = strange = 0
    goes_on = True
    while goes_on:
        now = session.clock.now()
        with session.ledger.begin() as connection:
            session.renew(connection)
            gate = Gate.read(connection, session.seller, now)
            reason = gate.closed(connection, now)
            rows = [] if reason else requests.due(connection, session.name, now, BATCH)
            if requests.say_why(connection, session.name, reason or Reason.DUE, now) and reason:
                log.warning("%s: due orders are held back: %s", session.name, reason.meaning)
        goes_on = bool(rows)
        last: Ended | None = None
        for row in rows:
            if session.stopping.is_set() or session.clock.now() >= ends or strange >= STRANGE_IN_A_ROW:
                goes_on = False
                break
            outcome, last = _next(session, gate, row, last)
            if outcome in (Reason.REQUESTED, Reason.UNCLEAR) and gate.left is not None:
                gate.left -= 1
            sent += outcome is Reason.REQUESTED
            strange = strange + 1 if outcome in _STRANGE else 0
            if outcome in _GATE:
                break
        _settle(session, last)
    return sent


_STRANGE = (Reason.BUSY, Reason.BROKEN, Reason.UNKNOWN_REFUSAL, Reason.NOT_AUTHORISED)
_GATE = (Reason.NOT_AUTHORISED, Reason.PAUSED, Reason.STALE_FACTS, Reason.DAILY_LIMIT, Reason.NOT_LIVE)


def send_one(session: SellerSession, gate: Gate, row: Any) -> Reason:
    """Ask for one due order, if it may still be asked. Returns the reason of what became of it."""
    outcome, ended = _next(session, gate, row, None)
    _settle(session, ended)
    return outcome


def _next(session: SellerSession, gate: Gate, row: Any, last: Ended | None) -> tuple[Reason, Ended | None]:
    """One due order from claim to answer: why it is where it is now, and what is to be settled of it.

    One commit settles the last order and claims this one.
    """
    facts = orders.facts(row)
    now = session.clock.now()
    decision = reviews.decide(facts, session.seller, now)
    try:
        with session.ledger.begin() as connection:
            _write_down(session, connection, last)
            session.renew(connection)
            if not isinstance(decision, Act):
                changed = verdict(facts.order.order_id, decision, Reason(row.reason), now)
                requests.decide(connection, session.name, [changed], now)
                return changed.reason, None
            if not requests.claim(connection, session.name, facts.order.order_id, session.lane.token, now):
                return Reason(row.reason), None
    except (LaneLost, Outgrown):
        _settle(session, last)  # its answer is evidence, however late
        raise
    ended = _ask(session, gate, facts, row, now)
    return ended.became.reason, ended


def _ask(session: SellerSession, gate: Gate, facts: Facts, row: Any, claimed_at: datetime) -> Ended:
    asked = False
    answered = Answered()
    try:
        became = _look(session, gate, facts, row, claimed_at)
        if became is None:
            asked = True
            receipt = session.marketplace.request_review(facts.order.order_id, facts.order.marketplace_id or "")
            became = Verdict(facts.order.order_id, State.SENT, Reason.REQUESTED)
            answered = Answered("accepted", 201, receipt.request_id)
    except Answer as answer:
        asked = isinstance(answer, Unclear)
        became = _after(session, answer, facts.order.order_id, row.tries)
        answered = Answered(answer.detail, answer.status, answer.request_id)
    return Ended(became, answered, session.clock.now(), asked)


def _settle(session: SellerSession, ended: Ended | None) -> None:
    if ended:
        with session.ledger.begin() as connection:
            _write_down(session, connection, ended)


def _write_down(session: SellerSession, connection: Connection, ended: Ended | None) -> None:
    if ended is None:
        return
    became, answered, at = ended.became, ended.answered, ended.at
    if not requests.settle(connection, session.name, session.lane.token, became, answered, at, ended.asked):
        log.error("%s: order %s was taken over while it was being sent", session.name, mask(became.order_id))
    if became.reason is Reason.NOT_AUTHORISED:
        controls.stop(connection, session.name, Reason.NOT_AUTHORISED, until=at + STOPPED_FOR, detail=answered.detail)
    log.info("%s: order %s: %s", session.name, mask(became.order_id), became.reason)


def _look(session: SellerSession, gate: Gate, facts: Facts, row: Any, claimed_at: datetime) -> Verdict | None:
    """The last look before the call. None: ask; else what becomes of the entry instead. Raises Answer, LaneLost."""
    offered = session.marketplace.review_offered(facts.order.order_id, facts.order.marketplace_id or "")
    now = session.clock.now()
    with session.ledger.glance() as connection:
        # not ours any more: frozen meanwhile, and by our own clock for no time at all
        reason = gate.shut(lanes.confirm(connection, session.lane, now), now)
    if now - claimed_at > LEASE - CALL_TAKES:
        reason = Reason.BUSY  # stopped or asleep meanwhile: the lane may soon be somebody else's
    if reason:
        return Verdict(facts.order.order_id, State.DUE, reason, now, tries=row.tries)
    if not offered:
        return Verdict(facts.order.order_id, State.WAITING, Reason.NOT_OFFERED, now + ASK_AGAIN)
    decision = reviews.decide(facts, session.seller, now)
    if not isinstance(decision, Act):
        return verdict(facts.order.order_id, decision, Reason(row.reason), now)
    return None


def _after(session: SellerSession, answer: Answer, order_id: str, tries: int) -> Verdict:
    """What an answer other than yes makes of the entry."""
    now = session.clock.now()
    match answer:
        case Refused(reason=Reason.ALREADY_REQUESTED):
            return Verdict(order_id, State.REFUSED, Reason.ALREADY_REQUESTED)
        case Refused(reason=Reason.UNKNOWN_REFUSAL):
            return Verdict(order_id, State.HELD, Reason.UNKNOWN_REFUSAL, now + ASK_AGAIN)
        case Refused():
            return Verdict(order_id, State.WAITING, answer.reason, now + ASK_AGAIN)
        case Unclear():
            return Verdict(order_id, State.UNCLEAR, Reason.UNCLEAR, now + LOOK_AFTER, tries=tries + 1)
        case NotAuthorised():
            return Verdict(order_id, State.DUE, Reason.NOT_AUTHORISED, now, tries=tries)
        case Busy():
            later = max(answer.retry_after, rest(session, order_id, Action.REVIEW, Reason.BUSY))
            return Verdict(order_id, State.DUE, Reason.BUSY, now + later, tries=tries)
    log.error("%s: Amazon calls the request wrong: %s", session.name, answer.detail)
    if tries + 1 >= MOST_TRIES:
        return Verdict(order_id, State.HELD, Reason.BROKEN, now + ASK_AGAIN)
    return Verdict(order_id, State.DUE, Reason.BROKEN, now + timedelta(minutes=2**tries), tries=tries + 1)


def rest(session: SellerSession, order_id: str, action: Action, *failures: Reason) -> timedelta:
    """How long what failed like that is left alone: longer each time in a row, so that it never keeps up the others.

    Counted apart from `tries`: an outage, in which surely nothing was sent, brings no order nearer to HELD.
    """
    with session.ledger.read() as connection:
        answers = history.attempts_of(connection, session.name, order_id, action)
    in_a_row = sum(1 for _ in takewhile(lambda answer: answer.reason in failures, reversed(answers)))
    return timedelta(seconds=2 ** min(in_a_row, 12))


def mask(order_id: str) -> str:
    """An order id as logs may show it."""
    return f"…{order_id[-7:]}"
