"""askonce run"""

import os
from contextlib import closing

import click

from worker.clock import SystemClock
from worker.commands.options import examples
from worker.commands.session import amazon_of, stopped_by_signals
from worker.logs import set_up_logs
from worker.single_instance import single_instance


@click.command(epilog=examples("run", "run --web", "run --verbose"))
@click.option("--web", "with_page", is_flag=True, help="Also serve the page, as askonce web does.")
@click.option("-v", "--verbose", is_flag=True, help="Also say what is decided, order by order.")
def command(with_page: bool, verbose: bool) -> None:
    """The daemon in one process: sweeps, sends and reconciles on schedule until Ctrl-C or SIGTERM.

    It needs no Redis. A database that is not up yet is waited for. Changed settings are taken up within a minute.
    With --web and without settings it has a guide that writes them, and begins as soon as they are there.
    On SIGTERM it finishes the call in flight, settles it, and leaves.
    """
    from ledger.database import open_ledger, sqlite_file
    from worker.beginning import Beginning
    from worker.embedded import Rings, work
    from worker.heartbeat import HeartbeatWriter
    from worker.metrics import serve
    from worker.reload import Reloading
    from worker.startup import ended_at_once_by_signals, wait_for
    from worker.wiring import wire

    set_up_logs(verbose=verbose)
    clock = SystemClock()
    with stopped_by_signals() as stopping:
        beginning = Beginning(os.environ, stopping, with_page=with_page)
        with beginning.guided() as settings:
            if settings is None:
                return
            environment = settings.environment
            url = environment.database_url_or_default
            with ended_at_once_by_signals():
                ledger = wait_for("database", lambda: open_ledger(url), environment.start_wait_seconds)
            with (
                closing(ledger),
                single_instance(sqlite_file(url)),
                amazon_of(environment, clock, stopping) as amazon,
            ):
                rings = Rings()
                app = wire(settings, ledger, clock, amazon, rings, stopping)
                reloading = Reloading(app, settings, amazon, os.environ, HeartbeatWriter(app, "run"))
                serve(lambda: reloading.app, environment.metrics_port, stopping)
                with beginning.page(lambda: reloading.app):
                    work(app, rings, reloading)
