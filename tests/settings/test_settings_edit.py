"""A seller's settings are changed in the text of the file: that and nothing else, comments and order stay."""

import tomllib
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings
from settings.edit import CannotEdit, added, changed, without

EXAMPLE = (Path(settings.__file__).parent / "example.toml").read_text(encoding="utf-8")
MIXED = """\
# head
[sellers.a]   # mine
region = "eu"
marketplaces = ["FR", "DE"]   # two

# of b
[sellers.b]
region = "eu"
marketplaces = ["FR"]

[sellers.a.review_requests]
day_range = [7, 25]     # a week
time_slots = [
  "10:00-14:00",  # noon
  "18:00-20:00",  # after work
]
exclude.skus = ["GIFT-*"]
weekdays = ["mon"]

# What is unusual.
[sellers.a.brakes]
never_below = 20

# The coffee.
[[sellers.a.review_requests.rules]]
name = "coffee"
skus = ["COFFEE-*"]
day_range = [5, 10]
"""
INLINE = """\
[sellers]
a = { region = "eu", marketplaces = ["FR"], review_requests = { day_range = [7, 25] } }  # all of it
"""


def moved(before: str, after: str) -> list[str]:
    """The lines that differ."""
    lines = unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        pytest.param(
            {"review_requests.day_range": [5, 25]},
            ["-day_range = [7, 25]     # a week", "+day_range = [5, 25]     # a week"],
            id="value",
        ),
        pytest.param({"live": True}, ["+live = true"], id="new"),
        pytest.param({"review_requests.exclude.asins": ["B0"]}, ['+exclude.asins = ["B0"]'], id="new-dotted"),
        pytest.param({"review_requests.exclude.skus": ["A", "B"]}, None, id="dotted"),
        pytest.param({"review_requests.weekdays": None}, ['-weekdays = ["mon"]'], id="out"),
        pytest.param(
            {"review_requests.day_range": None},
            ["-day_range = [7, 25]     # a week", "+# day_range = [7, 25]     # a week"],
            id="out-with-its-comment",
        ),
        pytest.param(
            {"review_requests.time_slots": ["10:00-14:00", "20:00-21:00"]},
            ['-  "18:00-20:00",  # after work', '+  "20:00-21:00",'],
            id="several-lines",
        ),
        pytest.param({"review_requests.daily_limit": None}, [], id="out-what-is-not-there"),
        pytest.param({"review_requests.day_range": [7, 25]}, [], id="as-it-is"),
        pytest.param({"invoices.enabled": False}, ["+[sellers.a.invoices]", "+enabled = false", "+"], id="new-table"),
    ],
)
def test_a_setting_is_changed_and_nothing_else(values: dict[str, Any], lines: list[str] | None) -> None:
    after = changed(MIXED, "a", values)
    if lines is not None:
        assert sorted(moved(MIXED, after)) == sorted(lines)
    found = tomllib.loads(after)["sellers"]["a"]
    for key, value in values.items():
        assert at(found, key) == value


def test_a_new_setting_stands_below_its_example() -> None:
    after = changed(EXAMPLE, "my-shop", {"review_requests.weekdays": ["mon"], "invoices.seller.city": "Paris"})
    lines = after.split("\n")
    assert lines[lines.index('weekdays = ["mon"]') - 1].startswith("# weekdays =")
    assert lines[lines.index('seller.city = "Paris"') - 1].startswith("# seller.city =")


def test_a_table_in_one_line_is_changed_where_it_is() -> None:
    after = changed(INLINE, "a", {"review_requests.day_range": [5, 9], "live": True})
    assert tomllib.loads(after)["sellers"]["a"]["review_requests"] == {"day_range": [5, 9]}
    assert "# all of it" in after


def test_windows_line_ends_stay() -> None:
    before = MIXED.replace("\n", "\r\n")
    after = changed(before, "a", {"live": True, "review_requests.day_range": [5, 9]})
    assert after.count("\n") == after.count("\r\n") == before.count("\r\n") + 1


def test_a_text_that_is_not_toml_is_not_touched() -> None:
    with pytest.raises(CannotEdit):
        changed("[sellers.a\n", "a", {"live": True})


def test_a_seller_is_added_and_taken_out_again() -> None:
    values = {"region": "eu", "marketplaces": ["FR"], "review_requests.day_range": [7, 25], "invoices.enabled": False}
    after = added(MIXED, "new-shop", values)
    assert after.startswith(MIXED)
    found = tomllib.loads(after)["sellers"]["new-shop"]
    assert {key: at(found, key) for key in values} == values
    assert without(after, "new-shop").rstrip() == MIXED.rstrip()


def test_what_is_said_of_the_next_seller_stays_when_one_is_taken_out() -> None:
    left = without(MIXED, "a")
    assert tomllib.loads(left)["sellers"].keys() == {"b"}
    assert left.startswith("# head\n# of b\n[sellers.b]")


def test_the_first_seller_is_added_to_nothing() -> None:
    assert tomllib.loads(added("", "a", {"region": "eu"})) == {"sellers": {"a": {"region": "eu"}}}


TEXTS = st.sampled_from([EXAMPLE.replace("my-shop", "a"), MIXED, INLINE, MIXED.replace("\n", "\r\n")])
WORDS = st.sampled_from(["", "é", 'a"b', "\\", "a\nb", "# a", "]", "'", "10:00-14:00", "\x7f"])
VALUES = st.dictionaries(
    st.sampled_from(
        ["live", "review_requests.day_range", "review_requests.exclude.skus", "review_requests.weekdays", "keep_days"]
    ),
    st.none() | st.lists(WORDS, max_size=3) | st.integers(0, 9) | st.booleans() | WORDS,
)


@given(TEXTS, VALUES)
def test_whatever_is_changed_the_rest_says_the_same(text: str, values: dict[str, Any]) -> None:
    before, after = tomllib.loads(text), tomllib.loads(changed(text, "a", values))
    for key, value in values.items():
        assert at(after["sellers"]["a"], key) == value
    for document in (before, after):
        for key in values:
            put_out(document["sellers"]["a"], key.split("."))
    assert bare(before) == bare(after)


def at(table: Any, key: str) -> Any:
    for part in key.split("."):
        table = table.get(part) if isinstance(table, dict) else None
    return table


def put_out(table: Any, parts: list[str]) -> None:
    for part in parts[:-1]:
        table = table.get(part, {})
    table.pop(parts[-1], None)


def bare(value: Any) -> Any:
    """Without empty tables."""
    if not isinstance(value, dict):
        return value
    found = {key: bare(each) for key, each in value.items()}
    return {key: each for key, each in found.items() if each != {}}
