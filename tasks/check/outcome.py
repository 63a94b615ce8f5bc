"""What came of one thing that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105  not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `remedy` is what to type or do; empty when it passed."""

    name: str
    verdict: Outcome
    detail: str
    remedy: str = ""


WORST_FIRST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)


def worst_first(checks: Iterable[Check]) -> list[Check]:
    """What failed first; those of one outcome stay in turn."""
    return sorted(checks, key=lambda check: WORST_FIRST.index(check.verdict))
