"""askonce rename"""

from dataclasses import asdict

import click

from worker.clock import SystemClock
from worker.commands.options import Text, examples, json_option
from worker.commands.output import counted, print_json
from worker.commands.session import ledger_of, settings_of
from worker.person import person


@click.command(epilog=examples("rename my-shop maison-durand", "rename my-shop maison-durand --json"))
@click.argument("old", type=Text())
@click.argument("new", type=Text())
@json_option
def command(old: str, new: str, as_json: bool) -> None:
    """Give all that the ledger has of the seller OLD the name NEW, after its table in sellers.toml was renamed.

    Its orders, what was sent, its documents and their series of numbers, its pauses. Refused while a worker is at work
    for either, and when NEW has orders of its own.
    """
    from ledger.process_identity import this_process
    from tasks import identity

    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger:
        done = identity.rename(ledger, settings.sellers, old, new, this_process(), person(), SystemClock().now())
    if as_json:
        print_json(asdict(done))
    else:
        click.echo(f"{new} has {counted(done.orders, 'order')} of {old} now")
