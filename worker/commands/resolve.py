"""askonce resolve"""

import click

from ledger import entries
from ledger.entries import Answered, Verdict
from ledger.state import State
from rules.reason import Reason
from worker.clock import SystemClock
from worker.commands.common import examples, ledger_of, seller_option, sellers_named, settings_of


@click.command(epilog=examples("resolve 406-1234567-1234567 sent", "resolve 406-1234567-1234567 not-sent"))
@click.argument("order_id")
@click.argument("outcome", type=click.Choice(["sent", "not-sent"]))
@seller_option
def command(order_id: str, outcome: str, seller: str | None) -> None:
    """Settle a held order: `sent` closes it, `not-sent` lets it be decided and asked again.

    Look at the order in Seller Central first: it says whether a review was requested.
    """
    settings = settings_of(with_credentials=False)
    now = SystemClock().now()
    if outcome == "sent":
        became = Verdict(order_id, State.SENT, Reason.RESOLVED)
    else:
        became = Verdict(order_id, State.DUE, Reason.DUE, now)
    with ledger_of(settings) as ledger, ledger.begin() as connection:
        for name in sellers_named(settings, seller):
            said = Answered(f"a person said: {outcome}")
            if entries.move(connection, name, became, said, now, out_of=[State.HELD, State.UNCLEAR]):
                click.echo(f"{order_id} of {name}: {became.state}")
                return
    raise click.ClickException(f"no order {order_id} is held. Type: askonce held")
