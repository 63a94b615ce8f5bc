"""The states of a request and of a document, who moves each on, and every move there is.

docs/architecture.md draws them; a test compares the two.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import product


class State(StrEnum):
    WAITING = "waiting"  # sweep, at next_look_at; new facts bring that forward to now
    DUE = "due"  # send, nearest deadline first; new facts put it back to waiting; sweep, when its window shuts
    SENDING = "sending"  # the worker that claimed it; reconcile, when that worker's lane is no longer its own
    UNCLEAR = "unclear"  # reconcile, by looking at Amazon; a person
    SUBMITTED = "submitted"  # documents only: reconcile, when Amazon has read the document
    SENT = "sent"  # nobody; when it was inferred from a look, reconcile looks once more a day later
    REFUSED = "refused"  # nobody; of a document, a person (`askonce invoice resend`)
    SKIPPED = "skipped"  # sweep, when a fact or the settings change; a person (`askonce skip --undo`)
    HELD = "held"  # a person (`askonce resolve`); reconcile looks each day; of an unmade document, sweep


class Action(StrEnum):
    """What is done once for an order; credit notes, once for a refund."""

    REVIEW = "review"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


OPEN = (State.WAITING, State.DUE, State.SENDING, State.UNCLEAR, State.SUBMITTED)
"""States that askonce moves on by itself: together they are the `waiting` of every total."""
UNDER_WAY = (State.SENDING, State.SUBMITTED, State.UNCLEAR)
"""Those of them in which it may be with Amazon already."""
ENDED = (State.SENT, State.REFUSED, State.SKIPPED, State.HELD)
"""All others."""

Moves = dict[tuple[State, State], tuple[str, ...]]
"""From, to → everybody who may do it."""


def _moves(*told: tuple[str, Sequence[State], Sequence[State]]) -> Moves:
    moves: Moves = {}
    for who, out_of, to in told:
        moves |= {pair: (*moves.get(pair, ()), who) for pair in product(out_of, to)}
    return moves


_UNDECIDED = (State.WAITING, State.SKIPPED, State.DUE)
_ANSWERS = (State.SENT, State.DUE, State.WAITING, State.SKIPPED, State.REFUSED, State.HELD, State.UNCLEAR)
_BOTH = (
    ("sweep", _UNDECIDED, (State.WAITING, State.DUE, State.SKIPPED, State.HELD)),
    ("new facts, new settings", (State.DUE,), (State.WAITING,)),
    ("send", (State.DUE,), (State.SENDING, State.DUE, State.WAITING, State.SKIPPED, State.HELD)),
    ("send", (State.SENDING,), _ANSWERS),
    ("reconcile", (State.SENDING,), (State.UNCLEAR,)),
    ("reconcile", (State.UNCLEAR,), (State.UNCLEAR, State.DUE, State.HELD)),
    ("a person", (State.HELD, State.UNCLEAR), (State.SENT, State.DUE)),
    ("a person", (State.WAITING, State.DUE), (State.SENT,)),
)
REQUEST_MOVES = _moves(
    *_BOTH,
    ("reconcile", (State.UNCLEAR,), (State.SENT,)),
    ("reconcile", (State.SENT,), (State.SENT, State.DUE, State.HELD)),
    ("reconcile", (State.HELD,), (State.HELD, State.DUE, State.SKIPPED)),
    ("a person", (*_UNDECIDED, State.HELD), (State.SKIPPED,)),
    ("a person", (State.SKIPPED,), (State.WAITING, State.DUE)),
)
DOCUMENT_MOVES = _moves(
    *_BOTH,
    ("sweep", (State.HELD,), (State.WAITING, State.DUE, State.SKIPPED, State.HELD)),
    ("send", (State.SENDING,), (State.SUBMITTED,)),
    ("reconcile", (State.UNCLEAR,), (State.SUBMITTED,)),
    ("reconcile", (State.SUBMITTED,), (State.SUBMITTED, State.SENT, State.DUE, State.HELD, State.REFUSED)),
    ("reconcile", (State.SENT,), (State.SENT,)),
    ("a person", (State.SENT, State.REFUSED, State.SKIPPED), (State.DUE,)),
    ("a person", (State.WAITING, State.DUE, State.HELD, State.REFUSED, State.SKIPPED), (State.SKIPPED,)),
    ("a person", (State.SENT,), (State.SENT,)),
)
