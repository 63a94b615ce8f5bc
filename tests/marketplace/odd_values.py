"""Whatever JSON can hold, in whatever place of a reply."""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**40, Decimal("1e-400"), Decimal("1E+30"), Decimal("9" * 50), [], {}, [[]], [None]),
    *("", "\ud83d", "a\x00b", "x" * 5000, "NaN", "Infinity", "1e99999999999999999999", "9" * 50, "-5.00", "\u0665"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z", "1970-01-19T04:15:17Z"),
)

JSON = st.one_of(
    st.sampled_from(ODD),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(st.characters(codec=None)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value of a document."""
    if path:
        yield path
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with this value in that place."""
    copy = deepcopy(document)
    node = copy
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return copy


def spoilt(document: Any) -> st.SearchStrategy[Any]:
    """The document with an odd value in one place."""
    return st.builds(changed, st.just(document), st.sampled_from(list(places(document))), JSON)
