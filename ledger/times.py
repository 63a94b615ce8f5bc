"""Times in the tables: aware, in UTC, and read and written at little cost.

It stands for SQLModel's own type, which takes as long for a few times of a row as deciding that row does.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Dialect, TypeDecorator


class Time(TypeDecorator[datetime]):
    """A time of a row. Raises ValueError for one without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """How a time is handed to the driver."""
        return _as_text if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[Any], Any]:
        """How a time comes from the driver."""
        return _of_text if dialect.name == "sqlite" else _in_utc


def _in_utc(at: datetime | None) -> datetime | None:
    if at is None or at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


@lru_cache(maxsize=1000)  # "now" is nearly all of them
def _as_text(at: datetime | None) -> str | None:
    at = _in_utc(at)
    return at.isoformat(" ", "microseconds")[:26] if at else None


@lru_cache(maxsize=1000)
def _of_text(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
