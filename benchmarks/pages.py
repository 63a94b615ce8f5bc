"""What a page costs beside a large ledger: each address through the real server, and the SQL that it asks by itself.

`python -m benchmarks.pages --help`: with fewer orders, on one database; a table of every address.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from os import getpid
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import click
import psycopg
from sqlalchemy import event

from benchmarks import shops
from benchmarks.agency import variables
from benchmarks.cpu import Meter
from benchmarks.figure import Figure
from benchmarks.servers import postgres
from benchmarks.stage import workplace
from benchmarks.visitors import Crowd, Served, Visitor, served
from ledger.database import open_ledger
from ledger.process_identity import this_process
from marketplace.amazon.client import Amazon
from settings.environment import Credentials
from settings.load import load_settings
from tasks.app import App
from web.person import Person, Role
from worker.clock import SystemClock
from worker.commands.output import print_json, print_table
from worker.web import window_of
from worker.wiring import Silent, connector

SELLERS, ORDERS = 1_000, 1_000_000
ROUNDS = 15
PEOPLE, LOOKING = 10, 300  # seconds
RATIO, SLOWEST = 3, 150  # ms
PLACES = ("FR", "DE", "IT", "ES", "NL")
DATABASES = ("SQLite", "PostgreSQL")
NOWHERE = "http://127.0.0.1:9"

Statement = tuple[str, Any]
"""As the driver gets it, with its parameters."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one address, in milliseconds.

    `page`: one person alone; `sql`: the statements that it asks, by the driver alone; `ratio`: the median of those of
    each round; `cpu` and `sql_cpu`: CPU time of the server and of the database; `crowded`: the 95th percentile with
    ten people.
    """

    address: str
    page: float
    sql: float
    ratio: float
    cpu: float
    sql_cpu: float
    statements: int
    crowded: float = 0


def addresses(orders: int) -> list[str]:
    """Every page with what people ask it for; one shop and one order stand for all."""
    shop, order_id = shops.names(SELLERS)[7], shops.order_id(7 * orders // SELLERS + orders // SELLERS // 2)
    lists = [
        *("", "page=40", f"seller={shop}", f"seller={shop}&state=sent&page=10", "state=skipped&reason=refunded"),
        *("state=held", f"seller={shop}&state=refused", "marketplace=FR", "marketplace=SE", f"sku={shops.sku(7, 7)}"),
        *("sku=TEAPOT-1*", f"sku={shops.asin(7, 7)}", "sku=NONE", f"seller={shop}&sku=TEAPOT*&state=skipped"),
        *(f"q={order_id}", f"q={order_id[-5:]}", f"q={order_id[:9]}", f"q={order_id[6:13]}", "q=99999999"),
        *("since=2000-01-01&until=2100-01-01", "action=invoice"),
    ]
    return [
        *("/", "/status.json", "/?is=stopped", f"/?seller={shop}", "/calendar", f"/calendar?seller={shop}"),
        *(f"/orders?{query}" for query in lists),
        *("/orders.json", f"/orders/{order_id}", f"/orders/{order_id}.json", "/held", "/invoices"),
        *(f"/invoices?seller={shop}", "/stops", "/audit", f"/audit?seller={shop}", "/health"),
    ]


def run(database: str, orders: int = ORDERS, looking: float = LOOKING, only: str = "") -> list[Cost]:
    """Every address whose text has `only` in it, on one database."""
    with ExitStack() as stack:
        folder, pids = stack.enter_context(workplace()), []
        if database == "SQLite":
            url = f"sqlite:///{shops.stored(SELLERS, orders)}"
        else:
            server = stack.enter_context(postgres())
            url, pids = server.url, [server.pid]
            shops.fill(url, SELLERS, orders)
        shops.freshen(url, SELLERS)
        read = variables(folder, shops.names(SELLERS), NOWHERE, url, "redis://127.0.0.1:9/0", PLACES)
        wanted = [address for address in addresses(orders) if only in address]
        asked = _asked(read, url, wanted)
        place = stack.enter_context(served(folder, read, "web"))
        raw = stack.enter_context(_raw(url))
        visitor = stack.enter_context(closing(place.visitor()))
        alone = [_alone(place, visitor, pids, raw, address, asked[address]) for address in wanted]
        crowd = Crowd(place, wanted)
        crowd.look(PEOPLE, looking)
    return [replace(cost, crowded=_slowest(crowd.took[cost.address])) for cost in alone]


def figures(database: str, costs: Sequence[Cost]) -> list[Figure]:
    """The worst of all addresses."""
    ratio, crowded = (max(costs, key=lambda cost: getattr(cost, name)) for name in ("ratio", "crowded"))
    too_many = sum(cost.ratio > RATIO for cost in costs)
    too_slow = sum(cost.crowded > SLOWEST for cost in costs)
    what = f"{ratio.address}: {ratio.page:.1f} ms, its SQL {ratio.sql:.1f} ms; {too_many} of {len(costs)} miss the goal"
    where = f"{crowded.address}, {PEOPLE} people; {too_slow} of {len(costs)} miss the goal"
    return [
        Figure(f"pages ÷ SQL, {database}", ratio.ratio, RATIO, what),
        Figure(f"pages, {database}: p95", crowded.crowded, SLOWEST, where, unit=" ms"),
    ]


def measure() -> list[Figure]:
    return [figure for database in DATABASES for figure in figures(database, run(database))]


def _alone(
    place: Served, visitor: Visitor, pids: Sequence[int], raw: Any, address: str, statements: Sequence[Statement]
) -> Cost:
    """One person opens it again and again; in turn with its SQL."""
    visitor.opens(address)
    _run(raw, statements)
    page, sql = [], []
    servers, mine = Meter({"page": [place.pid, *pids]}), Meter({"sql": [getpid(), *pids]})
    cpu = sql_cpu = 0.0
    for _ in range(ROUNDS):
        before = servers.used()["page"]
        page.append(1000 * visitor.opens(address))
        cpu += servers.used()["page"] - before
        before = mine.used()["sql"]
        sql.append(1000 * _run(raw, statements))
        sql_cpu += mine.used()["sql"] - before
    ratio = median(took / alone for took, alone in zip(page, sql, strict=True))
    each = 1000 / ROUNDS
    return Cost(address, median(page), median(sql), ratio, each * cpu, each * sql_cpu, len(statements))


def _run(raw: Any, statements: Sequence[Statement]) -> float:
    begun = perf_counter()
    cursor = raw.cursor()
    cursor.execute("BEGIN")
    for statement, parameters in statements:
        cursor.execute(statement, parameters).fetchall()
    cursor.execute("COMMIT")
    return perf_counter() - begun


def _slowest(took: Sequence[float]) -> float:
    return 1000 * (quantiles(took, n=20)[-1] if len(took) > 1 else sum(took))


def _asked(read: Mapping[str, str], url: str, wanted: Sequence[str]) -> dict[str, list[Statement]]:
    """What each address asks, taken down while this process serves it once."""
    settings, clock = load_settings(read), SystemClock()
    found: dict[str, list[Statement]] = {}
    with closing(open_ledger(url)) as ledger, closing(Amazon(clock, NOWHERE, NOWHERE)) as amazon:
        connect = connector(amazon, {name: Credentials("a", "b", name) for name in settings.sellers})
        app = App(settings.sellers, ledger, clock, connect, this_process(), Silent(), threading.Event())
        statements: list[Statement] = []

        @event.listens_for(ledger.engine, "before_cursor_execute")
        def take_down(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: object) -> None:
            statements.append((statement, parameters))

        environment = replace(settings.environment, web_port=0)
        with window_of(lambda: app, environment, lambda _: None) as window:
            session = window.sessions.begin(Person("bench", Role.ADMIN))
            here = Served(window.address.removeprefix("http://"), f"{window.cookie}={session.key}", getpid())
            with closing(here.visitor()) as visitor:
                for address in wanted:
                    statements.clear()
                    visitor.opens(address)
                    found[address] = list(statements)
    return found


@contextmanager
def _raw(url: str) -> Iterator[Any]:
    """The driver's own connection."""
    path = Path(url.removeprefix("sqlite:///"))
    connect = (
        partial(sqlite3.connect, path, isolation_level=None) if url.startswith("sqlite") else partial(_psycopg, url)
    )
    with closing(connect()) as connection:
        yield connection


