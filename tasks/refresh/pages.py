"""Pages of an answer: they must come to an end (selling-partner-api-models issue 4224: the same page for days)."""

from collections.abc import Hashable, Iterable

from marketplace.errors import Broken

NOTHING_NEW = 10
"""So many pages in a row that are empty, or came before, are too many; one may be empty and not be the last."""
MOST = 20_000


class Pages:
    """The pages of one answer so far. `token`: with which the first of them is asked for."""

    def __init__(self, what: str, token: str | None = None) -> None:
        self._what = what
        self._tokens = {hash(token)}
        self._pages: set[int] = set()
        self._idle = 0
        self.count = 0

    def came(self, next_token: str | None, things: Iterable[Hashable]) -> None:
        """Raises Broken for a page that shows that there is no end."""
        self.count += 1
        holds = frozenset(things)
        self._idle = self._idle + 1 if not holds or hash(holds) in self._pages else 0
        self._pages.add(hash(holds))
        if next_token is None:
            return
        if hash(next_token) in self._tokens:
            raise Broken(f"{self._what}: pages without end, the same token came twice")
        if self._idle >= NOTHING_NEW or self.count >= MOST:
            raise Broken(f"{self._what}: pages without end, {self.count} of them")
        self._tokens.add(hash(next_token))
