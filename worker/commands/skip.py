"""askonce skip"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from worker.clock import SystemClock
from worker.commands.options import examples, json_option, seller_option
from worker.commands.order_ids import all_ids, by_option, file_option, on_one_line, order_ids_argument
from worker.commands.output import print_json, say
from worker.commands.session import opened
from worker.person import person

if TYPE_CHECKING:
    from tasks.left_out import Said


@click.command(
    epilog=examples(
        'skip 406-1234567-1234567 --why "complained by mail"',
        'skip --file complaints.csv --why "wrong colour" --by Claire',
        "skip --undo 406-1234567-1234567",
    )
)
@order_ids_argument
@file_option
@click.option(
    "--why", metavar="TEXT", callback=on_one_line, help="Why; it is kept with the order. Needed, but to undo."
)
@by_option("Who wants it.")
@click.option("--undo", is_flag=True, help="Take it back: the rules decide again.")
@seller_option
@json_option
def command(
    order_ids: tuple[str, ...],
    file: str | None,
    why: str | None,
    by: str,
    undo: bool,
    seller: str | None,
    as_json: bool,
) -> None:
    """Do not ask these buyers for a review. What was asked already stays asked. Invoices are not concerned.

    An order that was not seen yet is left out when it is. Exit code 1: for one of the orders it was too late or in
    doubt, or it is not clear which is meant.
    """
    from tasks.left_out import Outcome, leave_out, take_back

    if not why and not undo:
        raise click.UsageError('say why. Type: --why "complained by mail"')
    ids, now = all_ids(order_ids, file), SystemClock().now()
    with opened(seller) as (sellers, ledger):
        say_so: Callable[[str], Said] = (
            partial(take_back, ledger, sellers, by=person(by), now=now)
            if undo
            else partial(leave_out, ledger, sellers, by=person(by), why=why or "", now=now)
        )
        done, unknown = each_of(ids, say_so)
    if as_json:
        print_json({"entries": [asdict(each) | {"words": each.outcome.meaning} for each in done], "unknown": unknown})
    else:
        for each in done:
            say(_line(each))
    tell_unknown(unknown)
    well = (Outcome.LEFT_OUT, Outcome.BEFOREHAND, Outcome.TAKEN_BACK)
    if unknown or any(each.outcome not in well for each in done):
        raise SystemExit(1)


def each_of(ids: list[str], do: "Callable[[str], Said]") -> "tuple[list[Said], dict[str, str]]":
    """What became of each, and, of those that nobody knows, why."""
    from tasks.order_ids import NoSuchOrder

    done: list[Said] = []
    unknown: dict[str, str] = {}
    for pasted in ids:
        try:
            done.append(do(pasted))
        except NoSuchOrder as why_not:
            unknown[pasted] = str(why_not)
    return done, unknown


def tell_unknown(unknown: dict[str, str]) -> None:
    for why_not in unknown.values():
        say(f"Error: {why_not}", err=True)


def _line(each: "Said") -> str:
    from tasks.left_out import Outcome

    near = f". Did you mean {each.near}?" if each.near else ""
    standing = f" ({each.state}: {each.reason.meaning})" if each.reason and each.outcome is not Outcome.LEFT_OUT else ""
    return f"{each.order_id} of {each.seller}: {each.outcome.meaning}{standing}{near}"
