"""At least 500 kills in one run, at every step and at random: no order is asked twice, and none is lost."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import pytest

from tests.crash.kills import DISTRIBUTED, EMBEDDED, Servers
from tests.crash.moments import MOMENTS_ON, killed_at
from tests.crash.steps import STORIES, killed_step_by_step
from tests.crash.worlds import Tally, killed_at_random

PLACES = (EMBEDDED, DISTRIBUTED, ("sweep", "sqlite"), ("sweep", "postgresql"))
WORLDS = 10
KILLS_IN_A_WORLD = 24
ORDERS_OF_A_SELLER = 40
SIDE_BY_SIDE = 3
"""Worlds in which workers are being killed: their starts need the processor. Others wait for their end meanwhile."""


@pytest.mark.long
def test_five_hundred_kills_ask_nobody_twice_and_lose_no_order(
    tmp_path_factory: pytest.TempPathFactory, servers: Servers, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    side_by_side = Semaphore(SIDE_BY_SIDE)
    with ThreadPoolExecutor(2 * SIDE_BY_SIDE) as pool:
        worlds = [
            pool.submit(
                killed_at_random,
                place,
                seed,
                KILLS_IN_A_WORLD,
                ORDERS_OF_A_SELLER,
                tmp_path_factory.mktemp("world"),
                servers,
                side_by_side,
            )
            for seed in range(WORLDS)
            for place in (EMBEDDED, DISTRIBUTED)
        ]
        steps = [
            pool.submit(killed_step_by_step, story, place, tmp_path_factory.mktemp("steps"), servers)
            for place in (EMBEDDED, DISTRIBUTED)
            for story in STORIES
        ]
        moments = [
            pool.submit(killed_at, moment, place, tmp_path_factory.mktemp("moment"), servers)
            for place in PLACES
            for moment in MOMENTS_ON[place[1]]
        ]
        try:
            tally = sum((world.result() for world in worlds), Tally())
            chosen = sum(each.result() for each in steps + moments)
        finally:
            pool.shutdown(cancel_futures=True)
    kills = tally.kills + chosen
    figures = (
        f"{kills} kills in {(time.monotonic() - began) / 60:.0f} min: {chosen} at chosen steps, and {tally.kills} "
        f"at random, {tally.at_work} of them while a lane was held, {tally.claims} while an order was claimed; "
        f"of {tally.orders} orders {tally.eligible} to be asked: {tally.asked_twice} asked twice, {tally.lost} lost"
    )
    record_property("crash matrix", figures)
    assert kills >= 500, figures
    assert tally.claims >= tally.kills / 3, figures
    assert (tally.asked_twice, tally.lost) == (0, 0), figures
