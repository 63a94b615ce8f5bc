"""What a person's word about one order may do, and what it did: a code for programs, a sentence for people."""

from ledger.requests import Request
from ledger.state import State
from ledger.transitions import Transition
from rules.coded import Coded
from rules.reason import Reason

UNSENT = (State.WAITING, State.DUE, State.SKIPPED)


class OrderOutcome(Coded):
    def __init__(self, _code: str, meaning: str = "") -> None:
        self.meaning = meaning


def is_over(request: Request) -> bool:
    """Whether it came to its end, and is not looked at any more: no word changes it."""
    return request.state in (State.SENT, State.REFUSED) and request.next_look_at is None


def movable(request: Request) -> tuple[State, ...]:
    """Out of which states a word moves it: what may have been sent stays in doubt; what is held and surely was not sent
    does not."""
    return UNSENT if request.reason is Reason.UNCLEAR else (*UNSENT, State.HELD)


def standing(request: Request) -> Transition:
    """As it is, for the record of a word that does not move it."""
    return Transition(request.key, request.state, request.reason)