def _psycopg(url: str) -> Any:
    return psycopg.connect(url, autocommit=True)


def rows(costs: Sequence[Cost]) -> list[tuple[str, ...]]:
    return [
        (
            cost.address,
            f"{cost.page:.1f}",
            f"{cost.sql:.1f}",
            f"{cost.ratio:.1f}",
            f"{cost.cpu:.0f}",
            f"{cost.sql_cpu:.0f}",
            str(cost.statements),
            f"{cost.crowded:.0f}",
        )
        for cost in costs
    ]


@click.command()
@click.option("--orders", default=ORDERS, show_default=True, help="In all; of a thousand sellers.")
@click.option("--database", "databases", type=click.Choice(DATABASES), multiple=True, help="Not set: both.")
@click.option("--looking", default=LOOKING, show_default=True, help="Seconds for which ten people look.")
@click.option("--only", default="", help="Only addresses that have this in them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def main(orders: int, databases: Sequence[str], looking: int, only: str, as_json: bool) -> None:
    measured: list[Figure] = []
    for database in databases or DATABASES:
        costs = run(database, orders, looking, only)
        measured += figures(database, costs)
        if not as_json:
            head = ("address", "page ms", "SQL ms", "÷", "CPU ms", "SQL CPU ms", "statements", "p95 ms")
            print_table(head, rows(costs))
    if as_json:
        print_json({"figures": [figure.document() for figure in measured]})
    else:
        print_table(("figure", "value", "goal", "verdict", "from"), [figure.row() for figure in measured])


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.pages")
