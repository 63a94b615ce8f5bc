"""A line of the table of actions (tasks/actions.py): what one action does at each step of the route, and what the steps
of all actions share."""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from ledger import controls, history
from ledger.database import Connection
from ledger.queue import Queue
from ledger.state import State
from ledger.transitions import Answered, Key, Transition
from marketplace.errors import Answer, Busy, NotAuthorised, Refused, Unclear
from rules.order import Facts
from rules.reason import Reason
from settings.schema import Seller
from tasks.gate import Gate, Terms
from tasks.session import SellerSession

log = logging.getLogger("askonce.route")

ASK_AGAIN = timedelta(hours=24)
"""How long after Amazon's "not now" it is asked again."""
STOPPED_FOR = timedelta(hours=1)
"""How long what Amazon denied rests before it is tried again."""
CALL_TAKES = timedelta(minutes=5.5)
"""The longest that a call can take: beyond this before the lease ends, none is begun."""
TRY_AGAIN = timedelta(minutes=5)
"""How long after a look that failed the next one comes."""
MOST_TRIES = 5


class Item(Protocol):
    """What a queue returns: a request, or a document."""

    @property
    def facts(self) -> Facts: ...
    @property
    def key(self) -> Key: ...
    @property
    def order_id(self) -> str: ...
    @property
    def state(self) -> State: ...
    @property
    def reason(self) -> Reason: ...
    @property
    def tries(self) -> int: ...


T = TypeVar("T", bound=Item)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at Amazon, or the irrevocable call, makes of an item, and Amazon's words."""

    transition: Transition
    answered: Answered


def _as_it_is(_session: SellerSession, item: T) -> T:
    return item


