"""askonce brakes"""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from worker.commands.options import demo_option, examples, json_option, seller_option
from worker.commands.output import counted, local, print_json, say
from worker.commands.session import opened

if TYPE_CHECKING:
    from settings.schema import Seller
    from tasks.brakes.release import Braked


@click.command(epilog=examples("brakes", "brakes --seller maison-durand", "brakes --json"))
@seller_option
@demo_option
@json_option
def command(seller: str | None, as_json: bool) -> None:
    """What stopped because it is far from usual: what was measured, what waits, what to look at, and what to type.

    Exit code 1: something did.
    """
    from tasks.brakes.release import braked

    with opened(seller) as (sellers, ledger):
        found = braked(ledger, sellers)
    if as_json:
        print_json({"brakes": [_document(each) for each in found]})
    else:
        for each in found:
            _print(each, sellers[each.braking.seller])
        click.echo(counted(len(found), "brake") if found else "nothing is braked")
    if found:
        raise SystemExit(1)


def _document(found: "Braked") -> dict[str, object]:
    known = asdict(found.braking)
    kept = ("seller", "marketplace", "brake", "since", "until", "cause", "measure", "limit")
    more = {"waiting": found.waiting, "orders": found.orders, "look_at": found.look_at, "remedy": found.remedy}
    return {name: known[name] for name in kept} | {"marketplace": known["marketplace"] or None} | more


def _print(found: "Braked", seller: "Seller") -> None:
    braking = found.braking
    where = f"{braking.seller}{f', {braking.marketplace}' if braking.marketplace else ''}"
    since, until = local(braking.since, seller), local(braking.until, seller)
    ends = f", ends by itself at {until:%Y-%m-%d %H:%M %Z}" if until else ""
    say(f"{where}: {braking.brake} since {since:%Y-%m-%d %H:%M %Z}{ends}")
    say(f"  why      {braking.cause}")
    say(f"  limit    {braking.limit:,}; measured: {braking.measure:,}")
    some = f": {', '.join(found.orders)}{', …' if found.waiting > len(found.orders) else ''}" if found.orders else ""
    say(f"  waiting  {counted(found.waiting, 'order')}{some}")
    say(f"  look at  {found.look_at}")
    say(f"  type     {found.remedy}")
    click.echo()
