"""askonce demo"""

import logging
import sys
import threading
from datetime import timedelta
from pathlib import Path

import click

from ledger import history
from ledger.database import Ledger, open_ledger
from ledger.holder import this_process
from ledger.state import State
from marketplace.amazon.client import Amazon
from marketplace.simulator.demo_world import ACCOUNT, demo_faults, demo_orders
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from settings.environment import Credentials
from settings.schema import Exclude, ReviewRequests, Seller
from tasks.house import House
from tasks.turn import whole_pass
from worker.alone import alone
from worker.clock import ShiftedClock
from worker.commands.common import examples, print_totals, stopped_by_signals
from worker.embedded import Threads, work
from worker.wiring import connector

LEDGER = Path("var/demo.db")
DAYS_AFTER = 30
SELLER = Seller(
    name=ACCOUNT,
    region="eu",
    marketplaces=("FR", "DE"),
    live=True,
    review_requests=ReviewRequests(day_range=(5, 25), exclude=Exclude(skus=("GIFT-*",), business_orders=True)),
)
NOTHING_LEFT = (State.DUE, State.SENDING, State.UNCLEAR)


@click.command(epilog=examples("demo"))
def command() -> None:
    """A small seller's world on a simulated Amazon: watch askonce do its main job, in about a minute.

    Nothing leaves this machine. The ledger stays in var/demo.db, for a look at it afterwards.
    """
    LEDGER.parent.mkdir(exist_ok=True)
    for old in LEDGER.parent.glob(f"{LEDGER.name}*"):
        old.unlink()
    with stopped_by_signals() as stopping:
        clock = ShiftedClock()
        _show_events(clock)
        options = Options(start=clock.now(), follows_client=True)
        with SimulatorProcess(options) as simulator, alone(str(LEDGER)):
            simulator.post_orders(demo_orders(clock.now()))
            simulator.faults(*demo_faults(clock.now()))
            amazon = Amazon(clock, simulator.url, simulator.url, lambda: {"x-simulated-now": clock.now().isoformat()})
            ledger = open_ledger(f"sqlite:///{LEDGER}")
            doorbell = Threads(stopping)
            credentials = {ACCOUNT: Credentials("simulated", "simulated", ACCOUNT)}
            house = House(
                {ACCOUNT: SELLER}, ledger, clock, connector(amazon, credentials), this_process(), doorbell, stopping
            )
            _today(house, doorbell, simulator)
            _the_days_after(house, clock)
            accepted = simulator.accepted()
            with ledger.read() as connection:
                totals = history.totals(connection, [ACCOUNT])
            amazon.close()
            ledger.close()
    click.echo("\nThe sum:")
    print_totals(totals)
    twice = sum(each.count > 1 for each in accepted.values())
    click.echo(f"The simulated Amazon accepted requests for {len(accepted)} orders, {twice} of them more than once.")
    click.echo(f"The ledger stays in {LEDGER}. Your own shop comes next: askonce init")
    if len(accepted) != totals.sent or twice:
        raise click.ClickException("the ledger and the simulated Amazon disagree: please report this as a bug")


def _today(house: House, doorbell: Threads, simulator: SimulatorProcess) -> None:
    """The embedded worker, as in production, until nothing is due any more."""
    orders = simulator.summary()["orders"]
    click.echo(
        f"A simulated Amazon is up at {simulator.url}, with {orders} orders of a small shop in France and Germany."
    )
    click.echo("Today, in real time: Amazon takes 5 requests at once, then one a second.\n")
    worker = threading.Thread(target=work, args=(house, doorbell))
    worker.start()
    while not house.stopping.is_set() and not _all_sent(house.ledger):
        house.clock.sleep(0.3)
    stopped_early = house.stopping.is_set()
    house.stopping.set()
    worker.join()
    if stopped_early:
        raise SystemExit(1)
    house.stopping.clear()


def _all_sent(ledger: Ledger) -> bool:
    with ledger.read() as connection:
        decided = history.verdicts(connection, ACCOUNT).values()
    return bool(decided) and not any(state in NOTHING_LEFT for state, _ in decided)


def _the_days_after(house: House, clock: ShiftedClock) -> None:
    """The days that follow, each with one pass; the clock skips the time between (simulated, and said so)."""
    click.echo(f"\nThe next {DAYS_AFTER} days, on a simulated clock:\n")
    for _ in range(DAYS_AFTER):
        clock.skip(timedelta(days=1))
        with house.shop(ACCOUNT) as shop:
            if shop:
                whole_pass(shop, send_too=True)
        if house.stopping.is_set():
            raise SystemExit(1)


class _Event(logging.Formatter):
    """An event, with the demo's own time."""

    def __init__(self, clock: ShiftedClock) -> None:
        super().__init__()
        self._clock = clock

    def format(self, record: logging.LogRecord) -> str:
        return f"  {self._clock.now():%d %b %H:%M:%S}  {record.getMessage()}"


def _show_events(clock: ShiftedClock) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Event(clock))
    for name in ("askonce.send", "askonce.refresh", "askonce.reconcile"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        logger.propagate = False
