"""How much of Amazon's budget for uploads is used while invoices are due: twelve hours of ticks, on a simulated clock.

The simulator keeps Amazon's documented rate, and counts by the same clock.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from benchmarks.armed import arm
from benchmarks.figure import Figure
from benchmarks.stage import workplace
from invoices.vault import Vault
from ledger.database import open_ledger
from ledger.process_identity import this_process
from marketplace.amazon.client import Amazon
from marketplace.operations import Operation
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.sim_sale import SimBuyer, SimPrice
from rules.order import Item, Money
from settings.environment import Credentials
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks import entrypoints
from tasks.app import App
from worker.clock import SimulatedClock, SystemClock
from worker.wiring import Silent, connector

TIME = timedelta(hours=12)
TICK = timedelta(minutes=1)
BUDGET = Operation.CREATE_FEED.burst + int(TIME.total_seconds() * Operation.CREATE_FEED.per_second)
GOAL = 0.99
SELLER = Seller.model_validate(
    {
        "name": "maison-durand",
        "region": "eu",
        "marketplaces": ["FR"],
        "live": True,
        "ramp_up": [],
        "review_requests": {"enabled": False},
        "invoices": {
            "enabled": True,
            "since": "2000-01-01",
            "seller": {
                "name": "Maison Durand SARL",
                "lines": ["12 rue des Lilas"],
                "postal_code": "75011",
                "city": "Paris",
                "country": "FR",
                "vat_numbers": {"FR": "FR11123456782"},
            },
        },
    }
)
BUYER = SimBuyer("Jean Petit", ("3 rue du Port",), postal_code="33000", city="Bordeaux", country="FR")
PRICE = SimPrice(Decimal("36.00"), shipping=Decimal("4.90"), tax_rate=Decimal(20), title="Mug")


def measure() -> list[Figure]:
    start = SystemClock().now()
    clock = SimulatedClock(start)
    with workplace() as folder, SimulatorProcess(Options(start=start, follows_client=True)) as simulator:
        simulator.post_orders(list(_orders(start)))
        amazon = Amazon(clock, simulator.url, simulator.url, lambda: {"x-simulated-now": clock.now().isoformat()})
        ledger = open_ledger(f"sqlite:///{folder}/uploads.db")
        credentials = {SELLER.name: Credentials("bench", "bench", SELLER.name)}
        connect = connector(amazon, credentials)
        app = App({SELLER.name: SELLER}, ledger, clock, connect, this_process(), Silent(), vault=Vault(bytes(32)))
        arm(ledger, [SELLER.name])
        entrypoints.sweep(app, SELLER.name)
        while not (sent := simulator.invoices()) or clock.now() - sent[0].at <= TIME:
            entrypoints.send_due(app, SELLER.name)
            clock.sleep(TICK.total_seconds())
        throttled = sum(simulator.summary()["throttled"].values())
        amazon.close()
        ledger.close()
    in_time = sum(each.at - sent[0].at <= TIME for each in sent)
    detail = f"{in_time} of {BUDGET} accepted in the {TIME.total_seconds() / 3600:.0f} hours from the first on"
    return [
        Figure("uploads", in_time / BUDGET, GOAL, detail, more_is_better=True),
        Figure("uploads, 429", throttled, 0, "calls refused for their rate, of all operations"),
    ]


def _orders(now: datetime) -> Iterator[SimOrder]:
    """More than the budget, shipped an hour ago."""
    for number in range(BUDGET + 50):
        yield SimOrder(
            order_id=f"402-{1_000_000 + number:07}-{2_000_000 + number:07}",
            account=SELLER.name,
            purchased_at=now - timedelta(days=2),
            marketplace_id=MARKETPLACES["FR"].marketplace_id,
            shipped_at=now - timedelta(hours=1),
            items=(Item("MUG", "B0BENCHMUG"),),
            prices=(PRICE,),
            value=Money(Decimal(0), "EUR"),  # that of the prices
            buyer=BUYER,
        )
