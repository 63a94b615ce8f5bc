"""Today: where all orders of some sellers stand, what goes out next, and what waits for a person. From the ledger
alone, in a number of statements that grows neither with sellers nor with what is stored."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import itemgetter

from ledger import overview, sources, tallies
from ledger.database import Ledger
from ledger.overview import Bundle, Deadlines
from ledger.requests import REVIEWS
from ledger.state import OPEN, State
from ledger.tallies import Count
from settings.schema import Seller
from tasks.check.outcome import Check
from tasks.explain import ShownSource, shown_source
from tasks.invoices.defects import Defects, defects
from tasks.status import SellerStatus, status
from tasks.stop_file import NO_STOP_FILE, StopFile

SENT_DAYS = 30
COMING_DAYS = 7
NEAR = timedelta(hours=24)
"""Before its deadline an invoice is shown."""
PARTS = ("waiting", "skipped", "refused", "held")
"""What a sum explains by reasons."""
_PART_OF = {state.value: "waiting" if state in OPEN else state.value for state in State}


@dataclass(frozen=True, slots=True)
class Sum:
    """Where requests for a review stand: seen = sent + waiting + skipped + refused + held.

    `why`: of each part but the sent, how many there are for each reason, the most first.
    """

    seen: int = 0
    sent: int = 0
    waiting: int = 0
    skipped: int = 0
    refused: int = 0
    held: int = 0
    why: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Day:
    """How many requests went out, or go out if no fact changes, on one of the seller's days."""

    on: date
    requests: int


@dataclass(frozen=True, slots=True)
class InvoicesDue:
    """Of business orders, those that are not sent yet, with Amazon's deadlines, and Amazon's rates of late ones."""

    deadlines: Deadlines
    defects: list[Defects]


@dataclass(frozen=True, slots=True)
class OneShop:
    """What is shown of one seller alone. `invoices`: None: the settings send none."""

    sent: list[Day]
    coming: list[Day]
    sources: list[ShownSource]
    invoices: InvoicesDue | None


@dataclass(frozen=True, slots=True)
class Shop:
    """One seller: as `askonce status` says it, and the sum of its requests."""

    seller: str
    status: SellerStatus
    sum: Sum


@dataclass(frozen=True, slots=True)
class Today:
    """`sellers`: worst first; `sum`: of all of them; `one`: more, if there is one only."""

    at: datetime
    sum: Sum
    installation: dict[str, int]
    workers: list[Check]
    sellers: list[Shop]
    one: OneShop | None


def today(ledger: Ledger, sellers: Mapping[str, Seller], now: datetime, stop_file: StopFile = NO_STOP_FILE) -> Today:
    """How everything stands for these sellers."""
    one = next(iter(sellers.values())) if len(sellers) == 1 else None
    with ledger.read() as connection:
        counts = tallies.counts(connection, REVIEWS.actions, one.name if one else None)
    found = status(ledger, sellers, now, stop_file)
    return Today(
        at=now,
        sum=summed(count for name in sellers for count in counts.get(name, ())),
        installation={"sellers": len(found.sellers), **found.by_health, "asked": found.asked},
        workers=found.workers,
        sellers=[Shop(each.seller, each, summed(counts.get(each.seller, ()))) for each in found.sellers],
        one=_one_shop(ledger, one, now) if one else None,
    )


def summed(counts: Iterable[Count]) -> Sum:
    """The sum of states, reasons and numbers."""
    parts = dict.fromkeys((State.SENT.value, *PARTS), 0)
    why: dict[str, dict[str, int]] = {}
    for state, reason, number in counts:
        part = _PART_OF[state]
        parts[part] += number
        if part in PARTS:
            reasons = why.setdefault(part, {})
            reasons[reason] = reasons.get(reason, 0) + number
    return Sum(
        seen=sum(parts.values()),
        **parts,
        why={part: dict(sorted(why[part].items(), key=itemgetter(1), reverse=True)) for part in PARTS if part in why},
    )


def held_count(ledger: Ledger, sellers: Iterable[str]) -> int:
    """How many requests and documents of these sellers wait for a person."""
    with ledger.read() as connection:
        counts = tallies.held(connection)
    return sum(counts.get(name, 0) for name in sellers)


def _one_shop(ledger: Ledger, seller: Seller, now: datetime) -> OneShop:
    with ledger.read() as connection:
        sent = list(overview.sent_at(connection, [seller.name], now - timedelta(days=SENT_DAYS)))
        coming = list(overview.coming_at(connection, [seller.name], now + timedelta(days=COMING_DAYS)))
        readings = sources.readings(connection, seller.name)
        deadlines = overview.deadlines(connection, seller.name, now, now + NEAR)
    return OneShop(
        sent=_days(sent, seller),
        coming=_days(((max(at, now), number) for at, number in coming), seller),
        sources=[shown_source(seller, source, reading, now) for source, reading in readings.items()],
        invoices=InvoicesDue(deadlines, defects(ledger, [seller], now)) if seller.invoices.enabled else None,
    )


def _days(bundles: Iterable[Bundle], seller: Seller) -> list[Day]:
    found: Counter[date] = Counter()
    for at, number in bundles:
        found[at.astimezone(seller.zone).date()] += number
    return [Day(on, found[on]) for on in sorted(found)]
