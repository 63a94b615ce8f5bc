"""A world with as much in it as an agency has, to look at: thousands of orders, long and right-to-left words, stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import inspect, text

from ledger import brakes
from ledger.controls import Scope
from ledger.database import Connection
from rules.brakes import Brake, Verdict
from tasks import controls, entrypoints
from tasks.audit import Person
from tests.screens.world import NOW, one_seller, twenty_sellers
from tests.web.opened import Opened, opened
from worker.heartbeat import HeartbeatWriter

COPIES = 90
"""Of each order of the twenty sellers: fifty of those, and so some thousands in all."""
LONG = "محفظة جلدية بنية داكنة بجيب داخلي WALLET-LEATHER-DARK-BROWN-INNER-POCKET-2026-SET-OF-3"
_N = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :copies)"
_ID = "'405-' || substr(CAST(10000000 + t.rowid * 1000 + n AS text), 2) || substr(t.order_id, 12)"


@contextmanager
def shop() -> Iterator[Opened]:
    """The page of the one seller of the screens, with a worker at work."""
    with one_seller() as world, world.app() as app:
        HeartbeatWriter(app, "run").begin()
        entrypoints.tally(app, None)
        with opened(app, world.set_up) as page:
            yield page


@contextmanager
def crowd() -> Iterator[Opened]:
    """That of the twenty sellers of the screens with thousands of orders: some are held, and some sellers stopped."""
    with twenty_sellers() as world, world.app() as app:
        HeartbeatWriter(app, "run").begin()
        with app.ledger.begin() as connection:
            _copy(connection)
            _trouble(connection)
        claire = Person("claire", "page on server")
        for scope, until in ((Scope("dune-und-meer"), NOW + timedelta(days=3)), (Scope("garden-gate", "UK"), None)):
            controls.pause(app.ledger, scope, until, claire, NOW - timedelta(hours=2))
        entrypoints.tally(app, None)
        with opened(app, world.set_up) as page:
            yield page


def _copy(connection: Connection) -> None:
    """Each order many times, under ids of their own."""
    for table in ("orders", "entries", "attempts"):
        columns = inspect(connection).get_columns(table)
        names = [each["name"] for each in columns if each["name"] not in ("order_id", "id")]
        values = ", ".join(
            f"replace(t.{name}, t.order_id, {_ID})" if name == "placed" else f"t.{name}" for name in names
        )
        statement = (
            f"{_N} INSERT INTO {table} (order_id, {', '.join(names)}) SELECT {_ID}, {values} FROM {table} t, numbers"
        )
        connection.execute(text(statement), {"copies": COPIES})
    connection.execute(text("UPDATE orders SET placed = replace(placed, 'SKU-1', :long)"), {"long": LONG})


def _trouble(connection: Connection) -> None:
    """Held requests, pauses, and brakes."""
    held = """UPDATE entries SET state = 'held', reason = 'unknown_refusal', changed_at = :at WHERE rowid IN
    (SELECT rowid FROM entries WHERE state = 'sent' AND order_id LIKE '405-%' ORDER BY order_id LIMIT 23)"""
    connection.execute(text(held), {"at": NOW - timedelta(days=2)})
    verdict = Verdict(
        Brake.NOT_OFFERED, measure=38, limit=20, cause="Amazon does not offer 5 of 13 orders today; usually 4 %"
    )
    for seller, place in (("maison-durand", "DE"), ("kaffee-krug", "FR")):
        brakes.brake(connection, seller, place, verdict, NOW - timedelta(hours=5), None)
