"""The statements of a TOML file with their places, also of a file that is not TOML. The TOML parser tells no places."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

_BLANKS = " \t\n"
CURLY = "“”„‟‘’‚‛«»"
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_ASSIGNMENT = re.compile(rf"\s*({_KEY})\s*=\s*")
_LIKE_ASSIGNMENT = re.compile(r"\s*([^\s=:#\[\]](?:[^=:#]*[^\s=:#])?)\s*[=:]\s*")
_UNOPENED = re.compile(r"[A-Za-z][\w.-]*\]")
_NEXT_TABLE = re.compile(r"\s*\[\[?\s*[A-Za-z_][\w-]*\s*(\.|\]\]?\s*(#|$))")
_NEXT_KEY = re.compile(r"\s*[A-Za-z_][\w.-]*\s*=")


class Flaw(StrEnum):
    """What keeps a statement from being TOML, as far as its brackets and quotes go."""

    NONE = ""
    QUOTE = "a quote that is not closed"
    BRACKET = "a bracket that is not closed"
    UNKNOWN = "neither a table nor a key with its value"


@dataclass(frozen=True, slots=True)
class Statement:
    """`keys` is the path of a table, or of a key within its table. `value` is as written, without comments.

    `line` counts from 1; `start` and `end` are the columns of the value, else of the table, on that line, from 0.
    """

    line: int
    is_table: bool
    keys: tuple[str, ...]
    value: str
    start: int
    end: int
    flaw: Flaw = Flaw.NONE


def statements(lines: Sequence[str]) -> Iterator[Statement]:
    """Every statement of the file, in order; comments and empty lines are none."""
    number = 0
    while number < len(lines):
        line, bare = lines[number], lines[number].strip()
        if not bare or bare.startswith("#"):
            number += 1
        elif bare.startswith("[") or _UNOPENED.match(bare):
            written = _without_comment(bare)
            start = len(line) - len(line.lstrip())
            yield Statement(number + 1, True, _parts(written.strip("[] \t")), written, start, start + len(written))
            number += 1
        elif key := _ASSIGNMENT.match(line) or _LIKE_ASSIGNMENT.match(line):
            value, flaw, after = _value(lines, number, key.end())
            width = len(value.split("\n")[0])
            yield Statement(number + 1, False, _parts(key[1]), value, key.end(), key.end() + width, flaw)
            number = after
        else:
            start = len(line) - len(line.lstrip())
            yield Statement(number + 1, False, (), bare, start, start + len(bare), Flaw.UNKNOWN)
            number += 1


def _parts(key: str) -> tuple[str, ...]:
    if re.fullmatch(_KEY, key):
        return tuple(part.strip("\"'") for part in re.findall(_PART, key))
    return tuple(part.strip(f" \t\"'{CURLY}") for part in key.split("."))


def _without_comment(text: str) -> str:
    return re.sub(r"\s+#.*|(?<=\])#.*", "", text).rstrip(_BLANKS)


def _value(lines: Sequence[str], number: int, column: int) -> tuple[str, Flaw, int]:
    """The value that begins there, its flaw, and the number of the line after it."""
    opened: list[str] = []
    quote, written, first = "", "", ""
    for at in range(number, len(lines)):
        if at > number and (_NEXT_TABLE.match(lines[at]) or (opened[-1:] == ["["] and _NEXT_KEY.match(lines[at]))):
            break
        begun = len(written)
        part: list[str] = []
        quote = _read_line(lines[at][column if at == number else 0 :], opened, quote, part)
        written += "".join(part)
        if len(quote) == 1:  # one line is all that it may have
            tail = written[begun:]
            if at == number or not opened or re.search(r"[\]}]", tail):
                return _without_comment(written.rstrip(_BLANKS)), Flaw.QUOTE, at + 1
            quote = ""
        if not opened and not quote:
            return written.rstrip(_BLANKS), Flaw.NONE, at + 1
        first = first or written.rstrip(_BLANKS)
        written += "\n"
    if quote or opened[-1] == "{":
        return first, Flaw.QUOTE if quote else Flaw.BRACKET, number + 1
    end = number + len(written.rstrip(_BLANKS).split("\n"))
    return written.rstrip(_BLANKS), Flaw.BRACKET, end


def _read_line(line: str, opened: list[str], quote: str, part: list[str]) -> str:
    """Add the line without its comment to `part`. Returns the quote that is open at its end."""
    at = 0
    while at < len(line):
        step = line[at]
        if quote:
            if step == "\\" and quote[0] == '"':
                step = line[at : at + 2]
            elif line.startswith(quote, at):
                step, quote = quote, ""
        elif step == "#":
            break
        elif line.startswith(('"""', "'''"), at):
            step = quote = line[at : at + 3]
        elif step == '"' or (step == "'" and not line[:at].rstrip(" ")[-1:].isalnum()):
            quote = step
        elif step in "[{":
            opened.append(step)
        elif step in "]}" and opened:
            opened.pop()
        part.append(step)
        at += len(step)
    return quote
