"""askonce held"""

from dataclasses import asdict

import click

from worker.commands.options import demo_option, examples, json_option, seller_option
from worker.commands.output import counted, kind, local, print_json, print_table, seller_column
from worker.commands.session import opened


@click.command(epilog=examples("held", "held --json"))
@seller_option
@demo_option
@json_option
def command(seller: str | None, as_json: bool) -> None:
    """The cases that only a person can settle, of requests and of invoices. Exit code 1: there are some."""
    from tasks.held import held

    with opened(seller) as (sellers, ledger):
        cases = held(ledger, list(sellers))
    if as_json:
        print_json({"entries": [asdict(case) | {"remedy": case.remedy} for case in cases]})
    elif cases:
        print_table(
            ("since", "seller", "order", "what", "why", "to do"),
            [
                (
                    *(local(case.since, sellers[case.seller]), case.seller, case.order_id),
                    " ".join(filter(None, (kind(case.action), case.number))),
                    *(case.reason.meaning, case.remedy),
                )
                for case in cases
            ],
            leave_out=seller_column(sellers),
            under=("to do",),
        )
        click.echo()
        click.echo(f"{counted(len(cases), 'case')} for a person to settle")
    else:
        click.echo("nothing is held")
    if cases:
        raise SystemExit(1)
