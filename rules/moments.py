"""Arithmetic on dates cannot overflow, whatever date a fact holds: Amazon's files have years 1 and 9999."""

from datetime import UTC, datetime

_EARLIEST = datetime(10, 1, 1, tzinfo=UTC)
_LATEST = datetime(9990, 1, 1, tzinfo=UTC)


def within(at: datetime) -> datetime:
    """`at`, clamped to the years 10 to 9989: a few years can be added or taken away, and local time exists."""
    if at < _EARLIEST:
        return _EARLIEST
    return at if at <= _LATEST else _LATEST
