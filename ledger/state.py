"""The states of a request and of a document, who moves each on, and every move there is.

docs/architecture.md draws them; a test compares the two.
"""

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    WAITING = "waiting"  # sweep, at next_look_at; new facts bring that forward to now
    DUE = "due"  # send, nearest deadline first; new facts put it back to waiting; sweep, when its window shuts
    SENDING = "sending"  # the worker that claimed it; reconcile, when that worker's lane is no longer its own
    UNCLEAR = "unclear"  # reconcile, by looking at Amazon; a person
    SUBMITTED = "submitted"  # documents only: reconcile, when Amazon has read the document
    SENT = "sent"  # nobody; when it was inferred from a look, reconcile looks once more a day later
    REFUSED = "refused"  # nobody; of a document, a person (`askonce invoice resend`)
    SKIPPED = "skipped"  # sweep, when a fact or the settings change
    HELD = "held"  # a person (`askonce resolve`); reconcile looks each day; of an unmade document, sweep


class Action(StrEnum):
    """What is done once for an order; credit notes, once for a refund."""

    REVIEW = "review"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


OPEN = (State.WAITING, State.DUE, State.SENDING, State.UNCLEAR, State.SUBMITTED)
"""States that askonce moves on by itself: together they are the `waiting` of every total."""

Moves = dict[tuple[State, State], str]
"""From, to → who."""


def _moves(who: str, out_of: Iterable[State], *to: State) -> Moves:
    return {(before, after): who for before in out_of for after in to}


_UNDECIDED = (State.WAITING, State.SKIPPED, State.DUE)
_BOTH: Moves = {
    **_moves("a person", (State.WAITING, State.DUE), State.SENT),
    **_moves("a person", (State.HELD, State.UNCLEAR), State.SENT, State.DUE),
    **_moves("sweep", _UNDECIDED, State.WAITING, State.DUE, State.SKIPPED, State.HELD),
    **_moves("send", (State.DUE,), State.SENDING, State.WAITING, State.HELD, State.SKIPPED),
    **_moves(
        "send",
        (State.SENDING,),
        *(State.SENT, State.DUE, State.WAITING, State.SKIPPED, State.REFUSED, State.HELD, State.UNCLEAR),
    ),
    **_moves("reconcile", (State.UNCLEAR,), State.UNCLEAR, State.DUE, State.HELD),
}
REQUEST_MOVES: Moves = {
    **_BOTH,
    **_moves("reconcile", (State.UNCLEAR, State.SENT), State.SENT, State.DUE, State.HELD),
    **_moves("reconcile", (State.HELD,), State.HELD, State.DUE, State.SKIPPED),
}
DOCUMENT_MOVES: Moves = {
    **_BOTH,
    **_moves("sweep", (State.HELD,), State.WAITING, State.DUE, State.SKIPPED, State.HELD),
    **_moves("send", (State.SENDING,), State.SUBMITTED),
    **_moves("reconcile", (State.UNCLEAR,), State.SUBMITTED),
    **_moves("reconcile", (State.SUBMITTED,), State.SUBMITTED, State.SENT, State.DUE, State.HELD, State.REFUSED),
    **_moves("reconcile", (State.SENT,), State.SENT),
    **_moves("a person", (State.SENT, State.REFUSED, State.SKIPPED), State.DUE),
}
