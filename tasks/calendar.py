"""Calendar: what went out and what is to, by day of each seller. From the ledger alone: when each order is looked at
next, without what a daily limit or other settings would change."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from ledger import listing, overview
from ledger.database import Ledger
from ledger.listing import Filter
from ledger.requests import REVIEWS
from ledger.state import Action
from settings.schema import Seller
from tasks.orders import Listed, listed

BACK, AHEAD = 30, 30
"""Days."""
MOST = 200


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: how many requests went out, and how many are planned."""

    on: date
    sent: int
    planned: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every day from 30 days ago to 30 days ahead. `chosen`: the day that is opened; `orders`: what goes out then."""

    today: date
    days: list[CalendarDay]
    chosen: date | None
    orders: list[Listed]

    @property
    def planned(self) -> int:
        return sum(day.planned for day in self.days)


def calendar(ledger: Ledger, sellers: Mapping[str, Seller], now: datetime, chosen: date | None) -> Calendar:
    """The days of these sellers, each by its own zone; `chosen`: also what goes out on that day."""
    zone = next(iter(sellers.values())).zone
    today = now.astimezone(zone).date()
    by_zone: defaultdict[tzinfo, list[str]] = defaultdict(list)
    for name, seller in sellers.items():
        by_zone[seller.zone].append(name)
    sent: Counter[date] = Counter()
    planned: Counter[date] = Counter()
    with ledger.read() as connection:
        for theirs, names in by_zone.items():
            for at, number in overview.sent_at(connection, names, now - timedelta(days=BACK)):
                sent[at.astimezone(theirs).date()] += number
            for at, number in overview.coming_at(connection, names, now + timedelta(days=AHEAD)):
                planned[max(at, now).astimezone(theirs).date()] += number
        orders = []
        if chosen:
            begins = datetime.combine(chosen, time(), zone) if chosen > today else None
            ends = datetime.combine(chosen + timedelta(days=1), time(), zone)
            wanted = Filter(list(sellers), Action.REVIEW, coming_from=begins, coming_until=ends)
            orders = [listed(each) for each in listing.page(connection, REVIEWS, wanted, 0, MOST).rows]
    first = today - timedelta(days=BACK)
    days = [first + timedelta(days=number) for number in range(BACK + AHEAD + 1)]
    return Calendar(today, [CalendarDay(day, sent[day], planned[day]) for day in days], chosen, orders)
