"""Messages of Redis: refused, or names and ids that a task can be called with."""

import base64
import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from ledger.database import open_ledger
from ledger.process_identity import this_process
from marketplace.amazon.client import Amazon
from settings.environment import Credentials
from settings.schema import Seller
from tasks import entrypoints
from tasks.app import App, UnknownSeller
from tests.fuzz import spoil
from tests.fuzz.door import Case, Tally, Wrong
from worker.broker import refused
from worker.clock import SystemClock
from worker.schedule import RUN
from worker.wiring import Silent, connector

NAME = "maison-durand"
TASKS: dict[str, Any] = {
    **{f"tasks.{name}": run for name, run in RUN.items()},
    "tasks.request_review": entrypoints.request_review,
    "tasks.send_invoice": entrypoints.send_invoice,
}
ENVELOPE: dict[str, Any] = {
    "content-encoding": "utf-8",
    "content-type": "application/json",
    "headers": {"lang": "py", "id": "1", "retries": 0, "eta": None, "expires": None, "timelimit": [None, None]},
    "properties": {
        "delivery_tag": "1",
        "delivery_info": {"exchange": "", "routing_key": "celery"},
        "body_encoding": "base64",
    },
}


@contextmanager
def messages() -> Iterator[Case]:
    """What passes is called with an application whose Amazon does not answer."""
    with TemporaryDirectory() as name:
        ledger = open_ledger(f"sqlite:///{Path(name)}/askonce.db", durable=False)
        seller = Seller(name=NAME, region="eu", marketplaces=("FR",), live=True)
        clock = SystemClock()
        amazon = Amazon(clock, "http://127.0.0.1:9", "http://127.0.0.1:9")
        connect = connector(amazon, {NAME: Credentials("client", "secret", NAME)})
        app = App({NAME: seller}, ledger, clock, connect, this_process(), Silent(), Event())

        def case(chance: Random, tally: Tally) -> None:
            tally.inputs += 1
            raw = _message(chance)
            if refused(raw):
                return
            message = json.loads(raw)
            if "task" not in message["headers"]:
                return
            positional, named, _others = json.loads(base64.b64decode(message["body"]))
            if not all(isinstance(each, str | None) for each in (*positional, *named.values())):
                raise Wrong("a message carries more than names and ids")
            run = TASKS.get(message["headers"]["task"]) if isinstance(message["headers"]["task"], str) else None
            if run is None:
                return
            try:
                bound = inspect.signature(run).bind(app, *positional, **named)
            except TypeError:
                return
            try:
                run(*bound.args, **bound.kwargs)
            except UnknownSeller:
                return

        yield case
        amazon.close()
        ledger.close()


def _message(chance: Random) -> bytes:
    task = chance.choice([*TASKS])
    named = {"seller": chance.choice((NAME, NAME, spoil.text(chance)))}
    if task.startswith(("tasks.request", "tasks.send_inv")):
        named["order_id"] = spoil.text(chance)
    body: Any = [[], named, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
    if chance.random() < 0.6:
        body = spoil.document(chance, body)
    packed = base64.b64encode(spoil.as_json(chance, body)).decode()
    message: Any = ENVELOPE | {"headers": ENVELOPE["headers"] | {"task": task}, "body": packed}
    if chance.random() < 0.6:
        message = spoil.document(chance, message)
    raw = spoil.as_json(chance, message)
    return spoil.octets(chance, raw) if chance.random() < 0.2 else raw
