"""askonce arm"""

import sys
from typing import TYPE_CHECKING

import click

from worker.clock import SystemClock
from worker.commands.invoice.by_hand import yes_option
from worker.commands.options import examples, seller_option
from worker.commands.output import say
from worker.commands.session import ledger_of, one_seller, settings_of
from worker.person import person

if TYPE_CHECKING:
    from settings.schema import Seller

DAYS = 7


@click.command(epilog=examples("arm --seller maison-durand", "arm --seller maison-durand --yes"))
@seller_option
@yes_option
@click.pass_context
def command(context: click.Context, seller: str | None, yes: bool) -> None:
    """Let requests and documents of a seller go out, from this ledger, where it stands. The settings say live = true.

    First the plan of the next days is shown, and you are asked. A copy of the ledger, and one that was restored, is not
    armed.
    """
    from rules.readable import moment
    from tasks import arming
    from worker.commands.plan import command as plan

    settings = settings_of(with_credentials=False)
    mine = one_seller(settings, seller)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError(f"nobody can be asked here. Type: askonce arm --seller {mine.name} --yes")
        context.invoke(plan, seller=mine.name, days=DAYS, as_json=False)
        click.confirm(f"\nLet this go out for {mine.name}? {_ramp(mine)}", abort=True)
    with ledger_of(settings) as ledger:
        known = arming.arm(ledger, mine.name, person(), SystemClock().now())
    if known:
        say(f"{mine.name}: armed already, by {known.by}, since {moment(known.at, mine.zone)}; that stays as it is")
    else:
        say(f"{mine.name}: armed. {_ramp(mine)}")
    if not mine.live:
        say(f"The settings of {mine.name} say live = false: nothing is sent until they say true.")


def _ramp(seller: "Seller") -> str:
    if not seller.ramp_up:
        return "There is no ramp-up: all that is due goes out at once."
    days = ", then ".join(str(most) for most in seller.ramp_up)
    return f"At most {days} of each kind go out a day, from today on; after that there is no such limit."
