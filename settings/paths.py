"""Where something stands in a settings file: the keys from `sellers` on, and what they were probably meant to be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from settings.complaints import closest, without_secrets
from settings.mood import is_mood
from settings.wording import RULES, TABLES, dotted, is_setting, setting_field, setting_keys

Keys = tuple[str | int, ...]
SEVERAL = {("invoices", "sku_vat_rates"), ("invoices", "texts"), RULES}
"""Tables of which there may be several, in double brackets."""
INNER: set[tuple[str, ...]] = {
    tuple(key.split(".")[:length]) for key in setting_keys() for length in range(1, key.count(".") + 1)
}
INNER |= {("invoices", "vat_rates"), ("invoices", "seller", "vat_numbers"), *SEVERAL}


def names(keys: Keys) -> list[str]:
    """The path within the seller's table, without the numbers of several tables."""
    return [key for key in keys[2:] if isinstance(key, str)]


def name_of(keys: Keys) -> str:
    return dotted(names(keys)) if len(keys) > 2 else ".".join(map(str, keys))


def is_setting_name(key: str) -> bool:
    return any(key in known.split(".") or known.endswith(f".{key}") for known in setting_keys())


def setting_of(location: Keys) -> Keys:
    """The setting that holds the value at this place: of `time_slots`, 2 it is `time_slots`."""
    keys = location[2:]
    if keys[:2] == RULES and len(keys) > 3:
        return location[:6]
    known = list(setting_keys())
    for length in range(1, len(keys) + 1):
        if ".".join(map(str, keys[:length])) in known:
            return location[: 2 + length]
    return location


def when_not_set(name: Sequence[str]) -> str:
    """What the setting is when it is left out, where its description says so."""
    found = (
        re.search(r"Not set: ([^.]+)\.", setting_field(".".join(name)).description or "") if is_setting(name) else None
    )
    return found[1] if found else ""


def meant_table(keys: tuple[str, ...], sellers: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The path of the table that was probably meant and, if it is another one, what is wrong."""
    here = sellers[-1] if sellers else "my-shop"
    right = keys
    if keys[0] != "sellers":
        if closest(keys[0], ["sellers"]):
            right = ("sellers", *keys[1:])
        elif any(keys[0] in inner for inner in INNER) or closest(keys[0], TABLES):
            right = ("sellers", here, *keys)
        else:
            right = ("sellers", *keys)
    inner = right[2:]
    if any(map(is_mood, inner)):
        return right, ""
    if inner and inner not in INNER and inner[:2] not in SEVERAL:
        by_last = {each[-1]: each for each in sorted(INNER, key=len, reverse=True)}
        same = sorted(INNER, key=lambda each: (each[:-1] != inner[:-1], len(each)))
        near = closest(inner[-1], [each[-1] for each in same if each[:-1] == inner[:-1]]) or closest(inner[-1], by_last)
        if near:
            beside = (*inner[:-1], near)
            right = (*right[:2], *(beside if beside in INNER else by_last[near]))
        elif len(inner) > 1 and (first := closest(inner[0], TABLES)) and (first, *inner[1:]) in INNER:
            right = (*right[:2], first, *inner[1:])
    if right == keys:
        return keys, ""
    return right, f"unknown table [{without_secrets('.'.join(keys))}]"


def sellers_of(document: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """The sellers of a document that may be wrong, and whether each has invoices enabled."""
    sellers = document.get("sellers")
    for name, table in sellers.items() if isinstance(sellers, dict) else ():
        invoices = table.get("invoices") if isinstance(table, dict) else None
        yield name, isinstance(invoices, dict) and invoices.get("enabled") is True
