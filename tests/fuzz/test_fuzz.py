"""Some inputs for each door, on each run of the suite; `make fuzz` has thousands."""

import logging
from collections.abc import Iterator

import pytest

from tests.fuzz.door import Door, run
from tests.fuzz.doors import doors

DOORS = doors()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    yield
    root.level, root.handlers[:] = before


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_nothing_that_comes_in_breaks_anything(door: Door) -> None:
    tally = run(door, "smoke", 60)
    assert tally.inputs >= 60
    assert tally.found == {}


def test_the_same_seed_makes_the_same_inputs() -> None:
    first, second = (run(DOORS["settings"], "twice", 20) for _ in range(2))
    assert (first.inputs, first.found) == (second.inputs, second.found)
