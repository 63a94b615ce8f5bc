"""What other settings would change, order by order and in sums."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.reason import Reason
from tasks.reviews.plan import Plan
from tasks.reviews.schedule import Place

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fate:
    """When an order is asked (None: not at all, as far as can be foreseen), and why that is not now."""

    due_at: datetime | None
    reason: Reason
    rule_set: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One order of which other settings make something else."""

    seller: str
    order_id: str
    before: Fate
    after: Fate


@dataclass(frozen=True, slots=True)
class Difference:
    """What other settings change for one seller: how many are asked, and the rest by reason, before and after."""

    seller: str
    asked_before: int
    asked_after: int
    by_reason_before: dict[str, int]
    by_reason_after: dict[str, int]
    closed_after: Reason | None  # why nothing would go out at present
    changes: list[Change]


def difference(seller: str, before: Plan, after: Plan) -> Difference:
    """Between two plans of the same requests; their numbers are those of all days that can be foreseen."""
    fates = {each.request.order_id: _fate(each) for each in before.places}
    changes = [
        Change(seller, each.request.order_id, fates[each.request.order_id], _fate(each))
        for each in after.places
        if each.request.order_id in fates and not _same(fates[each.request.order_id], _fate(each))
    ]
    return Difference(
        seller,
        _asked(before),
        _asked(after),
        _reasons(before),
        _reasons(after),
        after.closed,
        sorted(changes, key=lambda each: (each.after.due_at or each.before.due_at or NEVER, each.order_id)),
    )


def _fate(place: Place) -> Fate:
    return Fate(place.due_at, place.reason, place.rule_set or None)


def _same(before: Fate, after: Fate) -> bool:
    """Asked in the same minute by the same rule set, whatever else would have kept it from being asked sooner."""
    if before.due_at is None or after.due_at is None:
        return before == after
    return before.rule_set == after.rule_set and _minute(before.due_at) == _minute(after.due_at)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _asked(plan: Plan) -> int:
    return sum(each.due_at is not None for each in plan.places)


def _reasons(plan: Plan) -> dict[str, int]:
    return dict(Counter(each.reason for each in plan.places if each.due_at is None))
