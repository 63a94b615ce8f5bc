"""What `askonce plan` prints besides the entries: each slot, the orders that miss their window, what others change."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from worker.commands.output import counted, local, print_table, say, seller_column

if TYPE_CHECKING:
    from settings.schema import Seller
    from tasks.reviews.against import Difference, Fate
    from tasks.reviews.missing import Missing
    from tasks.reviews.plan import SlotLoad

NAMED = 5
"""Order ids that a line names."""


def print_slots(slots: "Sequence[SlotLoad]", sellers: "Mapping[str, Seller]") -> None:
    """What goes out in each slot, beside what Amazon's rate lets out in it and what the seller allows on that day."""
    of = Counter(each.seller for each in slots)
    rows = [
        (
            *(each.seller, f"{each.day:%a %d %b}", None if each.slot == "00:00-24:00" else each.slot),
            *(each.requests, each.room, each.limit),
        )
        for each in slots
        if of[each.seller] > 1
    ]
    if rows:
        columns = ("seller", "day", "slot", "requests", "Amazon takes", "daily limit")
        print_table(columns, rows, title="each day of the next 30", leave_out=seller_column(sellers))
        click.echo()


def print_missing(found: "Iterable[Missing]") -> None:
    for each in found:
        ids = ", ".join(order.order_id for order in each.orders[:NAMED])
        more = f" and {len(each.orders) - NAMED:,} more" if len(each.orders) > NAMED else ""
        say(f"{each.seller}: {counted(len(each.orders), 'order')} will miss the window, as things stand: {ids}{more}")
        for remedy in each.remedies:
            of = f" in rule set {remedy.rule_set}" if remedy.rule_set else ""
            say(f"    with {remedy.setting}{of}: {remedy.saved:,} of them would be asked")
        if not each.remedies:
            say("    no other setting alone would save any: only several together")


def print_differences(
    found: "Iterable[Difference]", file: str, sellers: "Mapping[str, Seller]", shown: int, absent: Iterable[str]
) -> None:
    """What the settings of the file would change; `absent`: sellers whom it does not name."""
    for name in absent:
        say(f"{name}: {file} does not name this seller: with it, nothing of it would be asked")
    for each in found:
        if each.closed_after:
            say(f"{each.seller}: with {file} no requests would go out at present: {each.closed_after.meaning}")
        if not each.changes:
            say(f"{each.seller}: with {file} nothing changes for any order")
            continue
        seller = sellers[each.seller]
        print_table(
            ("order", "now", f"with {file}"),
            [(one.order_id, _said(one.before, seller), _said(one.after, seller)) for one in each.changes[:shown]],
            title=f"{each.seller}: with {file} {counted(len(each.changes), 'order')} would change",
        )
        if len(each.changes) > shown:
            click.echo(f"… and {len(each.changes) - shown:,} more: askonce plan --against {file} --json")
        click.echo()
        before, after = Counter(each.by_reason_before), Counter(each.by_reason_after)
        reasons = sorted({*before, *after})
        rows = [(reason, before[reason], after[reason]) for reason in reasons if before[reason] != after[reason]]
        print_table(("sum", "now", f"with {file}"), [("asked", each.asked_before, each.asked_after), *rows])


def _said(fate: "Fate", seller: "Seller") -> str:
    rule_set = f" ({fate.rule_set})" if fate.rule_set else ""
    at = local(fate.due_at, seller)
    return f"asked from {at:%Y-%m-%d %H:%M %Z}{rule_set}" if at else f"{fate.reason}{rule_set}"
