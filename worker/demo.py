"""The demo: a small seller's world on a simulated Amazon, whose last day is today, and the embedded worker on it."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from invoices.vault import Vault
from ledger import armings, document_reports, documents, history
from ledger.database import open_ledger
from ledger.history import Totals
from ledger.requests import REVIEWS
from ledger.state import State
from marketplace.simulator.demo_world import ACCOUNT, demo_faults, demo_month, demo_orders, month_faults
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from rules.reason import Reason
from settings.environment import Environment
from settings.load import read_listening
from settings.schema import Seller
from tasks.app import App
from tasks.entrypoints import whole_pass
from tasks.invoices.kept import pdf_of
from web.window import Window
from worker.clock import ShiftedClock, SystemClock
from worker.commands.session import simulated_amazon
from worker.demo_folder import DOCUMENTS, LEDGER, SETTINGS, demo_settings
from worker.embedded import Rings, work
from worker.schedule import SCHEDULE
from worker.single_instance import single_instance
from worker.web import window_of
from worker.wiring import simulated

DAYS_AFTER = 30
INVOICED_DAYS = 14
SELLER = """# the seller of `askonce demo`
[sellers.{name}]
region = "eu"
marketplaces = ["FR", "DE"]
live = true
ramp_up = []

[sellers.{name}.review_requests]
day_range = [5, 25]
exclude.skus = ["GIFT-*"]
exclude.business_orders = true

