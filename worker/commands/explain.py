"""askonce explain"""

from dataclasses import asdict, astuple

import click

from tasks.explain import Explanation, explain
from worker.clock import SystemClock
from worker.commands.options import Text, demo_option, examples, json_option, seller_option
from worker.commands.output import print_json, print_table, say
from worker.commands.session import ledger_of, sellers_named, settings_of


@click.command(epilog=examples("explain 406-1234567-1234567", "explain 406-1234567-1234567 --json"))
@click.argument("order_id", type=Text())
@seller_option
@demo_option
@json_option
def command(order_id: str, seller: str | None, as_json: bool) -> None:
    """All that is known of one order and its invoices, each rule's verdict, the answers, and what happens next."""
    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger:
        now = SystemClock().now()
        sellers = sellers_named(settings, seller).values()
        found = next(filter(None, (explain(ledger, each, order_id, now) for each in sellers)), None)
    if found is None:
        raise click.ClickException(f"the ledger knows no order {order_id}. Type: askonce sweep --dry-run")
    if as_json:
        print_json(asdict(found))
    else:
        _print(found)


def _print(found: Explanation) -> None:
    say(f"{found.order_id} of {found.seller}: {found.state}, {found.meaning} ({found.reason})")
    if found.remedy:
        say(f"to do: {found.remedy}")
    if found.delivered_at:
        say(f"delivered: {found.delivered_at:%Y-%m-%d %H:%M} UTC, by {found.delivered_basis}")
    look_at = f"{found.next_look_at:%Y-%m-%d %H:%M} UTC" if found.next_look_at else "none, this is final"
    say(f"next look: {look_at}")
    known = [(fact.name, fact.text, fact.source) for fact in found.facts if fact.text]
    print_table(("fact", "value", "source"), known)
    print_table(("source", "as of", "verdict", "last error"), map(astuple, found.sources))
    print_table(("rule", "input", "verdict"), map(astuple, found.rules))
    if found.documents:
        print_table(("rule for invoices", "input", "verdict"), map(astuple, found.invoice_rules))
        print_table(
            ("document", "number", "state", "reason", "which means", "next"),
            [(each.action, each.number, each.state, each.reason, each.meaning, each.next) for each in found.documents],
        )
    print_table(
        ("answer at", "about", "led to", "reason", "detail", "request id"),
        [(each.at, each.action, each.state, each.reason, each.detail, each.request_id) for each in found.attempts],
    )
