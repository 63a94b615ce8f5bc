"""askonce resolve"""

import click

from ledger.state import Action
from worker.clock import SystemClock
from worker.commands.options import Text, examples, seller_option
from worker.commands.order_ids import order_meant
from worker.commands.session import opened
from worker.person import person


@click.command(
    epilog=examples(
        "resolve 406-1234567-1234567 sent",
        "resolve 406-1234567-1234567 not-sent",
        "resolve 406-1234567-1234567 sent --action invoice",
    )
)
@click.argument("order_id", type=Text())
@click.argument("outcome", type=click.Choice(["sent", "not-sent"]))
@click.option("--action", type=click.Choice([each.value for each in Action]), help="Which; needed if none is held.")
@click.option("--part", metavar="P", help="Which, if several invoices or credit notes are: askonce held --json.")
@seller_option
def command(order_id: str, outcome: str, action: str | None, part: str | None, seller: str | None) -> None:
    """Settle a held order or document: `sent` closes it, `not-sent` lets it be decided and sent again.

    Look at the order in Seller Central first: it says whether a review was requested, and which invoices it has.
    What you did by hand, before askonce did: `sent --action A` closes it.
    """
    from tasks import controls

    now, sent = SystemClock().now(), outcome == "sent"
    with opened(seller) as (sellers, ledger):
        mine, order_id = order_meant(ledger, sellers, order_id)
        by_hand = action is not None
        done = controls.resolve(
            *(ledger, [mine.name], order_id, person(), now), sent=sent, action=action, part=part, by_hand=by_hand
        )
    what = order_id if done.key.action == Action.REVIEW else f"{done.key.action} of {order_id}"
    click.echo(f"{what} of {done.seller}: {done.state}")
