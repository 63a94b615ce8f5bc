"""Disturbances in mid-send: real servers and workers are troubled, and Amazon is asked what it accepted."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from tests.disturbances import amazon_troubles, postgres_troubles, redis_troubles, worker_troubles
from tests.postgres import PostgresServer, connected

AT_ONCE = 6
Trouble = Callable[[Path, str], None]
TROUBLES: dict[str, Trouble] = {
    "Redis is restarted while the worker is busy": redis_troubles.restarted_while_the_worker_is_busy,
    "Redis is restarted while more rings wait than there are threads": (
        redis_troubles.restarted_with_more_rings_than_threads
    ),
    "Redis is flushed": redis_troubles.flushed,
    "every message comes twice": redis_troubles.every_message_twice,
    "PostgreSQL is restarted": postgres_troubles.restarted,
    "PostgreSQL ends every connection": postgres_troubles.backends_terminated,
    "the answer to a settlement's commit is lost": postgres_troubles.answer_to_a_settlement_lost,
    "Amazon's replies are lost": amazon_troubles.replies_lost,
    "three workers want them": worker_troubles.many_workers,
    "a worker is frozen at its look": worker_troubles.frozen_at_the_look,
    "a worker is frozen with the call on the wire": worker_troubles.frozen_with_the_call_on_the_wire,
}
LONG: dict[str, Trouble] = {
    "the answer to a lane's commit is lost": postgres_troubles.answer_to_a_lane_lost,
    "requests to Amazon are lost": amazon_troubles.requests_lost,
    "Redis is restarted while the worker is idle": redis_troubles.restarted_while_the_worker_is_idle,
    "a worker is frozen before its request leaves": worker_troubles.frozen_before_the_request_leaves,
    "the answer to a claim's commit is lost": postgres_troubles.answer_to_a_claim_lost,
    "Redis' connections are cut": redis_troubles.connections_cut,
    "PostgreSQL's connections are cut": postgres_troubles.connections_cut,
    "a worker is frozen after its look": worker_troubles.frozen_after_the_look,
    "eight workers want them": worker_troubles.eight_workers,
    "Redis is silent": redis_troubles.silent,
    "Amazon is silent": amazon_troubles.silent_replies,
    "Amazon hears nothing": amazon_troubles.silent_requests,
}


@pytest.fixture(scope="module")
def troubles(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[dict[str, Future[None]]]:
    """Those that are to be run, some at a time: each of them waits nearly all of its time."""
    wanted = [item.callspec.params["name"] for item in request.session.items if item.module is request.module]  # type: ignore[attr-defined]  # every item here is a parametrised function
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(_run, name, tmp_path_factory.mktemp("trouble"), postgres) for name in wanted}
        pool.shutdown(cancel_futures=True)


def _run(name: str, path: Path, postgres: PostgresServer) -> None:
    database = f"trouble_{uuid4().hex}"
    with connected(postgres.get_uri()) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    (TROUBLES | LONG)[name](path, postgres.get_uri(database))


@pytest.mark.parametrize("name", [*TROUBLES, *(pytest.param(name, marks=pytest.mark.long) for name in LONG)])
def test_every_order_is_asked_exactly_once_although(name: str, troubles: dict[str, Future[None]]) -> None:
    troubles[name].result()
