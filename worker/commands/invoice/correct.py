"""askonce invoice correct"""

import click

from ledger.state import Action
from worker.clock import SystemClock
from worker.commands.invoice.by_hand import confirm, document_options, reason_options, tell, telling_why_not
from worker.commands.options import Text, examples
from worker.commands.order_ids import order_meant
from worker.commands.session import opened
from worker.person import person


@click.command(
    epilog=examples(
        'invoice correct 406-1234567-1234567 --why "the VAT number was missing"',
        'invoice correct 406-1234567-1234567 --why "wrong rate" --by Claire --yes',
    )
)
@click.argument("order_id", type=Text())
@reason_options
@document_options
def command(order_id: str, why: str, by: str, part: str | None, seller: str | None, yes: bool) -> None:
    """Take back a whole invoice with a credit note, and invoice the order anew, each under its own number.

    Mend the cause first, in the settings or at Amazon: the new invoice is made from what is known at the worker's next
    turn. The same words typed again are one wish.
    """
    from tasks.invoices.by_hand import ByHand, correct
    from tasks.invoices.listing import chosen

    with opened(seller) as (sellers, ledger), telling_why_not(order_id):
        mine, order_id = order_meant(ledger, sellers, order_id)
        invoice = chosen(ledger, [mine.name], order_id, Action.INVOICE, part)
        number = invoice.number or "the invoice"
        what = f"A credit note over all that is left of {number}, and a new invoice of order {order_id}"
        confirm(f"{what}? Is the cause mended?", yes)
        wish = ByHand(invoice, f"correction, asked for by {by}: {why}", person(by))
        tell(mine, what, done=correct(ledger, mine, wish, SystemClock().now()))
