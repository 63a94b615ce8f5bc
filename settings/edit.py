"""Changes a seller's settings in the text of the settings file, and leaves all else of it as it is: comments and order.

Keys are dotted, as in `settings_keys`: `review_requests.day_range`. Values are as TOML has them: text, numbers, dates,
true and false, lists and tables of these.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from decimal import Decimal
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, InlineTable

from settings.statements import Statement, statements
from settings.wording import TABLES, header, typed


class CannotEdit(ValueError):
    """The text is not TOML, or a setting is written in a way in which it cannot be changed without changing more.

    The first argument is what the parser says, or the setting's dotted key.
    """


def changed(text: str, seller: str, values: Mapping[str, Any]) -> str:
    """The text with these settings of a seller, who is in it. A value of None takes the setting out.

    A new one comes below the line that has it as an example, in a comment, or at the end of its table. One that is
    taken out becomes a comment if the line has one. Raises CannotEdit.
    """
    for key, value in values.items():
        text = _set(text, ["sellers", seller, *key.split(".")], value)
    return text


def added(text: str, seller: str, values: Mapping[str, Any]) -> str:
    """The text with a new seller at its end. Raises CannotEdit."""
    tables: dict[str, list[str]] = {header(seller): []}
    for key, value in values.items():
        outer, _, rest = key.partition(".")
        table, key = (header(seller, outer), rest) if outer in TABLES and rest else (header(seller), key)
        tables.setdefault(table, []).append(f"{key} = {typed(value)}\n")
    wanted = _document(text)
    for key, value in values.items():
        _put(wanted, ["sellers", seller, *key.split(".")], value)
    new = "\n".join("".join((f"{table}\n", *lines)) for table, lines in tables.items())
    return _checked(f"{text.rstrip()}\n\n{new}".lstrip("\n"), wanted)


def without(text: str, seller: str) -> str:
    """The text without a seller: its tables with all that stands in them. Raises CannotEdit."""
    wanted = _document(text)
    wanted.get("sellers", {}).pop(seller, None)
    lines = text.split("\n")
    heads = [each.line - 1 for each in statements(lines) if each.is_table]
    for each in reversed([each for each in statements(lines) if each.is_table]):
        if each.keys[:2] == ("sellers", seller):
            following = next((line for line in heads if line >= each.line), len(lines))
            del lines[each.line - 1 : _above(lines, following)]
    return _checked("\n".join(lines), wanted)


def _set(text: str, keys: Sequence[str], value: Any) -> str:
    """By its own line where it has one, else with the whole file taken apart."""
    wanted = _document(text)
    if _at(wanted, keys) == value:
        return text
    is_there = _at(wanted, keys) is not None
    _put(wanted, keys, value)
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    for way in (_taken_out if value is None else _replaced if is_there else _new_line, _anywhere):
        with suppress(CannotEdit, StopIteration):
            return _checked("\n".join(way(lines, keys, value)), wanted).replace("\n", ends)
    raise CannotEdit(".".join(keys[2:]))


def _replaced(lines: Sequence[str], keys: Sequence[str], value: Any) -> list[str]:
    first, last, path = next(
        (each.line - 1, each.line + each.value.count("\n"), each.keys)
        for found, each in _paths(lines)
        if found == list(keys) and not each.is_table
    )
    return [*lines[:first], *_anywhere(lines[first:last], path, value), *lines[last:]]


def _anywhere(lines: Sequence[str], keys: Sequence[str], value: Any) -> list[str]:
    try:
        document = tomlkit.parse("\n".join(lines))
        table: Any = document
        for key in keys[:-1]:
            new = tomlkit.inline_table() if isinstance(table, InlineTable) else tomlkit.table()
            table = table.setdefault(key, new)
        if value is None:
            del table[keys[-1]]
        elif not _in_place(table.get(keys[-1]), value):
            table[keys[-1]] = tomlkit.parse(f"x = {typed(value)}")["x"]
        return tomlkit.dumps(document).split("\n")
    except (TOMLKitError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise CannotEdit(str(error)) from error


def _in_place(there: Any, value: Any) -> bool:
    """Whether a list of several lines could be changed value by value, so that its comments stay."""
    if not isinstance(there, Array) or not isinstance(value, list) or "\n" not in there.as_string():
        return False
    if not set(map(typed, there.unwrap())) & set(map(typed, value)):
        return False
    for place in reversed(range(len(there))):
        if there.unwrap()[place] not in value:
            del there[place]
    for each in value:
        if each not in there.unwrap():
            there.append(each)
    return bool(there.unwrap() == value)


def _taken_out(lines: list[str], keys: Sequence[str], _value: None) -> list[str]:
    for path, each in _paths(lines):
        if path == list(keys) and not each.is_table:
            first, last = each.line - 1, each.line + each.value.count("\n")
            has_comment = last == each.line and "#" in lines[first][each.end :]
            return [*lines[:first], *([f"# {lines[first].lstrip()}"] if has_comment else []), *lines[last:]]
    raise CannotEdit


def _new_line(lines: list[str], keys: Sequence[str], value: Any) -> list[str]:
    """In the innermost table that there is; else in a new one, below those of the seller."""
    for length in range(len(keys) - 1, 1, -1):
        if (length > 2 or keys[2] not in TABLES) and (found := _section(lines, keys[:length])):
            key = ".".join(keys[length:])
            at = _place(lines, *found, key)
            return [*lines[:at], f"{key} = {typed(value)}", *lines[at:]]
    ends = [_section(lines, path) for path, each in _paths(lines) if each.is_table and path[:2] == list(keys[:2])]
    if len(keys) < 4 or not ends or not (last := ends[-1]):
        raise CannotEdit
    at = _after_the_last(lines, *last)
    return [*lines[:at], "", header(keys[1], keys[2]), f"{'.'.join(keys[3:])} = {typed(value)}", *lines[at:]]


def _paths(lines: Sequence[str]) -> Iterator[tuple[list[str], Statement]]:
    """Each statement with the whole path of its table or key."""
    table: list[str] = []
    for each in statements(lines):
        if each.is_table:
            table = list(each.keys)
        yield (table if each.is_table else [*table, *each.keys]), each


def _section(lines: Sequence[str], keys: Sequence[str]) -> tuple[int, int] | None:
    """From the line below the table's header to that of the next one; the last of several tables of that name."""
    heads = [each for each in statements(lines) if each.is_table]
    found = [number for number, each in enumerate(heads) if list(each.keys) == list(keys)]
    if not found:
        return None
    after = heads[found[-1] + 1].line - 1 if found[-1] + 1 < len(heads) else len(lines)
    return heads[found[-1]].line, after


