"""Beat without fear: it has nothing to catch up, and what it rang while nobody listened is worth nothing."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from tests.disturbances.agency import agency
from tests.worker.seller_folder import selling, until
from worker.clock import steady_now

QUEUE = "celery"
OLD = 1000
"""More than a day of ticks that nobody took."""
HASTY = """
from worker.celery import app
for entry in app.conf.beat_schedule.values():
    entry["schedule"].run_every /= 10_000
"""


@pytest.mark.long
def test_a_day_of_old_ticks_is_thrown_away(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    with agency(tmp_path, postgres_url, redis_url, each=1) as at_work, Redis.from_url(redis_url) as redis:
        with Celery(broker=redis_url) as app, app.producer_pool.acquire(block=True) as producer:
            for number in range(OLD):
                task = ("sweep", "send_due", "reconcile")[number % 3]
                rung_at = datetime.now(UTC) - timedelta(days=1)
                app.send_task(f"tasks.{task}", expires=rung_at + timedelta(minutes=5), producer=producer)
        assert redis.llen(QUEUE) == OLD
        at_work.work()
        until(lambda: redis.llen(QUEUE) == 0)
        at_work.ends_well()
        calls = at_work.amazon.summary()["calls"]
        assert calls["searchOrders"] == 3  # one for each seller, at the worker's start
        assert calls["listTransactions"] < 30


def test_a_beat_keeps_no_file_and_rings_nothing_at_its_start(tmp_path: Path, redis_url: str) -> None:
    with selling(tmp_path, "http://127.0.0.1:1", redis_url=redis_url) as folder, Redis.from_url(redis_url) as redis:
        before = {path.name for path in tmp_path.iterdir()}
        for _ in range(2):
            beat = folder.celery("beat", "--loglevel", "INFO")
            until(lambda: redis.keys("_kombu*"))  # it is connected
            time.sleep(1)
            beat.kill()
        assert redis.llen(QUEUE) == 0
        assert {path.name for path in tmp_path.iterdir()} - before == {"out-0", "err-0", "out-1", "err-1"}


@pytest.mark.long
def test_a_beat_that_was_down_for_a_day_rings_once_a_minute(tmp_path: Path, redis_url: str) -> None:
    with selling(tmp_path, "http://127.0.0.1:1", redis_url=redis_url) as folder, Redis.from_url(redis_url) as redis:
        folder.celery("beat")
        until(lambda: redis.llen(QUEUE) > 0, 120)
        time.sleep(20)
        assert redis.llen(QUEUE) == 1


def test_a_beat_ends_in_the_midst_of_a_message(tmp_path: Path, redis_url: str) -> None:
    (tmp_path / "hasty.py").write_text(HASTY)
    with selling(tmp_path, "http://127.0.0.1:1", redis_url=redis_url) as folder, Redis.from_url(redis_url) as redis:
        beat = folder.celery("beat", app="hasty")
        until(lambda: redis.llen(QUEUE) > 0)
        redis.client_pause(60_000)
        time.sleep(1)  # a message waits for its answer
        assert beat.stop(seconds=20) == 0, beat.stderr()


def test_the_beats_clock_is_set_by_nobody() -> None:
    from worker.celery import app

    counted, shown = time.monotonic(), steady_now()
    assert {entry["schedule"].nowfun for entry in app.conf.beat_schedule.values()} == {steady_now}
    assert abs((steady_now() - shown).total_seconds() - (time.monotonic() - counted)) < 1
