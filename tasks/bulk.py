"""The same act on all orders that fit a filter: asked first, then done on exactly those, in pieces, order by order.

Each order's act is the one that a person does on a single order, with its own transaction and record. What is done
twice changes nothing, so whoever goes on after a process has ended goes on where that left off.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256

from ledger import bulk_acts
from ledger.bulk_acts import BulkAct, Meant
from ledger.database import Ledger, LedgerError
from ledger.state import Action, State
from rules.readable import said
from rules.reason import Reason
from rules.text import storable
from settings.schema import Seller
from tasks import ask, audit, controls, left_out
from tasks.app import App
from tasks.audit import Act, Person
from tasks.left_out import Outcome
from tasks.not_done import NotDone
from tasks.order_outcome import UNSENT
from tasks.orders import Listed, Wanted, found, listed

log = logging.getLogger("askonce.bulk")

MOST = 10_000
"""So many orders at once: one who means more says so by a narrower filter."""
SAMPLE = 10
PIECE = 20
"""So many are done between two words about how far it is."""
PER_ORDER = timedelta(seconds=2)
"""What a request takes at Amazon's pace, with the look before it: so much longer counts a wish for many."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be done to many. `does`: the act on one; whether it changed anything. `of_documents`: on them, too.
    `fits`: whether it is for what stands for this reason.
    """

    states: Sequence[State]
    does: Callable[[App, BulkAct, Meant], bool]
    of_documents: bool = False
    fits: Callable[[str], bool] = lambda _reason: True


@dataclass(frozen=True, slots=True)
class Asked:
    """What an act would do now. `matching`: all that fit the filter, of which it concerns `number`, by state.

    `shown`: stands for exactly these orders. `too_many`: there are more than can be done at once.
    """

    act: str
    action: str
    matching: int
    number: int
    by_state: dict[str, int]
    sample: list[Listed]
    shown: str
    too_many: bool


def asked(ledger: Ledger, sellers: Mapping[str, Seller], wanted: Wanted, act: str, matching: int) -> Asked:
    """What is to be asked first. `matching`: how many fit the filter."""
    some = _concerned(ledger, sellers, wanted, act)
    states = Counter(each.state.value for each in some)
    return Asked(
        act=act,
        action=wanted.action,
        matching=max(matching, len(some)),
        number=min(len(some), MOST),
        by_state=dict(states),
        sample=some[:SAMPLE],
        shown=_digest(map(_meant, some)),
        too_many=len(some) > MOST,
    )


def begin(app: App, sellers: Mapping[str, Seller], wanted: Wanted, act: str, shown: str, by: Person, why: str) -> int:
    """Record what is to be done to exactly what was shown; `work` does it. Returns its number. Raises NotDone."""
    meant = [_meant(each) for each in _concerned(app.ledger, sellers, wanted, act)]
    if len(meant) > MOST:
        raise NotDone(said("These are more than can be done at once. Narrow the filter, by dates for one."))
    if _digest(meant) != shown:
        raise NotDone(said("Nothing was done: the orders that fit have changed since you were asked. Look again."))
    if not meant:
        raise NotDone(said("Nothing was done: no order is meant."))
    now, names = app.clock.now(), sorted({each.seller for each in meant})
    seller, did = names[0] if len(names) == 1 else None, {"act": act, "orders": len(meant)}
    with app.ledger.begin() as connection:
        audit.record(connection, by, Act.BULK, now, seller=seller, action=wanted.action, after=did)
        who = (storable(by.name)[:100], storable(by.place)[:200])
        return bulk_acts.add(connection, now, *who, act, wanted.action, storable(why), meant)


def work(app: App, number: int) -> None:
    """Do what is left of it, unless another process does. What stops in between is gone on with by `work`."""
    try:
        with app.ledger.begin() as connection:
            meant, bulk = bulk_acts.take(connection, number, app.clock.now()), bulk_acts.one(connection, number)
        if meant and bulk:
            _work(app, bulk, meant)
    except LedgerError as error:
        log.error("act %d on many orders stopped: %s", number, error)


def newest(ledger: Ledger, sellers: Mapping[str, Seller], *, of_all: bool) -> list[BulkAct]:
    """The newest of them. Unless it is for who sees all: those of these sellers alone."""
    with ledger.read() as connection:
        recent = bulk_acts.newest(connection, SHOWN)
    return [each for each in recent if of_all or sellers.keys() >= {*each.sellers}]


def _work(app: App, bulk: BulkAct, meant: Sequence[Meant]) -> None:
    done = bulk.done
    while done < len(meant) and not app.stopping.is_set():
        piece = meant[done : done + PIECE]
        changed = sum(KINDS[bulk.act].does(app, bulk, each) for each in piece if each.seller in app.sellers)
        with app.ledger.begin() as connection:
            now = app.clock.now()
            if not bulk_acts.advance(connection, bulk.id, done, done + len(piece), changed, now):
                return
        done += len(piece)
    if bulk.act == "ask":
        for seller in bulk.sellers:
            app.doorbell.ring("sweep", seller)


def _concerned(ledger: Ledger, sellers: Mapping[str, Seller], wanted: Wanted, act: str) -> list[Listed]:
    """At most one more than can be done at once."""
    kind = KINDS[act]
    if wanted.action != Action.REVIEW and not kind.of_documents:
        return []
    some: list[Listed] = []
    for each in found(ledger, sellers, wanted, kind.states):
        if kind.fits(each.reason):
            some.append(listed(each))
        if len(some) > MOST:
            break
    return some


def _meant(each: Listed) -> Meant:
    return Meant(each.seller, each.order_id, each.part)


def _digest(meant: Iterable[Meant]) -> str:
    return sha256("\n".join("\t".join(each) for each in meant).encode()).hexdigest()


def _skip(app: App, bulk: BulkAct, one: Meant) -> bool:
    mine, by = {one.seller: app.sellers[one.seller]}, Person(bulk.person, bulk.place)
    became = left_out.leave_out(app.ledger, mine, one.order_id, by, bulk.why, app.clock.now())
    return became.outcome is not Outcome.TOO_LATE


def _undo_skip(app: App, bulk: BulkAct, one: Meant) -> bool:
    mine, by = {one.seller: app.sellers[one.seller]}, Person(bulk.person, bulk.place)
    return left_out.take_back(app.ledger, mine, one.order_id, by, app.clock.now()).outcome is Outcome.TAKEN_BACK


def _ask(app: App, bulk: BulkAct, one: Meant) -> bool:
    within = ask.ASK_WITHIN + bulk.total * PER_ORDER
    return ask.wish(app, one.seller, one.order_id, Person(bulk.person, bulk.place), within)


def _resolve(app: App, bulk: BulkAct, one: Meant, *, sent: bool) -> bool:
    by, part = Person(bulk.person, bulk.place), one.part
    try:
        controls.resolve(
            *(app.ledger, [one.seller], one.order_id, by, app.clock.now()), sent=sent, action=bulk.action, part=part
        )
    except NotDone:
        return False  # it has moved on meanwhile
    return True


def _is_left_out(reason: str) -> bool:
    return reason == Reason.LEFT_OUT


def _is_not_left_out(reason: str) -> bool:
    return not _is_left_out(reason)


KINDS: Mapping[str, Kind] = {
    "skip": Kind((*UNSENT, State.UNCLEAR, State.HELD), _skip, fits=_is_not_left_out),
    "undo-skip": Kind((State.SKIPPED,), _undo_skip, fits=_is_left_out),
    "ask": Kind(UNSENT, _ask, fits=_is_not_left_out),
    "resolve-sent": Kind(controls.UNSETTLED, partial(_resolve, sent=True), of_documents=True),
    "resolve-not-sent": Kind(controls.UNSETTLED, partial(_resolve, sent=False), of_documents=True),
}
