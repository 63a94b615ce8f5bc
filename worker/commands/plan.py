"""askonce plan"""

from collections import Counter
from dataclasses import asdict

import click

from marketplace.amazon.client import Amazon
from settings.complaints import SettingsError
from tasks.plan import plan
from tasks.turn import whole_pass
from worker.clock import SystemClock
from worker.commands.common import (
    examples,
    json_option,
    ledger_of,
    print_json,
    print_reasons,
    print_table,
    progress,
    seller_option,
    sellers_named,
    settings_of,
    stopped_by_signals,
)
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
            amazon = Amazon(clock, settings.environment.sp_api_endpoint, settings.environment.lwa_endpoint)
            house = wire(settings, ledger, clock, amazon, Silent(), stopping)
            for name in sellers:
                with house.shop(name) as shop:
                    if shop:
                        whole_pass(shop, send_too=False)
            amazon.close()
        plans = {name: plan(ledger, seller, clock.now(), days) for name, seller in sellers.items()}
    planned = sorted((entry for made in plans.values() for entry in made.entries), key=lambda entry: entry.due_at)
    by_reason = sum((made.by_reason for made in plans.values()), Counter[str]())
    if as_json:
        print_json({"entries": [asdict(entry) for entry in planned], "by_reason": by_reason})
        return
    for name, made in plans.items():
        if made.closed:
            click.echo(f"{name}: nothing goes out at present: {made.closed.meaning}. To do: {made.closed.remedy}")
    rows = [(entry.due_at, entry.seller, entry.order_id, entry.reason) for entry in planned]
    print_table(("from", "seller", "order", "now"), rows, title=f"{len(rows)} requests in the next {days} days")
    print_reasons(by_reason)
