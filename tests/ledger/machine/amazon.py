"""Amazon, as the machine needs it: what it accepts, what its answers make of an item, and what a look at it shows."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import ClassVar

from ledger.state import Action, State
from ledger.transitions import Key, Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, MINUTE, review

Place = tuple[str, str]  # seller, order id
LOOK_AFTER = MINUTE / 12
MOST_TRIES = 5
WHEN_SHUT = {State.UNCLEAR: State.HELD, State.HELD: State.SKIPPED, State.SENT: State.SENT}
LOOKS = 4
"""So many looks that find no upload: there is none."""


@dataclass(slots=True)
class Amazon:
    """Requests for a review. It accepts a repeated one, so that it can be counted."""

    answers: ClassVar[tuple[str, ...]] = (
        "lost",
        "accepted",
        "dropped",
        "refused",
        "already",
        "not now",
        "busy",
        "denied",
        "wrong",
    )
    accepted: Counter[Place] = field(default_factory=Counter)
    asked_by_others: set[Place] = field(default_factory=set)
    is_odd: bool = False  # it offers nothing, as it has been seen to for a day
    shown: set[Place] = field(default_factory=set)  # requests that were sent when a look showed them offered

    def offers(self, place: Place) -> bool:
        return not (self.is_odd or self.accepted[place] or place in self.asked_by_others)

    def ask(self, place: Place, kind: str, tries: int, now: datetime) -> tuple[Transition, bool]:
        """What an answer of this kind makes of the request (tasks/reviews/send.py), and whether it may be accepted."""
        if kind in ("accepted", "lost"):
            self.accepted[place] += 1
        if kind == "already":
            self.asked_by_others.add(place)
        verdict = partial(Transition, review(place[1]))
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
        self, place: Place, now: datetime, was: State, reason: Reason, tries: int, deadline: datetime | None
    ) -> Transition:
        """What a look makes of a doubt (tasks/reviews/reconcile.py)."""
        verdict = partial(Transition, review(place[1]), tries=tries)
        if deadline and now >= deadline:
            return verdict(WHEN_SHUT[was], reason)
        if self.offers(place):
            if was is State.SENT:
                self.shown.add(place)
            if was is not State.HELD and tries >= MOST_TRIES:
                return verdict(State.HELD, Reason.UNCLEAR, now + DAY)
            return verdict(State.DUE, Reason.DUE, now)
        if was is State.UNCLEAR:
            return verdict(State.SENT, Reason.NO_LONGER_OFFERED, now + DAY)
        return verdict(was, reason, now + DAY if was is State.HELD else None)


@dataclass(slots=True)
class Uploads(Amazon):
    """Uploads of invoices. `is_odd`: what Amazon reads now, it rejects: the seller may upload none."""

    answers: ClassVar[tuple[str, ...]] = (
        "lost",
        "accepted",
        "dropped",
        "refused",
        "busy",
        "denied",
        "wrong",
        "unexpected",
    )

    def offers(self, place: Place) -> bool:
        return not self.accepted[place]

    def ask(self, place: Place, kind: str, tries: int, now: datetime) -> tuple[Transition, bool]:
        """What an answer of this kind makes of the document (tasks/invoices/send.py), and whether it may be there."""
        if kind in ("accepted", "lost"):
            self.accepted[place] += 1
        verdict = partial(Transition, Key(place[1], Action.INVOICE))
        unclear = verdict(State.UNCLEAR, Reason.UNCLEAR, now + LOOK_AFTER)
        return {
            "accepted": (verdict(State.SUBMITTED, Reason.SUBMITTED, now + LOOK_AFTER, feed_id=_feed(place)), True),
            "lost": (unclear, True),
            "dropped": (unclear, True),
            "refused": (verdict(State.WAITING, Reason.NOT_OFFERED, now + DAY), False),
            "busy": (verdict(State.DUE, Reason.BUSY, now + MINUTE, tries=tries), False),
            "denied": (verdict(State.DUE, Reason.INVOICES_NOT_AUTHORISED, now, tries=tries), False),
            "wrong": (verdict(State.DUE, Reason.BROKEN, now + MINUTE, tries=tries + 1), False),
            "unexpected": (verdict(State.HELD, Reason.BROKEN, now + DAY, tries=tries), False),
        }[kind]

    def look(
        self, place: Place, now: datetime, was: State, reason: Reason, tries: int, deadline: datetime | None
    ) -> Transition:
        """What a look makes of a document under way or in doubt (tasks/invoices/reconcile.py)."""
        verdict = partial(Transition, Key(place[1], Action.INVOICE))
        if was is State.UNCLEAR:
            if self.accepted[place]:
                return verdict(State.SUBMITTED, Reason.SUBMITTED, now, feed_id=_feed(place))
            if tries + 1 < LOOKS:
                return verdict(State.UNCLEAR, Reason.UNCLEAR, now + LOOK_AFTER, tries=tries + 1)
            return verdict(State.DUE, Reason.BUSY, now + LOOK_AFTER)
        if tries == 0:
            return verdict(State.SUBMITTED, Reason.SUBMITTED, now + LOOK_AFTER, tries=1)
        if self.is_odd and self.accepted[place]:
            self.accepted[place] -= 1
        if self.accepted[place]:
            return verdict(State.SENT, Reason.INVOICED)
        return verdict(State.DUE, Reason.INVOICES_NOT_AUTHORISED, now)


def _feed(place: Place) -> str:
    return f"feed of {place}"
