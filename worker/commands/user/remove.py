"""askonce user remove"""

import click

from worker.clock import SystemClock
from worker.commands.options import examples
from worker.commands.output import say
from worker.commands.user.typing import ledger_here, name_argument
from worker.person import person


@click.command(epilog=examples("user remove claire"))
@name_argument
def command(name: str) -> None:
    """A user may log in no longer, and is logged out. What it did stays in `askonce audit`."""
    from tasks import users

    with ledger_here() as ledger:
        users.remove(ledger, name, person(), SystemClock().now())
    say(f"{name} is removed")
