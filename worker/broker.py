"""Redis as askonce uses it: a message is a doorbell, of which none is kept, and none may end the one who hears it."""

import base64
import json
import logging
from concurrent.futures import Future
from typing import Any

from celery import beat
from celery.concurrency import thread
from celery.worker import consumer
from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from redis import Redis

from rules.text import storable

log = logging.getLogger("askonce.broker")

MOST = 16_384
"""The most bytes of a message that is read. One of askonce's own has about 1,000."""


class Threads(thread.TaskPool):  # type: ignore[misc]  # Celery has no types
    """Celery's threads, which say whether one is free."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._busy: set[Future[Any]] = set()

    def on_apply(self, *args: Any, **options: Any) -> thread.ApplyResult:
        result = super().on_apply(*args, **options)
        self._busy.add(result.f)
        result.f.add_done_callback(self._busy.discard)
        return result

    def has_free_thread(self) -> bool:
        return len(self._busy) < int(self.limit)


class Nothing(virtual.QoS):
    """A message is gone from Redis when it is fetched, so there is nothing to acknowledge, and nothing to put back.

    Kombu would put back what is not acknowledged when a connection breaks, over that same connection: which ends
    the worker. A lost message costs one tick. In a worker, none is fetched before a thread is free; Celery's own count
    (worker_disable_prefetch) is no use for that, as it keeps a place for each broken message for ever.
    """

    pool: Threads | None = None

    def can_consume(self) -> bool:
        return self.pool is None or self.pool.has_free_thread()

    def append(self, message: virtual.Message, delivery_tag: str) -> None:
        """Nothing is kept."""

    def ack(self, delivery_tag: str) -> None:
        """It is gone already."""

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """It is gone already."""


class Client(Redis):
    """A client to whom what is no message has not come at all."""

    def parse_response(self, connection: Any, command_name: Any, **options: Any) -> Any:
        found = super().parse_response(connection, command_name, **options)  # type: ignore[no-untyped-call]
        if command_name == "BRPOP" and found and (why := refused(found[1])):
            log.error("a message was thrown away: %s", why)
            return None
        return found


def refused(item: bytes) -> str:
    """Why this is no message; nothing if it is one."""
    if len(item) > MOST:
        return f"it has {len(item):,} bytes, more than {MOST:,}"
    try:
        message = json.loads(item)
        headers, properties = message["headers"], message["properties"]
        delivery = properties["delivery_info"]
        texts = (message["body"], properties["delivery_tag"], delivery["exchange"], delivery["routing_key"])
        if not isinstance(headers, dict) or not all(isinstance(each, str) for each in texts):
            return "it has not the form of one"
        if "task" not in headers:  # an answer to `celery inspect`
            return ""
        if message["content-type"] != "application/json" or headers.get("compression"):
            return "it is not JSON, or compressed"
        if headers.get("eta"):  # it would be kept in memory until then
            return "it asks to be answered later"
        positional, named, others = json.loads(base64.b64decode(message["body"]))
        if any(others.values()) or not all(map(_is_name, (*positional, *named.values()))):
            return "it carries more than names and ids"
    except (ValueError, RecursionError, TypeError, LookupError, AttributeError):
        return "it has not the form of one"
    return ""


def _is_name(argument: object) -> bool:
    """A text that a database can be asked for, or none."""
    return argument is None or (isinstance(argument, str) and argument == storable(argument))


class Channel(redis.Channel):
    QoS = Nothing  # type: ignore[assignment]  # none of what kombu's own has is used

    def _get_client(self) -> type[Redis]:
        return Client


class Transport(redis.Transport):
    Channel = Channel

    def _deliver(self, message: dict[str, Any], queue: str) -> None:
        """Whatever is wrong with a message, the next one is read."""
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - Celery raises many kinds, and each would end the worker
            log.error("a message was thrown away: %s", type(error).__name__)


def use() -> None:
    """Have every URL of a Redis in this process mean this transport."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """A worker's consumer: one line for a message that cannot be answered, and not all of what is in it."""

    def on_ready(self) -> None:
        """Called whenever the connection is new."""
        self.task_consumer.channel.qos.pool = self.pool
        super().on_ready()

    def on_decode_error(self, _message: object, error: Exception) -> None:
        log.error("a message was thrown away: it cannot be read (%s)", type(error).__name__)

    def on_unknown_message(self, _body: object, _message: object) -> None:
        log.error("a message was thrown away: it names no task")

    def on_unknown_task(self, _body: object, message: virtual.Message, _error: Exception) -> None:
        log.error("a message was thrown away: there is no task %.100r", message.headers.get("task"))

    def on_invalid_task(self, _body: object, _message: object, error: Exception) -> None:
        log.error("a message was thrown away: no task can be called like this (%s)", type(error).__name__)


class Scheduler(beat.Scheduler):  # type: ignore[misc]
    """Beat's scheduler: one line for a tick that could not be rung."""

    def apply_entry(self, entry: beat.ScheduleEntry, producer: Any = None) -> None:
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:  # noqa: BLE001 - as Celery's own: whatever it is, the beat goes on
            log.error("%s was not rung, and is rung again in %s: %s", entry.task, entry.schedule.run_every, error)
