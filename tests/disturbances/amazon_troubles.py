"""What happens to the network between a worker and Amazon in mid-send."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.disturbances.agency import Agency
from tests.disturbances.postgres_troubles import at_work_on
from tests.disturbances.proxy import Proxy
from tests.disturbances.redis_troubles import DOWN
from tests.worker.seller_folder import until

REQUEST = b"POST /solicitations/"


def before(at_work: Agency) -> Proxy:
    """A proxy to this Amazon."""
    where = urlsplit(at_work.amazon.url)
    return Proxy((str(where.hostname), int(where.port or 0)))


def url_of(proxy: Proxy) -> str:
    return f"http://127.0.0.1:{proxy.port}"


@contextmanager
def cut_off(path: Path, database_url: str) -> Iterator[tuple[Agency, Proxy]]:
    with at_work_on(path, database_url) as at_work, before(at_work) as proxy:
        yield at_work, proxy
        assert proxy.begun.wait(60)
        time.sleep(DOWN)
        proxy.cut()
        until(lambda: "sending" not in at_work.folder.states().values())
        do_not_wait_for(at_work, "busy")
        at_work.ends_well()


def do_not_wait_for(at_work: Agency, reason: str) -> None:
    """As if the minutes had passed after which these orders are looked at again."""
    at_work.folder.write("UPDATE entries SET next_look_at = changed_at WHERE reason = :reason", reason=reason)


def replies_lost(path: Path, database_url: str) -> None:
    """Amazon gets every request, and nobody hears what it answers; then the connections break."""
    with cut_off(path, database_url) as (at_work, proxy):
        proxy.lose_replies(REQUEST)
        at_work.work(SP_API_ENDPOINT=url_of(proxy))


def requests_lost(path: Path, database_url: str) -> None:
    """Requests leave, and do not arrive; then the connections break."""
    with cut_off(path, database_url) as (at_work, proxy):
        proxy.lose_requests(REQUEST)
        at_work.work(SP_API_ENDPOINT=url_of(proxy))


@contextmanager
def silent(path: Path, database_url: str) -> Iterator[tuple[Agency, Proxy]]:
    """As long as the worker waits for a reply, and longer: no connection breaks, it gives up by itself."""
    with at_work_on(path, database_url, sellers=["shop-a"], each=2) as at_work, before(at_work) as proxy:
        yield at_work, proxy
        with at_work.ticking():
            assert proxy.begun.wait(60)
            time.sleep(75)
            proxy.cut()
            do_not_wait_for(at_work, "unclear")
        at_work.ends_well()


def silent_replies(path: Path, database_url: str) -> None:
    with silent(path, database_url) as (at_work, proxy):
        proxy.lose_replies(REQUEST)
        at_work.work(SP_API_ENDPOINT=url_of(proxy))


def silent_requests(path: Path, database_url: str) -> None:
    with silent(path, database_url) as (at_work, proxy):
        proxy.lose_requests(REQUEST)
        at_work.work(SP_API_ENDPOINT=url_of(proxy))
