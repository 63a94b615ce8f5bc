"""What happened when, per account: sorted, so that a sweep by high-water mark costs what it reads."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from heapq import merge

Entry = tuple[datetime, str, str]  # when, order id, what


class Timeline:
    """Entries of account None belong to every account."""

    def __init__(self) -> None:
        self._entries: defaultdict[str | None, list[Entry]] = defaultdict(list)
        self._unsorted: set[str | None] = set()

    def add(self, account: str | None, entries: Iterable[Entry]) -> None:
        self._entries[account].extend(entries)
        self._unsorted.add(account)

    def remove(self, account: str | None, entries: Iterable[Entry]) -> None:
        known = self._sorted(account)
        for entry in entries:
            del known[bisect_left(known, entry)]

    def between(self, account: str | None, start: datetime, end: datetime) -> Iterator[Entry]:
        """Entries from `start` to `end`, both included, oldest first."""
        return self._merged(account, lambda known: bisect_left(known, (start, "", "")), end)

    def after(self, account: str | None, entry: Entry, end: datetime) -> Iterator[Entry]:
        """Entries that come after `entry`, up to and with `end`."""
        return self._merged(account, lambda known: bisect_right(known, entry), end)

    def _merged(self, account: str | None, first: Callable[[list[Entry]], int], end: datetime) -> Iterator[Entry]:
        parts = [self._sorted(owner) for owner in {account, None} if owner in self._entries]
        return merge(*(_slice(known, first(known), bisect_right(known, (end, "\uffff", ""))) for known in parts))

    def _sorted(self, account: str | None) -> list[Entry]:
        known = self._entries[account]
        if account in self._unsorted:
            known.sort()
            self._unsorted.discard(account)
        return known


def _slice(known: list[Entry], first: int, end: int) -> Iterator[Entry]:
    return (known[index] for index in range(first, end))
