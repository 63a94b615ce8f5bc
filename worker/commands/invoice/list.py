"""askonce invoice list"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ledger.state import State
from worker.commands.options import When, demo_option, examples, json_option, seller_option
from worker.commands.output import (
    kind,
    local,
    print_json,
    print_table,
    print_totals,
    say,
    seller_column,
    totals_document,
)
from worker.commands.session import opened

if TYPE_CHECKING:
    from ledger.documents import Document
    from settings.schema import Seller
    from tasks.invoices.listing import Amounts

STATES = [state.value for state in State]


@click.command(epilog=examples("invoice list", "invoice list --since 7d --state held", "invoice list --json"))
@seller_option
@click.option("--since", type=When(), metavar="D", help="Only those that changed from then on: 2026-11-01, or 7d.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only in this state.")
@demo_option
@json_option
def command(seller: str | None, since: datetime | None, states: tuple[str, ...], as_json: bool) -> None:
    """Invoices and credit notes, by order, and their sums. Exit code 1: one is held."""
    from tasks.invoices.listing import listing

    wanted = [State(state) for state in states]
    with opened(seller) as (sellers, ledger):
        found = listing(ledger, list(sellers.values()), since, wanted)
    if as_json:
        documents = [_row(each) for each in found.documents]
        amounts = [asdict(each) for each in found.amounts]
        unmatched = [{"seller": of, "file": name} for of, name in found.unmatched]
        totals = totals_document(found.totals)
        print_json({"documents": documents, "totals": totals, "amounts": amounts, "unmatched": unmatched})
    else:
        _print(found.documents, found.amounts, sellers)
        for of, name in found.unmatched:
            say(f"{of}: {name} in the invoice folder fits no order. Rename it after its order")
        print_totals(found.totals, of="documents")
    if found.totals.held:
        raise SystemExit(1)


def _row(each: "Document") -> dict[str, Any]:
    key = {"seller": each.seller, "order_id": each.order_id, "action": each.key.action, "part": each.key.part}
    named = ("number", "total", "currency", "state", "reason", "issued_on")
    return key | {name: getattr(each, name) for name in named} | {"sent_at": each.asked_at}


def _print(documents: Iterable["Document"], amounts: Iterable["Amounts"], sellers: Mapping[str, "Seller"]) -> None:
    print_table(
        ("seller", "order", "kind", "number", "total", "state", "reason", "issued", "sent"),
        [
            (
                *(each.seller, each.order_id, kind(each.key.action), each.number),
                f"{each.total} {each.currency}" if each.number else None,
                *(each.state, each.reason, each.issued_on, local(each.asked_at, sellers[each.seller])),
            )
            for each in documents
        ],
        leave_out=seller_column(sellers),
    )
    for of in amounts:
        click.echo(f"{of.invoiced} {of.currency} invoiced - {of.credited} credited = {of.balance} {of.currency}")
