"""A folder as a seller has it, with sellers.toml, .env and a ledger, in which askonce and Celery run as processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Lock
from typing import IO, Any

from sqlalchemy import text

from ledger.database import Ledger, LedgerError, open_ledger
from ledger.history import broken_invariants
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from settings.marketplaces import MARKETPLACES
from tests.armed import arm
from tests.forked import Forked, ForkedSimulator
from tests.moves import hold_to_the_moves

SELLER = "maison-durand"
FR = MARKETPLACES["FR"].marketplace_id
DAY = timedelta(days=1)
ASK = "createProductReviewAndSellerFeedbackSolicitation"
OFFER = "getSolicitationActionsForOrder"
REPORTS = ("merchant_returns", "fba_returns", "fba_shipments")
_opening = Lock()  # Alembic migrates one database at a time in a process
CLIENT_SECRET = "amzn1.oa2-cs.v1.planted-client-secret"
SECRETS = (CLIENT_SECRET, "Atzr|", "Atza|", "planted-database-password")
"""What must be read nowhere: the client secret, refresh tokens, access tokens, a database password."""


def delivered(number: int, days_ago: float = 10, *, account: str | None = None, **more: Any) -> SimOrder:
    """A merchant order that may be asked for now, unless told otherwise."""
    at = datetime.now(UTC) - days_ago * DAY
    shipped: dict[str, Any] = {"shipped_at": at - 3 * DAY, "delivered_at": at}
    return SimOrder(
        order_id=f"403-{number:07}-{number:07}",
        account=account,
        purchased_at=at - 4 * DAY,
        marketplace_id=FR,
        **(shipped | more),
    )


@contextmanager
def amazon(*orders: SimOrder, **options: Any) -> Iterator[SimulatorProcess]:
    """A simulated Amazon at the real time, which counts a second request for an order instead of refusing it."""
    given: dict[str, Any] = {"start": datetime.now(UTC), "throttled": False, "accept_repeats": True} | options
    with ForkedSimulator(Options(**given)) as simulator:
        simulator.post_orders(orders)
        yield simulator


def until(condition: Callable[[], Any], seconds: float = 90) -> None:
    """Wait for it, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


