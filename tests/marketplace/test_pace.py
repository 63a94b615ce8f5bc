import json
import math
import random
from datetime import timedelta
from threading import Lock, Thread

import pytest

from marketplace.errors import Busy
from marketplace.operations import Operation
from marketplace.pace import Pace
from tests.marketplace.amazon_server import START, SteppedClock

POST = Operation.REQUEST_REVIEW


class ReferenceBucket:
    """Amazon's side: a plain token bucket, which counts what it had to refuse."""

    def __init__(self, operation: Operation, per_second: float | None = None) -> None:
        self.rate = per_second or operation.per_second
        self.burst = operation.burst
        self.tokens = float(operation.burst)
        self.at = START.timestamp()
        self.accepted = self.refused = 0

    def call(self, at: float) -> None:
        self.tokens = min(self.burst, self.tokens + (at - self.at) * self.rate)
        self.at = at
        if self.tokens < 1:
            self.refused += 1
        else:
            self.tokens -= 1
            self.accepted += 1


def drain(pace: Pace, operation: Operation) -> int:
    """How many tokens can be had at once."""
    taken = 0
    try:
        while True:
            pace.wait(operation, patience=0)
            taken += 1
    except Busy:
        return taken


@pytest.mark.parametrize("operation", [POST, Operation.REVIEW_ACTIONS, Operation.TRANSACTIONS, Operation.REPORT])
@pytest.mark.parametrize("jitter", [0.0, 0.19], ids=["steady", "jitter"])
def test_amazon_never_refuses_and_the_budget_is_used_but_for_the_slack(operation: Operation, jitter: float) -> None:
    clock, bucket, chance = SteppedClock(), ReferenceBucket(operation), random.Random(7)
    pace = Pace(clock)
    end = clock.now() + timedelta(minutes=2)
    arrivals = []
    while True:
        pace.wait(operation)
        if clock.now() > end:
            break
        arrivals.append(clock.now().timestamp() + chance.uniform(0, jitter) / operation.per_second)
    for at in sorted(arrivals):
        bucket.call(at)
    budget = operation.burst + 120 * operation.per_second
    assert bucket.refused == 0
    assert bucket.accepted >= budget - 1.2  # the slack, and the part of a token that two minutes do not fill


@pytest.mark.parametrize("operation", [POST, Operation.REVIEW_ACTIONS, Operation.TRANSACTIONS, Operation.REPORT])
def test_amazon_never_refuses_one_call_after_another_however_late_each_arrives(operation: Operation) -> None:
    clock, bucket, chance = SteppedClock(), ReferenceBucket(operation), random.Random(7)
    pace = Pace(clock)
    interval = 1 / operation.per_second
    for _ in range(2000):
        pace.wait(operation, patience=1000)
        there, back = (interval * chance.choice([0, 0, 0.1, 0.9, 3]) * chance.random() for _ in range(2))
        clock.time += timedelta(seconds=there)
        bucket.call(clock.now().timestamp())
        clock.time += timedelta(seconds=back)
        pace.answered(operation)
        if chance.random() < 0.05:
            clock.time += timedelta(seconds=interval * operation.burst)
    assert bucket.refused == 0


def test_the_budget_of_two_minutes_of_review_requests_is_used_to_more_than_99_percent() -> None:
    clock = SteppedClock()
    pace = Pace(clock)
    calls = 0
    while clock.now() <= START + timedelta(minutes=2):
        pace.wait(POST)
        calls += 1
    assert calls - 1 >= 0.99 * (5 + 120)


@pytest.mark.parametrize("operation", list(Operation))
def test_a_fresh_bucket_gives_all_but_its_slack_at_once(operation: Operation) -> None:
    assert drain(Pace(SteppedClock()), operation) == operation.burst - 1


def test_operations_have_buckets_of_their_own() -> None:
    pace = Pace(SteppedClock())
    drain(pace, POST)
    pace.wait(Operation.REVIEW_ACTIONS, patience=0)


def test_a_wait_beyond_patience_raises_busy_with_the_wait_and_takes_no_token() -> None:
    clock = SteppedClock()
    pace = Pace(clock)
    drain(pace, Operation.ORDERS)
    before = pace.state()
    with pytest.raises(Busy) as busy:
        pace.wait(Operation.ORDERS)
    assert pace.state() == before
    assert clock.slept == []
    clock.time += busy.value.retry_after
    pace.wait(Operation.ORDERS, patience=0)


def test_a_restart_does_not_fill_the_buckets() -> None:
    clock = SteppedClock()
    pace = Pace(clock)
    drain(pace, POST)
    pace.correct(Operation.ORDERS, 0.01)
    saved = json.loads(json.dumps(pace.state()))
    again = Pace(clock, saved)
    assert again.state() == pace.state()
    assert drain(again, POST) == 0


