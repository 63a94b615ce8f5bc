"""askonce check"""

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from settings.complaints import SettingsError
from tasks.check.outcome import WORST_FIRST, Check, Outcome
from worker.clock import SystemClock
from worker.commands.cells import Tone, Toned
from worker.commands.options import examples, json_option
from worker.commands.output import counted, paragraph, print_json, print_table
from worker.commands.session import amazon_of, probe_of, still_at_work, stop_file_of

if TYPE_CHECKING:
    from ledger.database import Ledger
    from settings.load import Settings
    from settings.schema import Seller
    from tasks.stop_file import StopFile


@click.command(
    epilog=examples("check", "check --json", "check --quick", "check || echo something needs attention"),
)
@click.option("--quick", is_flag=True, help="Only this machine's worker and what it needs. Amazon is not asked.")
@json_option
def command(quick: bool, as_json: bool) -> None:
    """Look at settings, database, broker, workers, credentials, marketplaces, clock, sources and invoices.

    Nothing can be sent from here. Exit code 1: something failed; 2: the settings are wrong. Made for supervisors too.
    """
    from settings.load import load_settings
    from tasks.check.workers import SETTINGS

    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        goes_on = still_at_work(os.environ)
        if not as_json and not (quick and goes_on):
            raise  # said line by line, with marks that a table would break
        verdict = Outcome.UNKNOWN if quick and goes_on else Outcome.FAIL
        checks = [Check("settings", verdict, f"{each.where}: {each.what}", each.remedy) for each in error.complaints]
        if goes_on:
            checks.append(Check(SETTINGS, Outcome.UNKNOWN, goes_on, "mend the settings: askonce check"))
        code = 0 if quick and goes_on else 2
    else:
        checks = _each_once(_checks(settings, quick=quick))
        code = 1 if any(check.verdict is Outcome.FAIL for check in checks) else 0
    if as_json:
        print_json({"checks": [asdict(check) for check in checks]})
    else:
        _print(checks)
    raise SystemExit(code)


def _print(checks: Sequence[Check]) -> None:
    """Group by group, the worst first, and the counts last. Sellers of whom the same is said are one group."""
    parts: dict[str, list[Check]] = {"": []}
    for check in checks:
        seller, is_seller, name = check.name.rpartition(": ")
        parts.setdefault(seller, []).append(replace(check, name=name) if is_seller else check)
    shop, *sellers = parts.items()
    groups: dict[tuple[tuple[object, ...], ...], list[str]] = {}
    for of, rows in (shop, *sorted(sellers, key=lambda part: min(WORST_FIRST.index(each.verdict) for each in part[1]))):
        groups.setdefault(tuple(_rows(rows, brief=len(sellers) > 1)), []).append(of or "installation")
    for those, names in groups.items():
        if len(names) > 1:
            paragraph(", ".join(names))
        heading = names[0] if len(names) == 1 else f"{len(names)} sellers"
        print_table(("", heading, "what was seen", "what to do"), those, under=("what to do",))
        click.echo()
    verdicts = Counter(check.verdict for check in checks)
    click.echo(", ".join(f"{verdicts[verdict]} {mark.text}" for verdict, mark in MARKS.items() if verdicts[verdict]))


def _rows(checks: Sequence[Check], *, brief: bool) -> Iterator[tuple[object, ...]]:
    """The worst first. Of several sellers, what is well takes one row."""
    for verdict in WORST_FIRST:
        those = [check for check in checks if check.verdict is verdict]
        if brief and verdict is Outcome.PASS and those:
            yield MARKS[verdict], counted(len(those), "check"), "", ""
        else:
            yield from ((MARKS[verdict], check.name, check.detail, check.remedy) for check in those)


MARKS = {
    Outcome.PASS: Toned("pass", Tone.WELL),
    Outcome.FAIL: Toned("FAIL", Tone.WRONG),
    Outcome.UNKNOWN: Toned("unknown", Tone.LOOK),
}


def _each_once(checks: Iterable[Check]) -> list[Check]:
    """What is said of the installation for each seller, as of its clock, is said once: the worst."""
    found: dict[str, Check] = {}
    for number, check in enumerate(checks):
        key = f"{number}" if ": " in check.name else check.name
        known = found.get(key)
        if known is None or WORST_FIRST.index(check.verdict) < WORST_FIRST.index(known.verdict):
            found[key] = check
    return list(found.values())


