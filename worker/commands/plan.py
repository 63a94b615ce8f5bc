"""askonce plan"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from ledger.state import Action
from rules.reason import Reason
from settings.complaints import SettingsError
from worker.clock import SystemClock
from worker.commands.options import demo_option, examples, json_option, seller_option
from worker.commands.output import counted, kind, local, print_json, print_reasons, print_table, say, seller_column
from worker.commands.plan_output import print_differences, print_missing, print_slots
from worker.commands.session import (
    amazon_of,
    is_demo,
    ledger_of,
    progress,
    sellers_named,
    settings_of,
    stop_file_of,
    stopped_by_signals,
)

if TYPE_CHECKING:
    from ledger.controls import Stop
    from ledger.database import Ledger
    from settings.schema import Seller
    from tasks.invoices.plan import DefectRate, Tried
    from tasks.plan import Outlook, Outlooks
    from tasks.reviews.plan import Planned, SlotLoad, TooLate

SHOWN = 100
"""Entries that a terminal shows: what a shop of 300 orders a day plans would hide the rest."""


@click.command(
    epilog=examples("plan", "plan --seller maison-durand --days 14", "plan --against edited.toml", "plan --json")
)
@seller_option
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 90), help="How far ahead.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="What an edited settings file would change, before it is put to work.",
)
@demo_option
@json_option
def command(seller: str | None, days: int, against: Path | None, as_json: bool) -> None:
    """What would go out, when, and the rest by reason. Nothing is sent.

    Facts are brought up to date first, unless a daemon is at it, or the credentials are not set yet.
    """
    from settings.load import load_sellers
    from tasks.plan import outlooks
    from tasks.workers import at_work, sends_otherwise, with_others

    settings = settings_of(with_credentials=False)
    sellers = sellers_named(settings, seller)
    edited = load_sellers(against) if against else {}
    clock = SystemClock()
    with stopped_by_signals() as stopping, ledger_of(settings) as ledger, progress(quiet=as_json):
        looks, troubles, digest = ({}, [], None) if is_demo() else _look(ledger, sellers, clock, stopping, days)
        found = outlooks(ledger, sellers, clock.now(), days, looks, stop_file_of(settings), edited)
        with ledger.read() as connection:
            working = at_work(connection, clock.now())
    others = with_others(working, digest)
    otherwise = {name: why for name, each in sellers.items() if (why := sends_otherwise(working, each))}
    for trouble in troubles:
        say(trouble, err=True)
    if as_json:
        print_json({**_document(found, against), "settings_at_work": others, "otherwise": otherwise})
    elif found.requests.seen or not troubles:
        for why in (*others, *(f"{name}: {why}" for name, why in otherwise.items())):
            say(f"what follows is by the settings here, but: {why}")
        _leave_to_the_workers(found, otherwise)
        _print_stops(found.stops, sellers)
        _print(found.requests, sellers, "request", "order", days, found.slots)
        print_missing(found.missing)
        told = [each.seller for each in found.missing]
        _print_too_late(each for each in found.too_late if each.seller not in told)
        if against:
            click.echo()
            absent = [name for name in sellers if name not in edited]
            print_differences(found.differences, str(against), sellers, SHOWN, absent)
        if any(each.invoices.enabled for each in sellers.values()):
            click.echo()
            _print(found.documents, sellers, "document", "document", days)
            _print_rates(found.defect_rates)
    if troubles and not found.requests.seen:
        raise click.ClickException("nothing is known of any order yet, so nothing can be planned. Type: askonce check")


def _print_stops(stops: "Iterable[Stop]", sellers: "Mapping[str, Seller]") -> None:
    """In the zone of the seller that is stopped; of all, in that of the first."""
    from ledger.controls import ALL
    from tasks.stops import remedy, said

    first = next(iter(sellers.values()))
    for stop in stops:
        seller = sellers.get(stop.of.seller, first)
        whom = stop.of.seller.replace(ALL, "all sellers")
        say(f"{whom}: {said(stop, seller.zone)}. To do: {remedy(stop, seller.name)}")


def _leave_to_the_workers(found: "Outlooks", sellers: Iterable[str]) -> None:
    """That the settings here say live = false is no word of what goes out, when a worker has others."""
    for outlook in (found.requests, found.documents):
        for name in sellers:
            if outlook.closed.get(name) is Reason.NOT_LIVE:
                del outlook.closed[name]


def _document(found: "Outlooks", against: Path | None) -> dict[str, Any]:
    from rules.window import AMAZON_DAYS

    days = sorted({*found.requests.by_day, *found.documents.by_day})
    return {
        "entries": [asdict(each) for each in found.entries],
        "by_reason": found.requests.by_reason,
        "by_day": [
            {"day": day, "requests": found.requests.by_day.get(day, 0), "documents": found.documents.by_day.get(day, 0)}
            for day in days
        ],
        "seen": found.requests.seen,
        "sent": found.requests.sent,
        "too_late": [asdict(each) | {"widest": AMAZON_DAYS} for each in found.too_late],
        "stops": [asdict(each) for each in found.stops],
        "slots": [asdict(each) for each in found.slots],
        "missing": [asdict(each) for each in found.missing],
        "against": {"file": str(against), "sellers": [asdict(each) for each in found.differences]} if against else None,
        "invoices": {
            "by_reason": found.documents.by_reason,
            "seen": found.documents.seen,
            "sent": found.documents.sent,
            "defect_rates": [asdict(each) for each in found.defect_rates],
        },
    }


def _look(
    ledger: "Ledger", sellers: Iterable[str], clock: SystemClock, stopping: Event, days: int
) -> "tuple[dict[str, Tried], list[str], str | None]":
    """What was looked at, by seller; why facts could not be brought up to date, with what to type; and the digest of
    the settings, None: they are not all known."""
    from tasks.fetch_rates import fetch_rates
    from tasks.identity import SameAccount
    from tasks.plan import look
    from worker.wiring import Silent, wire

    try:
        settings = settings_of()
    except SettingsError as missing:
        return {}, ["the plan is made from what the ledger knows already:", *str(missing).splitlines()], None
    looks: dict[str, Tried] = {}
    troubles = []
    with amazon_of(settings.environment, clock, stopping) as amazon:
        app = wire(settings, ledger, clock, amazon, Silent(), stopping)
        fetch_rates(app)
        for name in sellers:
            try:
                with app.session(name) as session:
                    if session:
                        looks[name] = look(session, days)
            except SameAccount as why:
                troubles.append(str(why))
    return looks, troubles, app.settings


def _print(
    outlook: "Outlook",
    sellers: "Mapping[str, Seller]",
    what: str,
    of: str,
    days: int,
    slots: "Sequence[SlotLoad]" = (),
) -> None:
    whats = "invoices and credit notes" if what == "document" else f"{what}s"
    for name, why in outlook.closed.items():
        remedy = f". To do: {why.remedy}" if why.remedy else ""
        say(f"{name}: no {whats} go out at present: {why.meaning}{remedy}")
    count, when = len(outlook.entries), f"in the next {counted(days, 'day')}"
    print_table(
        ("asked from", "seller", "order", "what", "why not yet", "rule set"),
        [
            (
                *(local(each.due_at, sellers[each.seller]), each.seller, each.order_id, _kind(each), each.reason),
                f"{each.rule_set.name} ({each.rule_set.why})" if each.rule_set else None,
            )
            for each in outlook.entries[:SHOWN]
        ],
        title=f"{counted(count, what)} {when}",
        leave_out=seller_column(sellers),
    )
    if count > SHOWN:
        click.echo(f"… and {count - SHOWN:,} more: askonce plan --days {days} --json")
    if count:
        click.echo()
    if what == "document" and len(outlook.by_day) > 1:
        print_table(("day", whats), [(f"{day:%a %d %b}", each) for day, each in outlook.by_day.items()])
        click.echo()
    print_slots(slots, sellers)
    print_reasons(outlook.by_reason, of=f"{of}s")
    rest = outlook.by_reason.total()
    sent = f"{outlook.sent:,} sent + " if outlook.sent else ""
    say(f"{counted(outlook.seen, of)} = {sent}{count:,} to come {when} + {rest:,} not")


def _kind(entry: "Planned") -> str | None:
    """Of a document; a request is always for a review."""
    return None if entry.action == Action.REVIEW else kind(entry.action)


def _print_too_late(late: "Iterable[TooLate]") -> None:
    from rules.window import AMAZON_DAYS

    (first, last) = AMAZON_DAYS
    for each in late:
        say(
            f"{each.seller}: {counted(each.orders, 'order')} too late for day_range {list(each.day_range)}; "
            f"{each.with_widest:,} of them would still go with [{first}, {last}]"
        )


def _print_rates(rates: "Iterable[DefectRate]") -> None:
    from tasks.invoices.plan import MOST_DEFECTS

    for rate in rates:
        verdict = "within" if rate.rate < MOST_DEFECTS else "not within"
        say(
            f"{rate.seller}: forecast of the Invoice Defect Rate in {rate.marketplace}: "
            f"{rate.rate:.1%} of {counted(rate.orders, 'business order')}, {verdict} Amazon's 5%"
        )
