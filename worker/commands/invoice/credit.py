"""askonce invoice credit"""

from decimal import Decimal

import click

from ledger.state import Action
from worker.clock import SystemClock
from worker.commands.invoice.by_hand import Amount, confirm, document_options, reason_options, tell, telling_why_not
from worker.commands.options import Text, examples
from worker.commands.order_ids import order_meant
from worker.commands.session import opened
from worker.person import person


@click.command(
    epilog=examples(
        'invoice credit 406-1234567-1234567 12.50 --why "scratched, settled by phone"',
        'invoice credit 406-1234567-1234567 12.50 --why "settled by phone" --by Claire --yes',
    )
)
@click.argument("order_id", type=Text())
@click.argument("amount", type=Amount())
@reason_options
@document_options
def command(order_id: str, amount: Decimal, why: str, by: str, part: str | None, seller: str | None, yes: bool) -> None:
    """Take back a part of an invoice, VAT included, with a credit note of its own number.

    For money that you gave back outside Amazon: what is refunded through Amazon gets its credit note by itself. The
    same words typed again are one wish.
    """
    from tasks.invoices.by_hand import ByHand, credit
    from tasks.invoices.listing import chosen

    with opened(seller) as (sellers, ledger), telling_why_not(order_id):
        mine, order_id = order_meant(ledger, sellers, order_id)
        invoice = chosen(ledger, [mine.name], order_id, Action.INVOICE, part)
        what = f"A credit note over {amount} {invoice.currency} of {invoice.number}, order {order_id}"
        confirm(f"{what}?", yes)
        wish = ByHand(invoice, f"credit note over {amount}, asked for by {by}: {why}", person(by))
        tell(mine, what, done=credit(ledger, mine, wish, amount, SystemClock().now()))