[sellers.{name}.invoices]
enabled = true
since = {since}
vat_rates = {{ FR = 20, DE = 19 }}
footer = ["SARL au capital de 10 000 €, RCS Nantes 398 100 404"]
seller.name = "Théières Durand SARL"
seller.lines = ["8 quai des Brumes"]
seller.postal_code = "44000"
seller.city = "Nantes"
seller.country = "FR"
seller.vat_numbers = {{ FR = "FR73398100404", DE = "DE314159262" }}
"""
FIRST_DAY = 0.15
"""The share of a watched month that its first day takes at the most."""
UNDER_WAY = (State.DUE, State.SENDING, State.UNCLEAR)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the demo is: the simulated time in the seller's zone, the day of `days`, the totals of both kinds of work.

    `is_over`: the day is.
    """

    at: datetime
    day: int
    days: int
    is_over: bool
    requests: Totals
    documents: Totals


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of the demo. `asked`, `invoiced`: orders and documents that the simulated Amazon accepted; `_again`:
    more than once. `an_order`: one that was not asked, for a look at it.
    """

    standing: Standing
    asked: int
    asked_again: int
    invoiced: int
    invoiced_again: int
    documents: list[Path]
    an_order: str

    @property
    def agrees(self) -> bool:
        """Whether the ledger and the simulated Amazon say the same, and nothing was done twice."""
        sent = (self.standing.requests.sent, self.standing.documents.sent)
        return (self.asked, self.invoiced) == sent and not self.asked_again and not self.invoiced_again


@contextmanager
def demo(stopping: threading.Event, *, is_watched: bool = False) -> Iterator["Demo"]:
    """A new demo in this folder: the simulated Amazon is up, and nothing has been read yet. It began 30 days ago.

    `is_watched`: buyers go on ordering, and Amazon is odd about some requests, so that there is always something new.
    """
    clock = ShiftedClock()
    clock.skip(-timedelta(days=DAYS_AFTER))
    seller = _new_folder(clock.now())
    with (
        SimulatorProcess(Options(start=clock.now(), follows_client=True)) as simulator,
        single_instance(LEDGER),
        simulated_amazon(simulator.url, clock) as amazon,
        closing(open_ledger(f"sqlite:///{LEDGER}")) as ledger,
    ):
        simulator.post_orders(demo_orders(clock.now()))
        simulator.faults(*demo_faults(clock.now()))
        with ledger.begin() as connection:
            armings.arm(connection, ACCOUNT, "askonce demo", "a simulated Amazon", clock.now())
        if is_watched:
            simulator.post_orders(demo_month(clock.now()))
            simulator.faults(*month_faults())
        rings = Rings()
        app = simulated(seller, ledger, clock, amazon, rings, stopping, Vault(os.urandom(32)))
        yield Demo(app, clock, rings, simulator)


def _new_folder(begins: datetime) -> Seller:
    """Take away what an earlier demo left, and write the settings."""
    LEDGER.parent.mkdir(mode=0o700, exist_ok=True)
    for old in (*LEDGER.parent.glob(f"{LEDGER.name}*"), *DOCUMENTS.glob("*.pdf")):
        old.unlink()
    since = begins.date() - timedelta(days=INVOICED_DAYS)
    SETTINGS.write_text(SELLER.format(name=ACCOUNT, since=since), encoding="utf-8")
    return demo_settings().sellers[ACCOUNT]


class Demo:
    """One run of the demo. `steps` plays it; the rest says what came of it."""

    def __init__(self, app: App, clock: ShiftedClock, rings: Rings, simulator: SimulatorProcess) -> None:
        self._app = app
        self._clock = clock
        self._rings = rings
        self._simulator = simulator

    def steps(self) -> Iterator[Standing]:
        """Play the first day in real time, and then a pass on each of the following days. Stops when asked to."""
        with self._worker():
            yield from self._day(0, self._is_done)
        for day in range(1, DAYS_AFTER + 1):
            if self._app.stopping.is_set():
                return
            self._clock.skip(timedelta(days=1))
            with self._app.session(ACCOUNT) as session:
                if session:
                    whole_pass(session, send_too=True)
            yield self._standing(day, is_over=True)

    def watched(self, lasting: timedelta) -> Iterator[Standing]:
        """The same month within so much real time, with the embedded worker at work all the while, for whoever looks
        at it. Its first day is in real time, until nothing is due or its share is over; a day that has much to do
        takes longer than the others, and what is left of the month at the end does not come.
        """
        began, ends = monotonic(), monotonic() + lasting.total_seconds()
        first_ends = began + FIRST_DAY * lasting.total_seconds()
        with self._worker():
            yield from self._day(0, lambda: self._is_done() or monotonic() >= first_ends)
            for day in range(1, DAYS_AFTER + 1):
                while not self._skip_a_day():
                    if self._app.stopping.wait(0.3) or monotonic() >= ends:
                        return
                day_ends = monotonic() + (ends - monotonic()) / (DAYS_AFTER + 1 - day)
                yield from self._day(day, partial(_is_past, day_ends))

    def _skip_a_day(self) -> bool:
        """False: the worker is in the midst of something, whose lease would be over at once."""
        with self._app.session(ACCOUNT) as session:
            if session:
                self._clock.skip(timedelta(days=1))
        if session:
            for tick in SCHEDULE:
                self._rings.ring(tick.task)
        return session is not None

    def page(self, say: Callable[[str], object]) -> AbstractContextManager[Window]:
        """The page of the demo's seller, served while it is open. Its links and sessions last by the real time."""
        host, port = read_listening(os.environ)
        environment = Environment(None, None, SETTINGS, 0, None, None, web_host=host, web_port=port)
        return window_of(lambda: self._app, environment, say, SystemClock())

    def ended(self) -> "Ended":
        """What came of it, in the ledger and at the simulated Amazon."""
        accepted, invoiced = self._simulator.accepted(), self._simulator.invoices()
        with self._app.ledger.read() as connection:
            verdicts = history.verdicts(connection, ACCOUNT)
        return Ended(
            self._standing(DAYS_AFTER, is_over=True),
            asked=len(accepted),
            asked_again=sum(each.count > 1 for each in accepted.values()),
            invoiced=len(invoiced),
            invoiced_again=len(invoiced) - len({each.subject for each in invoiced}),
            documents=self._write_documents(),
            an_order=next(order for order, (_, reason) in verdicts.items() if reason == Reason.REFUNDED),
        )

    def _write_documents(self) -> list[Path]:
        """The documents stay on disk, since the key that they are kept with ends with the demo."""
        vault = self._app.vault
        assert vault
        DOCUMENTS.mkdir(exist_ok=True)
        files = []
        with self._app.ledger.read() as connection:
            for made, _ in list(document_reports.made(connection, [ACCOUNT])):
                content = documents.content(connection, ACCOUNT, made.key)
                files.append(DOCUMENTS / f"{made.number}.pdf")
                files[-1].write_bytes(pdf_of(vault, made, content))
        return files

    @contextmanager
    def _worker(self) -> Iterator[None]:
        """The embedded worker, as in production, at work while it is open."""
        worker = threading.Thread(target=work, args=(self._app, self._rings))
        worker.start()
        try:
            yield
        finally:
            interrupted = self._app.stopping.is_set()
            self._app.stopping.set()
            worker.join()
            if not interrupted:
                self._app.stopping.clear()

    def _day(self, day: int, is_over: Callable[[], bool]) -> Iterator[Standing]:
        while not self._app.stopping.is_set() and not is_over():
            self._app.clock.sleep(0.3)
            yield self._standing(day, is_over=False)
        yield self._standing(day, is_over=True)

    def _standing(self, day: int, *, is_over: bool) -> Standing:
        with self._app.ledger.read() as connection:
            requests = history.totals(connection, [ACCOUNT])
            invoices = history.invoice_totals(connection, [ACCOUNT])
        at = self._clock.now().astimezone(self._app.sellers[ACCOUNT].zone)
        return Standing(at, day, DAYS_AFTER, is_over, requests, invoices)

    def _is_done(self) -> bool:
        """Whether every order has been decided, and every request that is due has been sent."""
        with self._app.ledger.read() as connection:
            states = {state for state, _ in history.verdicts(connection, ACCOUNT).values()}
            undecided = REVIEWS.has_work(connection, ACCOUNT, (State.WAITING,), self._app.clock.now())
        return bool(states) and not undecided and not states & {*UNDER_WAY}


def _is_past(at: float) -> bool:
    return monotonic() >= at
