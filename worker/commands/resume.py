"""askonce resume"""

import click

from worker.clock import SystemClock
from worker.commands.options import examples, seller_option
from worker.commands.output import counted
from worker.commands.session import ledger_of, sellers_named, settings_of
from worker.person import person


@click.command(epilog=examples("resume", "resume --seller maison-durand"))
@seller_option
def command(seller: str | None) -> None:
    """Go on sending: lift a pause, or the rest that a seller takes whose credentials or roles Amazon refused."""
    from ledger.controls import ALL
    from tasks import controls

    settings = settings_of(with_credentials=False)
    scopes = [ALL, *settings.sellers] if seller is None else list(sellers_named(settings, seller))
    with ledger_of(settings) as ledger:
        done = controls.resume(ledger, scopes, person(), SystemClock().now())
    click.echo(f"{counted(done.lifted, 'stop')} lifted" if done.lifted else "nothing was stopped")
    for stop in done.left:
        whom = "all sellers" if stop.scope == ALL else stop.scope
        where = "" if stop.scope == ALL else f" --seller {stop.scope.partition('/')[0]}"
        click.echo(f"still stopped: {whom}, {stop.reason.meaning}. Type: askonce resume{where}")
