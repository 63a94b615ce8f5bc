"""askonce invoice show"""

from pathlib import Path
from typing import Any

import click

from invoices.document import Unmakeable
from invoices.vault import Vault
from ledger import document_reports
from ledger.database import Connection, Ledger
from ledger.documents import key_of
from ledger.state import Action
from settings.schema import Seller
from tasks.explain import answers
from tasks.invoices.export import Unwritable, write
from tasks.invoices.present import described, pdf
from tasks.invoices.send import closed
from worker.clock import SystemClock
from worker.commands.options import Text, examples, json_option, seller_option
from worker.commands.output import print_json, print_table, say
from worker.commands.session import ledger_of, sellers_named, settings_of, vault_of


@click.command(
    epilog=examples("invoice show 406-1234567-1234567", "invoice show 406-1234567-1234567 --pdf invoice.pdf")
)
@click.argument("order_id", type=Text())
@seller_option
@click.option("--pdf", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write its PDF.")
@json_option
def command(order_id: str, seller: str | None, file: Path | None, as_json: bool) -> None:
    """Every document of one order: number, sum, hash, answers of Amazon, what comes next, and how long it is kept."""
    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger:
        with ledger.read() as connection:
            each = (_found(connection, each, order_id) for each in sellers_named(settings, seller).values())
            found = next((one for one in each if one["documents"]), None)
        if found is None:
            raise click.ClickException(f"order {order_id} has no invoice. Type: askonce explain {order_id}")
        if file:
            _write_pdf(ledger, vault_of(settings), found["seller"], order_id, file)
    if as_json:
        print_json(found)
    else:
        _print(found, file)


def _found(connection: Connection, seller: Seller, order_id: str) -> dict[str, Any]:
    shut = closed(connection, seller, SystemClock().now())
    rows = document_reports.listed(connection, [seller.name], order_id=order_id)
    said = answers(connection, seller.name, order_id)
    return {
        "seller": seller.name,
        "order_id": order_id,
        "documents": [described(row, shut) for row in rows],
        "attempts": [each for each in said if each["action"] != Action.REVIEW],
    }


def _write_pdf(ledger: Ledger, vault: Vault, seller: str, order_id: str, file: Path) -> None:
    """The order's one PDF. Another file is never overwritten."""
    with ledger.read() as connection:
        rows = document_reports.listed(connection, [seller], order_id=order_id)
        made = [document_reports.content(connection, seller, key_of(row)) for row in rows if row.number]
    if len(made) != 1:
        how = f"Type: askonce invoice export {order_id} --to FOLDER"
        raise click.ClickException(f"the order has {len(made)} documents that were made. {how}")
    if file.exists():
        raise click.ClickException(f"{file} is there already. Name another file")
    try:
        data = pdf(vault, seller, made[0])
        write(file.parent, file.name, lambda opened: opened.write(data))
    except Unmakeable as why:
        raise click.ClickException(f"{why.detail}. To do: {why.reason.remedy}") from None
    except Unwritable as why:
        raise click.ClickException(str(why)) from None


def _print(found: dict[str, Any], file: Path | None) -> None:
    for each in found["documents"]:
        title = f"{each['action']} {each['number'] or '(not made)'}"
        say(f"{title} of order {found['order_id']}, {found['seller']}")
        say(f"  {each['state']}: {each['meaning']} ({each['reason']})")
        say(f"  next: {each['next']}")
        if each["number"]:
            say(f"  {each['total']} {each['currency']}, VAT {each['vat'] or 'not known'}, {each['issued_on']}")
            click.echo(f"  sha256 {each['sha256']}")
            until = f"kept until {each['keep_until']:%Y-%m-%d}" if each["kept"] else "deleted: its legal period is over"
            say(f"  {until}")
    print_table(
        ("answer at", "document", "led to", "reason", "detail", "request id"),
        [tuple(each[name] for name in _ANSWER) for each in found["attempts"]],
    )
    if file:
        click.echo(f"{file}: written")
    elif any(each["kept"] for each in found["documents"]):
        click.echo(f"The PDF: askonce invoice export {found['order_id']} --to FOLDER")


_ANSWER = ("at", "action", "state", "reason", "detail", "request_id")
