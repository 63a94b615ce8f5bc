"""askonce simulator"""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import click

from worker.clock import SystemClock
from worker.commands.options import examples


@click.command(
    epilog=examples(
        "simulator --port 8080",
        "simulator --orders report.tsv --transit-days 4 --speed 3600",
    )
)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option(
    "--orders",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="An All Orders report, or orders in the simulator's JSON. Default: a small seller's world.",
)
@click.option("--transit-days", default=4.0, show_default=True, help="From purchase to delivery, for a report.")
@click.option("--speed", default=1.0, show_default=True, help="Simulated seconds in a real one.")
def command(port: int, orders: Path | None, transit_days: float, speed: float) -> None:
    """A local Amazon over HTTP: tokens, orders, finances, reports and solicitations, with Amazon's quirks and rates.

    GET /simulator says what it accepted; docs/simulator.md says how to script faults and time.
    """
    from marketplace.simulator.all_orders_report import ReportError
    from marketplace.simulator.server import Options, serve

    options = Options(
        start=SystemClock().now(),
        port=port,
        orders=orders,
        demo=orders is None,
        transit=timedelta(days=transit_days),
        speed=speed,
    )
    try:
        with suppress(KeyboardInterrupt):
            serve(options, lambda url: click.echo(f"{url}\nexport SP_API_ENDPOINT={url} LWA_ENDPOINT={url}"))
    except (OSError, ReportError, ValueError) as complaint:
        raise click.ClickException(f"{complaint}. Type: askonce simulator --help") from None
