"""askonce user add"""

import click

from worker.clock import SystemClock
from worker.commands.options import examples
from worker.commands.output import say
from worker.commands.user.typing import (
    ledger_here,
    name_argument,
    password_option,
    password_typed,
    role_option,
    seen,
    sellers_meant,
    sellers_option,
)
from worker.person import person


@click.command(
    epilog=examples(
        "user add claire --role admin",
        "user add bruno --role viewer --seller maison-durand --seller lumiere",
        "user add bruno --role viewer --password-stdin < password.txt",
    )
)
@name_argument
@role_option
@sellers_option
@password_option
def command(name: str, role: str, sellers: tuple[str, ...], from_stdin: bool) -> None:
    """Somebody more may log in to the page.

    The password is typed twice, and not shown; it has 12 characters at least. Only its argon2id hash is kept.
    """
    from tasks import users
    from tasks.users import Role

    meant = sellers_meant(sellers)
    password = password_typed(from_stdin=from_stdin)
    with ledger_here() as ledger:
        added = users.add(ledger, name, Role(role), meant, password, person(), SystemClock().now())
    say(f"{added.name}, {role}, sees {seen(added.sellers)}, and may log in")
