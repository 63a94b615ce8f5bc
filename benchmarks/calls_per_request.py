"""All calls to Amazon of a small shop, for each request that Amazon accepted: 300 in 30 days, by a daemon that ticks.

Counted is every request to the SP-API from the first one on, at whatever time it is made and whatever it reads. Amazon
makes a report in five minutes, and each has rows. Time is simulated.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.armed import arm
from benchmarks.figure import Figure
from benchmarks.stage import workplace
from ledger import history, sources
from ledger.database import Ledger, open_ledger
from ledger.process_identity import this_process
from marketplace.amazon.client import Amazon
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.sim_sale import SimAccount
from rules.delivery import ESTIMATE_MARGIN
from settings.environment import Credentials
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks.app import App
from worker.clock import SimulatedClock
from worker.schedule import RUN
from worker.wiring import connector, notice_settings

START = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 30
ORDERS = 300
TRANSIT = timedelta(days=4)
FIRST_DAY = 7
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NO_SP_API = ("lwa", "download")


@dataclass(frozen=True, slots=True)
class Shop:
    """`fba`: the share that Amazon fulfils; `released`: whether funds are released seven days after delivery."""

    name: str
    goal: float
    fba: float = 0
    slots: tuple[str, ...] = ("10:00-14:00",)
    released: bool = True


SHOPS = (
    Shop("merchant, one slot", goal=4),
    Shop("merchant, no slots", goal=4, slots=()),
    Shop("half FBA, one slot", goal=4.5, fba=0.5),
    Shop("half FBA, no slots", goal=6, fba=0.5, slots=()),
    Shop("half FBA, no release", goal=4.5, fba=0.5, released=False),
)


@dataclass(slots=True)
class Rings:
    """The doorbell of one thread."""

    line: deque[tuple[str, str | None]] = field(default_factory=deque)

    def ring(self, task: str, seller: str | None = None) -> None:
        self.line.append((task, seller))


def measure() -> list[Figure]:
    return [_figure(shop) for shop in SHOPS]


def _figure(shop: Shop) -> Figure:
    with workplace() as folder, SimulatorProcess(Options(start=START, follows_client=True)) as simulator:
        ledger = open_ledger(f"sqlite:///{folder}/shop.db", durable=False)
        calls, accepted = run(shop, simulator, ledger)
        ledger.close()
    made = sum(calls.values())
    detail = f"{made:,} calls for {accepted} accepted: " + ", ".join(f"{name} {n}" for name, n in calls.most_common())
    return Figure(f"calls_per_request, {shop.name}", made / accepted, shop.goal, detail)


def run(shop: Shop, simulator: SimulatorProcess, ledger: Ledger) -> tuple[Counter[str], int]:
    """The shop's 30 days. Returns the calls by operation, and how many requests were accepted."""
    name = "-".join(shop.name.replace(",", "").lower().split())
    wish = {"day_range": [FIRST_DAY, 25], "time_slots": list(shop.slots)}
    settings = {
        "name": name,
        "region": "eu",
        "marketplaces": ["FR"],
        "live": True,
        "ramp_up": [],
        "review_requests": wish,
    }
    sellers = {name: Seller.model_validate(settings)}
    simulator.set_clock(START)
    simulator.set_account(name, SimAccount(report_seconds=300))
    simulator.post_orders(list(_orders(shop, name)))
    clock, rings = SimulatedClock(START), Rings()
    amazon = Amazon(clock, simulator.url, simulator.url, lambda: {"x-simulated-now": clock.now().isoformat()})
    connect = connector(amazon, {name: Credentials("simulated", "simulated", name)})
    before = simulator.summary()
    notice_settings(ledger, sellers, START)
    arm(ledger, sellers)
    daemon(App(sellers, ledger, clock, connect, this_process(), rings), clock, rings, START + DAYS * DAY)
    after = simulator.summary()
    amazon.close()
    calls = Counter(after["calls"]) - Counter(before["calls"])
    for each in NO_SP_API:
        del calls[each]
    return calls, after["accepted_total"] - before["accepted_total"]


def daemon(app: App, clock: SimulatedClock, rings: Rings, until: datetime) -> None:
    """Tick each minute in which there is something to do, and answer the rings."""
    while clock.now() < until:
        for task in ("sweep", "send_due", "reconcile"):
            rings.ring(task)
        while rings.line:
            task, seller = rings.line.popleft()
            RUN[task](app, seller)
        clock.advance_to(_next_tick(app, clock.now()))


def _next_tick(app: App, now: datetime) -> datetime:
    with app.ledger.read() as connection:
        times: list[datetime | None] = []
        for seller in app.sellers:
            times.append(history.next_look(connection, seller))
            times += [each.next_read_at for each in sources.readings(connection, seller).values()]
    due = max(min(filter(None, times), default=now), now + MINUTE)
    return START + -((START - due) // MINUTE) * MINUTE


def _orders(shop: Shop, account: str) -> Iterator[SimOrder]:
    """Ten a day may be asked for the first time, in the 30 days; and 20 that are returned."""
    random = Random(2026)
    for number in range(ORDERS):
        by_amazon = random.random() < shop.fba
        asked = START + random.randrange((DAYS - 1) * 86_400) * timedelta(seconds=1)
        believed_later = ESTIMATE_MARGIN if by_amazon and not shop.released else timedelta()
        yield _order(shop, account, number, asked - FIRST_DAY * DAY - believed_later, by_amazon)
    for number in range(ORDERS, ORDERS + 20):
        delivered = START - FIRST_DAY * DAY + random.randrange((DAYS - 1) * 86_400) * timedelta(seconds=1)
        back = {"return_requested_at": delivered + DAY, "returned_at": delivered + 3 * DAY}
        yield _order(shop, account, number, delivered, shop.fba > 0 and number % 2 == 0, **back)


def _order(shop: Shop, account: str, number: int, delivered: datetime, by_amazon: bool, **more: Any) -> SimOrder:
    return SimOrder(
        order_id=f"402-{1_000_000 + number:07}-{SHOPS.index(shop):07}",
        account=account,
        purchased_at=delivered - TRANSIT,
        marketplace_id=MARKETPLACES["FR"].marketplace_id,
        fulfilled_by="AMAZON" if by_amazon else "MERCHANT",
        shipped_at=delivered - TRANSIT / 2,
        delivered_at=delivered,
        release=shop.released,
        **more,
    )
