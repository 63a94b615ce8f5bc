"""Real workers that are killed (SIGKILL) on the route of an order, and what must be true of the orders afterwards."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any
from uuid import uuid4

from celery import Celery
from redis import Redis

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.sim_order import SimOrder
from tests.crash.holding import held, is_held, is_locked_out, locked
from tests.postgres import PostgresServer, connected
from tests.worker.seller_folder import Folder, Running, amazon, selling

LONG = 600
"""Seconds: longer than any of these tests waits."""
PATIENCE = 300
"""Seconds to wait for anything: many processes share the machine."""
SENT = "sent"
EMBEDDED = ("run", "sqlite")
DISTRIBUTED = ("celery", "postgresql")


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for it, or fail. It looks seldom: many wait side by side, and each look costs the workers time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.3)


@dataclass
class Route:
    """Workers on the route of orders; `mode` is the command that works, "celery" being one worker of many.

    Amazon holds back a reply, or the ledger a write, until the worker is killed: no worker knows that it is watched.
    """

    folder: Folder
    amazon: SimulatorProcess
    mode: str
    kills: int = 0
    ends: ExitStack = field(default_factory=ExitStack)  # what must be undone after the kill

    def start(self) -> Running:
        if self.mode == "celery":
            self.tick()
            return self.folder.celery("worker")
        return self.folder.start(self.mode)

    def tick(self) -> None:
        """As beat does every minute."""
        with Celery(broker=self.folder.variables["REDIS_URL"]) as app:
            app.send_task("tasks.send_due")

    def kill(self, worker: Running) -> None:
        """Kill a worker that is alive, and see that Amazon has accepted no order twice."""
        assert worker.process.poll() is None, f"it had ended by itself:\n{worker.stderr()}"
        worker.kill()
        assert worker.process.returncode == -signal.SIGKILL
        self.kills += 1
        self.ends.close()
        said = self.amazon.summary()
        assert said["accepted_total"] == said["accepted_orders"], "an order was asked twice"

    def calls(self, operation: str) -> int:
        """How many of these calls Amazon has seen."""
        count: int = self.amazon.summary()["calls"].get(operation, 0)
        return count

    def called(self, operation: str, times: int = 1) -> None:
        wait_until(lambda: self.calls(operation) >= times)

    def accepted(self) -> None:
        wait_until(lambda: self.amazon.summary()["accepted_total"] >= 1)

    def slow(self, operation: str, seconds: float = LONG, **which: Any) -> None:
        """Amazon does what it is asked, but holds back the reply."""
        self.amazon.faults(Fault("slow", operation, seconds=seconds, **which))
        self.ends.callback(self.amazon.clear_faults)

    def freeze_amazon(self) -> None:
        os.kill(self.amazon.pid, signal.SIGSTOP)
        self.ends.callback(os.kill, self.amazon.pid, signal.SIGCONT)

    def lock(self, table: str) -> None:
        """PostgreSQL: nobody can read the table. Waits until somebody wants to."""
        self.ends.enter_context(locked(self.folder, table))
        wait_until(lambda: is_locked_out(self.folder))

    def hold(self, write: str, row: str) -> None:
        """From now on such a write ("UPDATE ON entries") of such a row lasts for ever, in its open transaction."""
        self.ends.enter_context(held(self.folder, write, row))

    def until_held(self) -> None:
        wait_until(lambda: is_held(self.folder))

    def verdicts(self) -> dict[str, str]:
        """What has become of each order: sent, or the reason why not."""
        query = "SELECT order_id, CASE state WHEN 'sent' THEN 'sent' ELSE reason END FROM entries"
        return dict(self.folder.rows(query))

    def goes_on(self, wanted: Mapping[str, str]) -> None:
        """Start the worker again, as a supervisor does: it finishes everything by itself."""
        worker = self.start()
        if self.mode == "sweep":
            assert worker.process.wait(PATIENCE) == 0, worker.stderr()
        else:
            self.finishes(wanted, worker)
        self.is_right(wanted)

    def finishes(self, wanted: Mapping[str, str], *workers: Running) -> None:
        """Wait for these verdicts; then the workers end when they are told to."""

        def finished() -> bool:
            if self.mode == "celery":
                self.tick()
                time.sleep(1)
            return self.verdicts() == wanted

        try:
            wait_until(finished)
        except AssertionError as error:
            error.add_note(f"(is, must be): {_difference(self.verdicts(), wanted)}")
            raise
        for worker in workers:
            _ends(worker)

    def is_right(self, wanted: Mapping[str, str]) -> None:
        """Every order has its true verdict, and Amazon has accepted each that may be asked, once."""
        accepted = {order_id: said.count for order_id, said in self.amazon.accepted().items()}
        must_be = {order_id: 1 for order_id, verdict in wanted.items() if verdict == SENT}
        assert not (wrong := _difference(self.verdicts(), wanted)), f"(is, must be): {wrong}"
        assert not (wrong := _difference(accepted, must_be)), f"accepted (is, must be): {wrong}"
        assert not (broken := self.folder.broken_invariants()), broken


def _ends(worker: Running) -> None:
    wait_until(lambda: "working for" in worker.stderr())  # it may have begun just now
    assert worker.stop() == 0, worker.stderr()


def _difference(found: Mapping[str, object], wanted: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    both = {key: (found.get(key), wanted.get(key)) for key in found.keys() | wanted.keys()}
    return {key: (is_, must_be) for key, (is_, must_be) in both.items() if is_ != must_be}


@dataclass(frozen=True)
class Servers:
    postgres: PostgresServer
    brokers: Queue[str]
    """URLs of Redis databases that nobody uses."""


@contextmanager
def route(
    place: tuple[str, str], path: Path, servers: Servers, orders: Sequence[SimOrder], *sellers: str, **settings: Any
) -> Iterator[Route]:
    """A ledger that is not there yet, a broker if the mode needs one, and an Amazon that outlives every worker."""
    mode, database = place
    with ExitStack() as opened:
        simulator = opened.enter_context(amazon(*orders))
        urls = {
            "database_url": opened.enter_context(_ledger(servers.postgres)) if database == "postgresql" else None,
            "redis_url": opened.enter_context(_broker(servers.brokers)) if mode == "celery" else None,
        }
        folder = opened.enter_context(selling(path, simulator.url, *sellers, **urls, **settings))
        found = Route(folder, simulator, mode)
        opened.enter_context(found.ends)
        try:
            yield found
        except AssertionError as error:
            error.add_note("\n".join(["the last worker said:", *(each.stderr() for each in folder.running[-1:])]))
            raise
        finally:
            for each in folder.running:
                each.kill()  # or what it keeps from being undone would wait for it


@contextmanager
def _ledger(postgres: PostgresServer) -> Iterator[str]:
    name = f"kills_{uuid4().hex}"
    with connected(postgres.get_uri()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres.get_uri(name)
    with connected(postgres.get_uri()) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _broker(brokers: Queue[str]) -> Iterator[str]:
    url = brokers.get()
    with Redis.from_url(url) as redis:
        redis.flushdb()
    try:
        yield url
    finally:
        brokers.put(url)