def test_a_saved_operation_that_is_no_longer_known_is_passed_over() -> None:
    assert Pace(SteppedClock(), {"getOrders": {"full_at": 1.0, "per_second": 1.0}}).state() == {}


def test_a_penalty_empties_the_bucket() -> None:
    clock = SteppedClock()
    pace = Pace(clock)
    pace.penalise(POST)
    pace.wait(POST)
    assert clock.slept == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("header", "interval"),
    [
        (2.0, 0.5),
        (0.5, 2.0),
        (1000, 1),
        (0.09, 1),
        (1e-9, 1),
        (1e-300, 1),
        (0, 1),
        (-1, 1),
        (math.nan, 1),
        (math.inf, 1),
    ],
    ids=["faster", "slower", "too fast", "too slow", "tiny", "tinier", "zero", "negative", "nan", "infinite"],
)
def test_the_rate_follows_amazons_header_within_reason(header: float, interval: float) -> None:
    clock = SteppedClock()
    pace = Pace(clock)
    pace.correct(POST, header)
    drain(pace, POST)
    for _ in range(2):
        pace.wait(POST)
    assert clock.slept[-1] == pytest.approx(interval, abs=1e-3)


def test_a_correction_keeps_the_tokens_that_are_missing() -> None:
    clock = SteppedClock()
    pace = Pace(clock)
    drain(pace, POST)
    pace.correct(POST, 0.1)
    pace.wait(POST, patience=10)
    assert clock.slept == pytest.approx([2.0])  # 0.2 of a token was missing


@pytest.mark.parametrize("after", [timedelta(hours=1), -timedelta(hours=2)], ids=["an hour later", "clock set back"])
def test_what_amazon_named_lapses(after: timedelta) -> None:
    clock = SteppedClock()
    pace = Pace(clock)
    pace.correct(POST, 0.1)
    drain(pace, POST)
    clock.time += after
    drain(pace, POST)
    pace.wait(POST)
    assert sum(clock.slept) <= 1.2 / POST.per_second + 0.001
    assert "told_at" not in pace.state()[POST]


@pytest.mark.parametrize(
    "bucket",
    [
        {"full_at": START.timestamp() + 1e9, "per_second": 1e-9},
        {"full_at": 1e300, "per_second": 1e-300, "told_at": START.timestamp()},
        {"full_at": math.nan, "per_second": math.inf, "told_at": math.nan},
        {"full_at": "soon", "per_second": None},
        {"full_at": START.timestamp() + 5, "per_second": 0.5},
        {},
        "?",
        None,
    ],
    ids=["absurd", "more absurd", "not finite", "words", "of an older version", "empty", "no bucket", "null"],
)
def test_buckets_that_were_kept_in_an_odd_state_are_healed(bucket: object) -> None:
    clock = SteppedClock()
    pace = Pace(clock, {POST: bucket})
    for _ in range(10):
        pace.wait(POST)
    assert sum(clock.slept) <= 10.2 / POST.per_second + 0.001


def test_no_wait_is_longer_than_an_hour_and_its_answer_names_it() -> None:
    pace = Pace(SteppedClock())
    pace.correct(Operation.ORDERS, 0.1 * Operation.ORDERS.per_second + 1e-9)
    pace.penalise(Operation.ORDERS)
    pace.penalise(Operation.ORDERS)
    with pytest.raises(Busy) as busy:
        pace.wait(Operation.ORDERS)
    assert timedelta(minutes=25) < busy.value.retry_after <= timedelta(hours=1)
    assert busy.value.detail.startswith("searchOrders: Amazon's pace, ")


@pytest.mark.parametrize("back", [timedelta(seconds=10), timedelta(hours=3), timedelta(days=400)], ids=str)
def test_a_clock_set_back_delays_by_little_more_than_one_interval(back: timedelta) -> None:
    clock = SteppedClock()
    pace = Pace(clock)
    drain(pace, POST)
    clock.time -= back
    pace.wait(POST)
    assert sum(clock.slept) <= 1.2 / POST.per_second + 0.001


def test_threads_that_share_a_pace_never_take_more_than_the_bucket_holds() -> None:
    class SharedClock(SteppedClock):
        lock = Lock()

        def sleep(self, seconds: float) -> None:
            with self.lock:
                super().sleep(seconds)

    clock = SharedClock()
    pace = Pace(clock)
    threads = [Thread(target=pace.wait, args=(POST, 1000.0)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 20 tokens taken: the bucket is full again 20 intervals after the start at the earliest.
    assert pace.state()[POST]["full_at"] >= START.timestamp() + 20 - 0.01
