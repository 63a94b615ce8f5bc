"""Values as JSON: that of a page is the value which the page shows."""

from typing import Any

import msgspec


def as_json(value: object) -> bytes:
    """Times in UTC, decimals as text; what is shown under a name has that name."""
    return msgspec.json.encode(value, enc_hook=_plain)


def _plain(value: object) -> Any:
    if isinstance(value, str):  # one with attributes of its own
        return str.__str__(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")
