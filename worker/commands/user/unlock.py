"""askonce user unlock"""

import click

from worker.clock import SystemClock
from worker.commands.options import examples
from worker.commands.output import say
from worker.commands.user.typing import ledger_here, name_argument
from worker.person import person


@click.command(epilog=examples("user unlock claire"))
@name_argument
def command(name: str) -> None:
    """Let a user try again at once. Ten wrong passwords in a row lock a user for 30 minutes."""
    from tasks import users

    with ledger_here() as ledger:
        users.unlock(ledger, name, person(), SystemClock().now())
    say(f"{name} may log in")
