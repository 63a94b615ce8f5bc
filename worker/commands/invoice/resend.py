"""askonce invoice resend"""

import sys

import click

from ledger.state import Action
from tasks.invoices.listing import NoSuchDocument, chosen
from tasks.invoices.resend import NotResent, must_be_resendable, resend
from worker.clock import SystemClock
from worker.commands.options import Text, examples, seller_option
from worker.commands.order_ids import by_option, on_one_line
from worker.commands.output import say
from worker.commands.session import ledger_of, sellers_named, settings_of, vault_of

KINDS = (Action.INVOICE.value, Action.CREDIT_NOTE.value)


@click.command(
    epilog=examples(
        'invoice resend 406-1234567-1234567 --why "the buyer cannot find it"',
        'invoice resend 406-1234567-1234567 --why "asked by phone" --by Claire --yes',
    )
)
@click.argument("order_id", type=Text())
@click.option("--why", required=True, metavar="TEXT", callback=on_one_line, help="Why; it is kept with the order.")
@by_option("Who wants it.")
@click.option("--kind", default=KINDS[0], show_default=True, type=click.Choice(KINDS), help="Which document.")
@click.option("--part", metavar="P", help="Which of several: askonce invoice list shows the parts in --json.")
@seller_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(order_id: str, why: str, by: str, kind: str, part: str | None, seller: str | None, yes: bool) -> None:
    """Send the same document again: the same number, byte for byte. Amazon gets it a second time.

    What was never made, or is under way, is not sent. It goes out at the worker's next turn.
    """
    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    with ledger_of(settings) as ledger:
        try:
            document = chosen(ledger, list(sellers), order_id, kind, part)
            mine = sellers[document.seller]
            must_be_resendable(mine, document)
            what = f"{document.number} ({document.total} {document.currency}) of order {order_id}"
            if not yes and sys.stdin.isatty():
                click.confirm(f"Send {what} again? It was last sent at {document.asked_at or 'no time'}", abort=True)
            resend(ledger, vault_of(settings), mine, document, f"sent again by {by}: {why}", SystemClock().now())
        except NoSuchDocument as why_not:
            raise click.ClickException(str(why_not)) from None
        except NotResent as reason:
            raise click.ClickException(f"{reason}. Type: askonce explain {order_id}") from None
    say(f"{what} goes out at the worker's next turn. Without a worker, type: askonce sweep --seller {mine.name}")
    if not mine.live:
        click.echo(f"The settings of {mine.name} say live = false: it waits until they say true.")
