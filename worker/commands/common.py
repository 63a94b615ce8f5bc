"""What commands share: options, opening the ledger, and the three ways to print."""

import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import click

from invoices.vault import Vault
from ledger.database import Ledger, open_ledger
from ledger.history import Totals
from rules.reason import Reason
from settings.complaints import closest
from settings.load import Settings, load_settings
from settings.schema import Seller
from worker.logs import set_up_logs

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout; logs go to stderr.")
seller_option = click.option("--seller", metavar="S", help="Only this seller. Default: all.")


def examples(*lines: str) -> str:
    """The end of a command's `--help`."""
    return "\b\nExamples:\n" + "\n".join(f"  askonce {line}" for line in lines)


class When(click.ParamType[datetime]):
    """A point in time: `2026-11-22`, `2026-11-22T18:00+01:00`, or an age or distance as `7d`, `12h`, `30m`."""

    name = "time"

    def __init__(self, *, ahead: bool = False) -> None:
        self._sign = 1 if ahead else -1

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from worker.clock import SystemClock

        units = {"d": "days", "h": "hours", "m": "minutes"}
        try:
            if value[-1:] in units and value[:-1].isdigit():
                return SystemClock().now() + self._sign * timedelta(**{units[value[-1]]: int(value[:-1])})
            moment = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a time. Type: 2026-11-22, 2026-11-22T18:00+01:00 or 7d", param, ctx)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def settings_of(*, with_credentials: bool = True) -> Settings:
    return load_settings(os.environ, with_credentials=with_credentials)


def vault_of(settings: Settings) -> Vault:
    """What opens the documents that are kept."""
    if settings.environment.invoice_key is None:
        what = "INVOICE_KEY is not set, and documents are kept encrypted"
        raise click.ClickException(f"{what}. Put the key that they were kept with into .env: INVOICE_KEY=...")
    return Vault(settings.environment.invoice_key)


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Ledger]:
    ledger = open_ledger(settings.environment.database_url_or_default)
    try:
        yield ledger
    finally:
        ledger.close()


def sellers_named(settings: Settings, name: str | None) -> dict[str, Seller]:
    """The seller of that name, or all. A wrong name is a usage error that says which there are."""
    if name is None:
        return dict(settings.sellers)
    if name not in settings.sellers:
        meant = closest(name, settings.sellers) or next(iter(settings.sellers))
        raise click.BadParameter(f"the settings name no seller {name!r}. Type: --seller {meant}")
    return {name: settings.sellers[name]}


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second signal ends the process at once, as it would have."""
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


@contextmanager
def progress(*, quiet: bool) -> Iterator[None]:
    """Show what is being done: on a terminal as one line that changes, elsewhere as log lines; nothing when `quiet`."""
    from rich.console import Console

    set_up_logs()
    console = Console(stderr=True)
    if quiet:
        logging.getLogger("askonce").setLevel(logging.WARNING)
    if quiet or not console.is_terminal:
        yield
        return
    with console.status("starting") as status:
        handler = _Status(status.update)
        root = logging.getLogger("askonce")
        root.addHandler(handler)
        root.propagate = False
        try:
            yield
        finally:
            root.removeHandler(handler)
            root.propagate = True


class _Status(logging.Handler):
    """A log handler that shows the latest event, and prints those that are more than news."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            click.echo(record.getMessage(), err=True)
        self._show(record.getMessage())


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, default=_plain, ensure_ascii=False))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table for people; on a pipe as wide as it needs to be, and without colours."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(*columns, title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(_shown(cell) for cell in row))
    if not console.is_terminal:
        console.width = 240
    console.print(table)


def _shown(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.astimezone().strftime("%Y-%m-%d %H:%M %Z")
    return "" if cell is None else str(cell)


def totals_document(totals: Totals) -> dict[str, Any]:
    return {
        "seen": totals.seen,
        "sent": totals.sent,
        "waiting": totals.waiting,
        "skipped": totals.skipped,
        "refused": totals.refused,
        "held": totals.held,
        "by_reason": totals.by_reason,
    }


def print_totals(totals: Totals, of: str = "orders") -> None:
    """The sum that adds up, and the reasons of all that was not sent."""
    click.echo(
        f"{totals.seen:,} seen = {totals.sent:,} sent + {totals.waiting:,} waiting + {totals.skipped:,} skipped"
        f" + {totals.refused:,} refused + {totals.held:,} held"
    )
    print_reasons(totals.by_reason, of)


def print_reasons(by_reason: Mapping[str, int], of: str = "orders") -> None:
    if by_reason:
        print_table(
            (of, "reason", "which means", "to do"),
            (
                (f"{count:,}", reason, Reason(reason).meaning, Reason(reason).remedy)
                for reason, count in by_reason.items()
            ),
        )
