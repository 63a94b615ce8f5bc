"""Once, whatever happens: real workers are killed (SIGKILL) on their way, and Amazon is asked what it accepted."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest

from tests.crash.kills import DISTRIBUTED, EMBEDDED, Servers
from tests.crash.moments import MOMENTS_ON, killed_at
from tests.crash.steps import STORIES, killed_step_by_step
from tests.crash.worlds import killed_at_random

PLACES = {"embedded": EMBEDDED, "distributed": DISTRIBUTED}
MOMENTS = {
    "embedded": [*MOMENTS_ON["sqlite"]],
    "distributed": [  # the long suite has them all
        "between claim and look",
        "between look and call, at the kill switch",
        "with the call on the wire",
        "after Amazon accepted and before the reply",
        "after the reply and before the commit",
    ],
}
CASES = [(place, moment) for place, moments in MOMENTS.items() for moment in moments]
RANDOM_KILLS = {"embedded": 6, "distributed": 4}
AT_ONCE = 12
Kills = dict[tuple[str, str], Future[Any]]


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Kills]:
    """Every kill, some at a time: each of them waits nearly all of its time."""

    def path() -> Any:
        return tmp_path_factory.mktemp("kill")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun: Kills = {}
        for name, place in PLACES.items():
            for story in STORIES:
                begun[name, story] = pool.submit(killed_step_by_step, story, place, path(), servers)
            begun[name, "random"] = pool.submit(
                killed_at_random, place, 1, RANDOM_KILLS[name], 12, path(), servers, nullcontext()
            )
        for name, moment in CASES:
            begun[name, moment] = pool.submit(killed_at, moment, PLACES[name], path(), servers)
        yield begun
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(("place", "moment"), CASES)
def test_an_order_is_asked_once_although_its_worker_is_killed(place: str, moment: str, kills: Kills) -> None:
    assert kills[place, moment].result() == 1


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_lost_although_workers_are_killed_step_by_step(place: str, story: str, kills: Kills) -> None:
    assert kills[place, story].result() == len(STORIES[story][1])


@pytest.mark.parametrize("place", PLACES)
def test_orders_are_asked_once_although_workers_are_killed_at_any_moment(place: str, kills: Kills) -> None:
    tally = kills[place, "random"].result()
    assert (tally.kills, tally.asked_twice, tally.lost) == (RANDOM_KILLS[place], 0, 0)
