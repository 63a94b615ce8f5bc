"""Orders that will miss their window, and which other settings would save how many of them: computed, not guessed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rules.reason import Reason
from rules.reviews import widest
from rules.window import AMAZON_DAYS
from settings.schema import ReviewRequests, Seller
from settings.slots import WEEK
from settings.wording import typed
from tasks.reviews.plan import LONGEST, Known, chances, foreseen, places
from tasks.reviews.schedule import ALL, DayLimits, Place, schedule
from tasks.terms import set_limits

NO_BOUNDS: dict[str, Any] = {"time_slots": (), "weekdays": (), "blackout": (), "daily_limit": None}


@dataclass(frozen=True, slots=True)
class Missed:
    """One order that Amazon would take, and that these settings ask never."""

    order_id: str
    reason: Reason
    rule_set: str | None


@dataclass(frozen=True, slots=True)
class Remedy:
    """A setting as it is typed, of the seller or of a rule set, and how many of the orders it alone would save."""

    rule_set: str | None
    setting: str
    saved: int


@dataclass(frozen=True, slots=True)
class Missing:
    """The orders of one seller, and what would save some, the most first."""

    seller: str
    orders: list[Missed]
    remedies: list[Remedy]


def missing(known: Known, outcome: list[Place], seller: Seller, now: datetime) -> Missing | None:
    """`outcome`: what becomes of the requests with these settings. None: no order misses its window."""
    until = now + timedelta(days=LONGEST)
    free = _free(seller)
    lost = [each for each in outcome if each.due_at is None and _can_be_asked(each, free, now, until)]
    if not lost:
        return None
    # without limits, and where Amazon's rate leaves room, what becomes of one order does not touch the others
    alone = not set_limits(seller) and not seller.review_requests.daily_limit and not any(each.slot for each in lost)
    concerned = replace(known, requests=[each.request for each in lost]) if alone else known
    tried = _Tried(concerned, seller, now, until, {each.request.order_id for each in lost})
    remedies = [each for group in dict.fromkeys(each.rule_set for each in lost) for each in tried.remedies(group)]
    orders = [Missed(each.request.order_id, each.reason, each.rule_set or None) for each in lost]
    return Missing(seller.name, orders, sorted(set(remedies), key=lambda each: (-each.saved, each.setting)))


def _can_be_asked(place: Place, free: Seller, now: datetime, until: datetime) -> bool:
    return foreseen(place.request, free, now, until, anew=place.request.next_look_at is None)[0] is not None


def _free(seller: Seller) -> Seller:
    """The seller who asks whenever Amazon allows it."""
    wide = widest(seller)
    wish = wide.review_requests
    rules = tuple(rule.model_copy(update=NO_BOUNDS) for rule in wish.rules)
    return wide.model_copy(update={"review_requests": wish.model_copy(update={**NO_BOUNDS, "rules": rules})})


@dataclass(frozen=True, slots=True)
class _Tried:
    """Other settings, tried on all of the seller's requests: what one order gains, another may lose."""

    known: Known
    seller: Seller
    now: datetime
    until: datetime
    lost: set[str]

    def remedies(self, group: str) -> Iterator[Remedy]:
        """Of the settings of one rule set, or of those of the seller."""
        wish = _wish(self.seller, group)
        if wish.day_range != AMAZON_DAYS:
            yield from self._remedy(group, "day_range", AMAZON_DAYS)
        if wish.time_slots:
            yield from self._remedy(group, "time_slots", ())
        if wish.weekdays:
            more = [tuple(day for day in WEEK if day in (*wish.weekdays, new)) for new in WEEK]
            tries = [found for days in more if days != wish.weekdays for found in self._remedy(group, "weekdays", days)]
            yield from [max(tries, key=lambda each: each.saved)] if tries else []
        if self.seller.review_requests.blackout:
            yield from self._remedy(ALL, "blackout", ())
        for of in {ALL, group}:
            yield from self._limit(of)

    def _limit(self, group: str) -> Iterator[Remedy]:
        """The lowest limit that saves as many as any would; of a high one, within a twentieth."""
        now = _own(self.seller, group).daily_limit
        if now is None:
            return
        first, _ = chances(self.known, self.seller, self.now, self.until, anew=True)

        def saved(limit: int) -> int:
            changed = _changed(self.seller, group, {"daily_limit": limit})
            limits = DayLimits.of(self.known.gate, changed, self.now)
            return self._count(schedule(first, changed, limits, self.until))

        low, high = now, now + len(self.lost)
        most = saved(high)
        while high - low > max(1, high // 20):
            middle = (low + high) // 2
            low, high = (low, middle) if saved(middle) >= most else (middle, high)
        if most:
            yield Remedy(group or None, f"daily_limit = {high}", most)

    def _remedy(self, group: str, setting: str, value: tuple[Any, ...]) -> Iterator[Remedy]:
        if saved := self._saved(group, **{setting: value}):
            yield Remedy(group or None, f"{setting} = {typed(list(value))}", saved)

    def _saved(self, group: str, **update: Any) -> int:
        changed = _changed(self.seller, group, update)
        return self._count(places(self.known, changed, self.now, self.until, anew=True))

    def _count(self, outcome: list[Place]) -> int:
        return sum(each.due_at is not None and each.request.order_id in self.lost for each in outcome)


def _own(seller: Seller, group: str) -> Any:
    wish = seller.review_requests
    return next((rule for rule in wish.rules if rule.name == group), wish)


def _wish(seller: Seller, group: str) -> ReviewRequests:
    wish, own = seller.review_requests, _own(seller, group)
    return wish if own is wish else wish.within(own)


def _changed(seller: Seller, group: str, update: dict[str, Any]) -> Seller:
    wish = seller.review_requests
    if group == ALL:
        wish = wish.model_copy(update=update)
    else:
        rules = tuple(rule.model_copy(update=update) if rule.name == group else rule for rule in wish.rules)
        wish = wish.model_copy(update={"rules": rules})
    return seller.model_copy(update={"review_requests": wish})
