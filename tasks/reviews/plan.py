"""Plan: what would go out, and when, if no fact changed. The rules' own decisions, looked up ahead; nothing is sent."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from ledger import controls
from ledger.database import Ledger
from ledger.documents import Document
from ledger.requests import REVIEWS, Request
from ledger.state import OPEN, State
from marketplace.operations import Operation
from rules import reviews
from rules.decision import Skip
from rules.order import Facts, Order
from rules.reason import Reason
from rules.reviews import forecast
from rules.rule_sets import chosen, why
from settings.schema import Seller
from tasks import new_settings, terms
from tasks.gate import Gate
from tasks.new_settings import STILL_OPEN
from tasks.reviews.decide import decided
from tasks.reviews.schedule import ALL, Chance, DayLimits, Place, schedule
from tasks.stop_file import NO_STOP_FILE, StopFile
from tasks.where import place_of

AHEAD = 30
"""Days of which the plan has each slot."""
LONGEST = 60
"""Days after which each window that opens in the next ones is shut."""
TO_PLAN = (*OPEN, State.SKIPPED, State.HELD, State.REFUSED)


@dataclass(frozen=True, slots=True)
class ChosenSet:
    """The rule set that counts for an order, and what of the order fits it."""

    name: str
    why: str


def chosen_set(order: Order, seller: Seller) -> ChosenSet | None:
    """None: no set fits."""
    rule = chosen(order, seller.review_requests.rules)
    return ChosenSet(rule.name, why(order, rule)) if rule else None


@dataclass(frozen=True, slots=True)
class Planned:
    """One order that would be asked at `due_at`, and the reason why that is not now (`due`: it is)."""

    seller: str
    order_id: str
    action: str
    due_at: datetime
    reason: Reason
    rule_set: ChosenSet | None = None


@dataclass(frozen=True, slots=True)
class TooLate:
    """Orders that are too late for the seller's day range, and how many of them would go with Amazon's own."""

    seller: str
    day_range: tuple[int, int]
    orders: int
    with_widest: int


@dataclass(frozen=True, slots=True)
class SlotLoad:
    """How many requests go out in a slot of a day, and how many Amazon's rate lets out in it; `limit`: in that day.

    Day and slot are those of the orders' own calendar: the seller's `timezone`, or the marketplace's.
    """

    seller: str
    day: date
    slot: str
    requests: int
    room: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes out within the days asked for, soonest first; `by_reason` counts all other open or skipped orders.

    `slots` look `AHEAD` days ahead; `places` has each request that may still be decided.
    """

    entries: list[Planned]
    by_reason: Counter[str]
    closed: Reason | None  # why the seller's gate is shut at present: then nothing goes out until it opens
    too_late: TooLate | None = None
    slots: list[SlotLoad] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of a seller's requests: those that may still be decided, and the rest by reason."""

    requests: list[Request]
    by_reason: Counter[str]
    gate: Gate
    closed: Reason | None
    stops: Mapping[str, controls.Stop]  # by marketplace
    anew: bool  # with other settings than those of the last decision


def read(ledger: Ledger, seller: Seller, now: datetime, stop_file: StopFile = NO_STOP_FILE) -> Known:
    """Of the seller with these settings, which may be others than those at work."""
    with ledger.read() as connection:
        gate = Gate.read(connection, terms.REVIEW, seller, now, stop_file)
        anew = new_settings.are_new(connection, seller)
        requests: list[Request] = []
        by_reason: Counter[str] = Counter()
        for each in REVIEWS.in_states(connection, seller.name, TO_PLAN):
            if each.state in REVIEWS.undecided and (each.next_look_at or is_open(each, now)):
                requests.append(each)
            else:
                by_reason[each.reason] += 1
        stops = controls.stopped_marketplaces(connection, seller.name, now, terms.REVIEW.denied, terms.REVIEW.action)
        return Known(requests, by_reason, gate, gate.closed(connection, now), stops, anew)


def plan(ledger: Ledger, seller: Seller, now: datetime, days: int, stop_file: StopFile = NO_STOP_FILE) -> Plan:
    """The plan for the next days, from the facts that the ledger has, with these settings."""
    return planned(read(ledger, seller, now, stop_file), seller, now, days)


