"""Of two changes of one text none is lost: both are made, or it is said that they cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.merge_lines import merged

BASE = "a\nb\nc\nd\ne\n"


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        pytest.param("A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "A\nb\nc\nd\nE\n", id="apart"),
        pytest.param("a\nb\nc\nd\ne\nf\n", "0\na\nb\nc\nd\ne\n", "0\na\nb\nc\nd\ne\nf\n", id="at-both-ends"),
        pytest.param("a\nc\nd\ne\n", "a\nb\nc\nd\nx\ny\ne\n", "a\nc\nd\nx\ny\ne\n", id="one-less-two-more"),
        pytest.param("a\nb\nC\nd\ne\n", "a\nb\nX\nd\ne\n", None, id="the-same-line"),
        pytest.param("a\nB\nc\nd\ne\n", "a\nb\nC\nd\ne\n", None, id="lines-beside"),
        pytest.param("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\ne\ng\n", None, id="both-at-the-end"),
        pytest.param(BASE, "x\n", "x\n", id="nothing-mine"),
        pytest.param("x\n", BASE, "x\n", id="nothing-theirs"),
    ],
)
def test_both_are_made_if_they_are_apart(mine: str, theirs: str, both: str | None) -> None:
    assert merged(BASE, mine, theirs) == both


LINES = st.lists(st.sampled_from("abcd"), max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(LINES, LINES, LINES)
def test_one_change_alone_is_made_as_it_is(base: str, mine: str, theirs: str) -> None:
    assert merged(base, mine, base) == mine
    assert merged(base, base, theirs) == theirs
