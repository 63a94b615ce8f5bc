"""askonce invoice show"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worker.clock import SystemClock
from worker.commands.options import Text, demo_option, examples, json_option, seller_option
from worker.commands.order_ids import order_meant
from worker.commands.output import kind, print_attempts, print_json, say
from worker.commands.session import ledger_of, sellers_named, settings_of, stop_file_of, vault_of

if TYPE_CHECKING:
    from invoices.vault import Vault
    from ledger.database import Ledger
    from settings.schema import Seller
    from tasks.invoices.listing import OrderDocuments


@click.command(
    epilog=examples("invoice show 406-1234567-1234567", "invoice show 406-1234567-1234567 --pdf invoice.pdf")
)
@click.argument("order_id", type=Text())
@seller_option
@click.option("--pdf", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write its PDF.")
@demo_option
@json_option
def command(order_id: str, seller: str | None, file: Path | None, as_json: bool) -> None:
    """Every document of one order: number, sum, hash, answers of Amazon, what comes next, and how long it is kept."""
    from tasks.invoices.listing import of_order

    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger:
        mine, order_id = order_meant(ledger, sellers_named(settings, seller), order_id)
        found = of_order(ledger, [mine], order_id, SystemClock().now(), stop_file_of(settings))
        if found is None:
            raise click.ClickException(f"order {order_id} has no invoice. Type: askonce explain {order_id}")
        if file:
            _write_pdf(ledger, vault_of(settings), found.seller, order_id, file)
    if as_json:
        print_json(asdict(found))
    else:
        _print(found, file, mine)


def _write_pdf(ledger: "Ledger", vault: "Vault", seller: str, order_id: str, file: Path) -> None:
    """The order's one PDF. Another file is never overwritten."""
    from invoices.document import Unmakeable
    from tasks.invoices.export import write
    from tasks.invoices.listing import only_pdf

    if file.exists():
        raise click.ClickException(f"{file} is there already. Name another file")
    try:
        data = only_pdf(ledger, vault, seller, order_id)
        write(file.parent, file.name, lambda opened: opened.write(data))
    except Unmakeable as why:
        raise click.ClickException(f"{why.detail}. To do: {why.reason.remedy}") from None


def _print(found: "OrderDocuments", file: Path | None, seller: "Seller") -> None:
    for each in found.documents:
        say(f"{kind(each.action)} {each.number or '(not made)'} of order {found.order_id}, {found.seller}")
        say(f"  {each.state}: {each.meaning} ({each.reason})")
        say(f"  next: {each.next}")
        if each.number:
            say(f"  {each.total} {each.currency}, VAT {each.vat or 'not known'}, {each.issued_on}")
            say(f"  sha256 {each.sha256}")
            kept = each.kept and each.keep_until
            say(f"  kept until {each.keep_until:%Y-%m-%d}" if kept else "  deleted: its legal period is over")
    print_attempts(found.attempts, seller)
    if file:
        say(f"{file}: written")
    elif any(each.kept for each in found.documents):
        say(f"The PDF: askonce invoice export {found.order_id} --to FOLDER")
