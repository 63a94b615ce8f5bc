"""askonce invoice resend"""

import click

from ledger.state import Action
from worker.clock import SystemClock
from worker.commands.cells import shown
from worker.commands.invoice.by_hand import confirm, document_options, reason_options, tell_when, telling_why_not
from worker.commands.options import Text, examples
from worker.commands.order_ids import order_meant
from worker.commands.output import local
from worker.commands.session import ledger_of, sellers_named, settings_of, vault_of
from worker.person import person

KINDS = (Action.INVOICE.value, Action.CREDIT_NOTE.value)


@click.command(
    epilog=examples(
        'invoice resend 406-1234567-1234567 --why "the buyer cannot find it"',
        'invoice resend 406-1234567-1234567 --why "asked by phone" --by Claire --yes',
    )
)
@click.argument("order_id", type=Text())
@reason_options
@click.option("--kind", default=KINDS[0], show_default=True, type=click.Choice(KINDS), help="Which document.")
@document_options
def command(order_id: str, why: str, by: str, kind: str, part: str | None, seller: str | None, yes: bool) -> None:
    """Send the same document again: the same number, byte for byte. Amazon gets it a second time.

    What was never made, or is under way, is not sent. It goes out at the worker's next turn.
    """
    from tasks.invoices.listing import chosen
    from tasks.invoices.resend import must_be_resendable, resend

    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    with ledger_of(settings) as ledger, telling_why_not(order_id):
        mine, order_id = order_meant(ledger, sellers, order_id)
        document = chosen(ledger, [mine.name], order_id, kind, part)
        must_be_resendable(mine, document)
        what = f"{document.number} ({document.total} {document.currency}) of order {order_id}"
        confirm(f"Send {what} again? It was last sent at {shown(local(document.asked_at, mine)) or 'no time'}", yes)
        said = f"sent again by {by}: {why}"
        resend(ledger, vault_of(settings), mine, document, said, person(by), SystemClock().now())
    tell_when(mine, f"{what} goes out")
