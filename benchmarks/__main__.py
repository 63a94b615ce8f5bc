"""`python -m benchmarks [NAME]…`: a table of figures, or JSON. Exit code 1: a goal was missed."""

from importlib import import_module

import click

from benchmarks.figure import Figure
from worker.commands.output import print_json, print_table

NAMES = (
    *("replay", "calls", "calls_per_request", "budget", "idle_sweep", "retention", "memory", "start"),  # one shop
    *("sellers", "decide", "first_request", "large_shop"),  # many
    *("invoices", "uploads"),
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]…")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def main(names: tuple[str, ...], as_json: bool) -> None:
    """Measure all, or those named."""
    figures: list[Figure] = []
    for name in names or NAMES:
        click.echo(f"measuring {name}…", err=True)
        figures += import_module(f"benchmarks.{name}").measure()
    if as_json:
        print_json({"figures": [figure.document() for figure in figures]})
    else:
        print_table(("figure", "value", "goal", "verdict", "from"), [figure.row() for figure in figures])
    raise SystemExit(not all(figure.met for figure in figures))


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
