"""askonce user list"""

from typing import TYPE_CHECKING

import click

from worker.clock import SystemClock
from worker.commands.cells import Tone, Toned
from worker.commands.options import examples, json_option
from worker.commands.output import counted, print_json, print_table
from worker.commands.user.typing import ledger_here, seen

if TYPE_CHECKING:
    from ledger.users import User


@click.command(epilog=examples("user list", "user list --json"))
@json_option
def command(as_json: bool) -> None:
    """Who may log in to the page, what each may see and do, and who is locked."""
    from tasks import users

    with ledger_here() as ledger:
        found = users.listed(ledger)
    now = SystemClock().now()
    if as_json:
        print_json({"users": [_document(each, is_locked=each.is_locked(now)) for each in found]})
        return
    print_table(
        ("name", "role", "sees", "last log-in", "locked until"),
        [
            (
                *(each.name, each.role, seen(each.sellers), each.logged_in_at),
                Toned(f"{each.locked_until:%Y-%m-%d %H:%M} UTC", Tone.WRONG) if each.is_locked(now) else None,
            )
            for each in found
        ],
    )
    click.echo(f"\n{counted(len(found), 'user')}" if found else "nobody yet. Type: askonce user add NAME --role admin")


def _document(user: "User", *, is_locked: bool) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role,
        "sellers": None if user.sellers is None else sorted(user.sellers),
        "added_at": user.added_at,
        "logged_in_at": user.logged_in_at,
        "failures": user.failures,
        "locked_until": user.locked_until if is_locked else None,
    }
