"""The other steps of the route. One worker after another is killed, each a step further, on one and the same ledger."""

import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from marketplace.simulator.sim_order import SimOrder, SimRefund
from rules.order import Money
from tests.crash.holding import ASLEEP, is_locked
from tests.crash.kills import SENT, Route, Servers, route, wait_until
from tests.postgres import connected
from tests.worker.seller_folder import ASK, DAY, OFFER, SELLER, Running, delivered

REFUND = SimRefund(datetime.now(UTC) - 8 * DAY, Money(Decimal(5), "EUR"))


def during_the_migration(on: Route) -> Running:
    if on.folder.database_url.startswith("postgresql"):
        return _during_a_migration_on_postgresql(on)
    for _ in range(20):
        if worker := _during_a_migration_on_sqlite(on, on.folder.path / "var/askonce.db"):
            return worker
    raise AssertionError("the migration was never hit")


def _during_a_migration_on_sqlite(on: Route, file: Path) -> Running | None:
    """None: the worker was past it when it was looked at; it and its ledger are gone."""
    file.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        worker = on.start()
        while not is_locked(connection):  # a few thousandths of a second at a time: or it could not be hit
            worker.process.send_signal(signal.SIGCONT)
            time.sleep(0.003)
            worker.process.send_signal(signal.SIGSTOP)
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
                worker.kill()
                break
        else:
            return worker
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    return None


def _during_a_migration_on_postgresql(on: Route) -> Running:
    url = on.folder.database_url
    with connected(url) as server:
        server.execute(
            "CREATE FUNCTION for_ever() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); END'"
        )
        server.execute(
            "CREATE EVENT TRIGGER held ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION for_ever()"
        )
        worker = on.start()
        wait_until(lambda: server.execute(f"SELECT 1 {ASLEEP}").fetchall())

    def let_go() -> None:
        with connected(url) as server:
            server.execute(f"SELECT pg_terminate_backend(pid) {ASLEEP}")
            server.execute("DROP FUNCTION for_ever CASCADE")

    on.ends.callback(let_go)
    return worker


def with_a_page_of_orders_half_written(on: Route) -> Running:
    on.folder.arm(SELLER)  # what was left of the migration is brought to its end
    assert on.verdicts() == {}
    return _in_the_midst_of(on, "INSERT ON orders", "NEW.order_id = '403-0000150-0000150'")


def between_two_pages_of_orders(on: Route) -> Running:
    assert on.verdicts() == {}
    return _at_the_call_after(on, "searchOrders", 1)


def with_a_report_ordered(on: Route) -> Running:
    assert len(on.verdicts()) == 100  # and the next worker goes on from there
    return _at_the_call_after(on, "createReport", 0)


def with_a_report_half_read(on: Route) -> Running:
    assert len(on.verdicts()) == len(READING)
    return _at_the_call_after(on, "download", 0)


def between_two_pages_of_finances(on: Route) -> Running:
    return _at_the_call_after(on, "listTransactions", 1)


def in_the_midst_of_deciding(on: Route) -> Running:
    return _in_the_midst_of(on, "UPDATE ON entries", "NEW.state = 'due'")


def at_the_release_of_the_lane(on: Route) -> Running:
    assert on.folder.rows("SELECT 1 FROM entries WHERE state <> 'waiting'") == []  # of that decision nothing is left
    return _in_the_midst_of(on, "UPDATE ON lanes", "NEW.holder = ''")


def in_the_midst_of_the_claim(on: Route) -> Running:
    return _in_the_midst_of(on, "UPDATE ON entries", "NEW.state = 'sending'")


def after_amazon_accepted(on: Route) -> Running:
    assert "sending" not in on.folder.states().values()
    assert on.calls(OFFER) == 0
    return _at_the_call_after(on, ASK, 0)


def while_the_claim_is_found(on: Route) -> Running:
    return _in_the_midst_of(on, "UPDATE ON entries", "NEW.state = 'unclear'")


def with_the_claim_found(on: Route) -> Running:
    assert "sending" in on.folder.states().values()
    worker = on.start()
    wait_until(lambda: "unclear" in on.folder.states().values())
    return worker


def during_the_look(on: Route) -> Running:
    time.sleep(5)  # tasks.send.LOOK_AFTER
    return _at_the_call_after(on, OFFER, 0)


def with_the_look_half_written(on: Route) -> Running:
    return _in_the_midst_of(on, "UPDATE ON entries", "OLD.state = 'unclear'")


READING = {
    **{delivered(number, days_ago=45): "too_late" for number in range(100, 350)},  # fill the first pages
    delivered(0): SENT,
    delivered(1, refunds=(REFUND,)): "refunded",
    delivered(2, return_requested_at=datetime.now(UTC) - 8 * DAY): "returned",
}
STORIES: dict[str, tuple[dict[SimOrder, str], tuple[Callable[[Route], Running], ...]]] = {
    "reading and deciding": (
        READING,
        (
            during_the_migration,
            with_a_page_of_orders_half_written,
            between_two_pages_of_orders,
            with_a_report_ordered,
            with_a_report_half_read,
            between_two_pages_of_finances,
            in_the_midst_of_deciding,
            at_the_release_of_the_lane,
        ),
    ),
    "claiming and looking": (
        {delivered(0): SENT},
        (
            in_the_midst_of_the_claim,
            after_amazon_accepted,
            while_the_claim_is_found,
            with_the_claim_found,
            during_the_look,
            with_the_look_half_written,
        ),
    ),
}
"""Orders with what becomes of each in the end, and the steps at which workers are killed, one after another."""


def killed_step_by_step(story: str, place: tuple[str, str], path: Path, servers: Servers) -> int:
    """Returns the number of kills."""
    orders, steps = STORIES[story]
    settings = {"unavailable": ("fba_returns", "fba_shipments"), "is_armed": steps[0] is not during_the_migration}
    with route(place, path, servers, list(orders), **settings) as on:
        for step in steps:
            try:
                on.kill(step(on))
            except AssertionError as error:
                error.add_note(step.__name__)
                raise
        on.goes_on({order.order_id: verdict for order, verdict in orders.items()})
        return on.kills


def _at_the_call_after(on: Route, operation: str, others: int) -> Running:
    seen = on.calls(operation)
    if others:
        on.slow(operation, 0, times=others)
    on.slow(operation)
    worker = on.start()
    on.called(operation, seen + others + 1)
    return worker


def _in_the_midst_of(on: Route, write: str, row: str) -> Running:
    on.hold(write, row)
    worker = on.start()
    on.until_held()
    return worker