class Running:
    """A process that was started and goes on; what it says is kept in files."""

    def __init__(self, folder: "Folder", *program: str) -> None:
        number = next(folder.numbers)
        self._out, self._err = (folder.path / f"{kind}-{number}" for kind in ("out", "err"))
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = _process(folder, program, out, err)

    def stdout(self) -> str:
        return self._out.read_text()

    def stderr(self) -> str:
        return self._err.read_text()

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 40) -> int:
        """Ask it to end. Returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


def _process(
    folder: "Folder", program: Sequence[str], out: IO[bytes], err: IO[bytes]
) -> Forked | subprocess.Popen[bytes]:
    with Path(os.devnull).open("rb") as nothing:
        if "PYTHONPATH" in folder.environ:  # another version of askonce
            command = [sys.executable, "-m", *program]
            return subprocess.Popen(command, cwd=folder.path, env=folder.environ, stdin=nothing, stdout=out, stderr=err)
        return Forked(program, folder.path, folder.environ, [file.fileno() for file in (nothing, out, err)])


class Folder:
    def __init__(self, path: Path, variables: dict[str, str], sellers: str) -> None:
        self.path = path
        self.variables = variables
        self.database_url = variables.get("DATABASE_URL", f"sqlite:///{path}/var/askonce.db")
        # nothing of this machine's own; byte code is kept, as it is for a seller
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(path), "PYTHONUNBUFFERED": "1"}
        self.numbers = count()
        self.running: list[Running] = []
        self._ledger: Ledger | None = None
        (path / "sellers.toml").write_text(sellers)
        (path / ".env").touch(mode=0o600)
        (path / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))

    def askonce(self, *arguments: str, expect: int | None = 0, seconds: float = 90) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = Running(self, "worker", *arguments)
        try:
            code = command.process.wait(seconds)
        finally:
            command.kill()
        out, err = command.stdout(), command.stderr()
        assert expect in (None, code), f"exit code {code}\n{out}\n{err}"
        return subprocess.CompletedProcess(arguments, code, out, err)

    def json(self, *arguments: str, expect: int | None = 0) -> dict[str, Any]:
        """The one JSON document that a command prints."""
        document: dict[str, Any] = json.loads(self.askonce(*arguments, "--json", expect=expect).stdout)
        return document

    def start(self, *arguments: str) -> Running:
        return self._start("worker", *arguments)

    def celery(self, *arguments: str, app: str = "worker") -> Running:
        return self._start("celery", "-A", app, *arguments)

    def _start(self, module: str, *arguments: str) -> Running:
        started = Running(self, module, *arguments)
        self.running.append(started)
        return started

    @property
    def ledger(self) -> Ledger:
        with _opening:
            if self._ledger is None:
                self._ledger = open_ledger(self.database_url)
                hold_to_the_moves(self._ledger)
        return self._ledger

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.ledger.read() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def write(self, statement: str, **values: Any) -> None:
        with self.ledger.begin() as connection:
            connection.execute(text(statement), values)

    def states(self) -> dict[str, str]:
        return dict(self.rows("SELECT order_id, state FROM entries"))

    def broken_invariants(self) -> dict[str, int]:
        with self.ledger.read() as connection:
            return broken_invariants(connection)

    def arm(self, *names: str) -> None:
        """Let these sellers send, if the ledger can be opened."""
        with _opening, suppress(LedgerError), closing(open_ledger(self.database_url)) as opened:
            arm(opened, *names)

    def close(self) -> None:
        for each in self.running:
            each.kill()
        if self._ledger:
            self._ledger.close()


def toml(
    *names: str,
    live: bool = True,
    unavailable: Sequence[str] = REPORTS,
    reviews: str = "day_range = [5, 30]",
    brakes_off: Sequence[str] = (),
) -> str:
    off = f"brakes.off = {json.dumps(list(brakes_off))}\n" if brakes_off else ""
    return "\n".join(
        f"""[sellers.{name}]
region = "eu"
marketplaces = ["FR", "DE"]
live = {str(live).lower()}
ramp_up = []
unavailable_sources = {json.dumps(list(unavailable))}
{off}[sellers.{name}.review_requests]
{reviews}
"""
        for name in names
    )


@contextmanager
def selling(
    path: Path,
    url: str,
    *names: str,
    database_url: str | None = None,
    redis_url: str | None = None,
    more: Any = None,
    **settings: Any,
) -> Iterator[Folder]:
    """The folder of these sellers (default: one), whose Amazon is at `url`, with `more` in its `.env`; they are armed
    if they are live, unless `is_armed` says otherwise. What was started in it is killed."""
    names = names or (SELLER,)
    variables = {"SP_API_ENDPOINT": url, "LWA_ENDPOINT": url}
    variables |= {"DATABASE_URL": database_url} if database_url else {}
    variables |= {"REDIS_URL": redis_url} if redis_url else {}
    for name in names:
        prefix = name.upper().replace("-", "_")
        variables |= {
            f"{prefix}_LWA_CLIENT_ID": "amzn1.application-oa2-client.planted-client-id",
            f"{prefix}_LWA_CLIENT_SECRET": CLIENT_SECRET,
            f"{prefix}_LWA_REFRESH_TOKEN": f"Atzr|{name}",
        }
    variables |= more or {}
    path.mkdir(parents=True, exist_ok=True)
    is_armed = settings.pop("is_armed", settings.get("live", True))
    folder = Folder(path, variables, toml(*names, **settings))
    if is_armed:
        folder.arm(*names)
    try:
        yield folder
    finally:
        folder.close()
