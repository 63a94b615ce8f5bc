"""What is wrong with a setting, put into words: pydantic's errors, and what to type instead."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from settings.checks import quoted
from settings.complaints import closest, without_secrets
from settings.mood import NO_MOOD, is_mood
from settings.schema import LONGEST_NAME, SELLER_NAME, RuleSet, SellerTable, SettingsFile
from settings.words import plain

# Written as tables of their own in the example, so their keys are typed without them.
TABLES = ("review_requests", "brakes", "invoices")
RULES = ("review_requests", "rules")
_WHAT = {
    "missing": "is missing",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list in brackets",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "too_short": "must have at least {min_length}",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must have {max_length} values, not {actual_length}",
    "literal_error": "must be {expected}",
    "setting": "{what}",
}


def setting_keys(table: type[BaseModel] = SellerTable, prefix: str = "") -> Iterator[str]:
    """Every key that a seller's table may have, dotted: `region`, `review_requests.exclude.skus`."""
    for key, field in table.model_fields.items():
        if nested := _table(field):
            yield from setting_keys(nested, f"{prefix}{key}.")
        else:
            yield prefix + key


def rule_keys() -> Iterator[str]:
    """Every key that a rule set may have, dotted: `review_requests.rules.skus`."""
    return (".".join((*RULES, key)) for key in RuleSet.model_fields)


def setting_field(key: str) -> FieldInfo:
    """The field behind one of `setting_keys` or `rule_keys`, or behind a table that holds some of them."""
    table: type[BaseModel] = SellerTable
    *outer, last = key.split(".")
    if tuple(outer) == RULES:
        return RuleSet.model_fields[last]
    for part in outer:
        table = _table(table.model_fields[part]) or table
    return table.model_fields[last]


def typed(value: Any) -> str:
    """A value as TOML has it, on one line."""
    match value:
        case dict():
            return f"{{ {', '.join(f'{_key(key)} = {typed(each)}' for key, each in value.items())} }}"
        case list():
            return f"[{', '.join(map(typed, value))}]"
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def one_by_one(errors: Iterable[ErrorDetails]) -> Iterator[ErrorDetails]:
    """The errors, with what a table's check found in several of its keys taken apart."""
    for error in errors:
        if error["type"] != "settings":
            yield error
            continue
        for keys, what, remedy in error["ctx"]["findings"]:
            location, context = (*error["loc"], *keys), {"what": what, "remedy": remedy}
            yield ErrorDetails(type="setting", loc=location, msg=what, input=None, ctx=context)


