"""A large shop's first hour: 30,000 orders of 60 days, at Amazon's real rates, on a simulated clock.

Ticks come each minute, as the embedded worker's do. A report takes two minutes to be made, which is an assumption.
"""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

from benchmarks.armed import arm
from benchmarks.figure import Figure
from benchmarks.stage import workplace
from ledger import order_ids, orders
from ledger.database import open_ledger
from ledger.process_identity import this_process
from marketplace.amazon.client import Amazon
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.sim_sale import SimAccount
from settings.environment import Credentials
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks.app import App
from tasks.entrypoints import send_due, sweep
from worker.clock import SimulatedClock
from worker.wiring import connector, notice_settings

ORDERS = 30_000
DAYS = 60
NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REPORT_SECONDS = 120
SELLER = Seller.model_validate(
    {"name": "kaufhaus", "region": "eu", "marketplaces": ["FR"], "live": True, "review_requests": {}}
)


def measure() -> list[Figure]:
    first, known, fetched, calls = play(ORDERS)
    detail = f"{ORDERS:,} orders of {DAYS} days, reports made in {REPORT_SECONDS} s; {calls}"
    return [
        Figure("large shop, first request", first / 60, 5, detail, unit=" min"),
        Figure("large shop, all orders known", known / 60, 15, detail, unit=" min"),
        Figure("large shop, fetched in the first hour", fetched, 1800, detail, more_is_better=True),
    ]


def play(count: int, minutes: int = 60) -> tuple[float, float, int, str]:
    """Seconds until the first request, and until all orders are known; how many were fetched; and the calls."""
    with workplace() as folder, SimulatorProcess(Options(start=NOW, follows_client=True)) as amazon:
        amazon.set_account(SELLER.name, SimAccount(report_seconds=REPORT_SECONDS))
        for begin in range(0, count, 5000):
            amazon.post_orders([_order(number, count) for number in range(begin, min(begin + 5000, count))])
        ledger = open_ledger(f"sqlite:///{folder}/large.db", durable=False)
        clock = SimulatedClock(NOW)
        client = Amazon(clock, amazon.url, amazon.url, lambda: {"x-simulated-now": clock.now().isoformat()})
        connect = connector(client, {SELLER.name: Credentials("client", "secret", SELLER.name)})
        bell = _Bell()
        sellers = {SELLER.name: SELLER}
        notice_settings(ledger, sellers, NOW)
        arm(ledger, sellers)
        app = App(sellers, ledger, clock, connect, this_process(), bell, threading.Event())
        known = 0.0
        while clock.now() - NOW < minutes * MINUTE:
            tick = clock.now()
            sweep(app, SELLER.name)
            while True:
                with ledger.read() as connection:
                    seen = order_ids.count(connection, SELLER.name)
                    left = orders.waiting_to_be_fetched(connection).get(SELLER.name, 0)
                known = known or ((clock.now() - NOW).total_seconds() if seen == count else 0)
                if not bell.rung or clock.now() - NOW >= minutes * MINUTE:
                    break
                bell.rung = False
                send_due(app, SELLER.name)
            clock.advance_to(max(clock.now(), tick + MINUTE))
        asked_at = min((each.at for each in amazon.accepted().values()), default=NOW + minutes * MINUTE)
        first = (asked_at - NOW).total_seconds()
        calls = Counter(amazon.summary()["calls"])
        ledger.close()
        client.close()
        return first, known or minutes * 60.0, seen - left, ", ".join(f"{n} {name}" for name, n in calls.items())


class _Bell:
    rung = False

    def ring(self, task: str, _seller: str) -> None:
        self.rung = self.rung or task == "send_due"


def _order(number: int, count: int) -> SimOrder:
    bought = NOW - timedelta(days=DAYS) * (number + 0.5) / count
    delivered = bought + timedelta(days=3)
    shipped = bought + timedelta(days=1)
    return SimOrder(
        order_id=f"405-{number:07}-0000000",
        account=SELLER.name,
        purchased_at=bought,
        marketplace_id=MARKETPLACES["FR"].marketplace_id,
        shipped_at=shipped if shipped < NOW else None,
        delivered_at=delivered if delivered < NOW else None,
    )


if __name__ == "__main__":
    print(play(ORDERS))
