"""How much of Amazon's budget many sellers use side by side: Celery, Redis and PostgreSQL at the real rates.

`python -m benchmarks.sellers --help`: with other numbers of sellers, processes and threads.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import sleep

import click

from benchmarks.agency import Sent, agency
from benchmarks.cpu import Meter, stolen
from benchmarks.figure import Figure
from benchmarks.servers import postgres, redis
from benchmarks.stage import workplace
from marketplace.operations import Operation
from worker.commands.output import print_json, print_table

SELLERS = 200
SECONDS = 180
PROCESSES = 4  # two for each core: one is seldom waiting when the other has nothing to do
GOAL = 0.95
FAR_FEWER_THAN_ONE = 0.1
CPU = 10  # ms: what 2 cores have for each of 200 requests a second, with everything that runs on them


@dataclass(frozen=True, slots=True)
class Run:
    """What happened in `seconds` from the first request of all on."""

    sellers: int
    seconds: int
    accepted: int
    from_own_first: float  # accepted ÷ the budgets counted from each seller's own first request
    last_began: float | None  # seconds until every seller had its first request; None: some never had
    throttled: int
    messages: int  # from the start of the workers on
    cpu: dict[str, float]  # seconds, by process
    stolen: float  # seconds of CPU that the host gave to others
    warnings: list[str]

    @property
    def budget(self) -> int:
        return self.sellers * budget(self.seconds)

    def per_request(self, *names: str) -> float:
        """CPU milliseconds of these processes for each accepted request."""
        return 1000 * sum(self.cpu[name] for name in names) / self.accepted


def budget(seconds: float) -> int:
    """What Amazon takes from one seller in this time."""
    return Operation.REQUEST_REVIEW.burst + int(seconds * Operation.REQUEST_REVIEW.per_second)


def run(sellers: int, seconds: int, processes: int, pool: Sequence[str] = (), stored: int = 0) -> Run:
    """All sellers have more due than they may send; workers and beat start beside a ledger that knows everything."""
    with (
        workplace() as folder,
        postgres() as database,
        redis() as broker,
        agency(folder, database.url, broker.url, sellers=sellers, due=budget(seconds) + 15, stored=stored) as made,
    ):
        beat = made.celery("beat").pid
        workers = made.workers(processes, pool)
        made.wait_for(1)
        meter = Meter(
            {
                "workers": workers,
                "PostgreSQL": [database.pid],
                "Redis": [broker.pid],
                "beat": [beat],
                "simulator": [made.amazon.pid],
            }
        )
        before = stolen()
        sleep(seconds + 1)
        taken = stolen() - before
        cpu, messages, throttled = meter.used(), broker.messages(), made.amazon.summary()["throttled"]
        sent, warnings = made.sent(), made.warnings()
    accepted, from_own_first, last_began = _counted(sent, sellers, seconds)
    refused = sum(throttled.values())
    return Run(sellers, seconds, accepted, from_own_first, last_began, refused, messages, cpu, taken, warnings)


def _counted(sent: Sequence[Sent], sellers: int, seconds: int) -> tuple[int, float, float | None]:
    end = sent[0].at + timedelta(seconds=seconds)
    began: dict[str, float] = {}
    for each in sent:
        began.setdefault(each.seller, (each.at - sent[0].at).total_seconds())
    in_time = Counter(each.seller for each in sent if each.at <= end)
    own = sum(budget(seconds - began[seller]) for seller in in_time)
    return in_time.total(), in_time.total() / own, max(began.values()) if len(began) == sellers else None


def figures(found: Run) -> list[Figure]:
    last = "some never began" if found.last_began is None else f"the last seller began after {found.last_began:.1f} s"
    detail = (
        f"{found.sellers} sellers: {found.accepted:,} of {found.budget:,} accepted in the {found.seconds} s from the "
        f"first on; {found.from_own_first:.3f} counted from each seller's own first; {last}"
    )
    shares = ", ".join(f"{name} {found.per_request(name):.2f}" for name in found.cpu)
    askonce = found.per_request("workers", "PostgreSQL", "Redis", "beat", "simulator")
    busy = sum(found.cpu.values()) / found.seconds
    return [
        Figure("sellers", found.accepted / found.budget, GOAL, detail, more_is_better=True),
        Figure("sellers, 429", found.throttled, 0, "calls refused for their rate, of all operations"),
        Figure(
            "sellers, messages",
            found.messages / found.accepted,
            FAR_FEWER_THAN_ONE,
            f"{found.messages:,} messages through Redis since the start; {len(found.warnings)} warnings logged",
        ),
        Figure(
            "sellers, CPU",
            askonce,
            CPU,
            f"for each request: {shares}; {busy:.2f} cores busy, {found.stolen / found.seconds:.2f} taken by the host",
            unit=" ms",
        ),
    ]


def measure() -> list[Figure]:
    return figures(run(SELLERS, SECONDS, PROCESSES))


@click.command()
@click.option("--sellers", default=SELLERS, show_default=True)
@click.option("--seconds", default=SECONDS, show_default=True)
@click.option("--workers", default=PROCESSES, show_default=True, help="Processes of Celery.")
@click.option("--stored", default=0, show_default=True, help="Orders with nothing due, in all.")
@click.option("--concurrency", "-c", default="", help="Of each process. Not set: what askonce says.")
@click.option("--pool", "-P", default="", help="Celery's pool. Not set: what askonce says.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def main(sellers: int, seconds: int, workers: int, stored: int, concurrency: str, pool: str, as_json: bool) -> None:
    options = (*(("-c", concurrency) if concurrency else ()), *(("-P", pool) if pool else ()))
    found = run(sellers, seconds, workers, options, stored)
    for line in found.warnings[:10]:
        click.echo(line, err=True)
    measured = figures(found)
    if as_json:
        print_json({"figures": [figure.document() for figure in measured]})
    else:
        print_table(("figure", "value", "goal", "verdict", "from"), [figure.row() for figure in measured])


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.sellers")
