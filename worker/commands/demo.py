"""askonce demo"""

import logging
import os
import sys
import threading
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import click

from invoices.vault import Vault
from ledger import document_reports, documents, history
from ledger.database import Ledger, open_ledger
from ledger.process_identity import this_process
from ledger.requests import REVIEWS
from ledger.state import State
from marketplace.simulator.demo_world import ACCOUNT, demo_faults, demo_orders
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from settings.environment import Credentials
from settings.invoices import Invoices, InvoiceSeller
from settings.schema import Exclude, ReviewRequests, Seller
from tasks.app import App
from tasks.entrypoints import whole_pass
from tasks.invoices.make import pdf_of
from worker.clock import ShiftedClock, SystemClock
from worker.commands.options import examples
from worker.commands.output import print_totals
from worker.commands.session import simulated_amazon, stopped_by_signals
from worker.embedded import Rings, work
from worker.single_instance import single_instance
from worker.text import printable
from worker.wiring import connector

LEDGER = Path("var/demo.db")
DOCUMENTS = Path("var/demo-invoices")
DAYS_AFTER = 30
INVOICED_DAYS = 14
SELLER = Seller(
    name=ACCOUNT,
    region="eu",
    marketplaces=("FR", "DE"),
    live=True,
    review_requests=ReviewRequests(day_range=(5, 25), exclude=Exclude(skus=("GIFT-*",), business_orders=True)),
    invoices=Invoices(
        enabled=True,
        since=SystemClock().now().date() - timedelta(days=INVOICED_DAYS),
        vat_rates={"FR": Decimal(20), "DE": Decimal(19)},
        footer=("SARL au capital de 10 000 €, RCS Paris 123 456 789",),
        seller=InvoiceSeller(
            name="Maison Durand SARL",
            lines=("12 rue des Lilas",),
            postal_code="75011",
            city="Paris",
            country="FR",
            vat_numbers={"FR": "FR11123456782", "DE": "DE123456788"},
        ),
    ),
)
UNDER_WAY = (State.DUE, State.SENDING, State.UNCLEAR)


@click.command(epilog=examples("demo"))
def command() -> None:
    """A small seller's world on a simulated Amazon: watch askonce do its main job, in about a minute.

    Nothing leaves this machine. The ledger stays in var/demo.db, and the invoices in var/demo-invoices, for a look at
    them afterwards.
    """
    LEDGER.parent.mkdir(exist_ok=True)
    for old in (*LEDGER.parent.glob(f"{LEDGER.name}*"), *DOCUMENTS.glob("*.pdf")):
        old.unlink()
    with stopped_by_signals() as stopping:
        clock = ShiftedClock()
        _show_events(clock)
        options = Options(start=clock.now(), follows_client=True)
        with (
            SimulatorProcess(options) as simulator,
            single_instance(LEDGER),
            simulated_amazon(simulator.url, clock) as amazon,
            closing(open_ledger(f"sqlite:///{LEDGER}")) as ledger,
        ):
            simulator.post_orders(demo_orders(clock.now()))
            simulator.faults(*demo_faults(clock.now()))
            rings = Rings()
            vault = Vault(os.urandom(32))
            app = App(
                sellers={ACCOUNT: SELLER},
                ledger=ledger,
                clock=clock,
                connect=connector(amazon, {ACCOUNT: Credentials("simulated", "simulated", ACCOUNT)}),
                holder=this_process(),
                doorbell=rings,
                stopping=stopping,
                vault=vault,
            )
            _today(app, rings, simulator)
            _the_days_after(app, clock)
            accepted = simulator.accepted()
            with ledger.read() as connection:
                totals = history.totals(connection, [ACCOUNT])
                invoice_totals = history.invoice_totals(connection, [ACCOUNT])
            files = _write_documents(ledger, vault)
            invoiced = simulator.invoices()
    click.echo("\nThe sum of the review requests:")
    print_totals(totals)
    click.echo("\nThe sum of the invoices and credit notes:")
    print_totals(invoice_totals, of="documents")
    twice = sum(each.count > 1 for each in accepted.values())
    again = len(invoiced) - len({each.subject for each in invoiced})
    click.echo(f"The simulated Amazon accepted requests for {len(accepted)} orders, {twice} of them more than once,")
    click.echo(f"and {len(invoiced)} invoices, {again} of them more than once. A look at one: {files[0]}")
    click.echo(f"The ledger stays in {LEDGER}. Your own shop comes next: askonce init")
    if (len(accepted), len(invoiced)) != (totals.sent, invoice_totals.sent) or twice or again:
        raise click.ClickException("the ledger and the simulated Amazon disagree: please report this as a bug")


def _write_documents(ledger: Ledger, vault: Vault) -> list[Path]:
    """The documents stay on disk, since the key that they are kept with ends with the demo."""
    DOCUMENTS.mkdir(exist_ok=True)
    files = []
    with ledger.read() as connection:
        for made, _ in list(document_reports.made(connection, [ACCOUNT])):
            content = documents.content(connection, ACCOUNT, made.key)
            files.append(DOCUMENTS / f"{made.number}.pdf")
            files[-1].write_bytes(pdf_of(vault, made, content))
    return files


def _today(app: App, rings: Rings, simulator: SimulatorProcess) -> None:
    """Run the embedded worker, as in production, until nothing is due any more."""
    orders = simulator.summary()["orders"]
    click.echo(
        f"A simulated Amazon is up at {simulator.url}, with {orders} orders of a small shop in France and Germany."
    )
    click.echo("Today, in real time: Amazon takes 5 requests at once, then one a second.\n")
    worker = threading.Thread(target=work, args=(app, rings))
    worker.start()
    while not app.stopping.is_set() and not _is_done(app):
        app.clock.sleep(0.3)
    stopped_early = app.stopping.is_set()
    app.stopping.set()
    worker.join()
    if stopped_early:
        raise SystemExit(1)
    app.stopping.clear()


def _is_done(app: App) -> bool:
    """Whether every order has been decided, and every request that is due has been sent."""
    with app.ledger.read() as connection:
        states = {state for state, _ in history.verdicts(connection, ACCOUNT).values()}
        undecided = REVIEWS.has_work(connection, ACCOUNT, (State.WAITING,), app.clock.now())
    return bool(states) and not undecided and not states & {*UNDER_WAY}


def _the_days_after(app: App, clock: ShiftedClock) -> None:
    """One pass on each of the following days. The clock skips the time between, which is printed."""
    click.echo(f"\nThe next {DAYS_AFTER} days, on a simulated clock:\n")
    for _ in range(DAYS_AFTER):
        clock.skip(timedelta(days=1))
        with app.session(ACCOUNT) as session:
            if session:
                whole_pass(session, send_too=True)
        if app.stopping.is_set():
            raise SystemExit(1)


class _Event(logging.Formatter):
    """An event, with the demo's own time."""

    def __init__(self, clock: ShiftedClock) -> None:
        super().__init__()
        self._clock = clock

    def format(self, record: logging.LogRecord) -> str:
        return f"  {self._clock.now():%d %b %H:%M:%S}  {printable(record.getMessage())}"


def _show_events(clock: ShiftedClock) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Event(clock))
    for name in ("askonce.send", "askonce.invoices", "askonce.refresh", "askonce.reconcile"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        logger.propagate = False
