"""Worlds of several sellers in which workers are killed at random, until every order has its verdict."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

from marketplace.simulator.faults import Fault
from marketplace.simulator.sim_order import SimOrder, SimRefund
from rules.order import Money
from tests.crash.kills import SENT, Route, Servers, route, wait_until
from tests.worker.seller_folder import DAY, Running, delivered

SHOPS = ("shop-a", "shop-b", "shop-c", "shop-d", "shop-e")
WORKERS = {"run": 1, "celery": 3}
REPLY_TAKES = 0.25
"""Seconds that Amazon takes for each reply: kills hit waiting workers, as they would in life."""
UNAVAILABLE = ("fba_returns", "fba_shipments")


@dataclass(frozen=True)
class Tally:
    """What was counted. `at_work`: kills of workers that held a lane; `claims`: of those that had claimed an order."""

    kills: int = 0
    at_work: int = 0
    claims: int = 0
    orders: int = 0
    eligible: int = 0
    asked_twice: int = 0
    lost: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def killed_at_random(
    place: tuple[str, str],
    seed: int,
    kills: int,
    eligible: int,
    path: Path,
    servers: Servers,
    side_by_side: AbstractContextManager[object],
) -> Tally:
    """So many kills, with `eligible` orders for each seller; `side_by_side` bounds how many worlds are killed in."""
    chance = Random(seed)
    orders = {order: verdict for shop in SHOPS for order, verdict in _orders_of(shop, eligible, chance).items()}
    wanted = {order.order_id: verdict for order, verdict in orders.items()}
    with route(place, path, servers, list(orders), *SHOPS, unavailable=UNAVAILABLE) as on:
        with side_by_side:
            on.amazon.faults(Fault("slow", seconds=REPLY_TAKES))
            workers = [on.start() for _ in range(WORKERS[on.mode])]
            seen = [_kill_one(on, workers, number < 2, chance) for number in range(kills)]
            on.amazon.clear_faults()
        on.finishes(wanted, *workers)
        on.is_right(wanted)
        return _tally(on, seen, wanted)


def _orders_of(shop: str, eligible: int, chance: Random) -> dict[SimOrder, str]:
    now = datetime.now(UTC)
    numbers = iter(range(1000 * SHOPS.index(shop), 1000 * SHOPS.index(shop) + 1000))

    def order(days_ago: float = 10, **more: object) -> SimOrder:
        return delivered(next(numbers), days_ago, account=shop, **more)

    return {order(chance.uniform(6, 25)): SENT for _ in range(eligible)} | {
        order(45): "too_late",
        order(2): "too_early",
        order(refunds=(SimRefund(now - 8 * DAY, Money(Decimal(5), "EUR")),)): "refunded",
        order(return_requested_at=now - 8 * DAY): "returned",
        order(cancelled_at=now - 12 * DAY, shipped_at=None, delivered_at=None): "cancelled",
        order(channel="NON_AMAZON"): "not_amazon_order",
        order(shipped_at=None, delivered_at=None): "not_shipped",
    }


def _kill_one(on: Route, workers: list[Running], first: bool, chance: Random) -> tuple[bool, bool]:
    """Kill a worker on its route, and start another. Returns whether it held a lane, and whether it had a claim."""
    if first:  # the ledger is left to the workers: they make it, and fill it
        before = on.amazon.summary()["calls"]
        wait_until(lambda: on.amazon.summary()["calls"] != before)
        found = workers
    else:
        found = _at_work(on, workers, with_claim=chance.random() < 0.5)
    victim = chance.choice(found)
    time.sleep(chance.expovariate(2))
    on.kill(victim)
    held = _lanes(on).get(victim.process.pid)
    workers[workers.index(victim)] = on.start()
    return held is not None, bool(held)


def _at_work(on: Route, workers: list[Running], with_claim: bool) -> list[Running]:
    """The workers that hold a lane, once there are some; `with_claim`: and send."""
    found: list[Running] = []

    def look() -> bool:
        lanes = _lanes(on)
        found[:] = [each for each in workers if lanes.get(each.process.pid, -1) >= with_claim]
        return bool(found)

    if on.mode == "celery":
        on.tick()
    wait_until(look)
    return found


def _lanes(on: Route) -> dict[int, int]:
    """How many orders are claimed by each process that holds a lane."""
    rows = on.folder.rows(
        "SELECT l.holder, count(e.order_id) FROM lanes l LEFT JOIN entries e"
        " ON e.seller = l.seller AND e.state = 'sending' AND e.claim = l.token WHERE l.holder <> '' GROUP BY l.holder"
    )
    return {int(holder.split()[-2]): claims for holder, claims in rows}


def _tally(on: Route, seen: list[tuple[bool, bool]], wanted: Mapping[str, str]) -> Tally:
    accepted = on.amazon.accepted()
    eligible = [order_id for order_id, verdict in wanted.items() if verdict == SENT]
    return Tally(
        kills=on.kills,
        at_work=sum(at_work for at_work, _ in seen),
        claims=sum(claimed for _, claimed in seen),
        orders=len(wanted),
        eligible=len(eligible),
        asked_twice=sum(said.count > 1 for said in accepted.values()),
        lost=sum(order_id not in accepted for order_id in eligible),
    )
