"""askonce resume"""

import click

from ledger.controls import ALL
from tasks import controls
from worker.clock import SystemClock
from worker.commands.options import examples, seller_option
from worker.commands.session import ledger_of, sellers_named, settings_of


@click.command(epilog=examples("resume", "resume --seller maison-durand"))
@seller_option
def command(seller: str | None) -> None:
    """Go on sending: lift a pause, or the rest that a seller takes whose credentials or roles Amazon refused."""
    settings = settings_of(with_credentials=False)
    scopes = [ALL, *settings.sellers] if seller is None else list(sellers_named(settings, seller))
    with ledger_of(settings) as ledger:
        done = controls.resume(ledger, scopes, SystemClock().now())
    click.echo(f"{done.lifted} stops lifted" if done.lifted else "nothing was stopped")
    for stop in done.left:
        where = "" if stop.scope == ALL else f" --seller {stop.scope}"
        click.echo(f"still stopped: {stop.scope} ({stop.reason}). Type: askonce resume{where}")
