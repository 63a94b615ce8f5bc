"""Calendar: what went out and what is to, by day of each seller. From the ledger alone: when each order is looked at
next, without what a daily limit or other settings would change."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from ledger import listing, overview
from ledger.database import Connection, Ledger
from ledger.listing import Filter
from ledger.requests import REVIEWS
from ledger.state import Action, State
from marketplace.operations import Operation
from settings.schema import Seller
from settings.slots import TimeSlot
from tasks.orders import Listed, listed

BACK, AHEAD = 30, 30
"""Days."""
MOST = 200
ELSE = "else"
"""In no slot of the settings."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: how many requests went out, and how many are planned. `slots`: both, by the seller's hours."""

    on: date
    sent: int
    planned: int
    slots: dict[str, int]


@dataclass(frozen=True, slots=True)
class Week:
    """How many requests went out, or were refused or skipped for good, in the week that begins on this Monday."""

    begins: date
    sent: int
    refused: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every day from 30 days ago to 30 days ahead. `chosen`: the day that is opened; `orders`: what goes out then.

    Of one seller alone: `slots`, as the settings name them, and what lies in none of them; `daily_limit` of the
    settings; `amazons_limit`: what Amazon's rate lets through in the slots of one day; `weeks`: what became of orders
    in the last 30 days.
    """

    today: date
    days: list[CalendarDay]
    chosen: date | None
    orders: list[Listed]
    slots: list[str]
    daily_limit: int | None
    amazons_limit: int | None
    weeks: list[Week]

    @property
    def limit(self) -> int | None:
        """The nearer of the two."""
        return min((each for each in (self.daily_limit, self.amazons_limit) if each is not None), default=None)

    @property
    def planned(self) -> int:
        return sum(day.planned for day in self.days)


def calendar(
    ledger: Ledger,
    sellers: Mapping[str, Seller],
    now: datetime,
    chosen: date | None,
    marketplace_id: str | None = None,
) -> Calendar:
    """The days of these sellers, each by its own zone; `chosen`: also what goes out on that day."""
    first_seller = next(iter(sellers.values()))
    zone = first_seller.zone
    today = now.astimezone(zone).date()
    slots = first_seller.review_requests.time_slots or () if len(sellers) == 1 else ()
    by_zone: defaultdict[tzinfo, list[str]] = defaultdict(list)
    for name, seller in sellers.items():
        by_zone[seller.zone].append(name)
    sent: Counter[date] = Counter()
    planned: Counter[date] = Counter()
    in_slots: defaultdict[date, Counter[str]] = defaultdict(Counter)
    with ledger.read() as connection:
        for theirs, names in by_zone.items():
            for at, number in overview.sent_at(connection, names, now - BACK * DAY, marketplace_id):
                here = at.astimezone(theirs)
                sent[here.date()] += number
                if slots:
                    in_slots[here.date()][_slot(here, slots)] += number
            for at, number in overview.coming_at(connection, names, now + AHEAD * DAY, marketplace_id):
                here = max(at, now).astimezone(theirs)
                planned[here.date()] += number
                if slots:
                    in_slots[here.date()][_slot(here, slots)] += number
        weeks = _weeks(connection, first_seller, sent, now, marketplace_id) if len(sellers) == 1 else []
        shown = _planned_for(connection, sellers, chosen, today, marketplace_id) if chosen else []
    days = [today + timedelta(days=number) for number in range(-BACK, AHEAD + 1)]
    one = first_seller if len(sellers) == 1 else None
    return Calendar(
        today=today,
        days=[CalendarDay(day, sent[day], planned[day], dict(in_slots[day]) if slots else {}) for day in days],
        chosen=chosen,
        orders=shown,
        slots=[*map(str, slots), *([ELSE] if any(in_slots[day][ELSE] for day in days) and slots else [])],
        daily_limit=one.review_requests.daily_limit if one else None,
        amazons_limit=_most_in(slots) if one else None,
        weeks=weeks,
    )


def _weeks(
    connection: Connection, seller: Seller, sent: Counter[date], now: datetime, marketplace_id: str | None
) -> list[Week]:
    found: defaultdict[date, Counter[State]] = defaultdict(Counter)
    for day, number in sent.items():
        found[_monday(day)][State.SENT] += number
    for state in (State.REFUSED, State.SKIPPED):
        for at, number in overview.ended_at(connection, [seller.name], state, now - BACK * DAY, marketplace_id):
            found[_monday(at.astimezone(seller.zone).date())][state] += number
    return [
        Week(on, *(found[on][state] for state in (State.SENT, State.REFUSED, State.SKIPPED))) for on in sorted(found)
    ]


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _planned_for(
    connection: Connection, sellers: Mapping[str, Seller], day: date, today: date, marketplace_id: str | None
) -> list[Listed]:
    zone = next(iter(sellers.values())).zone
    begins = datetime.combine(day, time(), zone) if day > today else None
    ends = datetime.combine(day + DAY, time(), zone)
    wanted = Filter(list(sellers), Action.REVIEW, marketplace_id=marketplace_id, coming_from=begins, coming_until=ends)
    return [listed(each) for each in listing.page(connection, REVIEWS, wanted, 0, MOST).rows]


def _slot(at: datetime, slots: Sequence[TimeSlot]) -> str:
    """The slot of a bundle of ten minutes that begins then."""
    begins, ends = f"{at:%H:%M}", f"{at.hour:02}:{at.minute + 9:02}"
    return next((text for text in map(str, slots) if text[:5] <= ends and begins < text[6:]), ELSE)


def _most_in(slots: Sequence[TimeSlot]) -> int:
    texts = [str(slot) for slot in slots] or ["00:00-24:00"]
    minutes = sum(_minutes(text[6:]) - _minutes(text[:5]) for text in texts)
    return int(minutes * 60 * Operation.REQUEST_REVIEW.per_second)


def _minutes(clock: str) -> int:
    return 60 * int(clock[:2]) + int(clock[3:])
