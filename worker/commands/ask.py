"""askonce ask"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from worker.commands.options import examples, json_option, seller_option
from worker.commands.order_ids import all_ids, by_option, file_option, order_ids_argument
from worker.commands.output import print_json, say
from worker.commands.session import app_of, sellers_named, settings_of
from worker.commands.skip import tell_unknown
from worker.person import person

if TYPE_CHECKING:
    from ledger.database import Ledger
    from settings.schema import Seller
    from tasks.app import App
    from tasks.ask import Asked
    from tasks.audit import Person


@click.command(epilog=examples("ask 406-1234567-1234567", "ask --file praised.csv"))
@order_ids_argument
@file_option
@by_option("Who wants it.")
@seller_option
@json_option
def command(order_ids: tuple[str, ...], file: str | None, by: str, seller: str | None, as_json: bool) -> None:
    """Ask these buyers for a review now: every rule counts but your own day range, time slots and weekdays.

    It is done in this process, or by the worker that is at work for the seller. Exit code 1: one of them is not asked;
    why is said.
    """
    settings = settings_of()
    sellers = sellers_named(settings, seller)
    ids = all_ids(order_ids, file)
    with app_of(settings, quiet=True) as app:
        wanted, unknown = _by_seller(app.ledger, sellers, ids)
        done: list[Asked] = []
        for each in _asked(app, wanted, person(by)):
            done.append(each)
            if not as_json:
                say(f"{each.order_id} of {each.seller}: {_verb(each)}: {each.words}")
    if as_json:
        print_json({"entries": [asdict(each) for each in done], "unknown": unknown})
    tell_unknown(unknown)
    if unknown or not all(each.is_sent or each.by_worker for each in done):
        raise SystemExit(1)


def _by_seller(
    ledger: "Ledger", sellers: "dict[str, Seller]", ids: Iterable[str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The orders that are meant, by seller; and, of those that nobody knows, why."""
    from tasks.not_done import NotDone
    from tasks.order_ids import find

    wanted: dict[str, list[str]] = {}
    unknown: dict[str, str] = {}
    for pasted in ids:
        try:
            name, order_id = find(ledger, sellers, pasted)
            wanted.setdefault(name, []).append(order_id)
        except NotDone as why_not:
            unknown[pasted] = str(why_not)
    return wanted, unknown


def _asked(app: "App", wanted: dict[str, list[str]], by: "Person") -> "Iterator[Asked]":
    from ledger.lanes import LaneLost
    from tasks.ask import ask

    for name, order_ids in wanted.items():
        try:
            yield from ask(app, name, order_ids, by)
        except LaneLost:
            say(f"{name}: a worker took over; it asks for the rest within the hour", err=True)


def _verb(each: "Asked") -> str:
    return "asked" if each.is_sent else "left to the worker" if each.by_worker else "not asked"