def _checks(settings: "Settings", *, quick: bool) -> Iterator[Check]:
    from ledger.database import LedgerError, open_ledger
    from tasks.check.seller import check_ledger, check_stop_file

    detail = f"{settings.environment.sellers_file.absolute()}: {', '.join(settings.sellers)}"
    yield Check("settings", Outcome.PASS, detail)
    if moved := settings.environment.ledger_elsewhere:
        yield Check("ledger's place", Outcome.UNKNOWN, *_parted(Exception(moved), ""))
    yield check_stop_file(stop_file_of(settings))
    yield _broker(settings.environment.redis_url)
    clock = SystemClock()
    denied: list[str] = []
    if not quick:
        for each in _amazon(settings, clock):
            if each.verdict is Outcome.FAIL and each.name.endswith(": credentials"):
                denied.append(each.name.removesuffix(": credentials"))
            yield each
    try:
        ledger = open_ledger(settings.environment.database_url_or_default)
    except LedgerError as error:
        yield Check("database", Outcome.FAIL, *_parted(error, "askonce check --quick"))
        return
    with closing(ledger):
        yield from check_ledger(ledger, _is_simulated(ledger))
        sellers = list(settings.sellers.values())
        if quick:
            yield from _here(ledger, sellers, clock.now(), stop_file_of(settings))
        else:
            yield from _everything(ledger, settings, denied, clock.now())


def _digest(ledger: "Ledger", settings: "Settings") -> str:
    from tasks.new_settings import digest

    return digest(ledger, settings.sellers, settings.credentials, settings.environment.invoice_key)


def _changed_at(settings: "Settings") -> datetime:
    """When a file that settings come from was written last."""
    files = (settings.environment.sellers_file, *settings.secret_files)
    times = [path.stat().st_mtime for path in files if path.exists()]
    return datetime.fromtimestamp(max(times, default=0), UTC)


def _private_files(settings: "Settings") -> Iterator[Path]:
    from ledger.database import sqlite_file

    yield from settings.secret_files
    if database := sqlite_file(settings.environment.database_url_or_default):
        if settings.environment.database_url is None:
            yield database.parent
        yield from sorted(database.parent.glob("*.db*"))  # with its backups


def _here(ledger: "Ledger", sellers: "Sequence[Seller]", now: datetime, stop_file: "StopFile") -> Iterator[Check]:
    from tasks.check.workers import check_work, check_worker_here

    yield from check_worker_here(ledger, now)
    yield check_work(ledger, sellers, now, stop_file)


def _everything(ledger: "Ledger", settings: "Settings", denied: Collection[str], now: datetime) -> Iterator[Check]:
    from invoices.vault import Vault
    from ledger.process_identity import this_process
    from tasks.audit import the_file
    from tasks.check.alerts import check_receivers
    from tasks.check.disk import check_disk
    from tasks.check.identity import check_files, check_identity
    from tasks.check.invoices import check_invoices
    from tasks.check.review_settings import check_review_settings
    from tasks.check.seller import check_backup, check_invariants, check_seller
    from tasks.check.workers import check_settings_at_work, check_workers
    from tasks.identity import recognise
    from worker.metrics import check_metrics
    from worker.receivers import receivers

    key, sellers = settings.environment.invoice_key, settings.sellers
    vault = Vault(key) if key else None
    known = recognise(ledger, settings.credentials, the_file(this_process()), now)
    yield from check_identity(ledger, sellers, known, now)
    yield from check_files(_private_files(settings))
    yield from check_settings_at_work(ledger, _digest(ledger, settings), _changed_at(settings), now)
    yield check_invariants(ledger)
    yield from check_backup(ledger, now)
    yield check_disk(ledger)
    yield from check_metrics(settings.environment.metrics_port)
    yield from check_receivers(ledger, receivers(ledger, settings.environment.alert_urls))
    yield from check_workers(ledger, now)
    for seller in sellers.values():
        yield from check_seller(ledger, seller, now, denied=seller.name in denied, stop_file=stop_file_of(settings))
        yield from check_review_settings(ledger, seller, now)
        yield from check_invoices(ledger, seller, vault, now)


def _amazon(settings: "Settings", clock: SystemClock) -> Iterator[Check]:
    from tasks.check.seller import check_amazon

    with amazon_of(settings.environment, clock) as amazon:
        for seller in settings.sellers.values():
            probe = probe_of(amazon, settings.credentials[seller.name], seller, clock)
            yield from check_amazon(seller, probe, clock.now())


def _is_simulated(ledger: "Ledger") -> bool:
    from ledger import meta

    with ledger.read() as connection:
        return meta.get(connection, meta.SIMULATED) is not None


def _parted(error: Exception, otherwise: str) -> tuple[str, str]:
    """An error's message as (what is wrong, what to type): its last sentence is what to type."""
    what, _, remedy = str(error).rpartition(". ")
    return (what, remedy) if what else (remedy, otherwise)


def _broker(url: str | None) -> Check:
    from worker.startup import BrokerError, ask_broker

    if url is None:
        return Check("broker", Outcome.PASS, "REDIS_URL is not set: `askonce run` needs none")
    try:
        ask_broker(url)
    except BrokerError as error:
        return Check("broker", Outcome.FAIL, *_parted(error, "redis-cli ping"))
    return Check("broker", Outcome.PASS, "Redis answers")
