"""askonce user password"""

import click

from worker.clock import SystemClock
from worker.commands.options import examples
from worker.commands.output import say
from worker.commands.user.typing import ledger_here, name_argument, password_option, password_typed
from worker.person import person


@click.command(epilog=examples("user password claire", "user password claire --password-stdin < password.txt"))
@name_argument
@password_option
def command(name: str, from_stdin: bool) -> None:
    """Give a user another password, which ends a lock. Whoever is logged in by that name must log in again."""
    from tasks import users

    password = password_typed(from_stdin=from_stdin)
    with ledger_here() as ledger:
        users.set_password(ledger, name, password, person(), SystemClock().now())
    say(f"{name} has another password")
