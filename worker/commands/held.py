"""askonce held"""

from dataclasses import asdict

import click

from tasks.controls import held
from worker.commands.options import examples, json_option, seller_option
from worker.commands.output import print_json, print_table
from worker.commands.session import ledger_of, sellers_named, settings_of


@click.command(epilog=examples("held", "held --json"))
@seller_option
@json_option
def command(seller: str | None, as_json: bool) -> None:
    """The cases that only a person can settle, of requests and of invoices. Exit code 1: there are some."""
    settings = settings_of(with_credentials=False)
    names = list(sellers_named(settings, seller))
    with ledger_of(settings) as ledger:
        cases = held(ledger, names)
    if as_json:
        print_json({"entries": [asdict(case) | {"remedy": case.remedy} for case in cases]})
    elif cases:
        print_table(
            ("since", "seller", "order", "what", "why", "to do"),
            [
                (
                    *(case.since, case.seller, case.order_id),
                    f"{case.action} {case.number or ''}".strip(),
                    *(case.reason.meaning, case.remedy),
                )
                for case in cases
            ],
        )
    else:
        click.echo("nothing is held")
    if cases:
        raise SystemExit(1)
