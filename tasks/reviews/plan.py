"""Plan: what would go out, and when, if no fact changed. The rules' own decisions, looked up ahead; nothing is sent."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import controls
from ledger.database import Ledger
from ledger.documents import Document
from ledger.requests import REVIEWS, Request
from ledger.state import OPEN, Action, State
from rules import reviews
from rules.decision import Skip
from rules.order import Facts, Order
from rules.reason import Reason
from rules.reviews import forecast
from rules.rule_sets import chosen, why
from settings.schema import Seller
from tasks import new_settings
from tasks.actions import ACTIONS
from tasks.gate import Gate, day_start, most_on, next_day, short_of
from tasks.line import place_of
from tasks.new_settings import STILL_OPEN
from tasks.reviews.decide import set_limits, set_of, transition
from tasks.stop_file import NO_STOP_FILE, StopFile

WIDEST = (5, 30)
"""Amazon's own range of days."""
ALL = ""
"""In place of a rule set's name: the limit of all of the seller's requests."""
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
class Plan:
    """What goes out within the days asked for, soonest first; `by_reason` counts all other open or skipped orders."""

    entries: list[Planned]
    by_reason: Counter[str]
    closed: Reason | None  # why the seller's gate is shut at present: then nothing goes out until it opens
    too_late: TooLate | None = None


def plan(ledger: Ledger, seller: Seller, now: datetime, days: int, stop_file: StopFile = NO_STOP_FILE) -> Plan:
    """The plan for the next days, from the facts that the ledger has, with these settings."""
    until = now + timedelta(days=days)
    late: list[Facts] = []
    with ledger.read() as connection:
        terms = ACTIONS[Action.REVIEW].terms
        gate = Gate.read(connection, terms, seller, now, stop_file)
        closed = gate.closed(connection, now)
        stops = controls.stopped_marketplaces(connection, seller.name, now, terms.denied, terms.action)
        anew = new_settings.are_new(connection, seller)
        found: list[tuple[datetime, Reason, Request]] = []
        by_reason: Counter[str] = Counter()
        for each in REVIEWS.in_states(connection, seller.name, TO_PLAN):
            due_at, reason = foreseen(each, seller, now, until, anew=anew)
            if due_at is None:
                by_reason[reason] += 1
            else:
                stop = stops.get(place_of(each))
                why = closed or (stop.reason if stop else reason)
                found.append((due_at, why if reason is Reason.DUE else reason, each))
            if reason is Reason.TOO_LATE:
                late.append(each.facts)
    found.sort(key=lambda item: item[0])
    planned = [
        Planned(
            seller.name,
            request.order_id,
            request.key.action,
            due_at,
            reason,
            chosen_set(request.facts.order, seller),
        )
        for due_at, reason, request in _within_limit(found, seller, gate, now, until)
    ]
    by_reason[Reason.DAILY_LIMIT] += len(found) - len(planned)
    return Plan(planned, +by_reason, closed, _too_late(late, seller, now))


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
    became = transition(request.key, reviews.decide(request.facts, seller, now), request.reason, now)
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


def _within_limit(
    found: list[tuple[datetime, Reason, Request]], seller: Seller, gate: Gate, now: datetime, until: datetime
) -> Iterator[tuple[datetime, Reason, Request]]:
    """Moves to the next day what exceeds the limit of a day, or that of a rule set."""
    limits = set_limits(seller)
    if not limits and gate.asked is None:
        yield from found
        return
    armed_at = gate.armed_at or now  # else as if it were armed now
    spent = {name: limits[name] - left for name, left in gate.left_of.items()} | {ALL: gate.asked or 0}
    sent_on = Counter({(name, day_start(seller, now)): count for name, count in spent.items()})

    def used_up(own: str, at: datetime) -> Reason | None:
        day, most = day_start(seller, at), most_on(gate.terms, seller, armed_at, at)
        if most is not None and sent_on[ALL, day] >= most:
            return short_of(gate.terms, seller, armed_at, at)
        return Reason.DAILY_LIMIT if own in limits and sent_on[own, day] >= limits[own] else None

    for due_at, reason, request in found:
        own, why = set_of(request.facts, seller) or ALL, reason
        moment: datetime | None = due_at
        while moment is not None and (short := used_up(own, moment)):
            moment, why = forecast(request.facts, seller, next_day(seller, moment), until), short
        if moment is not None:
            sent_on.update((name, day_start(seller, moment)) for name in {ALL, own})
            yield moment, why, request
