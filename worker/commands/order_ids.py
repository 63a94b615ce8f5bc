"""Order ids as arguments, or in a file, and who says what about them."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rules.order_id import order_id_in
from worker.commands.options import Text
from worker.person import account_name

if TYPE_CHECKING:
    from ledger.database import Ledger
    from settings.schema import Seller

F = TypeVar("F", bound=Callable[..., Any])


def on_one_line(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """A callback: on one line, and not empty."""
    if text is None:
        return None
    if not (said := " ".join(text.split())):
        raise click.BadParameter("must say something")
    return said


def by_option(what: str) -> Callable[[F], F]:
    """`--by`: who says so."""
    return click.option(
        "--by", default=account_name, metavar="NAME", callback=on_one_line, help=f"{what} Default: your login."
    )


order_ids_argument = click.argument("order_ids", nargs=-1, type=Text(), metavar="ORDER_ID...")
file_option = click.option(
    "--file",
    type=click.Path(allow_dash=True),
    metavar="FILE",
    help="Order ids from a file, one a line, or CSV; - for stdin.",
)


def all_ids(order_ids: Sequence[str], file: str | None) -> list[str]:
    """The ids of the command line and of the file, each once. None at all is a usage error."""
    found = [*order_ids, *(_of_file(file) if file else ())]
    if not found:
        raise click.UsageError("name an order, or a file of them. Type: ORDER_ID, or --file FILE")
    return list(dict.fromkeys(found))


def content_of(file: str) -> bytes:
    """The bytes of the file; `-`: of stdin. Raises FileError."""
    try:
        with click.open_file(file, "rb") as opened:
            content: bytes = opened.read()
            return content
    except OSError as complaint:
        raise click.FileError(file, complaint.strerror) from None


def _of_file(name: str) -> Iterator[str]:
    """The first order id of each line; a first line without one is a header."""
    from settings.complaints import as_text

    text, _ = as_text(content_of(name))
    for number, cells in enumerate(csv.reader(text.splitlines(), delimiter=_delimiter(text)), 1):
        words = [cell for cell in cells if cell.strip()]
        ids = [cell for cell in words if order_id_in(cell)]
        if ids:
            yield ids[0]
        elif len(words) == 1 and number > 1:
            yield words[0]
        elif words and number > 1:
            raise click.BadParameter(f"line {number} of {name} has no order id: {', '.join(words)[:60]!r}")


def _delimiter(text: str) -> str:
    """That of the first line."""
    first = text.partition("\n")[0]
    return max("\t,;|", key=first.count)


def only_seller(sellers: "Mapping[str, Seller]", what: str) -> "Seller":
    """The only seller there is. More than one is a usage error: it is not said whose `what` is meant."""
    if len(sellers) > 1:
        raise click.UsageError(f"say whose {what}. Type: {' or '.join(f'--seller {name}' for name in sellers)}")
    return next(iter(sellers.values()))


def order_meant(ledger: "Ledger", sellers: "Mapping[str, Seller]", pasted: str) -> "tuple[Seller, str]":
    """The seen order that is meant, and whose it is. Raises NotDone, which says why there is none."""
    from tasks.order_ids import find

    name, order_id = find(ledger, sellers, pasted)
    return sellers[name], order_id


def meant_or_as_typed(ledger: "Ledger", sellers: "Mapping[str, Seller]", pasted: str) -> str:
    """The id of the seen order that is meant; what was typed, where there is none."""
    from tasks.not_done import NotDone

    try:
        return order_meant(ledger, sellers, pasted)[1]
    except NotDone:
        return order_id_in(pasted) or pasted
