"""One worker with a seller for each cell of the matrix: faults strike, faults end, and the worker heals all."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from celery import Celery
from sqlalchemy import select, update

from ledger.tables import controls, entries, sources
from marketplace.simulator.process import SimulatorProcess
from tests.faults.fault_matrix import CALLS, CALM, ELIGIBLE, Cell, fault, shop, truth
from tests.worker.seller_folder import Folder, Running, amazon, selling, until

OUT_OF_REACH = ("fba_returns", "fba_shipments")
ENDED_BY_A_PERSON = ("unknown_refusals",)


@dataclass(frozen=True)
class Spell:
    """How long it lasts: each cell's fault strikes `times` calls (None: all), and ends after so many `rounds`.

    A round is one tick, and lasts until no call has been spoilt for `pause` seconds. For its tick the embedded worker
    `restarts`; if not, it ticks by its own schedule. `slow`: for how many seconds a slow reply is held back.
    """

    times: int | None
    rounds: int
    pause: float
    restarts: bool
    slow: float


@dataclass
class End:
    """What became of a cell's orders, in their sequence: state and reason, and how often Amazon accepted a request.

    `struck`: how many calls were spoilt. `wrong`: what was seen in the ledger, at any time, and must never be.
    """

    verdicts: list[tuple[str, str]] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    struck: int = 0
    wrong: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Played:
    """`calm_meanwhile`: the seller left in peace was done before the faults ended. `invariants`: what was broken then,
    and in the end. `log`: all that the worker said.
    """

    ends: dict[Cell, End]
    calm_meanwhile: bool
    invariants: list[dict[str, int]]
    log: str


def play(
    cells: Sequence[Cell], spell: Spell, path: Path, database_url: str | None = None, redis_url: str | None = None
) -> Played:
    """Play all cells at once: distributed, or embedded without a `redis_url`."""
    sellers = [cell.seller for cell in (CALM, *cells)]
    urls = {"database_url": database_url, "redis_url": redis_url}
    with (
        amazon() as simulator,
        selling(
            path, simulator.url, *sellers, unavailable=OUT_OF_REACH, brakes_off=ENDED_BY_A_PERSON, **urls
        ) as folder,
    ):
        stage = _Stage((CALM, *cells), spell, simulator, folder)
        worker = _Worker(folder, spell)
        _strike(stage, worker, spell)
        calm_meanwhile, invariants = CALM in stage.done, [folder.broken_invariants()]
        simulator.clear_faults()
        _heal(stage, worker, spell)
        worker.stop()
        stage.look()
        invariants.append(folder.broken_invariants())
        return Played(dict(stage.ends), calm_meanwhile, invariants, "".join(each.stderr() for each in folder.running))


def _strike(stage: "_Stage", worker: "_Worker", spell: Spell) -> None:
    stage.watch(300, lambda: CALM in stage.done and stage.all_struck())
    stage.watch(spell.pause)
    for _ in range(spell.rounds - 1):
        stage.let_time_pass()
        worker.tick()
        before = None
        while before != stage.struck():
            before = stage.struck()
            stage.watch(spell.pause)


def _heal(stage: "_Stage", worker: "_Worker", spell: Spell) -> None:
    deadline = time.monotonic() + 900
    while not stage.all_done() and worker.is_there() and time.monotonic() < deadline:
        stage.let_time_pass()
        worker.tick()
        stage.watch(spell.pause, stage.all_done)


class _Worker:
    def __init__(self, folder: Folder, spell: Spell) -> None:
        self._folder = folder
        self._restarts = spell.restarts
        self._broker = folder.variables.get("REDIS_URL")
        self._process = self._start()

    def tick(self) -> None:
        """Let it look into the ledger now."""
        if self._broker:
            with Celery(broker=self._broker) as app:
                for task in ("sweep", "send_due", "reconcile"):
                    app.send_task(f"tasks.{task}")
        elif self._restarts:
            self.stop()
            self._process = self._start()

    def is_there(self) -> bool:
        return self._process.process.poll() is None

    def stop(self) -> None:
        assert self._process.stop(seconds=120) == 0, self._process.stderr()

    def _start(self) -> Running:
        """At work: before that a signal would just end it."""
        process = self._folder.celery("worker") if self._broker else self._folder.start("run")
        until(lambda: "working for" in process.stderr() or process.process.poll() is not None)
        return process


class _Stage:
    """Amazon and the ledger, seen side by side. `done`: the cells that have come to their true end."""

    def __init__(self, cells: Sequence[Cell], spell: Spell, simulator: SimulatorProcess, folder: Folder) -> None:
        self._simulator = simulator
        self._ledger = folder.ledger
        self._shops = {cell: shop(cell, number) for number, cell in enumerate(cells)}
        self.ends: dict[Cell, End] = defaultdict(End)
        self.done: set[Cell] = set()
        simulator.post_orders([order for orders in self._shops.values() for order in orders])
        simulator.faults(
            *(fault(cell, orders, spell.times, spell.slow) for cell, orders in self._shops.items() if cell.kind)
        )

    def watch(self, seconds: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Look again and again, for so long or until it is `enough`."""
        deadline = time.monotonic() + seconds
        self.look()
        while not enough() and time.monotonic() < deadline:
            time.sleep(0.5)
            self.look()

    def look(self) -> None:
        """Note what is wrong, and who is done."""
        query = select(entries.c.seller, entries.c.order_id, entries.c.state, entries.c.reason, entries.c.next_look_at)
        with self._ledger.read() as connection:
            rows = {(row.seller, row.order_id): row for row in connection.execute(query)}
        accepted = self._simulator.accepted()  # after the ledger: what was sent by then has been accepted
        struck = self._simulator.struck()
        for cell, orders in self._shops.items():
            found = [rows.get((cell.seller, order.order_id)) for order in orders]
            counts = [accepted[order.order_id].count if order.order_id in accepted else 0 for order in orders]
            end = self.ends[cell]
            # of what was sent the ledger may know by Amazon's answer, or by a look
            end.verdicts = [
                (row.state, "" if row.state == "sent" else row.reason) if row else ("", "") for row in found
            ]
            end.accepted = counts
            end.struck = struck[cell.seller, CALLS[cell.call], cell.kind] if cell.kind else 0
            end.wrong |= {
                f"order {number} is {state}: {reason}; accepted {count} times"
                for number, ((state, reason), count) in enumerate(zip(end.verdicts, counts, strict=True))
                if _is_wrong(cell, number, state, count)
            }
            to_be_looked_at = any(row and row.state == "sent" and row.next_look_at for row in found)
            if end.verdicts == truth(cell) and not to_be_looked_at:
                self.done.add(cell)

    def all_done(self) -> bool:
        return len(self.done) == len(self._shops)

    def all_struck(self) -> bool:
        return all(self.ends[cell].struck for cell in self._shops if cell.kind)

    def struck(self) -> int:
        """How many calls were spoilt so far."""
        return sum(end.struck for end in self.ends.values())

    def let_time_pass(self) -> None:
        """Whatever waits for a later time has waited long enough, be it minutes or a day. A doubt keeps its seconds."""
        now = datetime.now(UTC)
        waiting = entries.c.state.in_(("waiting", "due", "sent", "held")) & (entries.c.next_look_at > now)
        unread = (sources.c.as_of.is_(None) | sources.c.error.is_not(None)) & (sources.c.next_read_at > now)
        with self._ledger.begin() as connection:
            connection.execute(update(entries).where(waiting).values(next_look_at=now))
            connection.execute(update(sources).where(unread).values(next_read_at=now))
            connection.execute(update(controls).where(controls.c.until > now).values(until=now))


def _verdict(row: Any) -> tuple[str, str]:
    """State and reason. How the ledger knows of what was sent, by Amazon's answer or by a look, is no matter here."""
    if row is None:
        return "", ""
    return row.state, "" if row.state == "sent" else row.reason


def _is_wrong(cell: Cell, number: int, state: str, accepted: int) -> bool:
    """What must never be seen, neither while the fault is in force nor afterwards."""
    true_state = truth(cell)[number][0]
    sent_without_amazon = state == "sent" and not accepted
    given_up = state in ("refused", "skipped") and state != true_state
    too_often = accepted > (1 if true_state == "sent" and number < ELIGIBLE else 0)
    return sent_without_amazon or given_up or too_often
