"""How cost grows with sellers and with stored orders: what an idle tick costs, and what a request costs.

`python -m benchmarks.growth`: a table; `--plot` also draws docs/scale.svg. Ten minutes; no goal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import sleep

import click
import psycopg

from benchmarks.agency import Agency, agency
from benchmarks.cpu import Meter
from benchmarks.plot import Panel, svg
from benchmarks.sellers import budget
from benchmarks.servers import Broker, Postgres, postgres, redis
from benchmarks.stage import workplace
from worker.commands.output import print_json

BY_SELLERS = [(10, 100_000), (100, 100_000), (1_000, 100_000)]
BY_ORDERS = [(100, 10_000), (100, 100_000), (100, 1_000_000)]
TICKS = ("sweep", "send_due", "reconcile")
MANY = 10  # ticks at once: what an idle worker uses meanwhile must not count
SECONDS = 60
PLOT = Path(__file__).parents[1] / "docs" / "scale.svg"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one idle tick, or of one request."""

    statements: float
    messages: float
    worker_ms: float  # of CPU
    postgres_ms: float

    @property
    def ms(self) -> float:
        return self.worker_ms + self.postgres_ms


@dataclass(frozen=True, slots=True)
class Point:
    sellers: int
    orders: int
    ticks: Mapping[str, Cost]
    request: Cost
    accepted: int


def measure(sellers: int, orders: int) -> Point:
    """The facts are fresh, so that no tick reads Amazon; what is due comes after the idle ticks."""
    with (
        workplace() as folder,
        postgres(counting=True) as database,
        redis() as broker,
        agency(folder, database.url, broker.url, sellers=sellers, due=budget(SECONDS) + 15, stored=orders) as made,
    ):
        _due(database, "now() + interval '3 hours'")
        workers = made.workers(1)
        made.wait_until_quiet([*workers, database.pid])
        gauge = _Gauge(database, broker, workers)

        def tick(task: str) -> Cost:
            def ticks() -> None:
                for _ in range(MANY):
                    made.tick(task)
                made.wait_until_quiet([*workers, database.pid])

            return gauge.cost(ticks, lambda: MANY)

        ticks = {task: tick(task) for task in TICKS}
        _due(database, "now()")
        request = gauge.cost(lambda: _send(made), lambda: len(made.sent()))
        return Point(sellers, orders, ticks, request, len(made.sent()))


class _Gauge:
    """What the ledger's, the broker's and the workers' part of something is."""

    def __init__(self, database: Postgres, broker: Broker, workers: Sequence[int]) -> None:
        self._database = database
        self._broker = broker
        self._pids = {"workers": list(workers), "PostgreSQL": [database.pid]}

    def cost(self, act: Callable[[], None], many: Callable[[], int]) -> Cost:
        """Of one of the `many` things that were done by `act`."""
        statements, messages, meter = self._database.statements(), self._broker.messages(), Meter(self._pids)
        act()
        cpu, messages = meter.used(), self._broker.messages() - messages
        statements = self._database.statements() - statements
        n = many()
        return Cost(statements / n, messages / n, 1000 * cpu["workers"] / n, 1000 * cpu["PostgreSQL"] / n)


def _send(made: Agency) -> None:
    made.tick("send_due")
    made.wait_for(1)
    sleep(SECONDS)


def _due(database: Postgres, when: str) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(f"UPDATE entries SET next_look_at = {when} WHERE state = 'due'")
        connection.execute("VACUUM ANALYZE entries")


def table(points: Sequence[Point]) -> str:
    """Markdown."""
    lines = [
        "| sellers | orders | sweep tick: statements, messages, CPU | send tick: statements, messages, CPU "
        "| a request: statements, messages, CPU | accepted a second |",
        "|---|---|---|---|---|---|",
    ]
    for each in points:
        costs = [_cell(cost) for cost in (each.ticks["sweep"], each.ticks["send_due"], each.request)]
        lines.append(f"| {each.sellers:,} | {each.orders:,} | {' | '.join(costs)} | {each.accepted / SECONDS:.0f} |")
    return "\n".join(lines)


def _cell(cost: Cost) -> str:
    return f"{cost.statements:,.3g}, {cost.messages:,.3g}, {cost.worker_ms:,.3g} + {cost.postgres_ms:,.3g} ms"


def plot(points: Mapping[tuple[int, int], Point]) -> str:
    def lines(chosen: Sequence[tuple[int, int]], over: Callable[[Point], int]) -> dict[str, list[tuple[float, float]]]:
        costs: dict[str, Callable[[Point], float]] = {
            "an idle sweep tick, all sellers (every 5 minutes)": lambda point: point.ticks["sweep"].ms,
            "an idle send tick, all sellers (every minute)": lambda point: point.ticks["send_due"].ms,
            "one request": lambda point: point.request.ms,
        }
        return {name: [(over(points[at]), max(cost(points[at]), 1)) for at in chosen] for name, cost in costs.items()}

    panels = [
        Panel("sellers, with 100,000 stored orders", lines(BY_SELLERS, lambda point: point.sellers)),
        Panel("stored orders, of 100 sellers", lines(BY_ORDERS, lambda point: point.orders)),
    ]
    return svg("What askonce costs: CPU of worker and PostgreSQL", "CPU, milliseconds", panels)


@click.command()
@click.option("--plot", "drawn", is_flag=True, help="Draw docs/scale.svg.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, in place of the table.")
def main(drawn: bool, as_json: bool) -> None:
    points = {}
    for sellers, orders in sorted({*BY_SELLERS, *BY_ORDERS}):
        click.echo(f"{sellers:,} sellers, {orders:,} orders…", err=True)
        points[sellers, orders] = measure(sellers, orders)
    if drawn:
        PLOT.write_text(plot(points))
    if as_json:
        print_json({"points": [asdict(point) for point in points.values()]})
    else:
        click.echo(table(list(points.values())))


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.growth")
