import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest

from ledger import lanes
from ledger.database import Ledger
from ledger.lanes import LEASE, Lane, LaneLost
from ledger.process_identity import is_gone, this_process
from ledger.requests import REVIEWS
from ledger.state import State
from tests.ledger.examples import HOUR, MINUTE, NOW, SELLER, due

ME, OTHER = this_process(), "another-machine 0d5f:pid 17 4242"
SAY_WHO = "from ledger.process_identity import this_process; print(this_process(), flush=True); input()"


def acquire(ledger: Ledger, holder: str, now: timedelta = timedelta()) -> Lane | None:
    with ledger.begin() as connection:
        return lanes.acquire(connection, SELLER, holder, NOW + now)


def release(ledger: Ledger, lane: Lane) -> None:
    with ledger.begin() as connection:
        lanes.release(connection, lane, {})


def renew(ledger: Ledger, lane: Lane, now: timedelta) -> None:
    with ledger.begin() as connection:
        lanes.renew(connection, lane, {}, NOW + now)


def mine(ledger: Ledger, holder: str = ME) -> Lane:
    lane = acquire(ledger, holder)
    assert lane is not None
    return lane


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """Another process of this machine."""
    command = [sys.executable, "-c", SAY_WHO]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def who(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_lane_has_one_holder(ledger: Ledger) -> None:
    mine(ledger)
    assert acquire(ledger, OTHER) is None
    assert acquire(ledger, ME) is None


def test_of_eight_workers_that_want_a_new_lane_exactly_one_has_it(ledger: Ledger) -> None:
    together = Barrier(8)

    def want(number: int) -> bool:
        together.wait()
        return acquire(ledger, f"{OTHER}{number}") is not None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(want, range(8))) == [False] * 7 + [True]


def test_each_holder_has_a_token_of_its_own(ledger: Ledger) -> None:
    tokens = []
    for _ in range(3):
        lane = mine(ledger)
        tokens.append(lane.token)
        release(ledger, lane)
    assert tokens == [1, 2, 3]


def test_sellers_have_lanes_of_their_own(ledger: Ledger) -> None:
    mine(ledger)
    with ledger.begin() as connection:
        assert lanes.acquire(connection, "another", OTHER, NOW) is not None


def test_a_lane_without_a_sign_of_life_can_be_taken_over(ledger: Ledger) -> None:
    mine(ledger, OTHER)
    assert acquire(ledger, ME, LEASE - MINUTE) is None
    taken = acquire(ledger, ME, LEASE)
    assert taken is not None
    assert taken.token == 2


def test_a_sign_of_life_keeps_the_lane(ledger: Ledger) -> None:
    lane = mine(ledger, OTHER)
    renew(ledger, lane, LEASE - MINUTE)
    assert acquire(ledger, ME, LEASE + MINUTE) is None


def test_a_holder_whose_lane_was_taken_over_notices(ledger: Ledger) -> None:
    lane = mine(ledger, OTHER)
    acquire(ledger, ME, LEASE)
    with pytest.raises(LaneLost):
        renew(ledger, lane, LEASE)
    with pytest.raises(LaneLost):
        release(ledger, lane)
    assert acquire(ledger, OTHER, LEASE + MINUTE) is None


def test_what_is_written_with_a_lost_lane_is_rolled_back(ledger: Ledger) -> None:
    lane = mine(ledger, OTHER)
    acquire(ledger, ME, LEASE)
    with suppress(LaneLost), ledger.begin() as connection:
        lanes.acquire(connection, "another", OTHER, NOW)
        lanes.renew(connection, lane, {}, NOW)
    with ledger.begin() as connection:
        assert lanes.acquire(connection, "another", ME, NOW) is not None


def test_an_expired_lane_that_nobody_wanted_is_still_its_holders(ledger: Ledger) -> None:
    lane = mine(ledger)
    renew(ledger, lane, LEASE + HOUR)
    assert acquire(ledger, OTHER, LEASE + HOUR) is None


def test_the_pace_goes_with_the_lane(ledger: Ledger) -> None:
    buckets = {"searchOrders": {"full_at": 1.5, "per_second": 0.0056}}
    lane = mine(ledger)
    with ledger.begin() as connection:
        lanes.renew(connection, lane, buckets, NOW)
    assert (acquire(ledger, OTHER, LEASE) or lane).pace == buckets


def test_the_lane_of_a_killed_process_of_this_machine_is_free_at_once(
    ledger: Ledger, process: subprocess.Popen[str]
) -> None:
    mine(ledger, who(process))
    assert acquire(ledger, ME) is None
    process.kill()
    process.wait()
    taken = acquire(ledger, ME)
    assert taken is not None
    assert taken.token == 2


def test_a_process_that_was_killed_and_not_waited_for_is_gone(process: subprocess.Popen[str]) -> None:
    name = who(process)
    process.kill()
    assert process.stdout is not None
    process.stdout.read()  # ends with it
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(name)


def test_another_process_with_the_number_of_a_dead_one_does_not_keep_its_lane() -> None:
    started = ME.rpartition(" ")[2]
    assert is_gone(ME.removesuffix(started) + "1")


@pytest.mark.parametrize(
    "holder",
    [
        pytest.param("elsewhere " + ME.split(" ", 1)[1].replace(":", "-elsewhere:", 1), id="another boot"),
        pytest.param(OTHER, id="another machine"),
        pytest.param("somewhere unknown 17 ", id="a system that does not tell"),
        pytest.param("", id="free"),
        pytest.param(ME, id="this process"),
    ],
)
def test_only_a_process_that_surely_ended_is_gone(holder: str) -> None:
    assert not is_gone(holder)


def test_a_lane_has_work_when_a_look_is_due_and_nobody_is_at_it(ledger: Ledger) -> None:
    def with_work(now: timedelta = timedelta(), *states: State) -> set[str]:
        with ledger.read() as connection:
            return REVIEWS.with_work(connection, states or (State.DUE,), NOW + now)

    release(ledger, mine(ledger))
    assert with_work() == set()
    with ledger.begin() as connection:
        due(connection, "a", now=NOW + MINUTE)
    assert with_work() == set()
    assert with_work(MINUTE) == {SELLER}
    assert with_work(MINUTE, State.WAITING, State.SKIPPED) == set()
    assert with_work(MINUTE, State.WAITING, State.DUE) == {SELLER}
    acquire(ledger, OTHER)
    assert with_work(MINUTE) == set()
    assert with_work(LEASE) == {SELLER}
