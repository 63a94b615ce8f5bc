"""The shapes of Login with Amazon's secrets. What is merely odd is no complaint: Amazon may change them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from settings.statements import CURLY

KINDS = {
    "the client id": re.compile(r"amzn1\.application-oa2-client\."),
    "the client secret": re.compile(r"amzn1\.oa2-cs\.|[0-9a-f]{64}$"),  # the older ones have no beginning
    "the refresh token": re.compile(r"Atzr\|"),
}
OTHERS = {
    "the id of the app, which is not its client id": re.compile(r"amzn1\.sp\.solution\."),
    "an access token, which ends after an hour": re.compile(r"Atza\|"),
}
_PLACEHOLDER = re.compile(
    r"(?i)<.*>|\{.*\}|\[.*\]|x{3,}|\.{3,}|…+|change[-_ ]?me|todo|your[-_ ].*|the (client|refresh) .*|"
    r"amzn1\.(application-oa2-client|oa2-cs\.v1)\.?(x*|\.*|…)|Atzr\|(x*|\.*|…)"
)


class Oddity(StrEnum):
    """What is wrong with a secret."""

    EXAMPLE = "example"
    CURLY = "curly"
    BREAK = "break"
    BLANK = "blank"
    SWAPPED = "swapped"  # with another of the three
    OTHER = "other"  # something else altogether


class Odd(NamedTuple):
    """One secret that cannot be one. `holds`: what its value is; `other`: the name whose value it was swapped with."""

    name: str
    oddity: Oddity
    holds: str = ""
    other: str = ""


def odd(values: Mapping[str, str | None], examples: Sequence[str]) -> Iterator[Odd]:
    """Of a seller's client id, client secret and refresh token, by name, those that cannot be."""
    holds = {name: _kind(value) for name, value in values.items() if value}
    wanted = dict(zip(values, KINDS, strict=True))
    said: set[str] = set()
    for (name, value), example in zip(values.items(), examples, strict=True):
        if not value or name in said:
            continue
        kind = holds[name]
        if value == example or _PLACEHOLDER.fullmatch(value):
            yield Odd(name, Oddity.EXAMPLE)
        elif any(quote in value for quote in CURLY):
            yield Odd(name, Oddity.CURLY)
        elif "\n" in value or "\r" in value:
            yield Odd(name, Oddity.BREAK)
        elif any(each.isspace() for each in value):
            yield Odd(name, Oddity.BLANK)
        elif kind and kind != wanted[name]:
            other = next((each for each in wanted if wanted[each] == kind), "")
            if other and holds.get(other) == wanted[name]:
                said.add(other)
                yield Odd(name, Oddity.SWAPPED, kind, other)
            else:
                yield Odd(name, Oddity.OTHER, kind)


def odd_secrets(values: Mapping[str, str | None], examples: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """The same by the names of their variables: the variable, what is wrong, and what to type. No value is in it."""
    wanted = dict(zip(values, KINDS, strict=True))
    for name, oddity, holds, other in odd(values, examples):
        mine = wanted[name]
        whole = f"{name}={mine.replace('the', 'the whole', 1)}, on one line"
        match oddity:
            case Oddity.EXAMPLE:
                yield name, f"{name} still holds an example", f"{name}={mine} of your own"
            case Oddity.CURLY:
                yield name, f"{name} has curly quotes, which are part of it", f"{name}={mine}, without quotes"
            case Oddity.BREAK:
                yield name, f"{name} has a line break inside", whole
            case Oddity.BLANK:
                yield name, f"{name} has a blank inside", whole
            case Oddity.SWAPPED:
                yield name, f"{name} holds {holds}, and {other} holds {mine}", "each under the other's name"
            case Oddity.OTHER:
                yield name, f"{name} holds {holds}", f"{name}={mine}"


def _kind(value: str) -> str | None:
    bare = value.strip(f"\"'{CURLY}")
    return next((kind for kind, shape in (KINDS | OTHERS).items() if shape.match(bare)), None)
