"""Three mixed shops for 30 days, each with a trouble of its own; and what must become of each order, in plain words."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger import history
from ledger.state import State
from marketplace.port import Report
from marketplace.simulator.faults import Fault
from marketplace.simulator.sim_order import SimRefund
from marketplace.simulator.sim_sale import SimAccount
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES
from tests.tasks.workshop import DAY, FBA, HOUR, NOW, OFFER, VALUE, Workshop

DAYS = 30
END = NOW + DAYS * DAY
BETWEEN_PASSES = 4 * HOUR
COUNTRIES = ("FR", "DE", "IT")
FATES = ("kept", "kept", "kept", "refunded", "kept", "returned", "kept", "cancelled")
FIRST, LAST = 7, 25  # the settings' day range
BAD_WEEK = (NOW + 9 * DAY, NOW + 16 * DAY)
PARIS = ZoneInfo("Europe/Paris")  # Berlin and Rome have the same time
FBA_REPORTS = (Report.FBA_RETURNS, Report.FBA_SHIPMENTS)


@dataclass(frozen=True)
class Case:
    """One order: its own facts."""

    order_id: str
    country: str
    by_amazon: bool
    released: bool
    fate: str
    delivered: datetime

    @property
    def opens(self) -> datetime:
        """When it may be asked for the first time, as far as anybody can know."""
        believed = self.delivered
        if self.by_amazon and not self.released:
            believed += 2 * DAY  # the report's estimate and its margin
        first_day = believed.astimezone(PARIS).date() + FIRST * DAY
        midnight = datetime(first_day.year, first_day.month, first_day.day, tzinfo=PARIS)
        released_at = self.delivered + 7 * DAY
        return max(midnight, released_at) if self.by_amazon and self.released else midnight

    @property
    def closes(self) -> datetime:
        believed = self.delivered + (2 * DAY if self.by_amazon and not self.released else timedelta())
        after = believed.astimezone(PARIS).date() + (LAST + 1) * DAY
        return datetime(after.year, after.month, after.day, tzinfo=PARIS)

    @property
    def barred(self) -> Reason | None:
        """Why it must not be asked, whatever the trouble."""
        known_at = {"refunded": 2, "returned": 3, "cancelled": -2}.get(self.fate)
        if known_at is None or self.delivered + known_at * DAY > END - BETWEEN_PASSES:
            return None
        return Reason(self.fate)


def orders_of(shop: Workshop, seller: str) -> Iterator[Case]:
    """Two a day delivered, from 20 days before until the end; all of them the shop's, and of every kind."""
    number = 0
    for day in range(-20, DAYS):
        for hour in (3, 15):
            number += 1
            delivered = (NOW + day * DAY).replace(hour=hour)
            country = COUNTRIES[number % 3]
            by_amazon, released = number % 4 in (1, 2), number % 4 == 1
            fate = FATES[number // 4 % len(FATES)]
            changes: dict[str, dict[str, Any]] = {
                "kept": {},
                "refunded": {"refunds": (SimRefund(delivered + 2 * DAY, VALUE),)},
                "returned": {"returned_at" if by_amazon else "return_requested_at": delivered + 3 * DAY},
                "cancelled": {"cancelled_at": delivered - 2 * DAY, "shipped_at": None, "delivered_at": None},
            }
            order_id = shop.order(
                account=seller,
                purchased_at=delivered - 3 * DAY,
                marketplace_id=MARKETPLACES[country].marketplace_id,
                **{"shipped_at": delivered - 2 * DAY, "delivered_at": delivered, "release": released, **changes[fate]},
                **(FBA if by_amazon else {}),
            )
            yield Case(order_id, country, by_amazon, released, fate, delivered)


def play(shop: Workshop, sellers: list[str]) -> None:
    """A pass every four hours. The second seller's FBA reports fail for a week."""
    failing = SimAccount(reports_fatal=FBA_REPORTS)
    while shop.clock.now() < END:
        now = shop.clock.now()
        shop.simulator.set_account(sellers[1], failing if BAD_WEEK[0] <= now < BAD_WEEK[1] else SimAccount())
        shop.whole_pass(*sellers)
        shop.at(now + BETWEEN_PASSES)


@pytest.fixture
def sellers(shop: Workshop) -> list[str]:
    return [shop.opens(marketplaces=COUNTRIES, day_range=(FIRST, LAST)) for _ in range(3)]


@pytest.mark.long
def test_three_mixed_shops_ask_every_order_that_could_be_known_once(shop: Workshop, sellers: list[str]) -> None:
    denied, reports, finances = sellers
    cases = {seller: list(orders_of(shop, seller)) for seller in sellers}
    many_pages = tuple(SimRefund(NOW - 18 * DAY + timedelta(minutes=number), VALUE) for number in range(600))
    shop.order(20, account=finances, refunds=many_pages)
    shop.trouble("late_pages_fail", "listTransactions", finances)
    closed = [case for case in cases[denied] if case.country == "DE"]
    shop.simulator.faults(*(Fault("denied", OFFER, order_id=case.order_id) for case in closed))
    play(shop, sellers)
    accepted = shop.simulator.accepted()
    found: Counter[str] = Counter()
    for seller, mine in cases.items():
        for case in mine:
            state, reason = shop.standing(case.order_id, seller)
            times = accepted[case.order_id].count if case.order_id in accepted else 0
            found[reason] += 1
            what = (seller, case, state, reason)
            if case.barred:
                assert (times, state, reason) == (0, State.SKIPPED, case.barred), what
            elif case.opens > END - 2 * BETWEEN_PASSES:
                assert (times, state) == (0, State.WAITING), what
                assert reason in (Reason.TOO_EARLY, Reason.NOT_DELIVERED, Reason.NOT_SHIPPED), what
            elif case in closed:
                assert (times, reason) == (0, Reason.NOT_AUTHORISED), what
            else:
                assert (times, state, reason) == (1, State.SENT, Reason.REQUESTED), what
                at = accepted[case.order_id].at
                known_at = max(case.opens, NOW)
                if seller == reports and case.by_amazon and BAD_WEEK[0] + 6 * HOUR <= known_at < BAD_WEEK[1]:
                    assert BAD_WEEK[1] <= at < BAD_WEEK[1] + 3 * BETWEEN_PASSES, what
                else:
                    assert known_at <= at < known_at + 3 * BETWEEN_PASSES, what
    with shop.ledger.read() as connection:
        totals = history.totals(connection, sellers)
    assert totals.seen == sum(map(len, cases.values())) + 1
    assert totals.seen == totals.sent + totals.waiting + totals.skipped + totals.refused + totals.held
    assert found[Reason.REQUESTED] == totals.sent > 100
