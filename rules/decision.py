"""A decision is a value with a reason. It never sleeps, and never raises for "not yet"."""

from dataclasses import dataclass
from datetime import datetime

from rules.reason import Reason


@dataclass(frozen=True, slots=True)
class Act:
    """Do it now; `deadline` is when the last chance ends, so that the nearest deadline goes first."""

    deadline: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: look again at `due_at` (or sooner, when a fact changes)."""

    due_at: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Skip:
    """Not at all, unless a fact or the settings change."""

    reason: Reason


Decision = Act | Wait | Skip
