"""askonce status"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from worker.clock import SystemClock
from worker.commands.cells import Tone, Toned
from worker.commands.options import examples, json_option, seller_option
from worker.commands.output import print_json, print_table, say
from worker.commands.session import ledger_of, sellers_named, settings_of, stop_file_of

if TYPE_CHECKING:
    from settings.schema import Seller
    from tasks.status import SellerStatus, Status

TONES = {"stopped": Tone.WRONG, "stale": Tone.WRONG, "well": Tone.WELL}
"""By the value of a seller's health."""


@click.command(epilog=examples("status", "status --json", "status || echo something needs attention"))
@seller_option
@json_option
def command(seller: str | None, as_json: bool) -> None:
    """One line for the installation, one for each seller, worst first. It reads the ledger alone, and asks nobody.

    Exit code 1: something needs attention.
    """
    from tasks.status import status

    now = SystemClock().now()
    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    with ledger_of(settings) as ledger:
        found = status(ledger, sellers, now, stop_file_of(settings))
    if as_json:
        print_json(_document(found))
    else:
        _print(found, sellers, now)
    if found.needs_attention:
        raise SystemExit(1)


def _document(found: "Status") -> dict[str, object]:
    installation = {"sellers": len(found.sellers), **found.by_health, "asked": found.asked}
    workers, alerts = ([asdict(each) for each in some] for some in (found.workers, found.alerts))
    return {
        "installation": installation,
        "workers": workers,
        "alerts": alerts,
        "sellers": [asdict(each) for each in found.sellers],
    }


def _print(found: "Status", sellers: "dict[str, Seller]", now: datetime) -> None:
    from tasks.check.seller import Outcome
    from tasks.check.workers import ago

    say(found.line)
    for each in (*found.workers, *found.alerts):
        if each.verdict is not Outcome.PASS:
            say(f"{each.name}: {each.detail}. To do: {each.remedy}")
    rows = [
        (
            *(each.seller, Toned(each.health, TONES.get(each.health, Tone.LOOK)), each.live, each.asked),
            _moment(each.next_at, sellers[each.seller], now),
            *(each.due, each.held, ago(each.facts_as_of, now) if each.facts_as_of else ""),
        )
        for each in found.sellers
    ]
    print_table(("seller", "is", "live", "asked 24 h", "next", "due", "held", "facts"), rows)
    for line in _troubles(found.sellers):
        say(line)


def _troubles(sellers: "list[SellerStatus]") -> Iterator[str]:
    for each in sellers:
        if each.trouble:
            yield f"{each.seller}: {each.trouble}. To do: {each.remedy}"
        if each.progress:
            yield f"{each.seller}: {each.progress}"


def _moment(at: datetime | None, seller: "Seller", now: datetime) -> str:
    """In the seller's zone."""
    if at is None:
        return ""
    if at <= now:
        return "now"
    zone = seller.zone
    here, today = at.astimezone(zone), now.astimezone(zone).date()
    days = {today: "today ", today + timedelta(days=1): "tomorrow "}
    return f"{days.get(here.date(), f'{here:%d %b} ')}{here:%H:%M}"
