"""What the commands have in common by which a person does something to a document: who, why, and the question."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from worker.commands.options import seller_option
from worker.commands.order_ids import by_option, on_one_line
from worker.commands.output import say

if TYPE_CHECKING:
    from settings.schema import Seller

why_option = click.option(
    "--why", required=True, metavar="TEXT", callback=on_one_line, help="Why; it is kept with the order."
)
part_option = click.option(
    "--part", metavar="P", help="Which of several: askonce invoice list shows the parts in --json."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def reason_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Why it is done, and who wants it."""
    return why_option(by_option("Who wants it.")(command))


def document_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which document of an order it is done to, and whether a person is asked first."""
    return part_option(seller_option(yes_option(command)))


class Amount(click.ParamType[Decimal]):
    """An amount of money as it is written: 12, 12.50 or 12,50."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,2})?", value):
            self.fail(f"{value!r} is not an amount. Type: 12.50", param, ctx)
        return Decimal(value.replace(",", "."))


def confirm(question: str, yes: bool) -> None:
    """On a terminal a person is asked first."""
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True)


@contextmanager
def telling_why_not(order_id: str) -> Iterator[None]:
    """What was not done is said, with what to type."""
    from tasks.not_done import NotDone

    try:
        yield
    except NotDone as reason:
        raise click.ClickException(f"{reason}. Type: askonce explain {order_id}") from None


def tell(seller: "Seller", what: str, *, done: bool) -> None:
    """What becomes of the wish. `done`: it is new; else it was asked for before."""
    if done:
        tell_when(seller, f"{what}: made")
    else:
        say(f"{what}: it was asked for already, in the same words. For another one, say so in --why")


def tell_when(seller: "Seller", what: str) -> None:
    """When the worker does it."""
    say(f"{what} at the worker's next turn. Without a worker, type: askonce sweep --seller {seller.name}")
    if not seller.live:
        click.echo(f"The settings of {seller.name} say live = false: it waits until they say true.")
