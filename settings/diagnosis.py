"""What is wrong with a settings file that was refused: every mistake once, those that others would hide included.

What was probably meant is put in the place of each mistake, so that the rest of the file can be looked at, too.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from settings.complaints import Complaint, closest, marked, without_secrets
from settings.guesses import is_none, loosely, meant
from settings.mood import is_mood
from settings.schema import SELLER_NAME, SettingsFile
from settings.statements import CURLY, Flaw, Statement, statements
from settings.wording import (
    RULES,
    TABLES,
    better_name,
    dotted,
    header,
    is_setting,
    one_by_one,
    setting_field,
    setting_keys,
    typed,
    unknown_key,
    what_is_wrong,
    what_of_name,
    words_of,
)

Keys = tuple[str | int, ...]
NO_TOML = 'key = "text", key = 7, key = true or key = ["a", "b"]'
_ROUNDS = 5
_SEVERAL = {("invoices", "sku_vat_rates"), ("invoices", "texts"), RULES}
"""Tables of which there may be several, in double brackets."""
_INNER: set[tuple[str, ...]] = {
    tuple(key.split(".")[:length]) for key in setting_keys() for length in range(1, key.count(".") + 1)
}
_INNER |= {("invoices", "vat_rates"), ("invoices", "seller", "vat_numbers"), *_SEVERAL}
_SHORTER = 16
"""A line that is not understood is shown if no word is as long as this: it may be the rest of a secret."""


class Diagnosis:
    """`complaints` is what is wrong with the text; `document` is what it probably should say."""

    def __init__(self, text: str, file: Path) -> None:
        self._lines = [line.rstrip("\r") for line in text.split("\n")]
        self._file = file
        self._found: dict[tuple[int, Keys], Complaint] = {}
        self._places: dict[Keys, Statement] = {}
        self._tables: dict[Keys, Statement] = {}
        self._holders: dict[Keys, Statement] = {}
        self._settled: set[Keys] = set()
        self._doubled: set[Keys] = set()
        self.document: dict[str, Any] = {}
        self._read()
        self._look_for_lost_tables()
        self._look_at_values()
        self.complaints = [self._found[key] for key in sorted(self._found, key=lambda key: key[0])]

    # reading

    def _read(self) -> None:
        table: Keys = ()
        read = list(statements(self._lines))
        headless = self._headless(read)
        for each in read:
            if not table and headless and not each.is_table and each.flaw is not Flaw.UNKNOWN:
                table = self._missing_table(each, headless)
            if each.is_table:
                table = self._table(each)
            elif each.flaw is Flaw.UNKNOWN:
                self._complain(each, *self._not_understood(each.value))
            else:
                self._setting(each, self._placed(each, table))

    def _headless(self, read: Sequence[Statement]) -> str:
        """The seller whose settings begin the file without a table of its own; empty: there is none."""
        headers = [each.keys for each in read if each.is_table and each.keys[0] == "sellers"]
        first = headers[0][1] if headers and len(headers[0]) > 1 else "my-shop"
        begins = bool(read) and not read[0].is_table and bool(read[0].keys) and is_setting_name(read[0].keys[0])
        return first if begins and all(keys[:2] != ("sellers", first) or len(keys) > 2 for keys in headers) else ""

    def _missing_table(self, each: Statement, seller: str) -> Keys:
        keys = ("sellers", seller)
        what = f'"{each.keys[0]}" stands above {header(seller)}' if each.keys[0] != "sellers" else ""
        self._complain(each, what, f"{header(seller)} above this line", (0, len(self._lines[each.line - 1])))
        self._tables[keys] = self._places[keys] = each
        self._put(keys, {})
        return keys

    def _not_understood(self, line: str) -> tuple[str, str]:
        if line.startswith((";", "//", "--")):
            return "a comment begins with #", "# before what is only said"
        if (key := re.match(r"([a-z_.]+)\s+(\S.*)", line)) and is_setting_name(key[1]):
            value = meant(key[1], loosely(key[2]))
            return "there is no = between key and value", f"{key[1]} = {typed(value) if value is not None else '…'}"
        return f"this line is {Flaw.UNKNOWN}", "# before it, if it is a comment"

    def _table(self, each: Statement) -> Keys:
        keys, what = _meant_table(each.keys, [name for name, _ in sellers_of(self.document)])
        written = each.value
        if len(keys) == 2 and " " in keys[1] and tuple(keys[1].split()[1:]) in _INNER:
            keys, what = (keys[0], *keys[1].split()), "a point parts the names of a table"
        if keys[2:4] == RULES and len(keys) > 4:
            keys, what = keys[:4], "a rule set has its name in a key"
        several = keys[2:] in _SEVERAL
        if written.count("[") != written.count("]"):
            what = what or f"the bracket of this table is not {'closed' if '[' in written else 'opened'}"
        elif written.startswith("[[") != several:
            what = (
                what
                or f"a table {'of these ' if several else ''}stands in {'double' if several else 'single'} brackets"
            )
        elif len(keys) > 1 and not re.fullmatch(SELLER_NAME, keys[1]):
            what = what_of_name(keys[1])
            keys = (keys[0], better_name(keys[1]), *keys[2:])
        if what:
            right = header(*keys[1:]) if len(keys) > 1 else f"[{keys[0]}]"
            self._complain(each, what, f"[{right}]" if several else right)
        if (first := self._tables.get(keys)) and not several:
            shown = header(*keys[1:]) if len(keys) > 1 else f"[{keys[0]}]"
            what = f"{shown} is on lines {first.line} and {each.line}"
            rest = "another name for the second seller, or one" if len(keys) == 2 else "one"
            if keys[:2] not in self._doubled:
                self._complain(each, what, f"{rest} table with the keys of both, under line {first.line}")
            self._doubled.add(keys)
        elif (first := self._places.get(keys) or self._holders.get(keys)) and not several:
            what = f"{dotted(keys[2:] or keys)} is set on line {first.line}, and is a table on line {each.line}"
            self._complain(each, what, "only one of them, with the keys of both")
            if not isinstance(self._at(keys), dict):
                self._drop(keys)
        self._put(keys, {}, append=several)
        place = self._numbered(keys)
        self._tables.setdefault(place, each)
        self._places.setdefault(place, each)
        return place

    def _numbered(self, keys: Keys) -> Keys:
        """The path with the number of the last of several tables."""
        found = self._at(keys[:4]) if keys[2:4] in _SEVERAL else None
        return (*keys[:4], len(found) - 1, *keys[4:]) if isinstance(found, list) and found else keys

    def _placed(self, each: Statement, table: Keys) -> Keys:
        """The path of a setting, where it also stands under no seller."""
        keys = (*table, *each.keys)
        if keys[:1] == ("sellers",) and len(table) > 1:
            return keys
        first = each.keys[0]
        if not is_setting_name(first):
            return keys
        if table == ("sellers",):
            self._complain(self._tables[table], "the name of the seller is missing", "[sellers.my-shop]")
            return ("sellers", "my-shop", *each.keys)
        self._complain(each, f'"{first}" stands above [sellers.NAME]', f"{first} under [sellers.my-shop]")
        self._settled.add(("*", first))
        return ("", *keys)

    def _setting(self, each: Statement, keys: Keys) -> None:
        value, key = self._value(each, keys)
        if keys[0] == "":
            return
        if first := self._places.get(keys):
            if keys[: len(keys) - len(each.keys)] in self._doubled:
                return
            name = name_of(keys)
            if first.is_table or (isinstance(self._at(keys), dict) and isinstance(value, dict)):
                what = f"{name} is a table on line {first.line}, and is set on line {each.line}"
            else:
                what = f"{name} is set on lines {first.line} and {each.line}"
            self._complain(each, what, "only one of them")
            return
        if (holder := self._holders.get(keys)) and isinstance(value, dict):
            self._complain(each, f"{name_of(keys)} is set on lines {holder.line} and {each.line}", "only one of them")
            return
        for length in range(len(keys) - len(each.keys) + 1, len(keys)):
            self._holders.setdefault(keys[:length], each)
        self._places[keys] = each
        if value is None:
            self._settled.add(keys)
        elif not self._put(keys, value):
            self._complain(each, f"{key} is set in two ways", "only one of them")

    def _value(self, each: Statement, keys: Keys) -> tuple[Any, str]:
        """The value; of one that is not TOML, after a complaint, what was probably meant, or None."""
        name = name_of(keys) if len(keys) > 2 else ".".join(each.keys)
        full = ".".join(names(keys))
        line = self._lines[each.line - 1]
        assigned = re.match(r"[^=:]*=", line[: each.start])
        try:
            value = tomllib.loads(f"x = {each.value}", parse_float=Decimal)["x"]
        except (ValueError, InvalidOperation) as error:
            loose = loosely(each.value)
            guess = meant(full, loose)
            right = f"{'.'.join(each.keys)} = {typed(guess)}" if guess is not None else self._example(keys)
            if guess is None and is_none(loose) and (not_set := _not_set(names(keys))):
                right = f"# before this line: without it, {not_set}"
            self._complain(each, _not_toml(each, name, loose, guess, str(error)), right)
            return guess, name
        if "\u00a0" in line[: each.start]:
            self._complain(each, "here is a no-break space, which TOML does not know", f"{name} = {typed(value)}")
        elif not assigned:
            self._complain(each, "there is no = between key and value", f"{name} = {typed(value)}")
        elif any(not re.fullmatch(r"[A-Za-z0-9_-]*", key) for key in each.keys) and len(keys) > 2:
            better = re.sub(r"[^a-z0-9.]+", "_", ".".join(each.keys).lower()).strip("_")
            if not is_setting(names(keys)) and '"' not in line[: each.start]:
                self._complain(each, f'a key has no blank: "{".".join(each.keys)}"', f"{better} = {typed(value)}")
                if is_setting((*names(keys[:-1]), better)):
                    self._put((*keys[:-1], better), value)
                return None, name
        return value, name

    def _example(self, keys: Keys) -> str:
        if len(keys) < 3 or not is_setting(names(keys)):
            return NO_TOML
        return what_is_wrong({"type": "missing", "loc": keys, "msg": "", "input": None}, self.document)[1]

    # the document

    def _at(self, keys: Keys) -> Any:
        found: Any = self.document
        for key in keys:
            try:
                found = found[-1][key] if isinstance(found, list) and isinstance(key, str) else found[key]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def _put(self, keys: Keys, value: Any, *, append: bool = False) -> bool:
        """Whether the value has found its place: it has not if what should hold it is no table."""
        holder: Any = self.document
        for key in keys[:-1]:
            if isinstance(holder, list) and isinstance(key, int):
                holder = holder[key]
                continue
            holder = holder[-1] if isinstance(holder, list) and holder else holder
            if not isinstance(holder, dict):
                return False
            holder = holder.setdefault(key, {})
        holder = holder[-1] if isinstance(holder, list) and holder and isinstance(holder[-1], dict) else holder
        if not isinstance(holder, dict):
            return False
        if append:
            several = holder.setdefault(keys[-1], [])
            if isinstance(several, list):
                several.append(value)
        elif value == {}:
            holder.setdefault(keys[-1], value)
        else:
            holder[keys[-1]] = value
        return True

    def _drop(self, keys: Keys) -> Any:
        holder = self._at(keys[:-1])
        return holder.pop(keys[-1], None) if isinstance(holder, dict) else None

    # looking at tables and values

    def _look_for_lost_tables(self) -> None:
        """Tables of a seller who has no table, as when only the first header was renamed."""
        sellers = self.document.get("sellers")
        if not isinstance(sellers, dict):
            return
        whole = [name for name in sellers if ("sellers", name) in self._tables]
        for name in [name for name in sellers if name not in whole and isinstance(sellers[name], dict)]:
            if not set(sellers[name]) <= set(TABLES):
                continue
            lost = [keys for keys in self._tables if keys[:2] == ("sellers", name)]
            for keys in lost:
                rest = names(keys)
                free = [each for each in whole if keys[2] not in sellers[each]] or [f"{name}"]
                near = closest(name, free) or free[-1]
                what = f"there is no [sellers.{name}]"
                if near == name:
                    what, right = f"{what} with its region and marketplaces", f"[sellers.{name}] above this line"
                else:
                    what = f"{what}; there is {header(near)} on line {self._tables['sellers', near].line}"
                    right = header(near, *rest)
                self._complain(self._tables[keys], what, right)
                if near == name:
                    break
                if table := self._drop(keys):
                    self._put(("sellers", near, *keys[2:]), table)
                    for kind in (self._places, self._holders, self._tables):
                        moved = [each for each in kind if each[: len(keys)] == keys]
                        kind |= {("sellers", near, *each[2:]): kind[each] for each in moved}
            if lost:
                self._settled |= {("sellers", name, key) for key in ("region", "marketplaces")}
            if not sellers[name]:
                del sellers[name]

    def _look_at_values(self) -> None:
        for _ in range(_ROUNDS):
            unknown = [error for error in self._errors() if error["type"] == "extra_forbidden"]
            moved = [self._unknown(error["loc"]) for error in unknown]
            if not any(moved):
                break
        for _ in range(_ROUNDS):
            by_setting: dict[Keys, list[ErrorDetails]] = {}
            for error in self._errors():
                if not self._is_settled(error):
                    by_setting.setdefault(_setting_of(error["loc"]), []).append(error)
            if not by_setting:
                break
            for keys, errors in by_setting.items():
                self._wrong(keys, errors)

    def _errors(self, document: Mapping[str, Any] | None = None) -> list[ErrorDetails]:
        try:
            SettingsFile.model_validate(self.document if document is None else document)
        except ValidationError as error:
            return list(one_by_one(error.errors(include_url=False, include_input=False)))
        return []

    def _is_settled(self, error: ErrorDetails) -> bool:
        location = error["loc"]
        if error["type"] == "missing" and ("*", location[-1]) in self._settled:
            return True
        return any(location[: len(keys)] == keys for keys in self._settled)

    def _unknown(self, location: Keys) -> bool:
        """Whether the unknown key was put where it belongs."""
        value = self._drop(location)
        place = self._place(location)
        what, remedy, target = unknown_key(location)
        there = (*location[:2], *target) if target and len(location) > 2 else None
        if there and there[2:4] == RULES:
            there = (*location[:-1], there[-1])
        if there and "seller" in there[2:-1] and self._at(there[:-1]) is None:
            there = None  # the others of this table would be missing
        self._settled.add(("*", target[-1] if target else str(location[-1])))
        if there and self._at(there) is None and value is not None and not isinstance(value, dict):
            self._put(there, value)
            self._places[there] = place
            if "did you mean" in what and not any(error["loc"][: len(there)] == there for error in self._errors()):
                remedy = f"{self._written(there, place)} = {typed(value)}"
        elif there and isinstance(value, dict):
            for key, each in value.items():
                self._put((*there, key), each)
        line = self._lines[place.line - 1]
        at = line.find(str(location[-1]))
        span = (at, at + len(str(location[-1]))) if at >= 0 else None
        self._complain(place, what, remedy, span, hide=there is None and not place.is_table)
        return there is not None

    def _wrong(self, keys: Keys, errors: Sequence[ErrorDetails]) -> None:
        """One complaint about all that is wrong with one setting."""
        self._settled.add(keys)
        place = self._place(errors[0]["loc"])
        value = self._at(keys)
        name = names(keys)
        what, remedy = words_of(errors, self.document)
        guess = meant(".".join(name), value) if value is not None and name else None
        written = self._written(keys, place)
        if guess is not None and self._is_right(keys, guess):
            remedy = f"{written} = {typed(guess)}"
            self._put(keys, guess)
        elif name and is_none(value) and (not_set := _not_set(name)):
            remedy = f"# before this line: without it, {not_set}"
        elif name and remedy.startswith(f"{dotted(name)} = "):
            remedy = f"{written}{remedy.removeprefix(dotted(name))}"
        place, span = self._span(place, errors, value)
        if errors[0]["type"] == "missing":
            span = (0, len(self._lines[place.line - 1]))
        before = self._found.get((place.line, ()))
        if before and not place.is_table:  # how it is written was wrong, too
            self._found[place.line, ()] = Complaint(before.where, before.what, remedy, before.shown)
            return
        self._complain(place, what, remedy, span, about=keys)

    def _written(self, keys: Keys, place: Statement) -> str:
        """The setting as it is written there: in the table `[….exclude]` it is `skus`, elsewhere `exclude.skus`."""
        if self._places.get(keys) is place and not place.is_table:
            return ".".join((*place.keys[:-1], str(keys[-1])))
        return dotted(names(keys)) if len(keys) > 2 else ""

    def _is_right(self, keys: Keys, guess: Any) -> bool:
        document = deepcopy(self.document)
        holder: Any = document
        for key in keys[:-1]:
            holder = holder[key]
        holder[keys[-1]] = guess
        return not any(error["loc"][: len(keys)] == keys for error in self._errors(document))

    # places

    def _place(self, location: Keys) -> Statement:
        kinds = (self._tables, self._places, self._holders)
        known = (kind.get(location[:length]) for length in range(len(location), 0, -1) for kind in kinds)
        return next((place for place in known if place), Statement(1, True, (), "", 0, 0))

    def _span(self, place: Statement, errors: Sequence[ErrorDetails], value: Any) -> tuple[Statement, Any]:
        """Where the only wrong value of a list is, if it can be found, or else the whole."""
        last = errors[0]["loc"][-1]
        if len(errors) > 1 or not isinstance(last, int) or not isinstance(value, list) or last >= len(value):
            return place, None
        shown = typed(value[last])
        for number in range(place.line, place.line + place.value.count("\n") + 1):
            line = self._lines[number - 1]
            if (at := line.find(shown, place.start if number == place.line else 0)) >= 0:
                return Statement(number, False, place.keys, "", at, at + len(shown)), None
        return place, None

    def _complain(
        self,
        place: Statement,
        what: str,
        remedy: str,
        span: tuple[int, int] | None = None,
        *,
        about: Keys = (),
        hide: bool = False,
    ) -> None:
        """Add a complaint, unless there is one about the same; `hide`: do not show the value."""
        if (place.line, about) in self._found:
            return
        line = self._lines[place.line - 1] if place.line <= len(self._lines) else ""
        start, end = span or (place.start, place.end)
        if hide:
            line = re.sub(r"[=:].*", "= …", line)
        if place.flaw is Flaw.UNKNOWN and any(len(word) >= _SHORTER for word in line.split()):
            line = ""
        if without_secrets(remedy) != remedy:
            remedy = self._example(("sellers", "my-shop", *place.keys))
        shown = marked(line, start, end) if line.strip() else ""
        self._found[place.line, about] = Complaint(f"{self._file}:{place.line}", what, remedy, shown)


def is_setting_name(key: str) -> bool:
    return any(key in known.split(".") or known.endswith(f".{key}") for known in setting_keys())


def _not_set(name: Sequence[str]) -> str:
    """What the setting is when it is left out, where its description says so."""
    found = (
        re.search(r"Not set: ([^.]+)\.", setting_field(".".join(name)).description or "") if is_setting(name) else None
    )
    return found[1] if found else ""


def _setting_of(location: Keys) -> Keys:
    """The setting that holds the value at this place: of `time_slots`, 2 it is `time_slots`."""
    keys = location[2:]
    if keys[:2] == RULES and len(keys) > 3:
        return location[:6]
    known = list(setting_keys())
    for length in range(1, len(keys) + 1):
        if ".".join(map(str, keys[:length])) in known:
            return location[: 2 + length]
    return location


def _meant_table(keys: tuple[str, ...], sellers: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The path of the table that was probably meant and, if it is another one, what is wrong."""
    here = sellers[-1] if sellers else "my-shop"
    right = keys
    if keys[0] != "sellers":
        if closest(keys[0], ["sellers"]):
            right = ("sellers", *keys[1:])
        elif any(keys[0] in inner for inner in _INNER) or closest(keys[0], TABLES):
            right = ("sellers", here, *keys)
        else:
            right = ("sellers", *keys)
    inner = right[2:]
    if any(map(is_mood, inner)):
        return right, ""
    if inner and inner not in _INNER and inner[:2] not in _SEVERAL:
        by_last = {each[-1]: each for each in sorted(_INNER, key=len, reverse=True)}
        same = sorted(_INNER, key=lambda each: (each[:-1] != inner[:-1], len(each)))
        near = closest(inner[-1], [each[-1] for each in same if each[:-1] == inner[:-1]]) or closest(inner[-1], by_last)
        if near:
            beside = (*inner[:-1], near)
            right = (*right[:2], *(beside if beside in _INNER else by_last[near]))
        elif len(inner) > 1 and (first := closest(inner[0], TABLES)) and (first, *inner[1:]) in _INNER:
            right = (*right[:2], first, *inner[1:])
    if right == keys:
        return keys, ""
    return right, f"unknown table [{without_secrets('.'.join(keys))}]"


