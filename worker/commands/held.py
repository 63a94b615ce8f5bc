"""askonce held"""

import click

from ledger.history import changes
from ledger.state import State
from rules.reason import Reason
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
    with ledger_of(settings) as ledger, ledger.read() as connection:
        rows = list(changes(connection, names, None, [State.HELD]))
    if as_json:
        print_json(
            {
                "entries": [
                    {
                        "seller": row.seller,
                        "order_id": row.order_id,
                        "action": row.action,
                        "part": row.part,
                        "number": row.number,
                        "reason": row.reason,
                        "since": row.changed_at,
                        "remedy": Reason(row.reason).remedy,
                    }
                    for row in rows
                ]
            }
        )
    elif rows:
        print_table(
            ("since", "seller", "order", "what", "why", "to do"),
            [
                (
                    *(row.changed_at, row.seller, row.order_id),
                    f"{row.action} {row.number or ''}".strip(),
                    *(Reason(row.reason).meaning, Reason(row.reason).remedy),
                )
                for row in rows
            ],
        )
    else:
        click.echo("nothing is held")
    if rows:
        raise SystemExit(1)
