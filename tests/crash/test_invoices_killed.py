"""An invoice, once, under a number without a gap, although workers are killed (SIGKILL) at every step of its route."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.crash.invoice_steps import STORIES, killed_step_by_step
from tests.crash.kills import DISTRIBUTED, EMBEDDED, Servers

ONE_PASS = {"sqlite": ("sweep", "sqlite"), "postgresql": ("sweep", "postgresql")}
"""A whole pass in one process, which is the route at its fastest."""
SAMPLE = [("sqlite", "making"), ("postgresql", "proving")]
AT_ONCE = 4
Kills = dict[tuple[str, str], Future[int]]


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Kills]:
    """The sample, all at a time: each waits for most of it."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            (place, story): pool.submit(
                killed_step_by_step, story, ONE_PASS[place], tmp_path_factory.mktemp("kill"), servers
            )
            for place, story in SAMPLE
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(("place", "story"), SAMPLE)
def test_amazon_has_each_document_once_although_workers_are_killed(place: str, story: str, kills: Kills) -> None:
    assert kills[place, story].result() == len(STORIES[story].steps)


@pytest.mark.long
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("place", [*ONE_PASS.values(), EMBEDDED, DISTRIBUTED], ids=" on ".join)
def test_amazon_has_each_document_once_whatever_the_step_and_the_worker(
    place: tuple[str, str], story: str, tmp_path_factory: pytest.TempPathFactory, servers: Servers
) -> Any:
    path = tmp_path_factory.mktemp("kill")
    assert killed_step_by_step(story, place, path, servers) == len(STORIES[story].steps)
