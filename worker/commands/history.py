"""askonce history"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import click

from ledger.state import ENDED, State
from rules.reason import Reason
from worker.commands.options import When, demo_option, examples, json_option, seller_option
from worker.commands.output import kind, local, print_csv, print_json, print_table, seller_column
from worker.commands.session import opened

if TYPE_CHECKING:
    from ledger.acts import Recorded
    from ledger.database import Ledger
    from ledger.history import Event
    from settings.schema import Seller

COLUMNS = ("at", "seller", "order_id", "action", "state", "reason", "asked_at")
MORE = ("part", "number", "detail", "settings")


@click.command(epilog=examples("history", "history --since 7d", "history --since 2026-11-01 --csv > november.csv"))
@click.option("--since", type=When(), metavar="D", help="Only from then on: 2026-11-01, or 7d for the last 7 days.")
@click.option("--all", "everything", is_flag=True, help="Also each answer and word on the way there, and each pause.")
@seller_option
@click.option("--csv", "as_csv", is_flag=True, help="CSV, for a spreadsheet.")
@demo_option
@json_option
def command(since: datetime | None, everything: bool, seller: str | None, as_csv: bool, as_json: bool) -> None:
    """What was sent, refused, skipped and held, in order: requests, invoices and credit notes."""
    with opened(seller) as (sellers, ledger):
        rows = _rows(ledger, list(sellers), since, everything=everything)
        acts = list(_acts(ledger, seller, since)) if everything and not as_csv else []
        if as_json:
            print_json({"entries": list(rows), **({"acts": [asdict(each) for each in acts]} if everything else {})})
        elif as_csv:
            print_csv((*COLUMNS, "timezone", *MORE), (_local(row, sellers) for row in rows))
        else:
            _print([_local(row, sellers) for row in rows], acts, sellers)


def _print(rows: list[dict[str, Any]], acts: "list[Recorded]", sellers: "Mapping[str, Seller]") -> None:
    lines: list[tuple[datetime, str, str, str, str]] = [
        (*(row["at"], row["seller"], row["order_id"]), kind(row["action"]), f"{row['state']}: {row['reason']}")
        for row in rows
    ]
    lines += [(_when(each, sellers), each.seller or "all", "", kind(each.act), f"by {each.person}") for each in acts]
    print_table(
        ("at", "seller", "order", "what", "became"),
        sorted(lines, key=itemgetter(0)) if acts else lines,
        leave_out=seller_column(sellers),
    )
    states = Counter(row["state"] for row in rows)
    said = ", ".join(f"{count:,} {state}" for state, count in states.most_common())
    click.echo(f"\n{len(rows):,} in all: {said}" if rows else "nothing yet")


def _rows(
    ledger: "Ledger", sellers: list[str], since: datetime | None, *, everything: bool
) -> Iterator[dict[str, Any]]:
    from ledger.history import told

    again: set[tuple[str, ...]] = set()
    with ledger.read() as connection:
        for event in told(connection, sellers, since):
            if everything or (event.state in ENDED and not _is_repeated(event, again)):
                yield {name: getattr(event, name) for name in (*COLUMNS, *MORE)}


def _acts(ledger: "Ledger", seller: str | None, since: datetime | None) -> "Iterator[Recorded]":
    """What persons did that is about no single order: the words about an order are told with it."""
    from ledger.acts import recorded

    with ledger.read() as connection:
        yield from (each for each in recorded(connection, seller, since) if each.order_id is None)


def _when(act: "Recorded", sellers: "Mapping[str, Seller]") -> datetime:
    """In the time of the seller, or of the first one."""
    seller = sellers.get(act.seller or "") or next(iter(sellers.values()))
    return local(act.at, seller) or act.at


def _is_repeated(event: "Event", known: set[tuple[str, ...]]) -> bool:
    """Whether a doubt was looked at once more, and stays what it was."""
    if event.state is not State.HELD and event.reason is not Reason.NO_LONGER_OFFERED:
        return False
    what = (event.seller, event.order_id, event.action, event.part, event.state, event.reason)
    is_known = what in known
    known.add(what)
    return is_known


def _local(row: dict[str, Any], sellers: "Mapping[str, Seller]") -> dict[str, Any]:
    """The row in the seller's time, with the zone's name."""
    seller = sellers[row["seller"]]
    times = {name: local(row[name], seller) for name in ("at", "asked_at")}
    return row | times | {"timezone": seller.zone.key}
