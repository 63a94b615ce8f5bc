"""askonce demo"""

import logging
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from worker.commands.options import examples
from worker.commands.output import counted, print_totals, totals_line
from worker.commands.session import stopped_by_signals

if TYPE_CHECKING:
    from rich.console import RenderableType

    from worker.demo import Ended, Standing

EVENTS_SHOWN = 8


@click.command(epilog=examples("demo", "demo --web", "history --demo"))
@click.option("--web", "with_page", is_flag=True, help="Show it in the page, where buyers go on ordering.")
@click.option(
    "--minutes", metavar="N", type=click.FloatRange(0.1, 600), default=10, help="How long, with --web. Default: 10."
)
def command(with_page: bool, minutes: float) -> None:
    """A small seller's month on a simulated Amazon: watch askonce do its main job, in about a minute and a half.

    The first day runs in real time, the other 30 on a simulated clock; the last day is today. Nothing leaves this
    machine. The ledger stays in var/demo.db, and the invoices in var/demo-invoices: commands with --demo read them.
    With --web the month passes in the page, which it prints a link to; all buttons work.
    """
    if with_page:
        _watched(timedelta(minutes=minutes))
        return
    click.echo("A small shop in France and Germany, on a simulated Amazon. It takes about a minute and a half.")
    with stopped_by_signals() as stopping, _shown() as show:
        from worker.demo import demo

        with demo(stopping) as playing:
            for standing in playing.steps():
                show(standing)
            if stopping.is_set():
                raise SystemExit(1)
            ended = playing.ended()
    _print(ended)
    if not ended.agrees:
        raise click.ClickException("the ledger and the simulated Amazon disagree: please report this as a bug")


def _watched(lasting: timedelta) -> None:
    """The month in the page. Whoever has seen enough ends it with Ctrl-C."""
    minutes = f"{lasting / timedelta(minutes=1):g}"
    click.echo(f"A small shop in France and Germany, on a simulated Amazon: its month takes {minutes} minutes.")
    click.echo("Open this link in a browser; Ctrl-C ends it.\n")
    show = _Days().show
    with stopped_by_signals() as stopping:
        from worker.demo import demo

        with demo(stopping, is_watched=True) as playing, playing.page(click.echo):
            for standing in playing.watched(lasting):
                show(standing)
            if stopping.is_set():
                click.echo("Stopped; what was under way is settled. Your own shop comes next: askonce init")
                return
            ended = playing.ended()
    _print(ended)
    if ended.asked_again or ended.invoiced_again:
        raise click.ClickException("the simulated Amazon was asked twice: please report this as a bug")


def _print(ended: "Ended") -> None:
    click.echo("\nThe review requests:\n")
    print_totals(ended.standing.requests)
    click.echo("\nThe invoices and credit notes:\n")
    print_totals(ended.standing.documents, of="documents")
    click.echo("\nThe simulated Amazon accepted")
    click.echo(f"  requests for {counted(ended.asked, 'order')}, {ended.asked_again} of them more than once")
    click.echo(f"  {counted(ended.invoiced, 'document')}, {ended.invoiced_again} of them more than once\n")
    click.echo(f"Why was this one not asked?  askonce explain {ended.an_order} --demo")
    click.echo("And all the others?          askonce history --demo")
    click.echo(f"An invoice:                  {ended.documents[0]}")
    click.echo("Your own shop comes next:    askonce init")


@contextmanager
def _shown() -> Iterator[Callable[["Standing"], None]]:
    """How the demo is shown: on a terminal as one screen that changes, elsewhere as a line for each day."""
    if not sys.stdout.isatty():
        click.echo("The first day is in real time: Amazon takes 5 requests at once, then one a second.\n")
        yield _Days().show
        return
    from rich.live import Live

    from worker.logs import events_go_to

    logging.getLogger("askonce").setLevel(logging.INFO)
    events = deque[str](maxlen=EVENTS_SHOWN)
    with (
        Live(transient=True, auto_refresh=False) as live,
        events_go_to(lambda said, _level: events.append(said)),
    ):
        yield lambda standing: live.update(_screen(standing, events), refresh=True)


class _Days:
    """A line at the end of each day on which something changed."""

    def __init__(self) -> None:
        self._day = 0
        self._said = ""

    def show(self, standing: "Standing") -> None:
        if standing.day == self._day and not standing.is_over:
            return
        self._day = standing.day
        requests, documents = standing.requests, counted(standing.documents.sent, "document")
        said = f"{counted(requests.sent, 'order')} asked, {requests.waiting:,} waiting; {documents} sent"
        if said != self._said:
            click.echo(f"{standing.at:%d %b}  {said}")
        self._said = said


def _screen(standing: "Standing", events: deque[str]) -> "RenderableType":
    """The day, the sums, and the latest events."""
    from rich.console import Group
    from rich.text import Text

    pace = "in real time: 5 requests at once, then 1 a second" if standing.day == 0 else ""
    done = 2 * (standing.day + standing.is_over)
    sums = (("requests ", standing.requests), ("documents", standing.documents))
    return Group(
        Text(f"day {standing.day + 1} of {standing.days + 1}, {standing.at:%a %d %b}  {pace}", style="bold"),
        Text("━" * done, style="green").append("━" * (2 * standing.days + 2 - done), style="dim"),
        *(Text(f"{of}  {totals_line(totals)}") for of, totals in sums),
        *(Text(f"  {event}", style="dim", overflow="ellipsis", no_wrap=True) for event in events),
    )
