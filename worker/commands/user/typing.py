"""What the commands of users have in common."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from worker.commands.options import Text

if TYPE_CHECKING:
    from ledger.database import Ledger

ROLES = ("viewer", "operator", "admin")

name_argument = click.argument("name", type=Text())
role_option = click.option(
    "--role",
    required=True,
    type=click.Choice(ROLES),
    help="viewer: looks. operator: also answers, pauses, asks, resends. admin: also settings, and arms.",
)
sellers_option = click.option(
    "--seller",
    "sellers",
    multiple=True,
    type=Text(),
    metavar="S",
    help="Sees this seller, and no other; may be given several times. Default: all.",
)
password_option = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input, a line."
)


def password_typed(*, from_stdin: bool) -> str:
    """As a line of standard input, or typed twice at the terminal, which does not show it."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to type the password at. Type: --password-stdin")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def sellers_meant(names: tuple[str, ...]) -> list[str]:
    """These, which the settings must name. The settings are read for them alone."""
    from worker.commands.session import sellers_named, settings_of

    if not names:
        return []
    settings = settings_of(with_credentials=False)
    return [each for name in names for each in sellers_named(settings, name)]


@contextmanager
def ledger_here() -> Iterator["Ledger"]:
    """The ledger of this environment: users need no settings of sellers."""
    import os

    from ledger.database import open_ledger
    from settings.load import load_environment

    with closing(open_ledger(load_environment(os.environ).database_url_or_default)) as ledger:
        yield ledger


def seen(sellers: frozenset[str] | None) -> str:
    """Which sellers, for people."""
    return "all sellers" if sellers is None else ", ".join(sorted(sellers))
