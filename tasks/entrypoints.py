"""The tasks: what Celery, the embedded worker and the command line all run. They take names and ids, nothing else.

A seller's lane is held for one bounded turn; whoever finds it taken leaves, because the holder does the same work at
the start of its own turn.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta

from ledger import documents, history, lanes, numbers, requests, sources
from ledger.state import State
from rules.order import Source
from rules.reason import Reason
from tasks.app import App, SellerSession
from tasks.clock_jump import AHEAD
from tasks.gate import Gate
from tasks.invoices import turn as invoice_turn
from tasks.invoices.reconcile import follow
from tasks.refresh import EVERY, refresh
from tasks.reviews.decide import SWEPT
from tasks.reviews.decide import sweep as decide
from tasks.reviews.reconcile import reconcile as settle_doubts
from tasks.reviews.send import LOOK_AFTER, send, send_one

log = logging.getLogger("askonce.tasks")

SENDABLE = (State.DUE, State.UNCLEAR)
IN_DOUBT = (State.UNCLEAR, State.SENT, State.HELD, State.SUBMITTED)
AT_ONCE = (Source.ORDERS, Source.FINANCES, Source.MERCHANT_RETURNS)
"""Sources that Amazon lets us read as often as we like; the other reports it makes anew only every few hours."""


def sweep(app: App, seller: str | None = None) -> None:
    """Bring one seller's facts up to date and decide what is due. Without a seller: ring for those with either."""
    if seller is None:
        now = app.clock.now()
        with app.ledger.read() as connection:
            stale = sources.due(connection, app.sellers, now, now + max(EVERY.values()) + AHEAD)
        _ring(app, "sweep", SWEPT, stale)
        return
    with app.session(seller) as session:
        if session is None:
            return
        refresh(session)
        settle_doubts(session)
        decide(session)
        invoice_turn.prepare(session)
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
        settle_doubts(session)
        follow(session)
        waiting = _has(
            session, (*SWEPT, *SENDABLE)
        )  # others may have found the lane taken meanwhile, and left it to us
    if waiting:
        app.doorbell.ring("send_due", seller)


def request_review(app: App, seller: str, order_id: str) -> Reason | None:
    """Decide one order now, and ask if it is due. Returns what became of it; None: unknown, or the lane is taken."""
    with app.session(seller) as session:
        if session is None:
            return None
        refresh(session, now_too=[Source.FINANCES])
        now = session.clock.now()
        with session.ledger.begin() as connection:
            requests.wake(connection, seller, [order_id], now)
        decide(session)
        with session.ledger.read() as connection:
            row = requests.one(connection, seller, order_id)
            gate = Gate.read(connection, session.seller, now)
            closed = gate.closed(connection, now)
        if row is None or row.state != State.DUE:
            return Reason(row.reason) if row else None
        return closed or send_one(session, gate, row)


def send_invoice(app: App, seller: str, order_id: str) -> Reason | None:
    """Decide one order's invoice now, make it and send it if it is due. Returns what became of it; None: see above."""
    with app.session(seller) as session:
        if session is None:
            return None
        refresh(session)
        return invoice_turn.send_invoice(session, order_id)


def whole_pass(session: SellerSession, *, send_too: bool) -> None:
    """Everything, now: read what Amazon lets us read at once, whatever its time, then decide, send and reconcile."""
    with session.ledger.read() as connection:
        readings = sources.readings(connection, session.name)
    refresh(session, now_too={*AT_ONCE, *(source for source, reading in readings.items() if reading.error)})
    if send_too:
        work_off(session)
    else:
        decide(session)


def work_off(session: SellerSession) -> None:
    """Decide, send what is due and reconcile, until nothing more can be done at this moment."""
    decide(session)
    while not session.stopping.is_set():
        settled = settle_doubts(session)
        invoiced = invoice_turn.work(session)
        sent = send(session)
        if sent and _has(session, (State.DUE,)):
            refresh(session, now_too=[Source.FINANCES])
            decide(session)
        elif _has(session, (State.UNCLEAR,), within=LOOK_AFTER):
            session.clock.sleep(LOOK_AFTER.total_seconds())
        elif not settled and not invoiced:
            break


def _turn(session: SellerSession) -> int:
    with session.ledger.read() as connection:
        shut = Gate.read(connection, session.seller, session.clock.now()).closed(connection, session.clock.now())
    # a refund of the last minutes must be seen before a call; while the seller may not send, there is none
    refresh(session, now_too=[Source.FINANCES] if shut in (None, Reason.STALE_FACTS) else [])
    decide(session)
    settle_doubts(session)
    return invoice_turn.work(session) + send(session)  # invoices first: their deadline is a matter of hours


def _has(session: SellerSession, states: tuple[State, ...], within: timedelta = timedelta()) -> bool:
    by = session.clock.now() + within
    with session.ledger.read() as connection:
        return any(queue.has_work(connection, session.name, states, by) for queue in (requests, documents))


def _ring(app: App, task: str, states: Sequence[State], others: Collection[str] = ()) -> None:
    """Ring for each seller with work in these states, and for the others."""
    app.let_go()
    with app.ledger.read() as connection:
        wanted = {*lanes.with_work(connection, states, app.clock.now()), *others}
    for name in app.sellers:
        if name in wanted:
            app.doorbell.ring(task, name)


def check_invariants(app: App, _seller: str | None = None) -> None:
    """Look for what must never be, and say it loudly."""
    with app.ledger.read() as connection:
        for name, count in history.broken_invariants(connection).items():
            log.critical("%s: %d orders. Please report this as a bug: `askonce check`", name, count)


def tidy(app: App, _seller: str | None = None) -> None:
    """Delete what need not be kept any longer."""
    with app.ledger.begin() as connection:
        if count := numbers.forget(connection, app.clock.now()):
            log.info("%d documents deleted: their legal period is over", count)


TASKS: Mapping[str, Callable[[App, str | None], None]] = {
    "sweep": sweep,
    "send_due": send_due,
    "reconcile": reconcile,
    "check_invariants": check_invariants,
    "tidy": tidy,
}
"""The tasks that a doorbell rings for."""