def planned(known: Known, seller: Seller, now: datetime, days: int) -> Plan:
    """The plan from what is known."""
    horizon, until = now + timedelta(days=max(days, LONGEST)), now + timedelta(days=days)
    outcome = places(known, seller, now, horizon)
    by_reason = known.by_reason.copy()
    entries: list[Planned] = []
    for each in outcome:
        if each.due_at is None or each.due_at >= until:
            by_reason[each.reason] += 1
        else:
            key, rule_set = each.request.key, chosen_set(each.request.facts.order, seller)
            entries.append(Planned(seller.name, key.order_id, key.action, each.due_at, each.reason, rule_set))
    late = [each.request.facts for each in outcome if each.due_at is None and each.reason is Reason.TOO_LATE]
    return Plan(
        entries,
        by_reason,
        known.closed,
        _too_late(late, seller, now),
        _slots(outcome, seller, now),
        outcome,
    )


def places(known: Known, seller: Seller, now: datetime, until: datetime, *, anew: bool = False) -> list[Place]:
    """What becomes of each request that may still be decided; `anew`: with other settings than those it is known by."""
    found, not_asked = chances(known, seller, now, until, anew=anew)
    return schedule(found, seller, DayLimits.of(known.gate, seller, now), until) + not_asked


def chances(
    known: Known, seller: Seller, now: datetime, until: datetime, *, anew: bool
) -> tuple[list[Chance], list[Place]]:
    """The first chance of each request, and those that have none; limits and Amazon's pace left aside."""
    found: list[Chance] = []
    not_asked: list[Place] = []
    for each in known.requests:
        due_at, reason = foreseen(each, seller, now, until, anew=anew or known.anew)
        if due_at is None:
            not_asked.append(Place(each, None, reason, terms.set_of(each.facts, seller) or ALL))
        else:
            found.append((due_at, why_not_now(each, reason, known.closed, known.stops), each))
    return found, not_asked


def why_not_now(
    item: Request | Document, reason: Reason, closed: Reason | None, stops: Mapping[str, controls.Stop]
) -> Reason:
    """Its own `reason`; where it is due, what holds back all of the seller, or of its marketplace."""
    if reason is not Reason.DUE:
        return reason
    stop = stops.get(place_of(item.facts))
    return closed or (stop.reason if stop else reason)


def foreseen(
    request: Request, seller: Seller, now: datetime, until: datetime, *, anew: bool
) -> tuple[datetime | None, Reason]:
    """When it goes out (None: not before `until`, or not at all), and why not now. `anew`: with other settings than
    those of the last decision, so that all is decided now.
    """
    look = now if request.state is State.DUE or (anew and is_open(request, now)) else request.next_look_at
    if request.state not in REVIEWS.undecided or look is None:
        return None, request.reason
    if look > now:
        return forecast(request.facts, seller, look, until), request.reason
    became = decided(request, seller, now)
    if became.state is State.SKIPPED:
        return None, became.reason
    return forecast(request.facts, seller, became.next_look_at or now, until), became.reason


def is_open(item: Request | Document, now: datetime) -> bool:
    """Whether new settings decide it again."""
    return item.state is not State.SKIPPED or item.changed_at >= now - STILL_OPEN


def _too_late(late: list[Facts], seller: Seller, now: datetime) -> TooLate | None:
    wish = seller.review_requests
    wide = reviews.widest(seller)
    if not late or wide == seller:
        return None
    saved = sum(not isinstance(reviews.decide(facts, wide, now), Skip) for facts in late)
    return TooLate(seller.name, wish.day_range, len(late), saved)


def _slots(outcome: Iterable[Place], seller: Seller, now: datetime) -> list[SlotLoad]:
    until = now + timedelta(days=AHEAD)
    counted = Counter((each.day, each.slot) for each in outcome if each.due_at and each.due_at < until and each.day)
    limit = seller.review_requests.daily_limit
    return [
        SlotLoad(seller.name, day, slot, count, _room(day, slot, seller, now), limit)
        for (day, slot), count in sorted(counted.items())
        if day
    ]


def _room(day: date, slot: str, seller: Seller, now: datetime) -> int:
    """How many requests Amazon's rate lets out in what is left of the slot."""
    start, end = (datetime.combine(day, time(), UTC) + _clock(each) for each in slot.split("-"))
    here = now.astimezone(seller.zone).replace(tzinfo=UTC)
    seconds = (end - max(start, here)).total_seconds()
    rate = Operation.REQUEST_REVIEW
    return max(int(seconds * rate.per_second), 0) + rate.burst


def _clock(text: str) -> timedelta:
    hours, minutes = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes)
