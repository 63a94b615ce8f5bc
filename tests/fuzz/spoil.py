"""How an input is spoilt: a value, a cell, a line, a byte."""

import json
import re
from copy import deepcopy
from random import Random
from typing import Any

from tests.marketplace.odd_values import changed, places

WILD = (
    "1e99999999999999999999",
    "1e-400",
    "-1E+30",
    "NaN",
    "Infinity",
    "9" * 5000,
    "-0",
    "0.000000001",
    "1" + "0" * 40,
)
"""Numbers as JSON or what passes for it can have them."""
TEXTS = (
    *("", " ", "0", "-1", "-5.00", "1,5", "1.299,00", "19", "NaN", "Infinity", "-Infinity", "sNaN", "1E+30", "1e-400"),
    *("9" * 50, "9" * 5000, "1e99999999999999999999", "\u0665", "\ud83d", "a\ud83db", "a\x00b", "\x00", "\ufeff"),
    *(
        "x" * 65,
        "x" * 300,
        "x" * 70_000,
        "\u202e\u200b",
        "\u0130\u00df\ufb01",
        "\r\n",
        "a\tb",
        "\x1b[2J",
        "'",
        '"',
        "<b>&",
    ),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01", "9999-12-31T23:59:59Z", "2026-02-30"),
    *("1970-01-19T04:15:17Z", "2026-10-25T02:30:00", "1601-01-01T00:00:00Z", "2026-10-20", "-271821-04-20T00:00:00Z"),
    *("A13V1IB3VIYZZH", "FR", "EUR", "XXX", "JPY", "eur", "http://[::1", "http://127.0.0.1:1/", "file:///etc/passwd"),
    *("=1+1", "@x", "../../x", "%s%n", "${x}", "None", "null", "true", "Atza|x", "denied", "Refund", "[x](y)", "[/x]"),
)
VALUES: tuple[Any, ...] = (None, True, False, 0, -1, 1, 2**31, 2**63, 10**40, 1e308, [], {}, [[]], [None], {"": {}})


def value(chance: Random) -> Any:
    """Whatever JSON can hold. A text between @@ becomes a number."""
    match chance.randrange(4):
        case 0:
            return chance.choice(VALUES)
        case 1:
            return f"@@{chance.choice(WILD)}@@"
        case 2:
            return [chance.choice(TEXTS), chance.choice(VALUES)]
        case _:
            return text(chance)


def text(chance: Random) -> str:
    if chance.random() < 0.8:
        return chance.choice(TEXTS)
    return "".join(
        chr(chance.choice((chance.randrange(128), chance.randrange(0x11000)))) for _ in range(chance.randrange(9))
    )


def document(chance: Random, given: Any) -> Any:
    """The document with one to three of its values exchanged, left out, swapped, doubled or wrapped."""
    spoilt = deepcopy(given)
    for _ in range(chance.choice((1, 1, 2, 3))):
        paths = list(places(spoilt))
        if not paths:
            return value(chance)
        path = chance.choice(paths)
        old = _at(spoilt, path)
        match chance.randrange(8):
            case 0:
                spoilt = _without(spoilt, path)
            case 1:
                spoilt = changed(spoilt, path, _at(spoilt, chance.choice(paths)))
            case 2:
                spoilt = changed(spoilt, path, [old] if chance.random() < 0.5 else {"value": old})
            case 3 if isinstance(old, list):
                spoilt = changed(spoilt, path, old * 2)
            case 4 if isinstance(old, str):
                spoilt = changed(spoilt, path, letters(chance, old))
            case _:
                spoilt = changed(spoilt, path, value(chance))
    return spoilt


def as_json(chance: Random, given: Any) -> bytes:
    ready = json.dumps(given, ensure_ascii=chance.random() < 0.7, default=str)
    return re.sub(r'"@@([^"@]*)@@"', r"\1", ready).encode("utf-8", "surrogatepass")


def letters(chance: Random, given: str) -> str:
    """Some characters exchanged, left out, doubled or put in."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(given) + 1)
        upto = min(len(given), at + chance.choice((0, 0, 1, 1, 2, 10)))
        given = (
            given[:at]
            + chance.choice(("", given[at:upto] * 2, text(chance), chance.choice("0159-.,:; \t\n\"'{[<#é")))
            + given[upto:]
        )
    return given


def octets(chance: Random, given: bytes) -> bytes:
    """Some bytes exchanged, left out, doubled or put in; or the end cut off."""
    for _ in range(chance.choice((1, 1, 2, 3, 10))):
        at = chance.randrange(len(given) + 1)
        upto = min(len(given), at + chance.choice((1, 1, 2, 4, 16, 256)))
        match chance.randrange(7):
            case 0:
                given = given[:at] + given[upto:]
            case 1:
                given = given[:at] + given[at:upto] * 3 + given[upto:]
            case 2:
                given = given[:at]
            case 3:
                given = (
                    given[:at]
                    + chance.choice(
                        (b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1f\x8b", b"\xed\xa0\xbd", b"\r", b'"', b"9" * 50)
                    )
                    + given[at:]
                )
            case _:
                given = given[:at] + chance.randbytes(min(upto - at, 8)) + given[upto:]
    return given


def rows(chance: Random, header: list[str], given: list[list[str]], separator: str = "\t") -> str:
    """A table as a file, spoilt in cells, columns or lines."""
    header, given = list(header), [list(row) for row in given]
    for _ in range(chance.choice((1, 1, 2, 4))):
        row = chance.choice([*given, *given, *given, header])
        at = chance.randrange(len(row)) if row else 0
        match chance.randrange(10):
            case 0 if row:
                del row[at]
            case 1:
                row.insert(at, text(chance))
            case 2 if row:
                row[at] = letters(chance, row[at])
            case 3:
                del row[at:]
            case 4:
                given.insert(chance.randrange(len(given) + 1), list(chance.choice([header, *given])))
            case _ if row:
                row[at] = text(chance)
    ends = chance.choice(("\n", "\n", "\r\n", "\r", "\n\n"))
    return ends.join(separator.join(row) for row in (header, *given)) + chance.choice((ends, ""))


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def _without(given: Any, path: tuple[Any, ...]) -> Any:
    copy = deepcopy(given)
    del _at(copy, path[:-1])[path[-1]]
    return copy
