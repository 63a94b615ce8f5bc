"""askonce resume"""

import click

from rules.reason import Reason
from worker.clock import SystemClock
from worker.commands.options import action_option, examples, marketplace_option, seller_option
from worker.commands.output import counted
from worker.commands.session import ledger_of, sellers_named, settings_of
from worker.person import person


@click.command(
    epilog=examples("resume", "resume --seller maison-durand", "resume --seller maison-durand --marketplace DE")
)
@seller_option
@marketplace_option
@action_option
def command(seller: str | None, marketplace: str | None, action: str | None) -> None:
    """Go on sending: lift a pause, or the rest that a seller takes whose credentials or roles Amazon refused.

    What a wider pause still stops is said.
    """
    from ledger.controls import ALL, Scope
    from tasks import controls
    from tasks.stops import named, resume

    settings = settings_of(with_credentials=False)
    names = [ALL, *settings.sellers] if seller is None else list(sellers_named(settings, seller))
    scopes = [Scope(name, marketplace or "", action or "") for name in names]
    with ledger_of(settings) as ledger:
        done = controls.resume(ledger, scopes, person(), SystemClock().now())
    click.echo(f"{counted(done.lifted, 'stop')} lifted" if done.lifted else "nothing was stopped")
    for stop in done.left:
        whom = "all sellers" if stop.of.seller == ALL else stop.of.seller
        what = "askonce brakes" if stop.reason is Reason.BRAKED else resume(stop.of)
        click.echo(f"still stopped: {whom}, {named(stop.of)}: {stop.reason.meaning}. Type: {what}")
