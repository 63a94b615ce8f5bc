"""askonce pause"""

from datetime import UTC, datetime

import click

from worker.commands.options import When, action_option, examples, marketplace_option, seller_option
from worker.commands.session import ledger_of, sellers_named, settings_of
from worker.person import person


@click.command(
    epilog=examples(
        "pause",
        "pause --seller maison-durand --until 2026-12-01",
        "pause --until tomorrow",
        "pause --seller maison-durand --marketplace DE --action review",
    )
)
@seller_option
@marketplace_option
@action_option
@click.option("--until", type=When(ahead=True), metavar="T", help="2026-12-01, tomorrow, 18:00, or 12h from now.")
def command(seller: str | None, marketplace: str | None, action: str | None, until: datetime | None) -> None:
    """Stop sending, at once: workers look between claim and call. Facts go on being read, and nothing is lost."""
    from ledger.controls import ALL, Scope
    from tasks import controls
    from tasks.stops import named
    from worker.clock import SystemClock

    settings = settings_of(with_credentials=False)
    for mine in sellers_named(settings, seller).values() if seller else ():
        if marketplace and marketplace not in mine.marketplaces:
            meant = ", ".join(mine.marketplaces)
            raise click.BadParameter(f"the settings of {seller} name no marketplace {marketplace}: only {meant}")
    now = SystemClock().now()
    if until is not None and until <= now:
        raise click.BadParameter(f"{until:%Y-%m-%d %H:%M %Z} is over; nothing is paused. Type: --until 12h")
    scope = Scope(seller or ALL, marketplace or "", action or "")
    with ledger_of(settings) as ledger:
        controls.pause(ledger, scope, until.astimezone(UTC) if until else None, person(), now)
    lifted = f"until {until:%Y-%m-%d %H:%M %Z}" if until else "until you type: askonce resume"
    click.echo(f"{seller or 'all sellers'}: {named(scope)} is paused {lifted}")