def words_of(errors: Sequence[ErrorDetails], document: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with one setting, said once, and what to type."""
    said = [what_is_wrong(error, document) for error in errors]
    whats = list(dict.fromkeys(what for what, _ in said))
    if len({re.sub(r" \(value \d+\)", "", what) for what in whats}) == 1 < len(whats):
        whats = [re.sub(r" \(value \d+\)", "", whats[0])]
    return "; ".join(whats), said[0][1]


def what_is_wrong(error: ErrorDetails, document: Mapping[str, Any]) -> tuple[str, str]:
    """`error` is one of `ValidationError.errors(include_input=False)` for `document`."""
    location = error["loc"]
    if len(location) == 1 and error["type"] in ("missing", "too_short"):
        return "no seller is named", "[sellers.my-shop]"
    if location[-1] == "[key]" and len(location) == 3:
        name = str(location[1])
        return what_of_name(name), header(better_name(name))
    return _wrong_value(error, document)


def wrong_settings(document: Mapping[str, Any], seller: str) -> dict[str, str]:
    """What is wrong with a seller's settings, by dotted key, as what follows the name of the setting.

    Of a value in a list the key ends with its place: `review_requests.day_range.0`.
    """
    try:
        SettingsFile.model_validate(document)
    except ValidationError as error:
        found = list(one_by_one(error.errors(include_input=False)))
        return {
            ".".join(str(part) for part in each["loc"][2:] if part != "[key]"): _predicate(each)
            for each in reversed(found)
            if each["loc"][:2] == ("sellers", seller)
        }
    return {}


def _table(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    if get_origin(kind) in (Union, UnionType):  # `Table | None`
        kind = get_args(kind)[0]
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def header(seller: str | int, *keys: str) -> str:
    name = str(seller)
    name = name if re.fullmatch(SELLER_NAME, name) else json.dumps(name)
    return f"[{'.'.join(('sellers', name, *keys))}]"


def dotted(keys: Sequence[str]) -> str:
    if tuple(keys[:2]) == RULES and len(keys) > 2:
        return ".".join(keys[2:])
    return ".".join(keys[1:] if keys[0] in TABLES and len(keys) > 1 else keys)


def _example(seller: str | int, keys: Sequence[str]) -> str:
    while keys and not is_setting(keys):  # inside a value
        keys = keys[:-1]
    if not keys:
        return header(seller)
    examples = setting_field(".".join(keys)).examples
    return f"{dotted(keys)} = {typed(examples[0])}" if examples else header(seller, *keys)


def is_setting(keys: Sequence[str]) -> bool:
    key = ".".join(keys)
    return any(known == key or known.startswith(f"{key}.") for known in chain(setting_keys(), rule_keys()))


def better_name(name: str) -> str:
    if len(name) > LONGEST_NAME:
        return "my-shop"
    return re.sub(r"[^A-Za-z0-9_-]+", "-", plain(name) if not name.isascii() else name).strip("-") or "my-shop"


def what_of_name(name: str) -> str:
    if len(name) > LONGEST_NAME:
        return f"the seller name has {len(name)} characters, where {LONGEST_NAME} are the most"
    return f'the seller name "{without_secrets(name)}" must be made of letters, digits, - and _'


def unknown_key(location: Sequence[str | int]) -> tuple[str, str, Sequence[str] | None]:
    """What to say of it, what to type, and the path of the setting that was meant, where there is but one."""
    key, what = str(location[-1]), f"unknown key {json.dumps(location[-1])}"
    if len(location) == 1:
        return what, "[sellers.my-shop]", None
    if is_mood(key):
        return f"{what}: {NO_MOOD}", "# before this line: there is no such filter", None
    seller, table = location[1], [part for part in location[2:-1] if isinstance(part, str)]
    paths = [path.split(".") for path in (rule_keys() if tuple(table) == RULES else setting_keys())]
    if holding := [path for path in paths if key in path]:
        path = holding[0]
        place = header(seller, *path[:1]) if path[0] in TABLES else header(seller)
        only = path[: path.index(key) + 1] if len({tuple(p[: p.index(key)]) for p in holding}) == 1 else None
        return f"{what} in this place", f"{dotted(path)} under {place}", only
    beside = list(dict.fromkeys(path[len(table)] for path in paths if path[: len(table)] == table != path))
    if near := closest(key, beside):
        return f'{what} (did you mean "{near}"?)', _example(seller, [*table, near]), [*table, near]
    return what, f"one of {', '.join(beside)}" if beside else _example(seller, table), None


def _wrong_value(error: ErrorDetails, document: Mapping[str, Any]) -> tuple[str, str]:
    location = error["loc"]
    seller, keys = location[1] if len(location) > 1 else "my-shop", [p for p in location[2:] if isinstance(p, str)]
    keys = [key for key in keys if key != "[key]"]
    remedy = error.get("ctx", {}).get("remedy") or _example(seller, keys)
    if near := _near(error, document):
        remedy = f'"{near}"' if isinstance(location[-1], int) else f'{dotted(keys)} = "{near}"'
    subject = dotted(keys) if keys else ".".join(map(str, location))
    if isinstance(location[-1], int):
        subject += f" (value {location[-1] + 1})"
    return f"{subject} {_predicate(error)}", remedy


def _near(error: ErrorDetails, document: Mapping[str, Any]) -> str | None:
    """Of a word that is none of a setting's own: the nearest of these."""
    if error["type"] != "literal_error":
        return None
    return closest(str(_value(document, error["loc"])), _words(error["ctx"]))


def _predicate(error: ErrorDetails) -> str:
    context = dict(error.get("ctx", {}))
    if error["type"] == "literal_error":
        context["expected"] = f"one of {quoted(_words(context))}"
    return _WHAT.get(error["type"], "is not valid").format(**context)


def _words(context: Mapping[str, Any]) -> list[str]:
    return re.findall(r"'(\w+)'", context["expected"])


def _value(document: Any, location: Sequence[str | int]) -> Any:
    for part in location:
        document = document[part]
    return document
