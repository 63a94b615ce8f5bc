"""askonce import asked"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worker.clock import SystemClock
from worker.commands.options import examples, json_option, seller_option
from worker.commands.order_ids import by_option, content_of, on_one_line, only_seller
from worker.commands.output import counted, print_json, say
from worker.commands.session import ledger_of, sellers_named, settings_of
from worker.person import person

if TYPE_CHECKING:
    from tasks.moving.asked import Done
    from tasks.moving.file import Found, Problem

SHOWN = 50


@click.command(
    epilog=examples(
        "import asked asked.csv --dry-run",
        "import asked asked.csv --seller maison-durand",
        "import asked export.csv --asked-column Status --asked-value Sent",
        "import asked asked.csv --undo",
    )
)
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--id-column", metavar="COLUMN", help="Which column has the order id: its name or number.")
@click.option("--date-column", metavar="COLUMN", help="Which column has the day on which it was asked.")
@click.option("--asked-column", metavar="COLUMN", help="Which column says whether it was asked.")
@click.option("--asked-value", metavar="TEXT", multiple=True, help="What that column says of one that was asked.")
@click.option("--all-lines", is_flag=True, help="Every line was asked, whatever its other columns say.")
@click.option(
    "--name", metavar="NAME", callback=on_one_line, help="What the import is called. Default: the file's name."
)
@by_option("Who imports it.")
@click.option("--undo", is_flag=True, help="Take back what the import of that name says of these orders.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@seller_option
@json_option
def command(
    file: str,
    id_column: str | None,
    date_column: str | None,
    asked_column: str | None,
    asked_value: tuple[str, ...],
    all_lines: bool,
    name: str | None,
    by: str,
    undo: bool,
    dry_run: bool,
    seller: str | None,
    as_json: bool,
) -> None:
    """These orders count as already requested, also those that askonce has not seen yet; FILE may be - for stdin.

    Nothing but the order ids and the days is kept of the file. Exit code 1: lines were left out, or an order is in
    doubt; the rest is done.
    """
    from tasks.moving.asked import Import, Outcome
    from tasks.moving.columns import Wish
    from tasks.moving.file import read_asked
    from tasks.not_done import NotDone

    settings = settings_of(with_credentials=False)
    mine = only_seller(sellers_named(settings, seller), "orders they are")
    now = SystemClock().now()
    wish = Wish(id_column, date_column, asked_column, asked_value, all_lines)
    try:
        found = read_asked(content_of(file), wish, now.date())
    except NotDone as unclear:
        raise click.UsageError(f"{file}: {unclear}") from None
    called = name or ("standard input" if file == "-" else Path(file).name)
    others = [each for each in settings.sellers if each != mine.name]
    with ledger_of(settings) as ledger:
        done, foreign = Import(ledger, mine, others, called, person(by), now, dry_run).run(found.orders, undo=undo)
    problems = sorted([*found.problems, *foreign], key=lambda each: each.line)
    if as_json:
        print_json(_document(mine.name, called, found, done, problems, dry_run=dry_run))
    else:
        _print(mine.name, called, found, done, problems, dry_run=dry_run)
    if problems or not done or any(each.outcome in (Outcome.IN_DOUBT, Outcome.OTHER) for each in done):
        raise SystemExit(1)


def _document(
    seller: str, name: str, found: "Found", done: "Sequence[Done]", problems: "Sequence[Problem]", *, dry_run: bool
) -> dict[str, Any]:
    from tasks.moving.asked import counted as by_outcome

    return {
        "seller": seller,
        "name": name,
        "dry_run": dry_run,
        "lines": found.lines,
        "not_asked": found.not_asked,
        "orders": len(done),
        "by_outcome": dict(by_outcome(done)),
        "entries": [
            {
                "order_id": each.order_id,
                "line": each.line.number,
                "asked_on": each.line.asked_on,
                "outcome": each.outcome,
                "words": each.outcome.meaning,
                "state": each.state,
                "reason": each.reason,
            }
            for each in done
        ],
        "problems": [asdict(each) for each in problems],
    }


def _print(
    seller: str, name: str, found: "Found", done: "Sequence[Done]", problems: "Sequence[Problem]", *, dry_run: bool
) -> None:
    from tasks.moving.asked import counted as by_outcome

    not_asked = f", {found.not_asked:,} of them not asked" if found.not_asked else ""
    say(f"{name}: {counted(found.lines, 'line')}{not_asked}; {counted(len(done), 'order')} of {seller}")
    for outcome, count in by_outcome(done):
        say(f"{count:,}: {outcome.meaning}")
    for each in problems[:SHOWN]:
        say(f"line {each.line} left out: {each.what}", err=True)
    if len(problems) > SHOWN:
        say(f"and {len(problems) - SHOWN:,} more lines; all of them: --json", err=True)
    if dry_run:
        say("Nothing was changed: --dry-run.")
