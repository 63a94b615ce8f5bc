"""`.env` with other values: whatever else stands in it stays, to the letter."""

import re
from collections.abc import Mapping
from io import StringIO

from dotenv.parser import Binding, parse_stream

_BARE = re.compile(r"[A-Za-z0-9_.|/+=:~@%^,-]+")


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text with these variables set: in the line that names one, or else at the end."""
    left = dict(values)
    parts = [_changed(each, left) for each in parse_stream(StringIO(text, newline=""))]
    before = "".join(parts)
    added = "".join(f"{name}={_written(value)}\n" for name, value in left.items())
    gap = "" if not before or not added or before.endswith("\n") else "\n"
    return before + gap + added


def _changed(line: Binding, left: dict[str, str]) -> str:
    """The line, with the value that is left for it; what goes before its name, as empty lines, belongs to it."""
    written: str = line.original.string
    if line.key not in left:
        return written
    start = len(written) - len(written.lstrip())
    end = len(written.rstrip("\r\n"))
    return f"{written[:start]}{line.key}={_written(left.pop(line.key))}{written[end:]}"


def _written(value: str) -> str:
    """So that python-dotenv reads just this value."""
    if _BARE.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
