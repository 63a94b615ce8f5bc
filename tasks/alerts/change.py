"""What a look at the causes changes: which alerts are to be told, and which are over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ledger.alerts import Alert, is_within
from tasks.alerts.causes import Cause
from tasks.alerts.kind import Kind

AGAIN = timedelta(hours=24)
"""A cause that lasts, or comes back, is told once in this time."""
SURELY_OVER = timedelta(minutes=10)
"""How long a cause is away before it counts as over: a stop that is tried again is away for a moment."""


@dataclass(frozen=True, slots=True)
class Change:
    """`raised` and `over` are to be told; `changed` is to be recorded, and holds both."""

    changed: list[Alert]
    raised: list[Alert]
    over: list[Alert]


def compare(known: Mapping[str, Alert], found: Iterable[Cause], now: datetime, *, telling: bool) -> Change:
    """From what was known and what is found now. `telling`: there is somebody to be told."""
    here = {cause.key: _found(known.get(cause.key), cause, now) for cause in found}
    raised = {key: replace(each, told_at=now) for key, each in here.items() if telling and _is_to_be_told(each, now)}
    gone = [each for key, each in known.items() if key not in here and each.over_at is None]
    ended = [replace(each, over_at=now) for each in gone if not is_within(SURELY_OVER, each.seen_at, now)]
    over = [each for each in ended if telling and each.told_at and each.told_at >= each.raised_at]
    return Change([*(here | raised).values(), *ended], list(raised.values()), over)


def _found(before: Alert | None, cause: Cause, now: datetime) -> Alert:
    goes_on = before is not None and before.over_at is None
    return Alert(
        cause.key,
        cause.kind,
        cause.seller,
        cause.what,
        cause.remedy,
        raised_at=before.raised_at if before and goes_on else now,
        seen_at=now,
        told_at=before.told_at if before else None,
    )


def _is_to_be_told(alert: Alert, now: datetime) -> bool:
    patience = Kind(alert.kind).patience
    lasts = not patience or not is_within(patience, alert.raised_at, now)
    return lasts and not (alert.told_at and is_within(AGAIN, alert.told_at, now))
