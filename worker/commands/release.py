"""askonce release"""

import click

from worker.clock import SystemClock
from worker.commands.options import Text, examples, marketplace_option
from worker.commands.output import say
from worker.commands.session import opened
from worker.person import person


@click.command(
    epilog=examples(
        "release --seller maison-durand", "release --seller maison-durand --marketplace DE --brake many_due"
    )
)
@click.option("--seller", type=Text(), required=True, metavar="S", help="The seller.")
@marketplace_option
@click.option("--brake", type=Text(), metavar="NAME", help="As `brakes` names it. Default: all.")
def command(seller: str, marketplace: str | None, brake: str | None) -> None:
    """Accept, for now, what stopped the seller: requests go on, and the same brake is not judged for a day."""
    from tasks.brakes.release import release

    with opened(seller) as (_, ledger):
        done = release(ledger, seller, marketplace, brake, person(), SystemClock().now())
    for each in done:
        say(f"{seller}{f', {each.marketplace}' if each.marketplace else ''}: {each.brake} is released")
