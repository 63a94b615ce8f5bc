"""Is somebody at work, and does the work move? Each verdict, for what the ledger knows of the workers."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger import heartbeats
from ledger.heartbeats import BEAT, Heartbeat
from ledger.process_identity import this_process
from rules.order import Source
from tasks import route
from tasks.actions import REVIEW
from tasks.check.seller import Check, Outcome
from tasks.check.workers import START, check_work, check_worker_here, check_workers
from tasks.refresh import refresh
from tests.tasks.workshop import DAY, MINUTE, NOW, Workshop

PASS, FAIL, UNKNOWN = Outcome
HERE = Heartbeat(this_process(), "celery", "1.0", started_at=NOW - DAY, seen_at=NOW)
ELSEWHERE = replace(HERE, name="elsewhere boot:ns 12 345")
TICK = replace(HERE, name=BEAT, mode=BEAT, version="")
KILLED = replace(HERE, name=" ".join([*this_process().split(" ")[:2], "4194999", "1"]))
LONG_AGO = NOW - 6 * MINUTE


def silent(heartbeat: Heartbeat) -> Heartbeat:
    return replace(heartbeat, seen_at=LONG_AGO)


def stopped(heartbeat: Heartbeat) -> Heartbeat:
    return replace(heartbeat, ended_at=NOW - MINUTE)


def seen(shop: Workshop, *beats: Heartbeat) -> None:
    with shop.ledger.begin() as connection:
        for each in beats:
            heartbeats.record(connection, each)


def verdicts(checks: Iterable[Check]) -> dict[str, Outcome]:
    """By the first word of each check's name."""
    return {check.name.split(" ")[0]: check.verdict for check in checks}


@pytest.mark.parametrize(
    ("beats", "expected"),
    [
        pytest.param([], {"worker": UNKNOWN}, id="a new ledger"),
        pytest.param([HERE, TICK], {"worker": PASS, "beat": PASS}, id="all is well"),
        pytest.param([replace(HERE, mode="run")], {"worker": PASS}, id="an embedded worker needs no beat"),
        pytest.param([stopped(HERE)], {"worker": FAIL}, id="stopped"),
        pytest.param([KILLED], {"worker": FAIL}, id="killed"),
        pytest.param([KILLED, ELSEWHERE, TICK], {"worker": PASS, "beat": PASS}, id="killed, and another works"),
        pytest.param([silent(HERE)], {"worker": FAIL}, id="here, and does nothing"),
        pytest.param([replace(HERE, seen_at=NOW - 2 * DAY)], {"worker": FAIL}, id="not seen for days"),
        pytest.param([ELSEWHERE, silent(TICK)], {"worker": PASS, "beat": FAIL}, id="a beat that does not tick"),
        pytest.param([ELSEWHERE], {"worker": PASS, "beat": FAIL}, id="no beat"),
        pytest.param(
            [replace(ELSEWHERE, started_at=NOW - MINUTE)], {"worker": PASS, "beat": UNKNOWN}, id="too new for a tick"
        ),
        pytest.param(
            [replace(HERE, mode="run"), replace(ELSEWHERE, version="2.0", mode="run")],
            {"worker": PASS, "versions": UNKNOWN},
            id="two versions",
        ),
    ],
)
def test_what_is_known_of_the_workers_has_its_verdict(
    beats: list[Heartbeat], expected: dict[str, Outcome], shop: Workshop
) -> None:
    seen(shop, *beats)
    checks = list(check_workers(shop.ledger, NOW))
    assert verdicts(checks) == expected
    assert all(check.remedy for check in checks if check.verdict is not PASS)


def test_a_worker_that_is_silent_elsewhere_may_be_gone_or_hang(shop: Workshop) -> None:
    seen(shop, replace(HERE, mode="run"), silent(replace(ELSEWHERE, mode="run")))
    found = {check.name: check for check in check_workers(shop.ledger, NOW)}["worker elsewhere 12"]
    assert (found.verdict, found.detail) == (UNKNOWN, "run, version 1.0, last seen 6 min ago")


def test_nobody_but_silent_workers_is_nobody_at_work(shop: Workshop) -> None:
    seen(shop, silent(ELSEWHERE))
    checks = {check.name: check for check in check_workers(shop.ledger, NOW)}
    assert checks["worker"].verdict is FAIL
    assert checks["worker"].detail == "none is at work; elsewhere 12 (version 1.0) last seen 6 min ago"


@pytest.mark.parametrize(
    ("beats", "expected"),
    [
        pytest.param([], FAIL, id="a new ledger"),
        pytest.param([ELSEWHERE], FAIL, id="only elsewhere"),
        pytest.param([HERE, silent(ELSEWHERE)], PASS, id="here; silent elsewhere"),
        pytest.param([silent(HERE), ELSEWHERE], FAIL, id="silent here; well elsewhere"),
        pytest.param([stopped(HERE)], FAIL, id="stopped"),
        pytest.param([KILLED], FAIL, id="killed"),
        pytest.param([KILLED, HERE], PASS, id="killed, and another works"),
    ],
)
def test_a_machine_answers_for_its_own_worker(beats: list[Heartbeat], expected: Outcome, shop: Workshop) -> None:
    seen(shop, *beats)
    (check,) = check_worker_here(shop.ledger, NOW)
    assert check.verdict is expected
    assert (START in check.remedy) == (check.name == "worker")


def work(shop: Workshop) -> Outcome:
    return check_work(shop.ledger, list(shop.sellers.values()), shop.clock.now()).verdict


def test_work_that_is_due_everywhere_and_done_nowhere_fails(shop: Workshop) -> None:
    other = shop.opens()
    for name in (shop.name, other):
        shop.order(account=name)
        with shop.session(name) as open_shop:
            refresh(open_shop, now_too=tuple(Source))
            route.decide_due(open_shop, REVIEW)
    shop.wait(timedelta(minutes=14))
    assert work(shop) is PASS
    shop.wait(2 * MINUTE)
    assert work(shop) is FAIL
    with shop.session(other):  # one lane is worked on; the other waits for its turn
        assert work(shop) is PASS


def test_work_that_is_held_back_is_no_failure(shop: Workshop) -> None:
    shop.order()
    shop.sweep()
    shop.wait(16 * MINUTE)
    shop.wants(live=False)
    assert work(shop) is PASS
