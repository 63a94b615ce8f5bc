"""askonce audit"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from worker.commands.options import When, demo_option, examples, json_option, seller_option
from worker.commands.output import counted, print_csv, print_json, print_table
from worker.commands.session import ledger_of, sellers_named, settings_of

if TYPE_CHECKING:
    from ledger.acts import Recorded

COLUMNS = ("at", "seller", "person", "place", "act", "order_id", "action", "part", "before", "after", "settings")


@click.command(epilog=examples("audit", "audit --since 7d", "audit --since 2026-11-01 --csv > november.csv"))
@seller_option
@click.option("--since", type=When(), metavar="D", help="Only from then on: 2026-11-01, or 7d for the last 7 days.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV, for a spreadsheet; times are UTC.")
@demo_option
@json_option
def command(seller: str | None, since: datetime | None, as_csv: bool, as_json: bool) -> None:
    """Who did what, when, from where, and what it changed. No row is ever changed or deleted.

    What concerns all sellers stands with each of them. A seller that was renamed has what was done under its old name.
    """
    from ledger.acts import is_known, recorded

    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger, ledger.read() as connection:
        if seller and not is_known(connection, seller):
            sellers_named(settings, seller)
        acts = recorded(connection, seller, since)
        if as_json:
            print_json({"acts": [asdict(each) for each in acts]})
        elif as_csv:
            print_csv(COLUMNS, (asdict(each) | {name: _text(getattr(each, name)) for name in _VALUES} for each in acts))
        else:
            _print(list(acts))


def _print(acts: "list[Recorded]") -> None:
    print_table(
        ("at", "seller", "person", "did", "action", "order", "changed", "where"),
        [
            (
                *(each.at, each.seller or "all", each.person, each.act.replace("_", " "), each.action, each.order_id),
                *(_change(each.before, each.after), each.place),
            )
            for each in acts
        ],
        under=("changed", "where"),
    )
    click.echo(f"\n{counted(len(acts), 'act')}" if acts else "nothing yet")


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """`NAME: BEFORE → AFTER` of each value."""
    before, after = before or {}, after or {}
    return ", ".join(
        f"{name}: {' → '.join(_text(values[name]) or 'none' for values in (before, after) if name in values)}"
        for name in {**before, **after}
    )


def _text(value: object) -> str:
    """A value as one cell."""
    match value:
        case None:
            return ""
        case Mapping():
            return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
        case list():
            return " ".join(map(_text, value)) or "[]"
    return str(value).lower() if isinstance(value, bool) else str(value)


_VALUES = ("before", "after")
