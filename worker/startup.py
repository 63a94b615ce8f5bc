"""The start of a worker: it waits for what is not up yet, within a limit, and ends with words when it cannot begin."""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ssl import SSLCertVerificationError
from typing import TypeVar
from urllib.parse import urlsplit

from ledger.errors import Unreachable

log = logging.getLogger("askonce.start")

TRY_EVERY = 1.0
"""Seconds between two tries."""
ANSWER_WITHIN = 5
"""Seconds within which Redis must answer."""
UNTRUSTED = "Name the authority that signed it: REDIS_URL=rediss://…?ssl_ca_certs=/etc/askonce/ca.pem"

T = TypeVar("T")


class BrokerError(Exception):
    """Redis said no. The message ends with what to type, and shows no password."""


class BrokerUnreachable(BrokerError):
    """Redis is not up, not yet ready, or not there."""


def wait_for(what: str, attempt: Callable[[], T], seconds: int) -> T:
    """What `attempt` returns, tried again for so many seconds while it raises Unreachable or BrokerUnreachable.

    Raises the last of these in the end, and at once whatever else `attempt` raises.
    """
    ends: float | None = None
    said = ""
    while True:
        try:
            found = attempt()
        except (Unreachable, BrokerUnreachable) as error:
            now = time.monotonic()  # not the wall clock: it may be set while a machine starts
            ends = ends or now + seconds
            if now >= ends:
                raise
            if said != str(error):
                said = str(error)
                log.warning("waiting for the %s, giving up in %.0f s. %s", what, ends - now, said)
            time.sleep(min(TRY_EVERY, ends - now))
        else:
            if said:
                log.info("the %s answers", what)
            return found


def ask_broker(url: str) -> None:
    """Does Redis answer? Raises BrokerError, or BrokerUnreachable when it may do so later."""
    from redis import Redis, exceptions
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        name = _shown(url)
        once = Retry(NoBackoff(), 0)
        with Redis.from_url(
            url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN, retry=once
        ) as redis:
            redis.ping()
    except ValueError:  # not repeated: it may quote a password that has a / or # in it
        raise BrokerError("REDIS_URL is not the URL of a Redis. Type: REDIS_URL=redis://localhost:6379/0") from None
    except (exceptions.AuthenticationError, exceptions.AuthorizationError) as error:
        raise BrokerError(f"{name}: {error}. Set the right user and password in REDIS_URL") from None
    except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
        if isinstance(error.__cause__ or error.__context__, SSLCertVerificationError):
            raise BrokerError(f"{name}: {error}. {UNTRUSTED}") from None
        raise BrokerUnreachable(f"{name}: {error}. Start Redis, or set REDIS_URL to where it is") from None
    except exceptions.RedisError as error:
        raise BrokerError(f"{name}: {error}. Set REDIS_URL to a Redis that answers: redis-cli ping") from None


def _shown(url: str) -> str:
    """The URL without user, password and options."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or 6379}{parts.path}"


@contextmanager
def ended_at_once_by_signals() -> Iterator[None]:
    """SIGTERM and Ctrl-C end the process, as nothing has begun. As process 1 of a container it would ignore SIGTERM."""

    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
