"""askonce user change"""

import click

from worker.clock import SystemClock
from worker.commands.options import examples
from worker.commands.output import say
from worker.commands.user.typing import ledger_here, name_argument, role_option, seen, sellers_meant, sellers_option
from worker.person import person


@click.command(
    epilog=examples("user change bruno --role operator", "user change bruno --role operator --seller lumiere")
)
@name_argument
@role_option
@sellers_option
def command(name: str, role: str, sellers: tuple[str, ...]) -> None:
    """Give a user another role, and other sellers. Whoever is logged in by that name must log in again."""
    from tasks import users
    from tasks.users import Role

    meant = sellers_meant(sellers)
    with ledger_here() as ledger:
        changed = users.change(ledger, name, Role(role), meant, person(), SystemClock().now())
    say(f"{changed.name}, {role}, sees {seen(changed.sellers)}")
