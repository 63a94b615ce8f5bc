"""askonce resolve"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from ledger import document_reports, documents, requests
from ledger.database import Connection
from ledger.documents import Move, key_of
from ledger.requests import Answered, Verdict
from ledger.state import Action, State
from rules.reason import Reason
from worker.clock import SystemClock
from worker.commands.options import Text, examples, seller_option
from worker.commands.session import ledger_of, sellers_named, settings_of

UNSETTLED = (State.HELD, State.UNCLEAR)
TO_COME = (State.WAITING, State.DUE)


@click.command(
    epilog=examples(
        "resolve 406-1234567-1234567 sent",
        "resolve 406-1234567-1234567 not-sent",
        "resolve 406-1234567-1234567 sent --action invoice",
    )
)
@click.argument("order_id", type=Text())
@click.argument("outcome", type=click.Choice(["sent", "not-sent"]))
@click.option("--action", type=click.Choice([each.value for each in Action]), help="Which; needed if none is held.")
@click.option("--part", metavar="P", help="Which, if several invoices or credit notes are: askonce held --json.")
@seller_option
def command(order_id: str, outcome: str, action: str | None, part: str | None, seller: str | None) -> None:
    """Settle a held order or document: `sent` closes it, `not-sent` lets it be decided and sent again.

    Look at the order in Seller Central first: it says whether a review was requested, and which invoices it has.
    What you did by hand, before askonce did: `sent --action A` closes it.
    """
    settings = settings_of(with_credentials=False)
    now = SystemClock().now()
    state, reason = (State.SENT, Reason.RESOLVED) if outcome == "sent" else (State.DUE, Reason.DUE)
    look_at = now if state is State.DUE else None
    states = (*UNSETTLED, *TO_COME) if action and state is State.SENT else UNSETTLED
    said = Answered(f"a person said: {outcome}")
    with ledger_of(settings) as ledger, ledger.begin() as connection:
        name, document = _chosen(connection, list(sellers_named(settings, seller)), order_id, action, part, states)
        if document is None:
            moved = requests.move(connection, name, Verdict(order_id, state, reason, look_at), said, now, out_of=states)
        else:
            move = Move(key_of(document), state, reason, look_at)
            moved = documents.move_on(connection, name, move, said, now, out_of=states)
        if not moved:
            raise click.ClickException(f"order {order_id} has moved on meanwhile. Type: askonce explain {order_id}")
    what = f"{document.kind} of {order_id}" if document else order_id
    click.echo(f"{what} of {name}: {state}")


def _chosen(
    connection: Connection,
    sellers: list[str],
    order_id: str,
    action: str | None,
    part: str | None,
    states: Sequence[State],
) -> tuple[str, Any]:
    """Whose it is, and the one document that is meant; None: the request for a review. What is held goes first."""
    found = [
        each
        for each in _unsettled(connection, sellers, order_id, states)
        if action in (None, each.action) and part in (None, each.part)
    ]
    found = [each for each in found if each.state == State.HELD] or found
    if not found:
        by_hand = f"askonce resolve {order_id} sent --action {action or Action.REVIEW.value}"
        raise click.ClickException(f"no order {order_id} is held. Type: askonce held; if you did it by hand: {by_hand}")
    if len(found) > 1:
        ways = " or ".join(each.options for each in found)
        raise click.ClickException(f"{len(found)} of order {order_id} are held. Type one of: {ways}")
    return found[0].seller, found[0].document


@dataclass(frozen=True, slots=True)
class _Unsettled:
    seller: str
    action: str
    part: str
    state: str
    document: Any = None

    @property
    def options(self) -> str:
        part = f" --part {self.part}" if self.part else ""
        return f"--action {self.action}{part} --seller {self.seller}"


def _unsettled(
    connection: Connection, sellers: list[str], order_id: str, states: Sequence[State]
) -> Iterator[_Unsettled]:
    for name in sellers:
        row = requests.one(connection, name, order_id)
        if row is not None and row.state in states:
            yield _Unsettled(name, Action.REVIEW, "", row.state)
    for row in document_reports.listed(connection, sellers, states=states, order_id=order_id):
        yield _Unsettled(row.seller, row.kind, row.part, row.state, row)
