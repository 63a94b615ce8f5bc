"""askonce invoice list"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import click

from ledger import document_reports, history
from ledger.state import Action, State
from worker.commands.options import When, examples, json_option, seller_option
from worker.commands.output import print_json, print_table, print_totals, totals_document
from worker.commands.session import ledger_of, sellers_named, settings_of

COLUMNS = (
    *("seller", "order_id", "action", "part", "number", "total", "currency"),
    *("state", "reason", "issued_on", "sent_at"),
)
STATES = [state.value for state in State]


@click.command(epilog=examples("invoice list", "invoice list --since 7d --state held", "invoice list --json"))
@seller_option
@click.option("--since", type=When(), metavar="D", help="Only those that changed from then on: 2026-11-01, or 7d.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only in this state.")
@json_option
def command(seller: str | None, since: datetime | None, states: tuple[str, ...], as_json: bool) -> None:
    """Invoices and credit notes, by order, and their sums. Exit code 1: one is held."""
    settings = settings_of(with_credentials=False)
    names = list(sellers_named(settings, seller))
    wanted = [State(state) for state in states]
    with ledger_of(settings) as ledger, ledger.read() as connection:
        rows = [_row(row) for row in document_reports.listed(connection, names, since=since, states=wanted)]
    totals = history.summed((row["state"], row["reason"], 1) for row in rows)
    if as_json:
        print_json({"documents": rows, "totals": totals_document(totals), "amounts": _amounts(rows)})
    else:
        _print(rows)
        print_totals(totals, of="documents")
    if totals.held:
        raise SystemExit(1)


def _row(row: Any) -> dict[str, Any]:
    names = {"action": "kind", "sent_at": "asked_at"}
    return {column: getattr(row, names.get(column, column)) for column in COLUMNS}


def _amounts(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """By currency: what was invoiced, what was taken back, and what is left."""
    sums: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        if row["number"]:
            sums[row["currency"]][row["action"]] += Decimal(row["total"])
    return [
        {
            "currency": currency,
            "invoiced": by_kind[Action.INVOICE],
            "credited": by_kind[Action.CREDIT_NOTE],
            "balance": by_kind[Action.INVOICE] - by_kind[Action.CREDIT_NOTE],
        }
        for currency, by_kind in sorted(sums.items())
    ]


def _print(rows: list[dict[str, Any]]) -> None:
    print_table(
        ("seller", "order", "kind", "number", "total", "state", "reason", "issued", "sent"),
        [
            (
                *(row["seller"], row["order_id"], row["action"], row["number"]),
                f"{row['total']} {row['currency']}" if row["number"] else None,
                *(row["state"], row["reason"], row["issued_on"], row["sent_at"]),
            )
            for row in rows
        ],
    )
    for each in _amounts(rows):
        click.echo(
            f"{each['invoiced']} {each['currency']} invoiced - {each['credited']} credited = {each['balance']}"
            f" {each['currency']}"
        )
