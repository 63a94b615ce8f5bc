"""The start of a worker: wait for the database and Redis within a limit, or end with what to type."""

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
    """Redis cannot be used. The message ends with what to type, and shows no password."""


class BrokerUnreachable(BrokerError):
    """Redis does not answer yet; it may do so later."""


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


def checked_broker(url: str) -> str:
    """The URL, if it is one of a Redis. Raises BrokerError, which quotes nothing of it: it may hold a password."""
    from redis import ConnectionPool

    what, hint = "REDIS_URL is not the URL of a Redis", "write a #, / or @ in its password as %23, %2F, %40"
    try:
        if urlsplit(url).scheme not in ("redis", "rediss"):
            raise ValueError
        _shown(url)
        ConnectionPool.from_url(url).make_connection()  # which connects nothing
    except TypeError:
        what, hint = "REDIS_URL has an option that Redis's client does not know", "leave out what follows the ?"
    except ValueError:
        pass
    else:
        return url
    raise BrokerError(f"{what}: {hint}. Type: REDIS_URL=redis://:PASSWORD@localhost:6379/0")


def ask_broker(url: str) -> None:
    """Does Redis answer? Raises BrokerError, or BrokerUnreachable when it may do so later."""
    from redis import Redis, exceptions
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    name = _shown(checked_broker(url))
    try:
        once = Retry(NoBackoff(), 0)
        with Redis.from_url(
            url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN, retry=once
        ) as redis:
            redis.ping()
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
    """SIGTERM and Ctrl-C end the process at once: nothing has begun. As process 1 it would otherwise ignore SIGTERM."""

    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
