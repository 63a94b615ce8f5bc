"""askonce backup"""

from pathlib import Path

import click

from worker.clock import SystemClock
from worker.commands.options import examples
from worker.commands.output import say
from worker.commands.session import ledger_of, settings_of


@click.command(epilog=examples("backup backup.db", "backup /mnt/backup/askonce-monday.db"))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Copy a SQLite ledger into FILE, also while askonce runs. A file of that name is replaced.

    The copy is whole or not there, and readable by you only. `askonce check` tells the age of the last one.
    """
    from ledger.backup import back_up

    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger:
        size = back_up(ledger, file, SystemClock().now())
    say(f"{file.absolute()}: {size / 1e6:,.1f} MB")
