"""What a person does: pause, resume, list what is held, and settle it. Commands only parse the input and print."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import controls, sources
from ledger.controls import ALL, Scope, Stop
from ledger.database import Connection, Ledger
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from rules.order import Source
from rules.readable import said
from rules.reason import Reason
from tasks import audit
from tasks.actions import ACTIONS
from tasks.audit import Act, Person
from tasks.kept_words import PERSON_NOT_SENT, PERSON_SENT
from tasks.not_done import NotDone

UNSETTLED = (State.HELD, State.UNCLEAR)
TO_COME = (State.WAITING, State.DUE)


@dataclass(frozen=True, slots=True)
class Resumed:
    """How many stops were lifted, and those that are left."""

    lifted: int
    left: list[Stop]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was settled, and the state it has now."""

    seller: str
    key: Key
    state: State


def pause(ledger: Ledger, scope: Scope, until: datetime | None, by: Person, now: datetime) -> None:
    """Stop sending for one seller, for all, or for a part of either, until then or until somebody resumes."""
    with ledger.begin() as connection:
        audit.record(connection, by, Act.PAUSE, now, after={"until": until, **_in(scope)}, **_about(scope))
        controls.stop(connection, str(scope), Reason.PAUSED, until=until, by=by.name, at=now)


def resume(ledger: Ledger, scopes: Sequence[Scope], by: Person, now: datetime) -> Resumed:
    """Lift every stop of these scopes and of their parts, but for brakes. What rested is tried at once, and the sources
    are read."""
    with ledger.begin() as connection:
        lifted = sum(controls.lift(connection, str(scope), but=Reason.BRAKED) for scope in scopes)
        widest = next((scope for scope in scopes if scope.seller == ALL), scopes[0])
        before = {"stops": lifted, **_in(widest)}
        audit.record(connection, by, Act.RESUME, now, before=before, **_about(widest))
        for seller in {scope.seller for scope in scopes} - {ALL}:
            _try_at_once(connection, seller, now)
        return Resumed(lifted, controls.stops(connection, now))


def _about(scope: Scope) -> dict[str, Any]:
    """The arguments of `audit.record` that name a scope, but for its marketplace."""
    return {"seller": None if scope.seller == ALL else scope.seller, "action": scope.action or None}


def _in(scope: Scope) -> dict[str, str]:
    return {"marketplace": scope.marketplace} if scope.marketplace else {}


def _try_at_once(connection: Connection, seller: str, now: datetime) -> None:
    for line in ACTIONS.values():
        for why in (line.terms.denied, Reason.PAUSED):
            line.queue.look_at(connection, seller, State.DUE, why, now, until=now)
    for source in Source:
        sources.read_soon(connection, seller, source, now)


def secrets_are_new(ledger: Ledger, sellers: Sequence[str], now: datetime) -> None:
    """What rested because Amazon denied it is tried at once, as after `resume`; a pause stays."""
    with ledger.begin() as connection:
        for seller in sellers:
            for line in ACTIONS.values():
                controls.lift(connection, seller, line.terms.denied)
            _try_at_once(connection, seller, now)


def resolve(
    ledger: Ledger,
    sellers: Sequence[str],
    order_id: str,
    by: Person,
    now: datetime,
    *,
    sent: bool,
    action: str | None = None,
    part: str | None = None,
    by_hand: bool = False,
) -> Resolved:
    """A person says what became of an order: `sent` closes it; else it is decided and sent again.

    What is held goes first. `by_hand`: what has not gone out yet is closed, too, as it was done elsewhere. Raises
    NotDone.
    """
    out_of = (*UNSETTLED, *TO_COME) if by_hand and sent else UNSETTLED
    state, reason = (State.SENT, Reason.RESOLVED) if sent else (State.DUE, Reason.DUE)
    words = Answered(PERSON_SENT if sent else PERSON_NOT_SENT)
    with ledger.begin() as connection:
        chosen = _chosen(list(_unsettled(connection, sellers, order_id, out_of)), order_id, action, part)
        seller, key = chosen.seller, chosen.key
        became = Transition(key, state, reason, None if sent else now)
        if not ACTIONS[key.action].queue.move(connection, seller, became, words, now, out_of=out_of):
            raise NotDone(
                said("order {order_id} has moved on meanwhile. Type: askonce explain {order_id}", order_id=order_id)
            )
        before, after = {"state": chosen.state}, {"state": state}
        about = audit.about(seller, key)
        audit.record(connection, by, Act.RESOLVE, now, **about, before=before, after=after)
    return Resolved(seller, key, state)


@dataclass(frozen=True, slots=True)
class _Unsettled:
    seller: str
    key: Key
    state: State

    @property
    def options(self) -> str:
        part = f" --part {self.key.part}" if self.key.part else ""
        return f"--action {self.key.action}{part} --seller {self.seller}"


def _unsettled(
    connection: Connection, sellers: Sequence[str], order_id: str, states: Sequence[State]
) -> Iterator[_Unsettled]:
    for seller in sellers:
        for line in reversed(ACTIONS.values()):
            for each in line.queue.of_order(connection, seller, order_id):
                if each.key.action == line.action and each.state in states:
                    yield _Unsettled(seller, each.key, each.state)


def _chosen(unsettled: Sequence[_Unsettled], order_id: str, action: str | None, part: str | None) -> _Unsettled:
    """The one that is meant. Raises NotDone if there is none, or several."""
    found = [each for each in unsettled if action in (None, each.key.action) and part in (None, each.key.part)]
    found = [each for each in found if each.state is State.HELD] or found
    if not found:
        by_hand = f"askonce resolve {order_id} sent --action {action or Action.REVIEW.value}"
        raise NotDone(
            said(
                "no order {order_id} is held. Type: askonce held; if you did it by hand: {by_hand}",
                order_id=order_id,
                by_hand=by_hand,
            )
        )
    if len(found) > 1:
        ways = " or ".join(each.options for each in found)
        raise NotDone(f"{len(found)} of order {order_id} are held. Type one of: {ways}")
    return found[0]
