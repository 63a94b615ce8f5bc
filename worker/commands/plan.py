"""askonce plan"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import click

from settings.complaints import SettingsError
from tasks.entrypoints import whole_pass
from tasks.invoices.plan import MOST_DEFECTS, InvoicePlan, plan_invoices
from tasks.reviews.plan import Planned, plan
from worker.clock import SystemClock
from worker.commands.options import examples, json_option, seller_option
from worker.commands.output import print_json, print_reasons, print_table
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
    with stopped_by_signals() as stopping, ledger_of(settings) as ledger, progress(quiet=as_json):
        clock = SystemClock()
        try:
            settings = settings_of()
        except SettingsError as missing:
            click.echo(f"the plan is made from what the ledger knows already:\n{missing}", err=True)
        else:
            with amazon_of(settings.environment, clock, stopping) as amazon:
                app = wire(settings, ledger, clock, amazon, Silent(), stopping)
                for name in sellers:
                    with app.session(name) as session:
                        if session:
                            whole_pass(session, send_too=False)
        plans = {name: plan(ledger, seller, clock.now(), days) for name, seller in sellers.items()}
        documents = {name: plan_invoices(ledger, seller, clock.now(), days) for name, seller in sellers.items()}
    requests = _soonest_first(entry for made in plans.values() for entry in made.entries)
    invoices = _soonest_first(entry for made in documents.values() for entry in made.entries)
    by_reason = sum((made.by_reason for made in plans.values()), Counter[str]())
    unsent = sum((made.by_reason for made in documents.values()), Counter[str]())
    rates = [rate for made in documents.values() for rate in made.defect_rates]
    if as_json:
        print_json(
            {
                "entries": [asdict(entry) for entry in _soonest_first([*requests, *invoices])],
                "by_reason": by_reason,
                "invoices": {"by_reason": unsent, "defect_rates": [asdict(rate) for rate in rates]},
            }
        )
        return
    for name, made in plans.items():
        if made.closed:
            click.echo(f"{name}: nothing goes out at present: {made.closed.meaning}. To do: {made.closed.remedy}")
    rows = [(entry.due_at, entry.seller, entry.order_id, entry.reason) for entry in requests]
    print_table(("from", "seller", "order", "now"), rows, title=f"{len(rows)} requests in the next {days} days")
    print_reasons(by_reason)
    if any(each.invoices.enabled for each in sellers.values()):
        _print_documents(documents, invoices, unsent, days)


def _soonest_first(entries: Iterable[Planned]) -> list[Planned]:
    return sorted(entries, key=lambda entry: entry.due_at)


def _print_documents(
    plans: Mapping[str, InvoicePlan], entries: list[Planned], by_reason: Counter[str], days: int
) -> None:
    for name, made in plans.items():
        if made.closed:
            click.echo(f"{name}: no invoice goes out at present: {made.closed.meaning}. To do: {made.closed.remedy}")
    rows = [(entry.due_at, entry.seller, entry.order_id, entry.action, entry.reason) for entry in entries]
    title = f"{len(rows)} invoices and credit notes in the next {days} days"
    print_table(("from", "seller", "order", "document", "now"), rows, title=title)
    print_reasons(by_reason, of="documents")
    for rate in (rate for made in plans.values() for rate in made.defect_rates):
        verdict = "within" if rate.rate < MOST_DEFECTS else "not within"
        click.echo(
            f"{rate.seller}: forecast of the Invoice Defect Rate in {rate.marketplace}: "
            f"{rate.rate:.1%} of {rate.orders} business orders, {verdict} Amazon's 5%"
        )
