"""askonce pause"""

from datetime import datetime

import click

from tasks import controls
from worker.commands.options import When, examples, seller_option
from worker.commands.session import ledger_of, sellers_named, settings_of


@click.command(epilog=examples("pause", "pause --seller maison-durand --until 2026-12-01", "pause --until 12h"))
@seller_option
@click.option("--until", type=When(ahead=True), metavar="T", help="2026-12-01, or 12h from now.")
def command(seller: str | None, until: datetime | None) -> None:
    """Stop sending, at once: workers look between claim and call. Facts go on being read, and nothing is lost."""
    settings = settings_of(with_credentials=False)
    if seller is not None:
        sellers_named(settings, seller)
    with ledger_of(settings) as ledger:
        controls.pause(ledger, seller, until)
    lifted = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "until you type: askonce resume"
    click.echo(f"{seller or 'all sellers'}: sending is paused {lifted}")
