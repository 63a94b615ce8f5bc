"""Who is told: the port behind which Apprise, or any other way to a person, stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


class Tone(StrEnum):
    """How a message looks where it arrives: Apprise's words."""

    WRONG = "failure"
    OVER = "success"
    NEWS = "info"


Post: TypeAlias = Callable[[str, str, str], str]
"""Sends a title, a body and a tone now. Returns why it was not taken, in our own words; empty: it was."""
Ping: TypeAlias = Callable[[str], str]
"""Calls the dead man's switch: `start`, `fail`, or empty for all is well. Returns why that failed, or empty."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """One URL of ALERT_URLS. `name` shows its number and its scheme alone; `fingerprint` is its in the ledger."""

    name: str
    fingerprint: str
    post: Post = field(repr=False)
