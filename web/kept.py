"""What takes long to find and many people look at: found once for all of them, and anew beside them when it is older.

docs/decisions/0030-kept-figures.md says why.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from ledger.errors import LedgerError
from tasks.calendar import Calendar
from tasks.today import Today

log = logging.getLogger("askonce.web")

FRESH_FOR = 10
"""Seconds for which what was found is shown as it is."""
SHOWN_FOR = 30
"""Seconds after which nobody is shown it any more. In between it is shown, and found anew."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Found(Generic[T]):
    value: T
    key: object
    at: float


class Kept(Generic[T]):
    """The newest value, of one key. What is asked for by another key is found anew."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._found: _Found[T] | None = None
        self._finding = Lock()

    def get(self, key: object, find: Callable[[], T]) -> T:
        """The value. Raises what `find` raises, when nothing is there that can be shown."""
        found = self._found
        if found is None or found.key != key or self._age(found) >= SHOWN_FOR:
            return self._newest(key, find)
        if self._age(found) >= FRESH_FOR and not self._finding.locked():
            Thread(target=self._renew, args=(key, find), daemon=True).start()
        return found.value

    def _age(self, found: _Found[T]) -> float:
        return self._seconds() - found.at

    def _newest(self, key: object, find: Callable[[], T]) -> T:
        with self._finding:
            found = self._found  # somebody else may have found it meanwhile
            if found is None or found.key != key or self._age(found) >= FRESH_FOR:
                at = self._seconds()
                found = self._found = _Found(find(), key, at)
            return found.value

    def _renew(self, key: object, find: Callable[[], T]) -> None:
        try:
            self._newest(key, find)
        except LedgerError as away:
            log.warning("%s", away)
        except Exception:
            log.exception("what was found cannot be found anew, by a bug")


@dataclass(frozen=True, slots=True)
class Figures:
    """What is kept, by the page that shows it."""

    today: Kept[Today] = field(default_factory=Kept)
    calendar: Kept[Calendar] = field(default_factory=Kept)
