"""askonce web"""

from contextlib import closing

import click

from worker.clock import SystemClock
from worker.commands.options import examples, page_options
from worker.commands.session import amazon_of, environ, stopped_by_signals
from worker.logs import set_up_logs


@click.command(epilog=examples("web", "web --host 0.0.0.0 --tls-cert page.pem --tls-key page.key"))
@page_options
@click.option("-v", "--verbose", is_flag=True, help="Also say what is decided, order by order.")
def command(verbose: bool) -> None:
    """The page: what happened, what comes next, why, and the buttons that are needed; until Ctrl-C or SIGTERM.

    On this machine alone (WEB_HOST, WEB_PORT) it prints a link that lets one browser in, once; beyond it people log in
    (askonce user add). It works beside any number of workers. Changed settings are taken up within a minute.
    Without settings it has a guide that writes them.
    """
    from ledger.database import open_ledger
    from worker.beginning import Beginning
    from worker.heartbeat import HeartbeatWriter
    from worker.reload import LOOK_EVERY, Reloading
    from worker.startup import ended_at_once_by_signals, wait_for
    from worker.wiring import Silent, wire

    set_up_logs(verbose=verbose)
    clock = SystemClock()
    with stopped_by_signals() as stopping:
        beginning = Beginning(environ(), stopping, with_page=True)
        with beginning.guided() as settings:
            if settings is None:
                return
            environment = settings.environment
            with ended_at_once_by_signals():
                url = environment.database_url_or_default
                ledger = wait_for("database", lambda: open_ledger(url), environment.start_wait_seconds)
            with closing(ledger), amazon_of(environment, clock, stopping) as amazon:
                app = wire(settings, ledger, clock, amazon, Silent(), stopping)
                reloading = Reloading(app, settings, amazon, environ(), HeartbeatWriter(app, "web"))
                with beginning.page(lambda: reloading.app):
                    while not stopping.wait(LOOK_EVERY):
                        reloading.look()
