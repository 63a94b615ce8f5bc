"""Which line of a TOML file a setting stands on: the TOML parser does not say."""

import re
from collections.abc import Sequence

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*\[\[?\s*({_KEY})\s*\]\]?\s*(?:#.*)?$")
_SETTING = re.compile(rf"\s*({_KEY})\s*=")


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))


def find_line(text: str, path: Sequence[str | int]) -> int:
    """The line (from 1) of the setting at `path`, else of the nearest table or setting that holds it, else 1."""
    found: dict[tuple[str | int, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _TABLE.match(line):
            table = _parts(header[1])
            key = table
        elif setting := _SETTING.match(line):
            key = table + _parts(setting[1])
        else:
            continue
        found[key] = number
        for length in range(1, len(key)):
            found.setdefault(key[:length], number)
    return next((found[p] for p in (tuple(path[:n]) for n in range(len(path), 0, -1)) if p in found), 1)
