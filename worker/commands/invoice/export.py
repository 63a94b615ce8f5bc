"""askonce invoice export"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worker.clock import SystemClock
from worker.commands.options import Text, When, examples, json_option, seller_option
from worker.commands.order_ids import meant_or_as_typed
from worker.commands.output import counted, print_json, say
from worker.commands.session import ledger_of, sellers_named, settings_of, vault_of

if TYPE_CHECKING:
    from tasks.invoices.export import Exported

SHOWN = 20
"""What was left out is listed up to so many lines."""
FORMS = ("pdf", "xml", "csv", "ledger", "oss", "datev", "fec", "zip")


@click.command(
    epilog=examples(
        "invoice export 406-1234567-1234567 --to invoices",
        "invoice export --to invoices --since 2026-11-01 --until 2026-11-30",
        "invoice export --to invoices --since 2026-11-01 --until 2026-11-30 --format csv",
        "invoice export --to invoices --since 2026-10-01 --until 2026-12-31 --format oss",
    )
)
@click.argument("order_ids", type=Text(), nargs=-1, metavar="[ORDER_ID]...")
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where the files go.",
)
@click.option("--since", type=When(), metavar="D", help="First day of issue.")
@click.option("--until", type=When(), metavar="D", help="Last day of issue.")
@click.option("--format", "form", default="pdf", show_default=True, type=click.Choice(FORMS), help="What is written.")
@seller_option
@json_option
def command(
    order_ids: tuple[str, ...],
    folder: Path,
    since: datetime | None,
    until: datetime | None,
    form: str,
    seller: str | None,
    as_json: bool,
) -> None:
    """Write documents into a folder: NUMBER.pdf, the XML inside as NUMBER.xml, or files for the accountant.

    csv: a line for each document. ledger: a line for each document and VAT rate, with the country. oss: the figures
    of the one-stop shop. datev: a posting batch. fec: a French sales journal. zip: all PDFs and the ledger in one file.

    With several sellers each has a folder of its own within. No file is overwritten. Exit code 1: one was left out.
    """
    from tasks.invoices import books
    from tasks.invoices.export import Exported, Wish, export, export_csv

    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    vault = None if form == "csv" else vault_of(settings)
    done = Exported()
    with ledger_of(settings) as ledger:
        order_ids = tuple(meant_or_as_typed(ledger, sellers, each) for each in order_ids)
        wish = Wish(since.date() if since else None, until.date() if until else None, order_ids)
        for name in sellers:
            to = folder / name if len(sellers) > 1 else folder
            if vault and form in books.FORMS:
                mine = books.Books(ledger, vault, sellers[name], wish, done)
                books.FORMS[form](mine, to, SystemClock().now())
            elif vault:
                export(ledger, vault, name, to, form, wish, done)
            else:
                export_csv(ledger, name, to, wish, done)
    done.left_out += [(each, "it has no document that was made") for each in order_ids if each not in done.orders]
    if as_json:
        left_out = [{"document": what, "why": why} for what, why in done.left_out]
        print_json({"folder": str(folder), "written": done.written, "there": done.there, "left_out": left_out})
    else:
        _print(done, folder)
    if done.left_out:
        raise SystemExit(1)


def _print(done: "Exported", folder: Path) -> None:
    there = f", {done.there:,} there already" if done.there else ""
    click.echo(f"{folder}: {counted(done.written, 'document')} written{there}")
    for what, why in done.left_out[:SHOWN]:
        say(f"left out: {what}: {why}", err=True)
    if len(done.left_out) > SHOWN:
        click.echo(f"and {len(done.left_out) - SHOWN:,} more", err=True)