def _place(lines: Sequence[str], first: int, after: int, key: str) -> int:
    example = re.compile(rf"\s*#\s*{re.escape(key)}\s*=")
    return next(
        (number + 1 for number in range(first, after) if example.match(lines[number])),
        _after_the_last(lines, first, after),
    )


def _after_the_last(lines: Sequence[str], first: int, after: int) -> int:
    """Below the last setting between these lines."""
    return max((first + each.line + each.value.count("\n") for each in statements(lines[first:after])), default=first)


def _above(lines: Sequence[str], line: int) -> int:
    """Where the comment above a line begins."""
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def _document(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise CannotEdit(str(error)) from error


def _checked(text: str, wanted: Mapping[str, Any]) -> str:
    if _bare(_document(text)) != _bare(wanted):
        raise CannotEdit
    return text


def _bare(value: Any) -> Any:
    """Without tables in which nothing is."""
    if not isinstance(value, Mapping):
        return value
    bare = {key: _bare(each) for key, each in value.items()}
    return {key: each for key, each in bare.items() if each != {}}


def _at(document: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document


def _put(document: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    *outer, last = keys
    for key in outer:
        document = document.setdefault(key, {})
        if not isinstance(document, dict):
            raise CannotEdit(f"{key} is no table")
    if value is None:
        document.pop(last, None)
    else:
        document[last] = deepcopy(value)
