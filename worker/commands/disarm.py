"""askonce disarm"""

import click

from worker.clock import SystemClock
from worker.commands.options import examples, seller_option
from worker.commands.session import ledger_of, one_seller, settings_of
from worker.person import person


@click.command(epilog=examples("disarm --seller maison-durand"))
@seller_option
def command(seller: str | None) -> None:
    """Take back askonce arm: nothing goes out for the seller any more, from the next call on."""
    from tasks import arming

    settings = settings_of(with_credentials=False)
    mine = one_seller(settings, seller)
    with ledger_of(settings) as ledger:
        was_armed = arming.disarm(ledger, mine.name, person(), SystemClock().now())
    again = f"To let it send again: askonce arm --seller {mine.name}"
    click.echo(f"{mine.name}: {'not armed any more' if was_armed else 'was not armed'}. {again}")
