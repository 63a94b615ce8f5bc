"""askonce history"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ledger.state import State
from worker.commands.options import When, demo_option, examples, json_option, seller_option
from worker.commands.output import local, print_csv, print_json, print_table, seller_column
from worker.commands.session import ledger_of, sellers_named, settings_of

if TYPE_CHECKING:
    from ledger.database import Ledger
    from settings.schema import Seller

ENDED = (State.SENT, State.REFUSED, State.SKIPPED, State.HELD)
COLUMNS = ("at", "seller", "order_id", "action", "state", "reason", "asked_at")
HEADINGS = ("at", "seller", "order", "what", "state", "reason", "asked at")


@click.command(epilog=examples("history", "history --since 7d", "history --since 2026-11-01 --csv > november.csv"))
@click.option("--since", type=When(), metavar="D", help="Only from then on: 2026-11-01, or 7d for the last 7 days.")
@seller_option
@click.option("--csv", "as_csv", is_flag=True, help="CSV, for a spreadsheet.")
@demo_option
@json_option
def command(since: datetime | None, seller: str | None, as_csv: bool, as_json: bool) -> None:
    """What was sent, refused, skipped and held, oldest first: requests, invoices and credit notes."""
    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    with ledger_of(settings) as ledger:
        rows = _rows(ledger, list(sellers), since)
        if as_json:
            print_json({"entries": list(rows)})
        elif as_csv:
            print_csv((*COLUMNS, "timezone"), (_local(row, sellers) for row in rows))
        else:
            found = [[_local(row, sellers)[name] for name in COLUMNS] for row in rows]
            print_table(HEADINGS, found, leave_out=seller_column(sellers))
            if not found:
                click.echo("nothing yet")


def _rows(ledger: "Ledger", sellers: list[str], since: datetime | None) -> Iterator[dict[str, Any]]:
    from ledger.history import changes

    with ledger.read() as connection:
        for row in changes(connection, sellers, since, ENDED):
            yield dict(
                zip(
                    COLUMNS,
                    (row.changed_at, row.seller, row.order_id, row.action, row.state, row.reason, row.asked_at),
                    strict=True,
                )
            )


def _local(row: dict[str, Any], sellers: "Mapping[str, Seller]") -> dict[str, Any]:
    """The row in the seller's time, with the zone's name."""
    seller = sellers[row["seller"]]
    times = {name: local(row[name], seller) for name in ("at", "asked_at")}
    return row | times | {"timezone": seller.zone.key}
