"""askonce explain"""

from collections.abc import Iterator
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING

import click

from settings.marketplaces import marketplace_of
from worker.clock import SystemClock
from worker.commands.options import Text, demo_option, examples, json_option, seller_option
from worker.commands.order_ids import order_meant
from worker.commands.output import kind, local, paragraph, print_attempts, print_json, print_table, say
from worker.commands.session import ledger_of, sellers_named, settings_of, stop_file_of

if TYPE_CHECKING:
    from settings.schema import Seller
    from tasks.explain import Explanation

SHOWN = {
    "purchased_at": "ordered",
    "marketplace_id": "marketplace",
    "items": "items",
    "value": "value",
    "status": "status",
    "fulfilled_by": "shipped by",
    "packages": "packages",
    "deliver_by": "promised for",
    "fba_arrival": "expected",
    "refunds": "refunds",
    "returned_by": "returned, says",
    "replaces": "replaces",
    "replaced_by": "replaced by",
}
"""The facts that a seller asks for, and their names."""


@click.command(
    epilog=examples("explain 406-1234567-1234567", "explain 1234567", "explain 406-1234567-1234567 --all --json")
)
@click.argument("order_id", type=Text())
@click.option("--all", "everything", is_flag=True, help="Also each rule, fact and source, with its age.")
@seller_option
@demo_option
@json_option
def command(order_id: str, everything: bool, seller: str | None, as_json: bool) -> None:
    """When one order is asked, or why not, what that rests on, and until when; then what decided, and the facts."""
    from tasks.explain import explain
    from tasks.stops import said

    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger:
        mine, order_id = order_meant(ledger, sellers_named(settings, seller), order_id)
        found = explain(ledger, mine, order_id, SystemClock().now(), stop_file_of(settings))
    if found is None:
        raise click.ClickException(f"only documents of {order_id} are kept. Type: askonce invoice show {order_id}")
    if as_json:
        print_json(asdict(found))
        return
    _print_answer(found)
    for stop in found.stops:
        paragraph(f"At present: {said(stop, mine.zone)}.")
    click.echo()
    if everything:
        _print_all(found, mine)
    else:
        _print_facts(found)
    _print_documents(found)
    print_attempts(found.attempts, mine)
    if not everything:
        click.echo()
        say(f"All rules, facts and sources: askonce explain {found.order_id} --all")


def _print_answer(found: "Explanation") -> None:
    say(f"{found.order_id} of {found.seller}: {found.state} ({found.reason})")
    answer = found.answer
    for sentence in filter(None, (answer.when, answer.rests_on, answer.window, answer.link)):
        paragraph(sentence)


def _print_facts(found: "Explanation") -> None:
    decided = next((rule for rule in found.rules if rule.verdict != "pass"), None)
    rows = [("decided by", f"{decided.rule}: {decided.input}")] if decided else []
    if rule_set := found.rule_set:
        rows.append(("rule set", f"{rule_set.name} ({rule_set.why})"))
    print_table(("fact", "value"), [*rows, *_facts(found)])


def _facts(found: "Explanation") -> Iterator[tuple[str, str]]:
    known = {fact.name: fact.text for fact in found.facts if fact.text}
    if place := marketplace_of(known.get("marketplace_id")):
        known["marketplace_id"] = place.code
    yield from ((name, known[fact]) for fact, name in SHOWN.items() if fact in known)


def _print_all(found: "Explanation", seller: "Seller") -> None:
    known = [(fact.name, fact.text, fact.source) for fact in found.facts if fact.text]
    print_table(("fact", "value", "source"), known)
    print_table(
        ("source", "as of", "verdict", "last error"),
        [(each.source, local(each.as_of, seller), each.verdict, each.error) for each in found.sources],
    )
    print_table(("rule", "input", "verdict"), map(astuple, found.rules))
    if found.documents:
        print_table(("rule for invoices", "input", "verdict"), map(astuple, found.invoice_rules))


def _print_documents(found: "Explanation") -> None:
    if found.documents:
        click.echo()
    print_table(
        ("document", "number", "state", "reason", "which means", "next"),
        [
            (kind(each.action), each.number, each.state, each.reason, each.meaning, each.next)
            for each in found.documents
        ],
    )
