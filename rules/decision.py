"""A decision is a value with a reason. It never sleeps, and never raises for "not yet"."""

from datetime import datetime

from msgspec import Struct

from rules.reason import Reason


class Act(Struct, frozen=True):
    """Do it now; `deadline` is when the last chance ends, so that the nearest deadline goes first."""

    deadline: datetime


class Wait(Struct, frozen=True):
    """Not yet: look again at `due_at` (or sooner, when a fact changes)."""

    due_at: datetime
    reason: Reason


class Skip(Struct, frozen=True):
    """Not at all, unless a fact or the settings change."""

    reason: Reason


Decision = Act | Wait | Skip
