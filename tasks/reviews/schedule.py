"""When each request goes out, one after another: nearest deadline first, within each day's limits, at Amazon's pace."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from heapq import heapify, heappop, heappush

from ledger.requests import Request
from marketplace.operations import Operation
from rules.reason import Reason
from rules.reviews import ReviewCase, forecast
from settings.schema import Seller
from tasks.gate import Gate, Terms, most_on, next_day, short_of
from tasks.terms import set_limits

EACH_TAKES = timedelta(seconds=1 / Operation.REQUEST_REVIEW.per_second)
ALL = ""
"""In place of a rule set's name: the limit of all of the seller's requests."""


Chance = tuple[datetime, Reason, Request]
"""When a request may go out first, and why that is not now."""


@dataclass(frozen=True, slots=True)
class Place:
    """A request, when its turn comes and why that is not now; `due_at` None: its window shuts before, for that reason.

    `slot`: the hours in which it lies, `00:00-24:00` where the settings name none; `day`: of the order's own calendar.
    """

    request: Request
    due_at: datetime | None
    reason: Reason
    rule_set: str = ALL
    day: date | None = None
    slot: str = ""


@dataclass(slots=True)
class DayLimits:
    """What the limit of each day of the seller's calendar, and those of its rule sets, still allow.

    A seller that is not armed is taken to be armed now.
    """

    seller: Seller
    terms: Terms
    armed_at: datetime
    limits: Mapping[str, int]
    spent: Counter[tuple[str, date]] = field(default_factory=Counter)

    @classmethod
    def of(cls, gate: Gate, seller: Seller, now: datetime) -> "DayLimits":
        """With what went out today, as the gate counted it with settings of the same limits or others."""
        before = set_limits(gate.seller)
        today = now.astimezone(seller.zone).date()
        spent = Counter({(name, today): before[name] - left for name, left in gate.left_of.items()})
        spent[ALL, today] = gate.asked or 0
        return cls(seller, gate.terms, gate.armed_at or now, set_limits(seller), spent)

    def used_up(self, rule_set: str, day: date) -> Reason | None:
        """Why nothing more of that set goes out on the day; None: something may."""
        most = most_on(self.terms, self.seller, self.armed_at, day)
        if most is not None and self.spent[ALL, day] >= most:
            return short_of(self.terms, self.seller, self.armed_at, day)
        full = rule_set in self.limits and self.spent[rule_set, day] >= self.limits[rule_set]
        return Reason.DAILY_LIMIT if full else None

    def spend(self, rule_set: str, day: date) -> None:
        self.spent.update((name, day) for name in {ALL, rule_set})


@dataclass(slots=True)
class _Waiting:
    """A request that waits for its turn."""

    request: Request
    due_at: datetime
    reason: Reason
    deadline: datetime
    closes: datetime
    rule_set: str
    zone: tzinfo
    slots: tuple[str, ...]
    next_chance: Callable[[datetime], datetime | None]

    def place(self) -> Place:
        here = self.due_at.astimezone(self.zone)
        clock = f"{here:%H:%M}"
        slot = next((each for each in self.slots if each[:5] <= clock < each[6:]), "00:00-24:00")
        return Place(self.request, self.due_at, self.reason, self.rule_set, here.date(), slot)


def schedule(found: Iterable[Chance], seller: Seller, limits: DayLimits, until: datetime) -> list[Place]:
    """A place for each request that was found with its first chance, soonest first; those that miss it last."""
    chances: dict[tuple[str, tzinfo, datetime], datetime] = {}
    waiting = [_waiting(*each, seller, until, chances) for each in found]
    ahead = [(each.due_at, number) for number, each in enumerate(waiting)]
    heapify(ahead)
    due: list[tuple[datetime, str, int]] = []
    placed: list[Place] = []
    missed: list[Place] = []
    at = min((each.due_at for each in waiting), default=until)
    day, ends = _day(seller, at)
    while ahead or due:
        at = at if due else max(at, ahead[0][0])
        if at >= ends:
            day, ends = _day(seller, at)
        while ahead and ahead[0][0] <= at:
            _, number = heappop(ahead)
            heappush(due, (waiting[number].deadline, waiting[number].request.order_id, number))
        *_, number = heappop(due)
        each = waiting[number]
        why = limits.used_up(each.rule_set, day)
        chance = each.next_chance(ends if why else at) if why or at > each.due_at else at
        if chance == at:
            limits.spend(each.rule_set, day)
            placed.append(each.place())
            at += EACH_TAKES
        elif chance is None:
            missed.append(replace(each.place(), due_at=None, reason=why or Reason.TOO_LATE))
        else:
            each.due_at, each.reason = chance, why or Reason.OUTSIDE_TIME_SLOT
            if chance < until:
                heappush(ahead, (chance, number))
            else:
                placed.append(each.place())
    return sorted(placed, key=lambda place: place.due_at or until) + missed


def _day(seller: Seller, at: datetime) -> tuple[date, datetime]:
    """The seller's day, and the midnight that ends it."""
    return at.astimezone(seller.zone).date(), next_day(seller, at)


def _waiting(
    due_at: datetime,
    reason: Reason,
    request: Request,
    seller: Seller,
    until: datetime,
    chances: dict[tuple[str, tzinfo, datetime], datetime],
) -> _Waiting:
    case = ReviewCase(request.facts, seller, due_at)
    name = case.rule_set.name if case.rule_set else ALL
    closes, zone = case.window.closes, case.zone

    def next_chance(at: datetime) -> datetime | None:
        """From then on; the window is open by then. Orders of one set in one zone share it."""
        if request.facts.ask_until:
            return forecast(request.facts, seller, at, until)
        found = chances.get((name, zone, at))
        if found is None:
            found = chances[name, zone, at] = ReviewCase(request.facts, seller, at).next_chance
        return found if found < closes else None

    slots = tuple(map(str, () if case.asked_for else case.wish.time_slots))
    return _Waiting(request, due_at, reason, case.deadline, closes, name, zone, slots, next_chance)
