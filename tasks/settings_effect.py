"""What other settings would change for one seller, before they are saved: orders that come due, and those that fall
away; and whether a brake would stop the many that come due at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import brakes
from ledger.brakes import day_of
from ledger.database import Ledger
from ledger.requests import Request
from rules.brakes import Brake, settings_limit, usual
from rules.reason import Reason
from settings.schema import Seller
from tasks.brakes.look import left_alone
from tasks.reviews.against import Change, difference
from tasks.reviews.plan import LONGEST, Known, Plan, chances, planned, read
from tasks.stop_file import NO_STOP_FILE, StopFile
from tasks.where import place_of

SOON = timedelta(days=14)
SHOWN = 20
"""Orders that are shown one by one."""


@dataclass(frozen=True, slots=True)
class Braked:
    """So many orders of a marketplace would come due at once, which is more than the brake lets pass."""

    marketplace: str
    due: int
    limit: int


@dataclass(frozen=True, slots=True)
class Effect:
    """Before and after: requests due now, those of the next 14 days, and all that can be foreseen.

    `more`: orders that are asked only with the other settings; `less`: that are not asked with them; `moved`: that are
    asked at another time, or wait for another reason. `first`: when the first of them is asked, or would have been.
    `changes`: the first of all these; `closed_after`: why nothing goes out at present.
    """

    seller: str
    due_before: int
    due_after: int
    soon_before: int
    soon_after: int
    asked_before: int
    asked_after: int
    more: int
    less: int
    moved: int
    first: datetime | None
    by_reason_before: dict[str, int]
    by_reason_after: dict[str, int]
    closed_after: Reason | None
    brakes: list[Braked]
    changes: list[Change]


def effect(ledger: Ledger, before: Seller, after: Seller, now: datetime, stop_file: StopFile = NO_STOP_FILE) -> Effect:
    """From the facts that the ledger has, if none of them changed. Nothing is written."""
    known = [read(ledger, each, now, stop_file) for each in (before, after)]
    plans = [planned(what, each, now, SOON.days) for what, each in zip(known, (before, after), strict=True)]
    found = difference(before.name, *plans)
    more = sum(each.before.due_at is None and each.after.due_at is not None for each in found.changes)
    less = sum(each.before.due_at is not None and each.after.due_at is None for each in found.changes)
    times = (at for each in found.changes for at in (each.before.due_at, each.after.due_at) if at)
    due = [_count(plan, now) for plan in plans]
    soon = [_count(plan, now + SOON) for plan in plans]
    return Effect(
        seller=before.name,
        due_before=due[0],
        due_after=due[1],
        soon_before=soon[0],
        soon_after=soon[1],
        asked_before=found.asked_before,
        asked_after=found.asked_after,
        more=more,
        less=less,
        moved=len(found.changes) - more - less,
        first=min(times, default=None),
        by_reason_before=found.by_reason_before,
        by_reason_after=found.by_reason_after,
        closed_after=found.closed_after,
        brakes=list(_braked(ledger, (known[0], before), (known[1], after), now)),
        changes=found.changes[:SHOWN],
    )


def _count(plan: Plan, until: datetime) -> int:
    return sum(each.due_at is not None and each.due_at <= until for each in plan.places)


def _braked(
    ledger: Ledger, before: tuple[Known, Seller], after: tuple[Known, Seller], now: datetime
) -> Iterator[Braked]:
    seller = after[1]
    if Brake.SETTINGS_DUE in seller.brakes.off:
        return
    due_before = {each.order_id for each in _due(*before, now, anew=False)}
    by_place = Counter(place_of(each.facts) for each in _due(*after, now, anew=True) if each.order_id not in due_before)
    with ledger.read() as connection:
        days = brakes.days(connection, seller.name, day_of(now))
        alone = left_alone(connection, seller.name, now)
    for marketplace, due in sorted(by_place.items()):
        limit = settings_limit(usual(days.get(marketplace, []), day_of(now)), seller.brakes)
        if due > limit and (marketplace, Brake.SETTINGS_DUE) not in alone:
            yield Braked(marketplace, due, limit)


def _due(known: Known, seller: Seller, now: datetime, *, anew: bool) -> Iterable[Request]:
    """Those that are due at once, limits and Amazon's pace left aside: what the brake counts."""
    found, _ = chances(known, seller, now, now + timedelta(days=LONGEST), anew=anew)
    return (request for due_at, _, request in found if due_at <= now)
