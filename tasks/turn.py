"""The tasks: what Celery, the embedded worker and the command line all run. They take names and ids, nothing else.

A seller's lane is held for one bounded turn; whoever finds it taken leaves, because the holder does the same work at
the start of its own turn.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta

from ledger import entries, history, invoices, lanes, numbers, sources
from ledger.state import State
from rules.order import Source
from rules.reason import Reason
from tasks.gate import Gate
from tasks.house import House, Shop
from tasks.invoices import turn as invoice_turn
from tasks.invoices.follow import follow
from tasks.reconcile import reconcile as settle_doubts
from tasks.refresh import EVERY, refresh
from tasks.send import LOOK_AFTER, send, send_one
from tasks.set_back import AHEAD
from tasks.sweep import SWEPT
from tasks.sweep import sweep as decide

log = logging.getLogger("askonce.tasks")

SENDABLE = (State.DUE, State.UNCLEAR)
IN_DOUBT = (State.UNCLEAR, State.SENT, State.HELD, State.SUBMITTED)
AT_ONCE = (Source.ORDERS, Source.FINANCES, Source.MERCHANT_RETURNS)
"""Sources that Amazon lets us read as often as we like; the other reports it makes anew only every few hours."""


def sweep(house: House, seller: str | None = None) -> None:
    """Bring one seller's facts up to date and decide what is due. Without a seller: ring for those with either."""
    if seller is None:
        now = house.clock.now()
        with house.ledger.read() as connection:
            stale = sources.due(connection, house.sellers, now, now + max(EVERY.values()) + AHEAD)
        _ring(house, "sweep", SWEPT, stale)
        return
    with house.shop(seller) as shop:
        if shop is None:
            return
        refresh(shop)
        settle_doubts(shop)
        decide(shop)
        invoice_turn.prepare(shop)
        waiting = _has(shop, SENDABLE)
    if waiting:
        house.doorbell.ring("send_due", seller)


def send_due(house: House, seller: str | None = None) -> None:
    """One turn of one seller's lane. Without a seller: ring for every lane that has something to send."""
    if seller is None:
        _ring(house, "send_due", SENDABLE)
        return
    with house.shop(seller) as shop:
        sent = _turn(shop) if shop else 0
    if sent:
        house.doorbell.ring("send_due", seller)


def reconcile(house: House, seller: str | None = None) -> None:
    """Settle one seller's doubts. Without a seller: ring for every seller who has some."""
    if seller is None:
        _ring(house, "reconcile", (*IN_DOUBT, State.SENDING))
        return
    with house.shop(seller) as shop:
        if shop is None:
            return
        settle_doubts(shop)
        follow(shop)
        waiting = _has(shop, (*SWEPT, *SENDABLE))  # others may have found the lane taken meanwhile, and left it to us
    if waiting:
        house.doorbell.ring("send_due", seller)


def request_review(house: House, seller: str, order_id: str) -> Reason | None:
    """Decide one order now, and ask if it is due. Returns what became of it; None: unknown, or the lane is taken."""
    with house.shop(seller) as shop:
        if shop is None:
            return None
        refresh(shop, now_too=[Source.FINANCES])
        now = shop.clock.now()
        with shop.ledger.begin() as connection:
            entries.wake(connection, seller, [order_id], now)
        decide(shop)
        with shop.ledger.read() as connection:
            row = entries.one(connection, seller, order_id)
            gate = Gate.read(connection, shop.seller, now)
            closed = gate.closed(connection, now)
        if row is None or row.state != State.DUE:
            return Reason(row.reason) if row else None
        return closed or send_one(shop, gate, row)


def send_invoice(house: House, seller: str, order_id: str) -> Reason | None:
    """Decide one order's invoice now, make it and send it if it is due. Returns what became of it; None: see above."""
    with house.shop(seller) as shop:
        if shop is None:
            return None
        refresh(shop)
        return invoice_turn.send_invoice(shop, order_id)


def whole_pass(shop: Shop, *, send_too: bool) -> None:
    """Everything, now: read what Amazon lets us read at once, whatever its time, then decide, send and reconcile."""
    with shop.ledger.read() as connection:
        readings = sources.readings(connection, shop.name)
    refresh(shop, now_too={*AT_ONCE, *(source for source, reading in readings.items() if reading.error)})
    if send_too:
        work_off(shop)
    else:
        decide(shop)


def work_off(shop: Shop) -> None:
    """Decide, send what is due and reconcile, until nothing more can be done at this moment."""
    decide(shop)
    while not shop.stopping.is_set():
        settled = settle_doubts(shop)
        invoiced = invoice_turn.work(shop)
        sent = send(shop)
        if sent and _has(shop, (State.DUE,)):
            refresh(shop, now_too=[Source.FINANCES])
            decide(shop)
        elif _has(shop, (State.UNCLEAR,), within=LOOK_AFTER):
            shop.clock.sleep(LOOK_AFTER.total_seconds())
        elif not settled and not invoiced:
            break


def _turn(shop: Shop) -> int:
    with shop.ledger.read() as connection:
        shut = Gate.read(connection, shop.seller, shop.clock.now()).closed(connection, shop.clock.now())
    # a refund of the last minutes must be seen before a call; while the seller may not send, there is none
    refresh(shop, now_too=[Source.FINANCES] if shut in (None, Reason.STALE_FACTS) else [])
    decide(shop)
    settle_doubts(shop)
    return invoice_turn.work(shop) + send(shop)  # invoices first: their deadline is a matter of hours


def _has(shop: Shop, states: tuple[State, ...], within: timedelta = timedelta()) -> bool:
    by = shop.clock.now() + within
    with shop.ledger.read() as connection:
        return any(queue.has_work(connection, shop.name, states, by) for queue in (entries, invoices))


def _ring(house: House, task: str, states: Sequence[State], others: Collection[str] = ()) -> None:
    """Ring for each seller with work in these states, and for the others."""
    house.let_go()
    with house.ledger.read() as connection:
        wanted = {*lanes.with_work(connection, states, house.clock.now()), *others}
    for name in house.sellers:
        if name in wanted:
            house.doorbell.ring(task, name)


def check_invariants(house: House, _seller: str | None = None) -> None:
    """Look for what must never be, and say it loudly."""
    with house.ledger.read() as connection:
        for name, count in history.broken_invariants(connection).items():
            log.critical("%s: %d orders. Please report this as a bug: `askonce check`", name, count)


def tidy(house: House, _seller: str | None = None) -> None:
    """Delete what need not be kept any longer."""
    with house.ledger.begin() as connection:
        if count := numbers.forget(connection, house.clock.now()):
            log.info("%d documents deleted: their legal period is over", count)


TASKS: Mapping[str, Callable[[House, str | None], None]] = {
    "sweep": sweep,
    "send_due": send_due,
    "reconcile": reconcile,
    "check_invariants": check_invariants,
    "tidy": tidy,
}
"""The tasks that a doorbell rings for."""
