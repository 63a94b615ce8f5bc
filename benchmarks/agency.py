"""An agency: many sellers in one ledger, askonce's processes, and a simulated Amazon at the real rates.

Everything runs on this machine, each in a process of its own. The sellers are well known: their orders and all their
facts have been read. One seller's are read by askonce itself; the ledger's rows are then copied for the others.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from celery import Celery
from sqlalchemy import Table, text

from benchmarks.armed import arm
from benchmarks.cpu import seconds
from benchmarks.stored import fill
from ledger.database import open_ledger
from ledger.tables import attempts, entries, lanes, orders, sources
from marketplace.simulator.journal import Journal
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from settings.load import load_settings
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks import new_settings
from tasks.audit import Person
from worker.clock import SystemClock

MODEL = "seller-0000"
DAY = timedelta(days=1)
QUIET_FOR = 4  # seconds
QUIET = 0.1  # seconds of CPU in this time: less is used by processes that wait


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that Amazon accepted."""

    seller: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Agency:
    """Whatever is started in it ends with it."""

    folder: Path
    sellers: Sequence[str]
    amazon: SimulatorProcess
    variables: dict[str, str]
    ends: ExitStack

    def askonce(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self._start("worker", *arguments)

    def celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self._start("celery", "-A", "worker", *arguments)

    def workers(self, processes: int, pool: Sequence[str] = ()) -> list[int]:
        """Start so many, and wait until they are ready; `pool`: Celery's own options. Returns their process ids."""
        started = [self.celery("worker", "-n", f"worker-{n}@localhost", *pool) for n in range(processes)]
        while sum("working for" in line for line in self.lines()) < processes:
            if any(process.poll() is not None for process in started):
                raise RuntimeError(f"a worker ended: {self.lines()[-9:]}")
            sleep(0.1)
        return [process.pid for process in started]

    def tick(self, task: str) -> None:
        """What the beat sends."""
        with Celery(broker=self.variables["REDIS_URL"]) as app:
            app.send_task(f"tasks.{task}")

    def sent(self) -> list[Sent]:
        """In the order in which Amazon accepted them."""
        found = Journal(self.folder / "journal").read()
        return [Sent(self.sellers[int(order_id.split("-")[1])], at) for order_id, at in found]

    def wait_for(self, sent: int, patience: float = 120) -> None:
        """Raises RuntimeError after so many seconds of patience."""
        deadline = monotonic() + patience
        while len(self.sent()) < sent:
            if monotonic() > deadline:
                raise RuntimeError(f"{len(self.sent())} of {sent} requests after {patience} s: {self.warnings()[-9:]}")
            sleep(0.1)

    def wait_until_quiet(self, pids: Sequence[int]) -> None:
        """Wait until these processes have done next to nothing for some seconds."""
        used = QUIET
        while used >= QUIET:
            before = sum(map(seconds, pids))
            sleep(QUIET_FOR)
            used = sum(map(seconds, pids)) - before

    def lines(self) -> list[str]:
        """All that was logged."""
        return [line for log in self.folder.glob("*.log") for line in log.read_text().splitlines()]

    def warnings(self) -> list[str]:
        """What was logged above INFO."""
        return [
            line for line in self.lines() if any(f" {level} " in line for level in ("WARNING", "ERROR", "CRITICAL"))
        ]

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{len(list(self.folder.glob('*.log')))}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.folder,
                env=self.variables,
                stdout=log,
                stderr=log,
            )
        self.ends.callback(_end, process)
        return process


@contextmanager
def agency(
    folder: Path, database_url: str, redis_url: str, *, sellers: int, due: int, stored: int = 0
) -> Iterator[Agency]:
    """So many sellers with so many orders each that may be asked for now, and `stored` with nothing due."""
    names = [f"seller-{number:04}" for number in range(sellers)]
    with ExitStack() as ends:
        amazon = ends.enter_context(SimulatorProcess(Options(start=_now(), journal=folder / "journal")))
        for number, name in enumerate(names):
            amazon.post_orders(list(_orders(number, name, due)))
        amazon.set_clock(_now())
        made = Agency(folder, names, amazon, variables(folder, names, amazon.url, database_url, redis_url), ends)
        _arm(database_url, names)
        if made.askonce("sweep", "--seller", MODEL, "--dry-run").wait():
            raise RuntimeError(f"the first sweep failed: {made.warnings()}")
        _copy(database_url, load_settings(made.variables).sellers, stored)
        yield made


def _orders(seller: int, account: str, many: int) -> Iterator[SimOrder]:
    """Delivered ten days ago."""
    now = _now()
    for number in range(many):
        yield SimOrder(
            order_id=f"402-{seller:07}-{number:07}",
            account=account,
            purchased_at=now - 14 * DAY,
            marketplace_id=MARKETPLACES["FR"].marketplace_id,
            shipped_at=now - 13 * DAY,
            delivered_at=now - 10 * DAY,
        )


def variables(
    folder: Path,
    names: Sequence[str],
    amazon: str,
    database_url: str,
    redis_url: str,
    marketplaces: Sequence[str] = ("FR",),
) -> dict[str, str]:
    """What askonce reads, with a settings file in `folder`."""
    sellers_file, places = folder / "sellers.toml", json.dumps(list(marketplaces))
    sellers_file.write_text(
        "\n".join(
            f'[sellers.{name}]\nregion = "eu"\nmarketplaces = {places}\nlive = true\nramp_up = []' for name in names
        )
    )
    found = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SELLERS_FILE": str(sellers_file),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SP_API_ENDPOINT": amazon,
        "LWA_ENDPOINT": amazon,
    }
    for name in names:
        prefix = name.upper().replace("-", "_")
        found |= {f"{prefix}_LWA_{what}": "simulated" for what in ("CLIENT_ID", "CLIENT_SECRET")}
        found[f"{prefix}_LWA_REFRESH_TOKEN"] = name
    return found


def _arm(database_url: str, names: Sequence[str]) -> None:
    ledger = open_ledger(database_url)
    arm(ledger, names)
    ledger.close()


def _copy(database_url: str, sellers: Mapping[str, Seller], stored: int) -> None:
    """Give the model its stored orders, and then its rows to every other seller, with order ids of its own."""
    ledger = open_ledger(database_url)
    with ledger.begin() as connection:
        for seller in sellers.values():
            new_settings.reconsider_all(connection, seller, Person("bench", "here"), _now())
        if stored:
            fill(connection, MODEL, stored // len(sellers), _now())
        others = [
            {"model": MODEL, "seller": name, "old": "402-0000000-", "new": f"402-{number:07}-"}
            for number, name in enumerate(sellers)
            if name != MODEL
        ]
        if others:
            for table in (orders, entries, attempts, sources, lanes):
                connection.execute(text(_copies(table)), others)
    if ledger.engine.dialect.name == "postgresql":  # what autovacuum would have done by and by
        with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    ledger.close()


def _copies(table: Table) -> str:
    columns = [column.name for column in table.columns if column.name != "id"]
    own = {"seller": ":seller"} | {name: f"replace({name}, :old, :new)" for name in ("order_id", "placed")}
    selected = ", ".join(own.get(name, name) for name in columns)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {selected} FROM {table.name} WHERE seller = :model"


def _now() -> datetime:
    return SystemClock().now()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
