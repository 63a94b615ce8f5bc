"""askonce on a simulated clock in front of the simulated Amazon, in a process of its own, over HTTP.

One simulator serves all tests of this folder: every workshop has sellers, and so orders and faults, of its own.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from threading import Event
from typing import Any

from ledger import history, sources
from ledger.database import Ledger
from ledger.process_identity import this_process
from ledger.requests import REVIEWS
from ledger.sources import Reading
from ledger.state import Action
from ledger.transitions import Key
from marketplace.amazon.client import Amazon
from marketplace.errors import Busy
from marketplace.operations import Operation
from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.sim_order import PackageEvent, SimOrder
from rules.order import Money, Source
from settings.environment import Credentials
from settings.marketplaces import MARKETPLACES
from settings.schema import ReviewRequests, Seller
from tasks import route
from tasks.actions import REVIEW
from tasks.app import App
from tasks.audit import Person
from tasks.entrypoints import whole_pass
from tasks.refresh import refresh
from tasks.session import SellerSession
from tests.armed import arm
from worker.clock import SimulatedClock
from worker.wiring import connector, notice_settings

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)  # a Tuesday, 14:00 in Paris
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FR, DE = (MARKETPLACES[code].marketplace_id for code in ("FR", "DE"))
OFFER = "getSolicitationActionsForOrder"
ASK = "createProductReviewAndSellerFeedbackSolicitation"
VALUE = Money(Decimal("30.00"), "EUR")
FBA: dict[str, Any] = {"fulfilled_by": "AMAZON", "deliver_by": None}

CLAIRE = Person("Claire", "the tests")

_numbers = count(1)  # of sellers and orders, which one simulator must tell apart


class Workshop:
    """The app, and what a test asks of it. The first seller is `name`; its settings may be changed at any time."""

    def __init__(self, simulator: SimulatorProcess, ledger: Ledger, amazon: Amazon, clock: SimulatedClock) -> None:
        self.simulator = simulator
        self.ledger = ledger
        self.clock = clock
        self.rung: list[tuple[str, str]] = []
        self.sellers: dict[str, Seller] = {}
        self._credentials: dict[str, Credentials] = {}
        self._calls_before = simulator.summary()["calls"]
        connect = connector(amazon, self._credentials)
        self.app = App(self.sellers, ledger, clock, connect, this_process(), self, Event())
        self.name = self.opens()

    def ring(self, task: str, seller: str) -> None:
        self.rung.append((task, seller))

    # the sellers and their settings

    def opens(self, *, refresh_token: str | None = None, live: bool = True, **review_requests: Any) -> str:
        """One more seller, whose account is its name unless its `refresh_token` says otherwise."""
        name = f"seller-{next(_numbers)}"
        self._credentials[name] = Credentials("client", "secret", refresh_token or name)
        self.wants(name, live=live, **review_requests)
        arm(self.ledger, name, at=self.clock.now())
        return name

    def wants(self, name: str | None = None, *, live: bool = True, **review_requests: Any) -> None:
        """The settings of a seller, from now on."""
        fields: dict[str, Any] = {
            key: review_requests.pop(key)
            for key in ("unavailable_sources", "marketplaces", "ramp_up", "brakes")
            if key in review_requests
        }
        name = name or self.name
        wish = ReviewRequests(**review_requests)
        fields = {"marketplaces": ("FR", "DE"), "ramp_up": (), **fields}
        self.sellers[name] = Seller(name=name, region="eu", live=live, review_requests=wish, **fields)
        self.restarts()

    def restarts(self) -> None:
        """As every process does that has read the settings."""
        notice_settings(self.ledger, self.sellers, self.clock.now())

    # Amazon

    def new_order_id(self) -> str:
        """One that no other test has: the simulator tells orders apart by their ids alone."""
        return f"402-{next(_numbers):07}-0000000"

    def order(self, days_ago: float = 10, *, account: str | None = None, **changes: Any) -> str:
        """A merchant's order, delivered so long ago, three days after it was bought. Returns its id."""
        delivered = NOW - days_ago * DAY
        order: dict[str, Any] = {
            "order_id": self.new_order_id(),
            "account": account or self.name,
            "purchased_at": delivered - 3 * DAY,
            "marketplace_id": FR,
            "value": VALUE,
            "shipped_at": delivered - 2 * DAY,
            "delivered_at": delivered,
        }
        made = SimOrder(**(order | changes))
        self.simulator.post_orders([made])
        return made.order_id

    def trouble(self, kind: Kind, operation: str | None = None, account: str | None = None, **more: Any) -> None:
        self.simulator.faults(Fault(kind, operation, account=account or self.name, **more))

    def asked(self, order_id: str) -> int:
        """How often Amazon accepted a request for this order."""
        accepted = self.simulator.accepted().get(order_id)
        return accepted.count if accepted else 0

    def calls(self, operation: str) -> int:
        """Requests for the operation since this workshop opened."""
        return int(self.simulator.summary()["calls"].get(operation, 0) - self._calls_before.get(operation, 0))

    # time

    def wait(self, by: timedelta) -> None:
        self.clock.advance_to(self.clock.now() + by)

    def at(self, moment: datetime) -> None:
        self.clock.advance_to(moment)

    # the tasks

    @contextmanager
    def session(self, name: str | None = None) -> Iterator[SellerSession]:
        with self.app.session(name or self.name) as shop:
            assert shop is not None, "somebody else has the lane"
            yield shop

    def refresh(self, *, everything: bool = False) -> None:
        with self.session() as shop:
            refresh(shop, now_too=tuple(Source) if everything else ())

    def sweep(self) -> int:
        """Refresh and decide."""
        with self.session() as shop:
            refresh(shop, now_too=tuple(Source))
            return route.decide_due(shop, REVIEW)

    def send(self) -> int:
        """What is due already, and no look for anything else."""
        with self.session() as shop:
            return route.send(shop, [REVIEW])

    def reconcile(self) -> int:
        with self.session() as shop:
            return route.reconcile(shop, REVIEW)

    def whole_pass(self, *names: str) -> None:
        for name in names or (self.name,):
            with self.session(name) as shop:
                whole_pass(shop, send_too=True)

    def whole_days(self, days: int) -> None:
        """A pass every twelve hours."""
        for _ in range(2 * days):
            self.wait(12 * HOUR)
            self.whole_pass()

    @contextmanager
    def meanwhile(self, task: Callable[[], object]) -> Iterator[Future[object]]:
        """Do something while the task waits for Amazon; how the task ended is the future's."""
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(task)

    # what became of it

    def row(self, order_id: str, seller: str | None = None) -> Any:
        with self.ledger.read() as connection:
            row = REVIEWS.one(connection, seller or self.name, Key(order_id, Action.REVIEW))
        assert row is not None, "the ledger does not know the order"
        return row

    def standing(self, order_id: str, seller: str | None = None) -> tuple[str, str]:
        """State and reason."""
        row = self.row(order_id, seller)
        return row.state, row.reason

    def reading(self, source: Source, seller: str | None = None) -> Reading:
        with self.ledger.read() as connection:
            return sources.readings(connection, seller or self.name)[source]

    def details(self, order_id: str) -> list[str]:
        """What the attempts say, oldest first."""
        with self.ledger.read() as connection:
            return [each.detail for each in history.attempts_of(connection, self.name, order_id)]

    def must_hold(self) -> None:
        """What is true of every workshop when a test has ended."""
        with self.ledger.read() as connection:
            assert history.broken_invariants(connection) == {}
            mine = {order_id for name in self.sellers for order_id in history.verdicts(connection, name)}
            for name in self.sellers:
                totals = history.totals(connection, [name])
                assert totals.seen == len(history.verdicts(connection, name))
        accepted = self.simulator.accepted()
        assert {accepted[order_id].count for order_id in mine & accepted.keys()} <= {1}


def drain_orders(shop: Workshop) -> None:
    """Leave one token of the orders search."""
    with shop.session() as open_shop, suppress(Busy):
        while True:
            open_shop.pace.wait(Operation.ORDERS, patience=0)
    shop.wait(timedelta(seconds=180))


def parcel(*events: tuple[float, str, str | None]) -> tuple[PackageEvent, ...]:
    """A parcel: so many days ago, Amazon's word, Amazon's detailed word."""
    return tuple(PackageEvent(NOW - days * DAY, status, detailed) for days, status, detailed in events)


@contextmanager
def workshop(simulator: SimulatorProcess, ledger: Ledger) -> Iterator[Workshop]:
    simulator.clear_faults()
    simulator.set_clock(NOW)
    clock = SimulatedClock(NOW)
    amazon = Amazon(clock, simulator.url, simulator.url, lambda: {"x-simulated-now": clock.now().isoformat()})
    open_for_work = Workshop(simulator, ledger, amazon, clock)
    yield open_for_work
    amazon.close()
    open_for_work.must_hold()
