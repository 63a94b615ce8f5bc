"""Amazon, as the model of the ledger needs it: what it accepts, and what it still offers."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from ledger.state import State
from ledger.transitions import Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, MINUTE, review
from tests.ledger.ledger_standing import Key

LOOK_AFTER = MINUTE / 12
MOST_TRIES = 5
WHEN_SHUT = {State.UNCLEAR: State.HELD, State.HELD: State.SKIPPED, State.SENT: State.SENT}
ANSWERS = ("lost", "accepted", "dropped", "refused", "already", "not now", "busy", "denied", "wrong")


@dataclass(slots=True)
class Amazon:
    """It accepts a repeated request, so that it can be counted."""

    accepted: Counter[Key] = field(default_factory=Counter)
    asked_by_others: set[Key] = field(default_factory=set)
    offers_nothing: bool = False  # as it has been seen to, for a day
    shown: set[Key] = field(default_factory=set)  # entries that were sent when a look showed them offered

    def offers(self, key: Key) -> bool:
        return not (self.offers_nothing or self.accepted[key] or key in self.asked_by_others)

    def ask(self, key: Key, kind: str, tries: int, now: datetime) -> tuple[Transition, bool]:
        """What an answer of this kind makes of the entry (`tasks.send`), and whether the request may be accepted."""
        if kind in ("accepted", "lost"):
            self.accepted[key] += 1
        if kind == "already":
            self.asked_by_others.add(key)
        verdict = partial(Transition, review(key[1]))
        unclear = verdict(State.UNCLEAR, Reason.UNCLEAR, now + LOOK_AFTER, tries=tries + 1)
        return {
            "accepted": (verdict(State.SENT, Reason.REQUESTED), True),
            "lost": (unclear, True),
            "dropped": (unclear, True),
            "refused": (verdict(State.HELD, Reason.UNKNOWN_REFUSAL, now + DAY), False),
            "already": (verdict(State.REFUSED, Reason.ALREADY_REQUESTED), False),
            "not now": (verdict(State.WAITING, Reason.NOT_OFFERED, now + DAY), False),
            "busy": (verdict(State.DUE, Reason.BUSY, now + MINUTE, tries=tries), False),
            "denied": (verdict(State.DUE, Reason.NOT_AUTHORISED, now, tries=tries), False),
            "wrong": (verdict(State.DUE, Reason.BROKEN, now + MINUTE, tries=tries + 1), False),
        }[kind]

    def look(
        self, key: Key, now: datetime, was: State, reason: Reason, tries: int, deadline: datetime | None
    ) -> Transition:
        """What a look makes of a doubt (`tasks.reconcile`)."""
        verdict = partial(Transition, review(key[1]), tries=tries)
        if deadline and now >= deadline:
            return verdict(WHEN_SHUT[was], reason)
        if self.offers(key):
            if was is State.SENT:
                self.shown.add(key)
            if was is not State.HELD and tries >= MOST_TRIES:
                return verdict(State.HELD, Reason.UNCLEAR, now + DAY)
            return verdict(State.DUE, Reason.DUE, now)
        if was is State.UNCLEAR:
            return verdict(State.SENT, Reason.NO_LONGER_OFFERED, now + DAY)
        return verdict(was, reason, now + DAY if was is State.HELD else None)
