"""What is wrong with the settings, all of it at once, each with what to type instead."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing to mend. `where` is a place like `sellers.toml:12`, `remedy` is what to type."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. Type: {self.remedy}"


class SettingsError(Exception):
    """The settings cannot be used. `str()` is one line for each complaint; no value that may be a secret is in it."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(map(str, self.complaints)))


def closest(word: str, known: Iterable[str]) -> str | None:
    """The nearest known word: `mno` and `Monday` both give `mon`."""
    word, by_lower = word.lower(), {k.lower(): k for k in known}
    near = difflib.get_close_matches(word, by_lower, n=1) or [k for k in by_lower if word.startswith(k)]
    return by_lower[near[0]] if near else None


def why_unreadable(error: OSError | ValueError) -> str:
    """The cause without the path or the content: in a `NAME_FILE` either may be a secret put in the wrong place."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not UTF-8 text"
