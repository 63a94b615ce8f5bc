"""Answers of Amazon by kind, counted as they come: what was counted once is not read again."""

from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from ledger.tables import attempts

SETTLED = timedelta(minutes=10)
"""An answer that is older has been committed, and so have all with lower numbers."""


class Kind(NamedTuple):
    """What was answered about, and what it led to."""

    seller: str
    action: str
    state: str
    reason: str


class Answers:
    """Counts all answers in the ledger. The first count reads the whole table, each later one what is new."""

    def __init__(self) -> None:
        self._counted: Counter[Kind] = Counter()
        self._up_to = 0  # the number of the last one in `_counted`

    def count(self, connection: Connection, now: datetime) -> Counter[Kind]:
        """How many there are of each kind."""
        new = attempts.c.id > self._up_to
        settled = select(func.max(attempts.c.id)).where(new, attempts.c.at < now - SETTLED)
        up_to = connection.execute(settled).scalar() or self._up_to
        self._counted += _counts(connection, self._up_to, up_to)
        self._up_to = up_to
        return self._counted + _counts(connection, up_to, None)


def _counts(connection: Connection, after: int, until: int | None) -> Counter[Kind]:
    columns = attempts.c.seller, attempts.c.action, attempts.c.state, attempts.c.reason
    query = select(*columns, func.count()).where(attempts.c.id > after).group_by(*columns)
    if until is not None:
        query = query.where(attempts.c.id <= until)
    return Counter({Kind(*row[:4]): row[4] for row in connection.execute(query)})