def _not_toml(each: Statement, name: str, loose: Any, guess: Any, error: str) -> str:
    """What is wrong with how a value is written; `guess` is what was meant, if that is known."""
    written, key = each.value, each.keys[-1]
    outside = re.sub(r'"[^"]*"', "", written)
    if any(quote in (written if each.flaw is Flaw.QUOTE else outside) for quote in CURLY):
        return "these are curly quotes, which TOML does not know"
    found = (
        (not written, f"{name} has no value"),
        (each.flaw, f"here is {each.flaw}"),
        ("\u00a0" in outside, "here is a no-break space, which TOML does not know"),
        ("\\" in written, "a backslash in quotes must be doubled"),
        (key == "since", f"{name} must be a date like 2026-12-01"),
        (written.endswith((";", ",")), f"{written[-1:]} does not end a line"),
        ("%" in outside, "a rate is a number, without %"),
        (
            re.search(r"\d,\d{1,2}\b", outside) and not isinstance(guess, list),
            "a decimal number has a point, not a comma",
        ),
        (isinstance(guess, bool), f"{name} must be true or false"),
        (
            _is_number(guess) and re.search(r"\d[., '\u202f]\d{3}\b", written),
            "a number has nothing between its thousands",
        ),
        (_is_number(guess) or re.match(r"\d+ ?[^\W\d]", written), "a number stands alone, without a unit"),
        (isinstance(guess, list) and re.search(r"\b0\d", outside), "a number does not begin with 0"),
        (isinstance(guess, list), "text stands in quotes, and a list in brackets"),
        (isinstance(guess, dict), f"{name} stands on one line, as {{ FR = 20, DE = 19 }}"),
        (isinstance(guess, str) and isinstance(loose, str), "text stands in quotes"),
    )
    return next((what for wrong, what in found if wrong), f"not TOML: {error.partition(' (at ')[0]}")


def names(keys: Keys) -> list[str]:
    """The path within the seller's table, without the numbers of several tables."""
    return [key for key in keys[2:] if isinstance(key, str)]


def name_of(keys: Keys) -> str:
    return dotted(names(keys)) if len(keys) > 2 else ".".join(map(str, keys))


def _is_number(guess: Any) -> bool:
    return isinstance(guess, int | Decimal) and not isinstance(guess, bool)


def sellers_of(document: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """The sellers of a document that may be wrong, and whether each has invoices enabled."""
    sellers = document.get("sellers")
    for name, table in sellers.items() if isinstance(sellers, dict) else ():
        invoices = table.get("invoices") if isinstance(table, dict) else None
        yield name, isinstance(invoices, dict) and invoices.get("enabled") is True


def line_of_seller(text: str, name: str) -> int:
    """The line of the seller's first table."""
    found = (each.line for each in statements(text.split("\n")) if each.is_table and each.keys[1:2] == (name,))
    return next(found, 1)
