"""The shapes of Login with Amazon's secrets. What is merely odd is no complaint: Amazon may change them."""

import re
from collections.abc import Iterator, Mapping, Sequence

from settings.statements import CURLY

_KINDS = {
    "the client id": re.compile(r"amzn1\.application-oa2-client\."),
    "the client secret": re.compile(r"amzn1\.oa2-cs\.|[0-9a-f]{64}$"),  # the older ones have no beginning
    "the refresh token": re.compile(r"Atzr\|"),
}
_OTHERS = {
    "the id of the app, which is not its client id": re.compile(r"amzn1\.sp\.solution\."),
    "an access token, which ends after an hour": re.compile(r"Atza\|"),
}
_PLACEHOLDER = re.compile(
    r"(?i)<.*>|\{.*\}|\[.*\]|x{3,}|\.{3,}|…+|change[-_ ]?me|todo|your[-_ ].*|the (client|refresh) .*|"
    r"amzn1\.(application-oa2-client|oa2-cs\.v1)\.?(x*|\.*|…)|Atzr\|(x*|\.*|…)"
)


def odd_secrets(values: Mapping[str, str | None], examples: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Of a seller's client id, client secret and refresh token, by the names of their variables, those that cannot be:
    the variable, what is wrong, and what to type. No value is in it."""
    holds = {name: _kind(value) for name, value in values.items() if value}
    wanted = dict(zip(values, _KINDS, strict=True))
    said: set[str] = set()
    for (name, value), example in zip(values.items(), examples, strict=True):
        if not value or name in said:
            continue
        kind, remedy = holds[name], f"{name}={wanted[name].replace('the', 'the whole', 1)}, on one line"
        if value == example or _PLACEHOLDER.fullmatch(value):
            yield name, f"{name} still holds an example", f"{name}={wanted[name]} of your own"
        elif any(quote in value for quote in CURLY):
            yield name, f"{name} has curly quotes, which are part of it", f"{name}={wanted[name]}, without quotes"
        elif "\n" in value or "\r" in value:
            yield name, f"{name} has a line break inside", remedy
        elif any(each.isspace() for each in value):
            yield name, f"{name} has a blank inside", remedy
        elif kind and kind != wanted[name]:
            other = next((each for each in wanted if wanted[each] == kind), "")
            if other and holds.get(other) == wanted[name]:
                said.add(other)
                yield name, f"{name} holds {kind}, and {other} holds {wanted[name]}", "each under the other's name"
            else:
                yield name, f"{name} holds {kind}", f"{name}={wanted[name]}"


def _kind(value: str) -> str | None:
    bare = value.strip(f"\"'{CURLY}")
    return next((kind for kind, shape in (_KINDS | _OTHERS).items() if shape.match(bare)), None)
