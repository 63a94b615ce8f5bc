"""askonce explain"""

from typing import Any

import click

from tasks.explain import explain
from worker.clock import SystemClock
from worker.commands.options import Text, examples, json_option, seller_option
from worker.commands.output import print_json, print_table, say
from worker.commands.session import ledger_of, sellers_named, settings_of


@click.command(epilog=examples("explain 406-1234567-1234567", "explain 406-1234567-1234567 --json"))
@click.argument("order_id", type=Text())
@seller_option
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
        print_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    say(f"{found['order_id']} of {found['seller']}: {found['state']}, {found['meaning']} ({found['reason']})")
    if found["remedy"]:
        say(f"to do: {found['remedy']}")
    if found["delivered_at"]:
        say(f"delivered: {found['delivered_at']:%Y-%m-%d %H:%M} UTC, by {found['delivered_basis']}")
    say(f"next look: {found['next_look_at'] or 'none, this is final'}")
    known = [fact for fact in found["facts"] if fact["value"] not in (None, (), [])]
    print_table(("fact", "value", "source"), [(fact["name"], fact["value"], fact["source"]) for fact in known])
    print_table(
        ("source", "as of", "verdict", "last error"),
        [(each["source"], each["as_of"], each["verdict"], each["error"]) for each in found["sources"]],
    )
    print_table(("rule", "input", "verdict"), [tuple(rule.values()) for rule in found["rules"]])
    if found["documents"]:
        print_table(
            ("rule for invoices", "input", "verdict"), [tuple(rule.values()) for rule in found["invoice_rules"]]
        )
        print_table(
            ("document", "number", "state", "reason", "which means", "next"),
            [tuple(each[name] for name in _DOCUMENT) for each in found["documents"]],
        )
    print_table(
        ("answer at", "about", "led to", "reason", "detail", "request id"),
        [tuple(each[name] for name in _ANSWER) for each in found["attempts"]],
    )


_DOCUMENT = ("action", "number", "state", "reason", "meaning", "next")
_ANSWER = ("at", "action", "state", "reason", "detail", "request_id")
