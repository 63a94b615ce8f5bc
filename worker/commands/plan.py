"""askonce plan"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from threading import Event

import click

from ledger.database import Ledger
from settings.complaints import SettingsError
from settings.schema import Seller
from tasks.entrypoints import whole_pass
from tasks.identity import SameAccount
from tasks.invoices.plan import MOST_DEFECTS, DefectRate
from tasks.plan import Outlook, outlooks
from worker.clock import SystemClock
from worker.commands.options import examples, json_option, seller_option
from worker.commands.output import counted, local, print_json, print_reasons, print_table, say, seller_column
from worker.commands.session import amazon_of, ledger_of, progress, sellers_named, settings_of, stopped_by_signals
from worker.wiring import Silent, wire


@click.command(epilog=examples("plan", "plan --seller maison-durand --days 14", "plan --json"))
@seller_option
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 90), help="How far ahead.")
@json_option
def command(seller: str | None, days: int, as_json: bool) -> None:
    """What would go out, when, and the rest by reason. Nothing is sent.

    Facts are brought up to date first, unless a daemon is at it, or the credentials are not set yet.
    """
    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    clock = SystemClock()
    with stopped_by_signals() as stopping, ledger_of(settings) as ledger, progress(quiet=as_json):
        _bring_up_to_date(ledger, sellers, clock, stopping)
        found = outlooks(ledger, sellers, clock.now(), days)
    if as_json:
        invoices = {"by_reason": found.documents.by_reason, "defect_rates": list(map(asdict, found.defect_rates))}
        entries = list(map(asdict, found.entries))
        print_json({"entries": entries, "by_reason": found.requests.by_reason, "invoices": invoices})
        return
    _print(found.requests, sellers, "request", "order", f"in the next {counted(days, 'day')}")
    if any(each.invoices.enabled for each in sellers.values()):
        _print(found.documents, sellers, "document", "document", f"in the next {counted(days, 'day')}")
        _print_rates(found.defect_rates)


def _bring_up_to_date(ledger: Ledger, sellers: Iterable[str], clock: SystemClock, stopping: Event) -> None:
    try:
        settings = settings_of()
    except SettingsError as missing:
        click.echo(f"the plan is made from what the ledger knows already:\n{missing}", err=True)
        return
    with amazon_of(settings.environment, clock, stopping) as amazon:
        app = wire(settings, ledger, clock, amazon, Silent(), stopping)
        for name in sellers:
            try:
                with app.session(name) as session:
                    if session:
                        whole_pass(session, send_too=False)
            except SameAccount as why:
                click.echo(str(why), err=True)


def _print(outlook: Outlook, sellers: Mapping[str, Seller], what: str, of: str, when: str) -> None:
    whats = "invoices and credit notes" if what == "document" else f"{what}s"
    for name, why in outlook.closed.items():
        say(f"{name}: no {whats} go out at present: {why.meaning}. To do: {why.remedy}")
    print_table(
        ("asked from", "seller", "order", "what", "why not yet"),
        [
            (local(each.due_at, sellers[each.seller]), each.seller, each.order_id, each.action, each.reason)
            for each in outlook.entries
        ],
        title=f"{counted(len(outlook.entries), what)} {when}",
        leave_out=seller_column(sellers),
    )
    print_reasons(outlook.by_reason, of=f"{of}s")
    rest = sum(outlook.by_reason.values())
    total = counted(len(outlook.entries) + rest, of)
    click.echo(f"{total} = {len(outlook.entries):,} to come {when} + {rest:,} not")


def _print_rates(rates: Iterable[DefectRate]) -> None:
    for rate in rates:
        verdict = "within" if rate.rate < MOST_DEFECTS else "not within"
        click.echo(
            f"{rate.seller}: forecast of the Invoice Defect Rate in {rate.marketplace}: "
            f"{rate.rate:.1%} of {rate.orders} business orders, {verdict} Amazon's 5%"
        )
