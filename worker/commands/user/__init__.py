"""askonce user"""

import click

from worker.commands import Commands
from worker.commands.options import examples

NAMED = {
    "add": "somebody more may log in",
    "list": "who may log in, and what each may see and do",
    "change": "give a user another role, and other sellers",
    "password": "give a user another password",
    "unlock": "let a user try again after ten wrong passwords",
    "remove": "a user may log in no longer",
}


@click.group(
    cls=Commands,
    named=NAMED,
    package=__name__,
    epilog=examples("user add claire --role admin", "user list", "user remove claire"),
)
def command() -> None:
    """Who may log in to the page: add, list, change, unlock and remove users, and give them passwords."""
