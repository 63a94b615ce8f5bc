"""The tasks: what Celery, the embedded worker and the command line all run. They take names and ids, nothing else.

A seller's lane is held for one bounded turn. If it is taken, a task returns: the holder does the same work at the
start of its own turn.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

from ledger import documents, history, identities, orders, products, sources, tallies
from ledger.state import Action, State
from rules.order import Source
from rules.reason import Reason
from tasks import route
from tasks.actions import ACTIONS, queues
from tasks.app import App
from tasks.brakes.look import look
from tasks.clock_jump import AHEAD
from tasks.gate import closed
from tasks.line import Line
from tasks.refresh import EVERY, refresh
from tasks.refresh.plan import every
from tasks.retention import delete_old_orders
from tasks.reviews.send import LOOK_AFTER
from tasks.session import SellerSession
from tasks.turn import Turn

log = logging.getLogger("askonce.tasks")

SWEPT = (State.WAITING, State.SKIPPED)
SENDABLE = (State.DUE, State.UNCLEAR)
IN_DOUBT = (State.UNCLEAR, State.SENT, State.HELD, State.SUBMITTED)
AT_ONCE = (Source.ORDERS, Source.FINANCES)
"""Sources that a whole pass reads however fresh they are."""
BATCHES = 20
"""So many batches of an older ledger's orders are taken in at a time."""


def sweep(app: App, seller: str | None = None) -> None:
    """Bring one seller's facts up to date and decide what is due. Without a seller: ring for those with either."""
    if seller is None:
        now = app.clock.now()
        with app.ledger.read() as connection:
            stale = sources.due(connection, app.sellers, now, now + max(EVERY.values()) + AHEAD)
            unfetched = orders.waiting_to_be_fetched(connection)
        _ring(app, "sweep", SWEPT, stale | unfetched.keys())
        return
    with app.session(seller) as session:
        if session is None:
            return
        refresh(session)
        _prepare(session, ACTIONS.values())
        waiting = _has(session, SENDABLE)
    if waiting:
        app.doorbell.ring("send_due", seller)


def send_due(app: App, seller: str | None = None) -> None:
    """One turn of one seller's lane. Without a seller: ring for every lane that has something to send."""
    if seller is None:
        _ring(app, "send_due", SENDABLE)
        return
    with app.session(seller) as session:
        sent = _turn(session) if session else 0
    if sent:
        app.doorbell.ring("send_due", seller)


def reconcile(app: App, seller: str | None = None) -> None:
    """Settle one seller's doubts. Without a seller: ring for every seller who has some."""
    if seller is None:
        _ring(app, "reconcile", (*IN_DOUBT, State.SENDING))
        return
    with app.session(seller) as session:
        if session is None:
            return
        for line in ACTIONS.values():
            route.reconcile(session, line)
        waiting = _has(session, (*SWEPT, *SENDABLE))  # other tasks may have found the lane taken
    if waiting:
        app.doorbell.ring("send_due", seller)


def request_review(app: App, seller: str, order_id: str) -> Reason | None:
    """Decide one order now, and ask if it is due. Returns what became of it.

    None: the order is unknown, or another worker holds the lane.
    """
    return _send_now(app, seller, order_id, Action.REVIEW, read=[Source.FINANCES])


def send_invoice(app: App, seller: str, order_id: str) -> Reason | None:
    """Decide one order's invoice now, make it and send it if it is due. Returns what became of it.

    None: there is no invoice of that order, or another worker holds the lane.
    """
    return _send_now(app, seller, order_id, Action.INVOICE)


def whole_pass(session: SellerSession, *, send_too: bool) -> None:
    """Everything, now: read what would soon be too old, decide, send and reconcile; or decide alone."""
    catch_up(session)
    if send_too:
        work_off(session)
        return
    for line in _wanted(session):
        route.decide_alone(session, line)


def catch_up(session: SellerSession) -> None:
    """Read what would soon be too old, whether or not it is needed."""
    now = session.clock.now()
    with session.ledger.read() as connection:
        readings = sources.readings(connection, session.name)
    old = (s for s, known in readings.items() if known.as_of is None or now - known.as_of >= every(session, s))
    refresh(session, now_too={*AT_ONCE, *(s for s, known in readings.items() if known.error), *old})


