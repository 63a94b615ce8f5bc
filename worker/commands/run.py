"""askonce run"""

from contextlib import closing

import click
from sqlalchemy import make_url

from ledger.database import open_ledger
from marketplace.amazon.client import Amazon
from worker.alone import alone
from worker.clock import SystemClock
from worker.commands.common import examples, settings_of, stopped_by_signals
from worker.logs import set_up_logs
from worker.startup import ended_at_once_by_signals, wait_for
from worker.wiring import wire


@click.command(epilog=examples("run", "run --verbose"))
@click.option("-v", "--verbose", is_flag=True, help="Say more, order by order.")
def command(verbose: bool) -> None:
    """The daemon in one process: sweeps, sends and reconciles on schedule until Ctrl-C or SIGTERM.

    It needs no Redis. A database that is not up yet is waited for. On SIGTERM it finishes the call in flight, settles
    it, and leaves.
    """
    from worker.embedded import Threads, work

    settings = settings_of()
    set_up_logs(verbose=verbose)
    url = make_url(settings.environment.database_url_or_default)
    database = url.database if url.drivername == "sqlite" else None
    with ended_at_once_by_signals():
        seconds = settings.environment.start_wait_seconds
        ledger = wait_for("database", lambda: open_ledger(settings.environment.database_url_or_default), seconds)
    with stopped_by_signals() as stopping, closing(ledger), alone(database):
        clock = SystemClock()
        endpoints = settings.environment.sp_api_endpoint, settings.environment.lwa_endpoint
        amazon = Amazon(clock, *endpoints, stopping=stopping)
        doorbell = Threads(stopping)
        work(wire(settings, ledger, clock, amazon, doorbell, stopping), doorbell)
        amazon.close()
