"""What is wrong with a settings file that was refused: every mistake once, those that others would hide included.

What was probably meant is put in the place of each mistake, so that the rest of the file can be looked at, too.
"""

import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic_core import ErrorDetails

from settings.complaints import Complaint, closest, marked, without_secrets
from settings.draft import Draft
from settings.guesses import is_none, loosely, meant
from settings.paths import (
    INNER,
    SEVERAL,
    Keys,
    is_setting_name,
    meant_table,
    name_of,
    names,
    sellers_of,
    setting_of,
    when_not_set,
)
from settings.schema import SELLER_NAME
from settings.spelling import not_toml, not_understood
from settings.statements import Flaw, Statement, statements
from settings.wording import (
    RULES,
    TABLES,
    better_name,
    dotted,
    header,
    is_setting,
    typed,
    unknown_key,
    what_is_wrong,
    what_of_name,
    words_of,
)

NO_TOML = 'key = "text", key = 7, key = true or key = ["a", "b"]'
_ROUNDS = 5
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
        self._draft = Draft()
        self._read()
        self._look_for_lost_tables()
        self._look_at_values()
        self.complaints = [self._found[key] for key in sorted(self._found, key=lambda key: key[0])]

    @property
    def document(self) -> dict[str, Any]:
        return self._draft.document

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
                self._complain(each, *not_understood(each.value))
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
        self._draft.put(keys, {})
        return keys

    def _table(self, each: Statement) -> Keys:
        keys, what = meant_table(each.keys, [name for name, _ in sellers_of(self._draft.document)])
        written = each.value
        if len(keys) == 2 and " " in keys[1] and tuple(keys[1].split()[1:]) in INNER:
            keys, what = (keys[0], *keys[1].split()), "a point parts the names of a table"
        if keys[2:4] == RULES and len(keys) > 4:
            keys, what = keys[:4], "a rule set has its name in a key"
        several = keys[2:] in SEVERAL
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
            if not isinstance(self._draft.at(keys), dict):
                self._draft.drop(keys)
        self._draft.put(keys, {}, append=several)
        place = self._numbered(keys)
        self._tables.setdefault(place, each)
        self._places.setdefault(place, each)
        return place

    def _numbered(self, keys: Keys) -> Keys:
        """The path with the number of the last of several tables."""
        found = self._draft.at(keys[:4]) if keys[2:4] in SEVERAL else None
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
            if first.is_table or (isinstance(self._draft.at(keys), dict) and isinstance(value, dict)):
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
        elif not self._draft.put(keys, value):
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
            if guess is None and is_none(loose) and (not_set := when_not_set(names(keys))):
                right = f"# before this line: without it, {not_set}"
            self._complain(each, not_toml(each, name, loose, guess, str(error)), right)
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
                    self._draft.put((*keys[:-1], better), value)
                return None, name
        return value, name

    def _example(self, keys: Keys) -> str:
        if len(keys) < 3 or not is_setting(names(keys)):
            return NO_TOML
        return what_is_wrong({"type": "missing", "loc": keys, "msg": "", "input": None}, self._draft.document)[1]

    # looking at tables and values

    def _look_for_lost_tables(self) -> None:
        """Tables of a seller who has no table, as when only the first header was renamed."""
        sellers = self._draft.document.get("sellers")
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
                if table := self._draft.drop(keys):
                    self._draft.put(("sellers", near, *keys[2:]), table)
                    for kind in (self._places, self._holders, self._tables):
                        moved = [each for each in kind if each[: len(keys)] == keys]
                        kind |= {("sellers", near, *each[2:]): kind[each] for each in moved}
            if lost:
                self._settled |= {("sellers", name, key) for key in ("region", "marketplaces")}
            if not sellers[name]:
                del sellers[name]

    def _look_at_values(self) -> None:
        for _ in range(_ROUNDS):
            unknown = [error for error in self._draft.errors() if error["type"] == "extra_forbidden"]
            moved = [self._unknown(error["loc"]) for error in unknown]
            if not any(moved):
                break
        for _ in range(_ROUNDS):
            by_setting: dict[Keys, list[ErrorDetails]] = {}
            for error in self._draft.errors():
                if not self._is_settled(error):
                    by_setting.setdefault(setting_of(error["loc"]), []).append(error)
            if not by_setting:
                break
            for keys, errors in by_setting.items():
                self._wrong(keys, errors)

    def _is_settled(self, error: ErrorDetails) -> bool:
        location = error["loc"]
        if error["type"] == "missing" and ("*", location[-1]) in self._settled:
            return True
        return any(location[: len(keys)] == keys for keys in self._settled)

    def _unknown(self, location: Keys) -> bool:
        """Whether the unknown key was put where it belongs."""
        value = self._draft.drop(location)
        place = self._place(location)
        what, remedy, target = unknown_key(location)
        there = (*location[:2], *target) if target and len(location) > 2 else None
        if there and there[2:4] == RULES:
            there = (*location[:-1], there[-1])
        if there and "seller" in there[2:-1] and self._draft.at(there[:-1]) is None:
            there = None  # the others of this table would be missing
        self._settled.add(("*", target[-1] if target else str(location[-1])))
        if there and self._draft.at(there) is None and value is not None and not isinstance(value, dict):
            self._draft.put(there, value)
            self._places[there] = place
            if "did you mean" in what and not any(
                error["loc"][: len(there)] == there for error in self._draft.errors()
            ):
                remedy = f"{self._written(there, place)} = {typed(value)}"
        elif there and isinstance(value, dict):
            for key, each in value.items():
                self._draft.put((*there, key), each)
        line = self._lines[place.line - 1]
        at = line.find(str(location[-1]))
        span = (at, at + len(str(location[-1]))) if at >= 0 else None
        self._complain(place, what, remedy, span, hide=there is None and not place.is_table)
        return there is not None

    def _wrong(self, keys: Keys, errors: Sequence[ErrorDetails]) -> None:
        """One complaint about all that is wrong with one setting."""
        self._settled.add(keys)
        place = self._place(errors[0]["loc"])
        value = self._draft.at(keys)
        name = names(keys)
        what, remedy = words_of(errors, self._draft.document)
        guess = meant(".".join(name), value) if value is not None and name else None
        written = self._written(keys, place)
        if guess is not None and self._draft.would_be_right(keys, guess):
            remedy = f"{written} = {typed(guess)}"
            self._draft.put(keys, guess)
        elif name and is_none(value) and (not_set := when_not_set(name)):
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


def undiagnosed(text: str, file: Path, error: ValueError) -> Complaint:
    """The parser's own words, for what no diagnosis was found."""
    what, _, place = str(error).partition(" (at ")
    found = re.match(r"line (\d+)", place)
    line = int(found[1]) if found else text.rstrip().count("\n") + 1
    return Complaint(f"{file}:{line}", f"not TOML: {what}", NO_TOML)
