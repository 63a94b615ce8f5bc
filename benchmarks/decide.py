"""What deciding costs beside writing: a sweep of 50,000 looks that are due, against the same updates in raw SQL.

Both write each entry once, through the same driver, in transactions of the same size that renew the lane, flushed to
disk. The sweep also reads the orders and decides.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from os import getpid
from statistics import median
from time import perf_counter
from typing import Any

import psycopg

from benchmarks.cpu import Meter
from benchmarks.daemon import SELLER
from benchmarks.figure import Figure
from benchmarks.idle_sweep import quiet_house
from benchmarks.servers import postgres
from benchmarks.stage import workplace
from benchmarks.stored import load_seller
from ledger import orders
from rules.order import Item, Order, Package
from settings.marketplaces import MARKETPLACES
from tasks import entrypoints
from tasks.app import App
from tasks.route import DECIDED_AT_ONCE

ORDERS = 50_000
ROUNDS = 5
GOAL = 0.5

_WRITTEN = "SELECT state, reason, next_look_at, deadline, tries, changed_at, order_id FROM entries ORDER BY order_id"
_WRITE = (
    "UPDATE entries SET state = ?, reason = ?, next_look_at = ?, deadline = ?, tries = ?, changed_at = ? "
    f"WHERE seller = '{SELLER}' AND order_id = ? AND action = 'review' AND state IN ('waiting', 'skipped', 'due')"
)
_RENEW = f"UPDATE lanes SET pace = pace WHERE seller = '{SELLER}'"
_UNDO = "UPDATE entries SET state = 'waiting', reason = 'not_delivered', next_look_at = changed_at, deadline = NULL"

Took = tuple[float, float]
"""Seconds by the clock, and of CPU; of the database server too."""


def measure() -> list[Figure]:
    with workplace() as folder:
        seller, file = load_seller(folder), folder / "decide.db"
        with quiet_house(f"sqlite:///{file}", seller) as app:
            _read_orders(app)
            with closing(sqlite3.connect(file, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous=FULL")
                found = [_figure("SQLite", app, connection, "?", [])]
        with postgres() as server, quiet_house(server.url, seller) as app:
            _read_orders(app)
            with psycopg.connect(server.url, autocommit=True) as connection:
                found.append(_figure("PostgreSQL", app, connection, "%s", [server.pid]))
    return found


def _figure(name: str, app: App, connection: Any, mark: str, server: list[int]) -> Figure:
    swept, raw = [], []
    for _ in range(ROUNDS):
        connection.execute("VACUUM")
        swept.append(_took(server, partial(entrypoints.sweep, app, SELLER)))
        rows = connection.execute(_WRITTEN).fetchall()
        connection.execute(_UNDO)
        connection.execute("VACUUM")
        raw.append(_took(server, partial(_write, connection, rows, mark)))
        if connection.execute(_WRITTEN).fetchall() != rows:
            raise RuntimeError("raw SQL did not write what the sweep wrote")
        connection.execute(_UNDO)
    ratios = sorted(theirs[0] / ours[0] for ours, theirs in zip(swept, raw, strict=True))
    detail = (
        f"{ORDERS:,} orders: sweep {_said(swept)}, raw SQL {_said(raw)}; "
        f"medians of {ROUNDS} rounds, whose ratios go from {ratios[0]:.2f} to {ratios[-1]:.2f}"
    )
    return Figure(f"decide, {name}", median(ratios), GOAL, detail, more_is_better=True)


def _took(server: list[int], act: Callable[[], None]) -> Took:
    meter, begun = Meter({"mine": [getpid(), *server]}), perf_counter()
    act()
    return perf_counter() - begun, meter.used()["mine"]


def _said(took: Sequence[Took]) -> str:
    clock, cpu = (median(seconds) for seconds in zip(*took, strict=True))
    return f"{clock:.1f} s ({cpu:.1f} s of CPU)"


def _write(connection: Any, rows: Sequence[Any], mark: str) -> None:
    statement, cursor = _WRITE.replace("?", mark), connection.cursor()
    for start in range(0, len(rows), DECIDED_AT_ONCE):
        cursor.execute("BEGIN")
        cursor.execute(_RENEW)
        cursor.executemany(statement, rows[start : start + DECIDED_AT_ONCE])
        cursor.execute("COMMIT")


def _read_orders(app: App) -> None:
    """All of them, as if they had just been read; each may be asked for."""
    now = app.clock.now()
    made = list(_orders(app))
    for start in range(0, ORDERS, DECIDED_AT_ONCE):
        with app.ledger.begin() as connection:
            orders.record_orders(connection, SELLER, made[start : start + DECIDED_AT_ONCE], as_of=now, previous=None)


def _orders(app: App) -> Iterator[Order]:
    now, day = app.clock.now(), timedelta(days=1)
    for number in range(ORDERS):
        yield Order(
            order_id=f"402-{number:07}-{number:07}",
            purchased_at=now - 14 * day,
            updated_at=now - 10 * day,
            channel="AMAZON",
            marketplace_id=MARKETPLACES["FR"].marketplace_id,
            status="SHIPPED",
            fulfilled_by="MERCHANT",
            items=(Item(f"SKU-{number % 40}", "B0BENCH001"),),
            packages=(Package("DELIVERED", "DELIVERED", now - 13 * day),),
        )
