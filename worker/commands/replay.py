"""askonce replay"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worker.clock import SimulatedClock
from worker.commands.options import examples, json_option
from worker.commands.output import counted, print_json, print_reasons, print_table, say
from worker.commands.session import one_seller, progress, settings_of, simulated_amazon, stopped_by_signals
from worker.single_instance import single_instance

if TYPE_CHECKING:
    from ledger.database import Ledger
    from marketplace.simulator.all_orders_report import AllOrders
    from settings.schema import Seller
    from worker.replay import Run

DEFAULT_LEDGER = "sqlite:///var/replay.db"
SHOWN_PROBLEMS = 20


class Day(click.ParamType[datetime]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        except ValueError:
            self.fail(f"{value!r} is not a day. Type: 2026-04-01", param, ctx)


@click.command(
    epilog=examples(
        "replay report.txt",
        "replay report.txt --seller maison-durand",
        "replay april.csv.gz --seller maison-durand --from 2026-04-01 --to 2026-06-30 --transit-days 3",
    )
)
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--seller", metavar="S", help="Whose settings to use. Default: the only one's; without a file, the example's."
)
@click.option("--from", "start", type=Day(), metavar="D", help="First day. Default: that of the first purchase.")
@click.option("--to", "end", type=Day(), metavar="D", help="Last day. Default: until every window is shut.")
@click.option(
    "--transit-days",
    default=4.0,
    show_default=True,
    type=click.FloatRange(0, 60),
    help="From purchase to delivery: the report does not say.",
)
@json_option
def command(
    report: Path, seller: str | None, start: datetime | None, end: datetime | None, transit_days: float, as_json: bool
) -> None:
    """Run a seller's own All Orders report against the simulated Amazon, on a simulated clock.

    Seller Central exports it under Reports > Fulfilment > All Orders: tab-separated or CSV, plain or gzip. Nothing
    leaves this machine. The ledger is DATABASE_URL's, or var/replay.db; one with real orders in it is refused.
    Without a sellers.toml it takes the rules of the example, in the marketplaces of the report.
    A replay that was interrupted goes on where it stood. Exit code 1: some lines could not be read.
    """
    from ledger.errors import LedgerError
    from marketplace.simulator.process import SimulatorProcess
    from marketplace.simulator.server import Options
    from settings.load import load_environment
    from worker import replay
    from worker.wiring import Silent, simulated

    environment = load_environment(os.environ)
    transit = timedelta(days=transit_days)
    settings = settings_of(with_credentials=False) if seller or environment.sellers_file.exists() else None
    read = _read(report)
    chosen = one_seller(settings, seller) if settings else _example(read)
    wanted = chosen.model_copy(update={"live": True, "unavailable_sources": (), "ramp_up": ()})
    seller = wanted.name
    if (first := read.first_purchase) is None or (last := read.last_purchase) is None:
        raise LedgerError(f"{report}: no order in it could be read. Type: askonce replay --help")
    begins = start or first.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = end + timedelta(days=1) if end else last + transit + replay.AFTERWARDS
    url = environment.database_url or DEFAULT_LEDGER
    with stopped_by_signals() as stopping, progress(quiet=as_json), _ledger(url) as ledger:
        run = replay.begin(ledger, report, seller, begins, ends)
        clock = SimulatedClock(run.now)
        options = Options(
            start=clock.now(), orders=report, transit=transit, follows_client=True, journal=_journal(url, run)
        )
        with SimulatorProcess(options) as simulator, simulated_amazon(simulator.url, clock) as amazon:
            app = simulated(wanted, ledger, clock, amazon, Silent(), stopping)
            calls = replay.play(app, wanted, clock, run)
        found = replay.summary(ledger, wanted, read, run)
    _print(found | {"calls": calls, "ledger": ledger.name}, read, transit_days, as_json)
    if stopping.is_set():
        click.echo("interrupted; the same command goes on from here", err=True)
    if stopping.is_set() or read.problems:
        raise SystemExit(1)


def _example(read: "AllOrders") -> "Seller":
    """The example's rules, in the marketplaces of the region of most of the report's orders."""
    from settings.marketplaces import marketplace_of
    from settings.schema import Seller

    known = Counter(found for order in read.orders if (found := marketplace_of(order.marketplace_id)))
    region = known.most_common(1)[0][0].region if known else "eu"
    codes = tuple(found.code for found, _ in known.most_common() if found.region == region) or ("FR", "DE")
    return Seller(name="my-shop", region=region, marketplaces=codes)


def _read(report: Path) -> "AllOrders":
    from marketplace.simulator.all_orders_report import ReportError, read_all_orders

    try:
        read = read_all_orders(report)
    except ReportError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    for problem in read.problems[:SHOWN_PROBLEMS]:
        say(f"{report}:{problem.line}: {problem.what}", err=True)
    if read.unreadable > SHOWN_PROBLEMS:
        click.echo(f"… and {counted(read.unreadable - SHOWN_PROBLEMS, 'more line')}", err=True)
    return read


@contextmanager
def _ledger(url: str) -> Iterator["Ledger"]:
    from ledger.database import open_ledger, sqlite_file

    with closing(open_ledger(url, durable=False)) as ledger, single_instance(sqlite_file(url)):
        yield ledger


def _journal(url: str, run: "Run") -> Path:
    """The file in which the simulator keeps what it accepted: beside the ledger; its name is in the ledger."""
    from ledger.database import sqlite_file
    from ledger.errors import LedgerError

    file = sqlite_file(url)
    folder = file.parent if file else Path("var")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"{folder}: {error.strerror}. Type: chmod u+w {folder.parent}") from None
    return folder / f"replay-{run.journal}.journal"


def _print(found: dict[str, Any], read: "AllOrders", transit_days: float, as_json: bool) -> None:
    assumed = f"delivered = purchase + {transit_days:g} days, because the report has no delivery dates"
    problems = [{"line": problem.line, "what": problem.what} for problem in read.problems]
    if as_json:
        print_json(
            found | {"lines": read.lines, "unreadable": read.unreadable, "problems": problems, "assumed": assumed}
        )
        return
    print_table(("day", "asked"), [(each["day"], each["asked"]) for each in found["by_day"]])
    rest = sum(found["by_reason"].values())
    print_reasons(found["by_reason"])
    click.echo(f"{counted(found['orders'], 'order')} = {found['asked']:,} asked + {rest:,} not asked  ({assumed})")
    say(f"{counted(read.lines, 'line')} read, {read.unreadable:,} could not be; ledger: {found['ledger']}")
