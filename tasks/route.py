"""The one route of every action: decide, send, reconcile. How an item is sent: tasks/turn.py; the actions:
tasks/actions.py."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.database import Connection, LedgerError
from ledger.lanes import LaneLost
from ledger.state import State
from ledger.transitions import Answered, Transition
from marketplace.errors import Answer
from rules.readable import moment
from rules.reason import Reason
from tasks.brakes.decided import Decided
from tasks.brakes.look import look
from tasks.gate import closed
from tasks.line import Found, Line, T, answered, broken, later, log_outcome, mask, name_of, stop_scope
from tasks.session import SellerSession
from tasks.turn import Turn

log = logging.getLogger("askonce.route")

DECIDED_AT_ONCE = 500
DOUBTS_AT_ONCE = 50


def decide_due(session: SellerSession, line: Line[Any]) -> int:
    """Decide all work whose look is due, in batches. Returns how much was decided."""
    decided = 0
    while not session.stopping.is_set():
        now = session.clock.now()
        with session.ledger.begin() as connection:
            transitions = _decide_some(connection, session, line, now)
            if not transitions:
                break
            session.renew(connection)
            line.queue.decide(connection, session.name, transitions, now)
        if log.isEnabledFor(logging.DEBUG):
            _log_decisions(session, transitions)
        decided += len(transitions)
    return decided


def _decide_some(connection: Connection, session: SellerSession, line: Line[Any], now: datetime) -> list[Transition]:
    """What becomes of a batch of work whose look is due, or else of what expired."""
    queue, name, most = line.queue, session.name, DECIDED_AT_ONCE
    swept = [state for state in queue.undecided if state is not State.DUE]
    looks = queue.looks(connection, name, swept, now, most, line.action)
    counts = Decided(connection, session, now, watched=line.watched)
    decided = [counts.saw(item, _decided(connection, session, line, item, now)) for item in looks]
    counts.record()
    if decided or not line.expires:
        return decided
    expired = queue.expired(connection, name, now, most, line.action)
    return [_decided(connection, session, line, item, now) for item in expired]


def decide_alone(session: SellerSession, line: Line[Any]) -> None:
    """Decide, and say of what is due why it does not go out, as a turn would; send nothing."""
    decide_due(session, line)
    look(session)
    now = session.clock.now()
    with session.ledger.begin() as connection:
        shut = closed(connection, line.terms, session.seller, now, session.stop_file)
        line.queue.say_why(connection, session.name, shut or Reason.DUE, now, line.action)


def _log_decisions(session: SellerSession, transitions: Sequence[Transition]) -> None:
    for each in transitions:
        where, until = each.key, each.next_look_at
        again = f", looked at again at {moment(until, session.seller.zone)}" if until else ""
        log.debug("%s: order %s: %s: %s%s", session.name, where.order_id, where.action, each.reason, again)


def _decided(connection: Connection, session: SellerSession, line: Line[T], item: T, now: datetime) -> Transition:
    try:
        became = line.decide(connection, session, item, now)
    except LedgerError:
        raise
    except Exception as bug:  # noqa: BLE001  whatever is odd about one order stays with that order
        return broken(session, item, bug)
    if became.state is State.HELD:
        log_outcome(session, became, item.state)
    return became


def send(session: SellerSession, lines: Sequence[Line[Any]]) -> int:
    """Send what is due of these actions, one after another. Returns how many were sent."""
    return sum(Turn(session, line).run() for line in lines)


def reconcile(session: SellerSession, line: Line[Any]) -> int:
    """Move claims of ended workers to UNCLEAR, then look at every doubt that is due. Returns how many were settled."""
    now = session.clock.now()
    queue = line.queue
    with session.begin() as connection:
        for key in queue.orphaned(connection, session.name, session.lane.token, now, now + line.look_after):
            log.warning("%s: order %s: its worker ended while sending", session.name, mask(key.order_id))
        items = queue.looks(connection, session.name, line.in_doubt, now, DOUBTS_AT_ONCE, line.action)
    settled = 0
    for item in items:
        if session.stopping.is_set():
            break
        settled += _look_again(session, line, item)
    return settled


def _look_again(session: SellerSession, line: Line[T], item: T) -> bool:
    """Look at one doubt. True: it is settled."""
    try:
        found = line.look_again(session, item)
    except Answer as answer:
        found = Found(later(session, item), answered(answer))
    except (LaneLost, LedgerError):
        raise
    except Exception as bug:  # noqa: BLE001  whatever is odd about one order stays with that order
        log.error("%s: order %s: %s", session.name, mask(item.order_id), name_of(bug))
        found = Found(later(session, item), Answered(name_of(bug)))
    became, now = found.transition, session.clock.now()
    with session.begin() as connection:
        moved = line.queue.move(connection, session.name, became, found.answered, now, out_of=[item.state])
        if became.state is State.DUE and became.reason is line.terms.denied:  # the account, in Amazon's report
            stop_scope(connection, session.name, line, found.answered.detail, now)
    log_outcome(session, became, item.state)
    return moved and became.state is not item.state