def work_off(session: SellerSession) -> None:
    """Decide, send what is due and reconcile, until nothing more can be done at this moment."""
    while not session.stopping.is_set():
        lines = list(_wanted(session))
        settled = _prepare(session, lines)
        sent = route.send(session, lines)
        if sent and _has(session, (State.DUE,)):
            refresh(session, now_too=[Source.FINANCES])
        elif _has(session, (State.UNCLEAR,), within=LOOK_AFTER):
            session.clock.sleep(LOOK_AFTER.total_seconds())
        elif not settled and not sent:
            break


def _turn(session: SellerSession) -> int:
    with session.ledger.read() as connection:
        terms = ACTIONS[Action.REVIEW].terms
        shut = closed(connection, terms, session.seller, session.clock.now(), session.stop_file)
    # a refund of the last minutes must be seen before a call; while the seller may not send, there is none
    refresh(session, now_too=[Source.FINANCES] if shut in (None, Reason.STALE_FACTS) else [])
    lines = list(_wanted(session))
    _prepare(session, lines)
    return route.send(session, lines)


def _wanted(session: SellerSession) -> Iterator[Line[Any]]:
    return (line for line in ACTIONS.values() if line.wanted(session.seller))


def _prepare(session: SellerSession, lines: Collection[Line[Any]]) -> int:
    """All steps before sending; an action that is switched off is reconciled, too. Returns how many were settled."""
    settled = 0
    for line in lines:
        settled += route.reconcile(session, line)
        if route.decide_due(session, line) and line.watched:
            look(session)
        if line.wanted(session.seller):
            line.read(session)
    return settled


def _send_now(app: App, seller: str, order_id: str, action: str, read: Collection[Source] = ()) -> Reason | None:
    with app.session(seller) as session:
        if session is None:
            return None
        refresh(session, now_too=read)
        line = ACTIONS[action]
        with session.begin() as connection:
            line.queue.wake(connection, seller, [order_id], session.clock.now(), action)
        route.decide_due(session, line)
        with session.ledger.read() as connection:
            found = [each for each in line.queue.of_order(connection, seller, order_id) if each.key.action == action]
        due = next((each for each in found if each.state is State.DUE), None)
        if due is None:
            return found[0].reason if found else None
        return Turn(session, line).send_one(due)


def _has(session: SellerSession, states: tuple[State, ...], within: timedelta = timedelta()) -> bool:
    by = session.clock.now() + within
    with session.ledger.read() as connection:
        return any(queue.has_work(connection, session.name, states, by) for queue in queues())


def _ring(app: App, task: str, states: Sequence[State], others: Collection[str] = ()) -> None:
    """Ring for each seller with work in these states, and for the others."""
    app.let_go()
    now = app.clock.now()
    with app.ledger.read() as connection:
        wanted = {*others}.union(*(queue.with_work(connection, states, now) for queue in queues()))
        wanted -= identities.sharing(connection).keys()
    for name in app.sellers:
        if name in wanted:
            app.doorbell.ring(task, name)


def check_invariants(app: App, _seller: str | None = None) -> None:
    """Run the invariants; log what is broken as CRITICAL."""
    with app.ledger.read() as connection:
        for name, count in history.broken_invariants(connection).items():
            log.critical("%s: %d orders. Please report this as a bug: `askonce check`", name, count)


def tally(app: App, _seller: str | None = None) -> None:
    """Add up what was counted since the last time; take in some orders of an older ledger, to be found by product."""
    with app.ledger.begin() as connection:
        tallies.merge(connection)
    with app.ledger.read() as connection:
        batches = 0 if products.is_whole(connection) else BATCHES
    for _ in range(batches):
        with app.ledger.begin() as connection:
            products.take_in(connection)


def tidy(app: App, _seller: str | None = None) -> None:
    """Delete what need not be kept any longer."""
    with app.ledger.begin() as connection:
        if count := documents.forget(connection, app.clock.now()):
            log.info("documents deleted, because their legal period is over: %d", count)
    for seller in app.sellers.values():
        delete_old_orders(app, seller)
