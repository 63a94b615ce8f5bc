"""askonce forget"""

from dataclasses import asdict

import click

from worker.clock import SystemClock
from worker.commands.options import Text, examples, json_option
from worker.commands.output import counted, print_json
from worker.commands.session import ledger_of, settings_of
from worker.person import person


@click.command(epilog=examples("forget old-shop", "forget old-shop --yes"))
@click.argument("seller", type=Text())
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def command(seller: str, yes: bool, as_json: bool) -> None:
    """Delete what the ledger has of a seller whose table is no longer in sellers.toml.

    Documents that have a number stay, and so do orders that were asked, or may have been, in the last 60 days: without
    them the same account, under another name, would be asked again.
    """
    from ledger.process_identity import this_process
    from tasks import identity

    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger:
        identity.must_be_left(ledger, settings.sellers, seller)
        if not yes:
            click.confirm(f"Delete what {ledger.name} has of {seller}? It cannot be undone", abort=True, err=True)
        done = identity.forget(ledger, settings.sellers, seller, this_process(), person(), SystemClock().now())
    if as_json:
        print_json({"seller": seller, **asdict(done)})
        return
    click.echo(f"{seller}: {counted(done.orders, 'order')} deleted")
    if done.asked:
        click.echo(
            f"kept: {counted(done.asked, 'order')} asked in the last 60 days. Later, type: askonce forget {seller}"
        )
    if done.documents:
        click.echo(f"kept: {counted(done.documents, 'document')}")
