"""askonce import"""

import click

from worker.commands import Commands
from worker.commands.options import examples

NAMED = {"asked": "orders whose buyers were asked already, by another tool or by hand"}


@click.group(cls=Commands, named=NAMED, package=__name__, epilog=examples("import asked asked.csv --dry-run"))
def command() -> None:
    """Move in from another tool: what it has done is not done again."""
