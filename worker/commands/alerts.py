"""askonce alerts"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from worker.clock import SystemClock
from worker.commands.cells import Tone, Toned
from worker.commands.options import examples, json_option
from worker.commands.output import counted, local, print_json, print_table, say
from worker.commands.session import ledger_of, settings_of

if TYPE_CHECKING:
    from ledger.messages import Message
    from settings.schema import Seller
    from tasks.alerts.told import Told, Tried

SHOWN = 10
"""How many of the last messages."""


@click.command(epilog=examples("alerts", "alerts --json", "alerts test"))
@click.argument("what", required=False, type=click.Choice(["test"]))
@json_option
def command(what: str | None, as_json: bool) -> None:
    """What is wrong now, and the last messages about it. `test`: send one to each URL of ALERT_URLS, and to PING_URL.

    Exit code 1: something is wrong; or, of a test, somebody cannot be reached.
    """
    from tasks.alerts.told import told

    if what == "test":
        _test(as_json)
        return
    settings = settings_of(with_credentials=False)
    with ledger_of(settings) as ledger:
        found = told(ledger, SHOWN)
    if as_json:
        raised, sent = [asdict(each) for each in found.raised], [_document(each) for each in found.messages]
        print_json({"looked_at": found.looked_at, "raised": raised, "messages": sent})
    else:
        _print(found, next(iter(settings.sellers.values())))
    if found.raised:
        raise SystemExit(1)


def _document(message: "Message") -> dict[str, object]:
    return {name: value for name, value in asdict(message).items() if name not in ("id", "receiver")}


def _print(found: "Told", zone_of: "Seller") -> None:
    from tasks.check.workers import ago

    last = found.messages
    if found.raised:
        rows = [(local(each.raised_at, zone_of), each.seller, each.what, each.remedy) for each in found.raised]
        print_table(("since", "seller", "what is wrong", "to do"), rows, under=("to do",))
        click.echo()
    if found.looked_at is None:
        say("no worker has looked yet. Type: askonce run; or askonce status, to look now")
    else:
        wrong = f"{counted(len(found.raised), 'thing')} wrong" if found.raised else "nothing was wrong"
        say(f"{wrong} at the last look of a worker, {ago(found.looked_at, SystemClock().now())}")
    if last:
        click.echo()
        print_table(
            ("written", "to", "message", "became"),
            [(local(each.made_at, zone_of), each.receiver_name, each.title, _became(each)) for each in last],
        )
    else:
        say("no message was ever written. To try: askonce alerts test")


def _became(message: "Message") -> Toned:
    if message.sent_at:
        return Toned("sent", Tone.WELL)
    again = "it is tried again" if message.next_at else "given up"
    return Toned(f"{message.error}; {again}" if message.error else "to be sent", Tone.LOOK)


def _test(as_json: bool) -> None:
    from tasks.alerts.told import test
    from worker.ping import ping_of
    from worker.receivers import receivers

    settings = settings_of(with_credentials=False)
    environment = settings.environment
    if not environment.alert_urls and not environment.ping_url:
        raise click.UsageError("there is nobody to be told. Type: ALERT_URLS=... or PING_URL=... into .env")
    with ledger_of(settings) as ledger:
        to = receivers(ledger, environment.alert_urls)
        tried = test(ledger, to, ping_of(environment.ping_url), SystemClock())
    if as_json:
        print_json({"tried": [asdict(each) for each in tried]})
    else:
        _print_tried(tried)
    if any(each.error for each in tried):
        raise SystemExit(1)


def _print_tried(tried: "Sequence[Tried]") -> None:
    rows = [
        (each.name, Toned(each.error, Tone.WRONG) if each.error else Toned("it was taken", Tone.WELL)) for each in tried
    ]
    print_table(("to", "the test message"), rows)
