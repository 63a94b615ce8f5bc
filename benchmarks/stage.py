"""The stack of `askonce replay`, with a tape of the calls that it makes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import SplitResult, urlsplit

from benchmarks.report import DAYS, FIRST_DAY, write_report
from ledger.database import open_ledger
from ledger.process_identity import this_process
from marketplace.amazon.client import Amazon
from marketplace.amazon.wire import Download, Http, Reply
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from settings.environment import Credentials
from settings.schema import Seller
from tasks.app import App
from worker import replay
from worker.clock import SimulatedClock
from worker.wiring import Silent, connector

FOLDER = Path(__file__).parents[1] / "var" / "bench"
SELLER = Seller.model_validate(
    {
        "name": "maison-durand",
        "region": "eu",
        "marketplaces": ["FR"],
        "live": True,
        "ramp_up": [],
        "review_requests": {"day_range": [7, 25], "time_slots": ["10:00-14:00"]},
    }
)
TRANSIT = Options(FIRST_DAY).transit
END = FIRST_DAY + DAYS * replay.DAY + TRANSIT + replay.AFTERWARDS

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it was made, and the status that it got."""

    method: str
    target: str  # path and query
    headers: Headers
    body: bytes
    status: int

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.headers["x-simulated-now"])


@dataclass(frozen=True, slots=True)
class Played:
    """A replay that has run: how long it took, what the simulator accepted, and every call."""

    seconds: float
    accepted: int
    tape: list[Call]


@contextmanager
def workplace() -> Iterator[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=FOLDER) as folder:
        yield Path(folder)


@contextmanager
def simulator(report: Path, start: datetime, journal: Path) -> Iterator[SimulatorProcess]:
    """The simulator as `askonce replay` starts it."""
    options = Options(start=start, orders=report, transit=TRANSIT, follows_client=True, journal=journal)
    with SimulatorProcess(options) as process:
        yield process


def play(start: datetime = FIRST_DAY) -> Played:
    """Run the whole report through the stack, on a new ledger, from `start` until every window is shut."""
    tape: list[Call] = []
    with workplace() as folder:
        report = write_report(folder / "report.txt")
        ledger = open_ledger(f"sqlite:///{folder}/replay.db", durable=False)
        run = replay.begin(ledger, report, SELLER.name, start, END)
        clock = SimulatedClock(start)
        with simulator(report, start, folder / "journal") as process:

            def headers() -> Headers:
                return {"x-simulated-now": clock.now().isoformat()}

            amazon = Amazon(clock, process.url, process.url, headers)
            amazon._http = _Taped(headers, tape)
            connect = connector(amazon, {SELLER.name: Credentials("simulated", "simulated", SELLER.name)})
            stopping = threading.Event()
            app = App({SELLER.name: SELLER}, ledger, clock, connect, this_process(), Silent(), stopping)
            begun = perf_counter()
            replay.play(app, SELLER, clock, run)
            seconds = perf_counter() - begun
            accepted = process.summary()["accepted_total"]
            amazon.close()
        ledger.close()
    return Played(seconds, accepted, tape)


class _Taped(Http):
    """Takes down every request when its answer has come."""

    def __init__(self, extra_headers: Callable[[], Headers], tape: list[Call]) -> None:
        super().__init__(extra_headers)
        self._tape = tape

    def exchange(self, method: str, address: SplitResult, headers: Headers, body: bytes | None) -> Reply:
        reply = super().exchange(method, address, headers, body)
        self._take_down(method, address, headers, body, reply.status)
        return reply

    @contextmanager
    def download(self, url: str) -> Iterator[Download]:
        with super().download(url) as download:
            self._take_down("GET", urlsplit(url), self._headers(None, None), None, download.status)
            yield download

    def _take_down(
        self, method: str, address: SplitResult, headers: Headers, body: bytes | None, status: int | None
    ) -> None:
        assert status is not None
        self._tape.append(Call(method, f"{address.path}?{address.query}", headers, body or b"", status))
