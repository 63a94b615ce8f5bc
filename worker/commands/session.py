"""What a command works with: settings, ledger, Amazon, signals, and a display of what is being done."""

import logging
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import click

from worker.commands.options import DEMO, VARIABLES

if TYPE_CHECKING:  # loaded when they are used: a command's --help needs none of them
    from invoices.vault import Vault
    from ledger.database import Ledger
    from marketplace.amazon.client import Amazon, AmazonSeller
    from marketplace.pace import Clock
    from settings.environment import Credentials, Environment
    from settings.load import Settings
    from settings.schema import Seller
    from tasks.app import App
    from tasks.stop_file import StopFile


def settings_of(*, with_credentials: bool = True) -> "Settings":
    """Those of this folder, or with `--demo` the demo's. Raises SettingsError."""
    from settings.load import load_settings
    from worker.demo_folder import LEDGER, demo_settings

    if is_demo():
        if not LEDGER.exists():
            raise click.UsageError("no demo has run in this folder. Type: askonce demo")
        return demo_settings()
    return load_settings(environ(), with_credentials=with_credentials)


def environ() -> Mapping[str, str]:
    """The environment, in which options of the command that stand for a variable win."""
    context = click.get_current_context(silent=True)
    return {**os.environ, **(context.meta.get(VARIABLES, {}) if context else {})}


def is_demo() -> bool:
    """Whether the command was given `--demo`."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(DEMO))


def still_at_work(environ: Mapping[str, str]) -> str:
    """What goes on although the settings here are wrong; empty: nothing, or it cannot be known."""
    from ledger.database import open_ledger, sqlite_file
    from ledger.errors import LedgerError
    from settings.complaints import SettingsError
    from settings.load import load_environment
    from tasks import workers
    from worker.clock import SystemClock

    with suppress(SettingsError, LedgerError):
        url = load_environment(environ).database_url_or_default
        file = sqlite_file(url)
        if file is None or file.exists():
            with closing(open_ledger(url)) as ledger, ledger.read() as connection:
                return workers.still_at_work(workers.at_work(connection, SystemClock().now()))
    return ""


def vault_of(settings: "Settings") -> "Vault":
    """The vault that opens kept documents. Raises ClickException when INVOICE_KEY is not set."""
    from invoices.vault import Vault

    if settings.environment.invoice_key is None:
        what = "INVOICE_KEY is not set, and documents are kept encrypted"
        raise click.ClickException(f"{what}. Put the key that they were kept with into .env: INVOICE_KEY=...")
    return Vault(settings.environment.invoice_key)


@contextmanager
def ledger_of(settings: "Settings") -> Iterator["Ledger"]:
    """The open ledger, closed at the end. Raises LedgerError."""
    from ledger.database import open_ledger

    with closing(open_ledger(settings.environment.database_url_or_default)) as ledger:
        yield ledger


def stop_file_of(settings: "Settings") -> "StopFile":
    """Where the stop file would be."""
    from tasks.stop_file import StopFile

    return StopFile(settings.environment.stop_file)


@contextmanager
def opened(seller: str | None) -> "Iterator[tuple[dict[str, Seller], Ledger]]":
    """The seller of that name, or all, and the open ledger: for commands that need no credentials."""
    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    with ledger_of(settings) as ledger:
        yield sellers, ledger


@contextmanager
def amazon_of(
    environment: "Environment", clock: "Clock", stopping: threading.Event | None = None
) -> Iterator["Amazon"]:
    """The client of Amazon, closed at the end. `stopping` ends its waits."""
    from marketplace.amazon.client import Amazon

    endpoints = environment.sp_api_endpoint, environment.lwa_endpoint
    with closing(Amazon(clock, *endpoints, stopping=stopping)) as amazon:
        yield amazon


def probe_of(amazon: "Amazon", credentials: "Credentials", seller: "Seller", clock: "Clock") -> "AmazonSeller":
    """One seller's account, to be asked whether it can be used: at a pace of its own, whatever a worker does."""
    from marketplace.pace import Pace
    from settings.marketplaces import MARKETPLACES

    ids = [MARKETPLACES[code].marketplace_id for code in seller.marketplaces]
    return amazon.seller(credentials, region=seller.region, marketplace_ids=ids, pace=Pace(clock))


@contextmanager
def app_of(settings: "Settings", *, quiet: bool) -> Iterator["App"]:
    """The application, for a command that works itself: it shows what it does, unless `quiet`, and signals stop it."""
    from worker.clock import SystemClock
    from worker.wiring import Silent, wire

    clock = SystemClock()
    with (
        stopped_by_signals() as stopping,
        ledger_of(settings) as ledger,
        amazon_of(settings.environment, clock, stopping) as amazon,
        progress(quiet=quiet),
    ):
        yield wire(settings, ledger, clock, amazon, Silent(), stopping)


@contextmanager
def simulated_amazon(url: str, clock: "Clock") -> Iterator["Amazon"]:
    """The client of a simulated Amazon, whose time is that of `clock`; closed at the end."""
    from marketplace.amazon.client import Amazon

    with closing(Amazon(clock, url, url, lambda: {"x-simulated-now": clock.now().isoformat()})) as amazon:
        yield amazon


def sellers_named(settings: "Settings", name: str | None) -> dict[str, "Seller"]:
    """The seller of that name, or all. A wrong name is a usage error that says which there are."""
    from settings.complaints import closest

    if name is None:
        return dict(settings.sellers)
    if name not in settings.sellers:
        meant = closest(name, settings.sellers) or next(iter(settings.sellers))
        raise click.BadParameter(f"the settings name no seller {name!r}. Type: --seller {meant}")
    return {name: settings.sellers[name]}


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set. A second signal ends the process at once."""
    stopping = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        stopping.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        restore()


def one_seller(settings: "Settings", name: str | None) -> "Seller":
    """The seller of that name, or the only one. Else it is a usage error."""
    found = sellers_named(settings, name)
    if len(found) > 1:
        raise click.UsageError(f"the settings name {len(found)} sellers. Type: --seller {next(iter(found))}")
    return next(iter(found.values()))


@contextmanager
def progress(*, quiet: bool) -> Iterator[None]:
    """Show what is being done: on a terminal as one line that changes, elsewhere as log lines; nothing when `quiet`."""
    from rich.console import Console
    from rich.text import Text

    from worker.logs import events_go_to, set_up_logs

    set_up_logs()
    console = Console(stderr=True, markup=False)
    if quiet:
        logging.getLogger("askonce").setLevel(logging.WARNING)
    if quiet or not console.is_terminal:
        yield
        return
    with console.status("starting") as status:

        def show(said: str, level: int) -> None:
            if level >= logging.WARNING:
                click.echo(said, err=True)
            status.update(Text(said))

        with events_go_to(show):
            yield