def _nothing(_session: SellerSession, _item: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Line(Generic[T]):
    """One action: what it does at each step of the route. A step may raise an Answer of the marketplace."""

    queue: Queue[T]
    terms: Terms
    wanted: Callable[[Seller], bool]
    """Whether the settings ask for it."""
    decide: Callable[[Connection, SellerSession, T, datetime], Transition]
    """What becomes of work whose look is due, by the rules alone."""
    reconsider: Callable[[SellerSession, T, Gate, datetime], Transition | None]
    """The rules once more, before the claim and before the call, and whether the facts are fresh. None: go on."""
    look: Callable[[SellerSession, T], Transition | None]
    """Ask Amazon whether it takes this now. None: it does."""
    act: Callable[[SellerSession, T, Any], Found]
    """The one irrevocable call."""
    in_doubt: tuple[State, ...]
    """States in which Amazon is looked at again."""
    look_again: Callable[[SellerSession, T], Found]
    """Look at Amazon to settle a doubt, or to follow what is under way."""
    look_after: timedelta
    """How long after a lost answer Amazon is looked at."""
    make: Callable[[SellerSession, T], T | Reason] = _as_it_is
    """Make what is to be sent, if that is not done yet. A reason: why it can't be made; that is recorded already."""
    prepare: Callable[[SellerSession, T], Any] = _nothing
    """What must be with Amazon before the claim, and has no effect by itself. `act` is given what it returns; a Found
    says that it can't be, and what becomes of the item."""
    read: Callable[[SellerSession], object] = lambda _session: None
    """Read what only this action needs to know."""
    has_room: Callable[[SellerSession], bool] = lambda _session: True
    """Whether Amazon's pace leaves room for one more now."""
    also_closed: Callable[[Connection, SellerSession], Reason | None] = lambda _connection, _session: None
    """What closes this action's gate, besides its terms."""
    refused: Mapping[Reason, State] = field(default_factory=dict)
    """Where a refusal leads: to its end, or to a person. After any other, Amazon is asked again a day later."""
    counts_lost: bool = True
    """Whether `tries` counts lost answers in a row; else, the looks for the one that was lost."""
    closing: tuple[State, ...] = ()
    """After an attempt that leads there the gate is read again."""
    for_each_order: bool = True
    """Whether each order of a seller who wants it gets a row."""
    watched: bool = False
    """Whether brakes watch it (tasks/brakes/)."""
    expires: bool = False
    """Whether what is due is decided anew when its deadline has passed."""

    @property
    def action(self) -> str:
        return self.terms.action

    @property
    def prepares(self) -> bool:
        """Whether an item takes time before its claim: the last one's answer must not wait so long to be recorded."""
        return self.make is not _as_it_is or self.prepare is not _nothing


def later(session: SellerSession, item: Item) -> Transition:
    """As it was, to be looked at again soon."""
    return Transition(item.key, item.state, item.reason, session.clock.now() + TRY_AGAIN, tries=item.tries)


def broken(session: SellerSession, item: Item, bug: Exception) -> Transition:
    """Something unexpected: surely nothing was sent. The order is held, and looked at again a day later."""
    log.error("%s: order %s is held: %s", session.name, mask(item.order_id), name_of(bug))
    return Transition(item.key, State.HELD, Reason.BROKEN, session.clock.now() + ASK_AGAIN, tries=item.tries)


def name_of(bug: Exception) -> str:
    """What and where, without the words: they may hold a buyer's data."""
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    return f"unexpected {type(bug).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def nothing_sent(answer: Answer) -> Answer:
    """An answer before the irrevocable call: nothing is unclear then."""
    return Busy(answer.detail, retry_after=TRY_AGAIN) if isinstance(answer, Unclear) else answer


def answered(answer: Answer) -> Answered:
    """An answer, as it is recorded."""
    return Answered(answer.detail, answer.status, answer.request_id)


def after(session: SellerSession, line: Line[T], item: T, answer: Answer) -> Transition:
    """What an answer other than yes makes of an item."""
    now, key, tries = session.clock.now(), item.key, item.tries
    match answer:
        case Refused(reason=reason):
            state = line.refused.get(reason, State.WAITING)
            return Transition(key, state, reason, None if state is State.REFUSED else now + ASK_AGAIN)
        case Unclear():
            lost = tries + 1 if line.counts_lost else 0
            return Transition(key, State.UNCLEAR, Reason.UNCLEAR, now + line.look_after, tries=lost)
        case NotAuthorised():
            return Transition(key, State.DUE, line.terms.denied, now + STOPPED_FOR, tries=tries)
        case Busy():
            wait = max(answer.retry_after, rest(session, key, Reason.BUSY, Reason.UNCLEAR))
            return Transition(key, State.DUE, Reason.BUSY, now + wait, tries=tries)
    log.error("%s: Amazon calls the request wrong: %s", session.name, answer.detail)
    if tries + 1 >= MOST_TRIES:
        return Transition(key, State.HELD, Reason.BROKEN, now + ASK_AGAIN if State.HELD in line.in_doubt else None)
    return Transition(key, State.DUE, Reason.BROKEN, now + timedelta(minutes=2**tries), tries=tries + 1)


def rest(session: SellerSession, key: Key, *failures: Reason) -> timedelta:
    """How long work that failed like that is left alone: longer each time in a row, so that others go first.

    Counted apart from `tries`: an outage, in which surely nothing was sent, brings no order nearer to HELD.
    """
    with session.ledger.read() as connection:
        attempts = history.attempts_of(connection, session.name, key.order_id, key.action)
    in_a_row = sum(1 for _ in takewhile(lambda attempt: attempt.reason in failures, reversed(attempts)))
    return timedelta(seconds=2 ** min(in_a_row, 12))


def log_outcome(session: SellerSession, became: Transition, before: State | None = None) -> None:
    """One line for what became of an order; a warning, with what to type, for what needs a person from now on."""
    order, action, why = mask(became.key.order_id), became.key.action, became.reason
    if became.state is not State.HELD:
        log.info("%s: order %s: %s: %s", session.name, order, action, why)
    elif before is not State.HELD:
        log.warning("%s: order %s: %s is held: %s. Type: askonce held", session.name, order, action, why.meaning)


def stop_scope(connection: Connection, scope: str, line: Line[Any], words: str, now: datetime) -> None:
    """A seller, or one of its marketplaces, rests: Amazon denied the action, in these words."""
    why = line.terms.denied
    controls.stop(connection, scope, why, until=now + STOPPED_FOR, detail=words, at=now)
    what = f"{why.meaning} ({words.rstrip('.')})" if words else why.meaning
    log.warning("%s: stopped, and tried again in an hour: %s. Type: askonce check", scope, what)


def mask(order_id: str) -> str:
    """An order id as logs may show it."""
    return f"…{order_id[-7:]}"
