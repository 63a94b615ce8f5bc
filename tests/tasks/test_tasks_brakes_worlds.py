"""What goes wrong in bulk, and the largest wrong batch that goes out for it: docs/brakes.md has these figures."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger import history, orders
from ledger.state import State
from rules.order import Money, Package, Refund, Source
from rules.reason import Reason
from tests.docs.pages import section
from tests.tasks.brake_world import BRAKED, BrakeWorld
from tests.tasks.workshop import ASK, DAY, HOUR, NOW, OFFER, VALUE, Workshop

Record = Callable[[str, object], None]


@pytest.fixture
def world(shop: Workshop) -> BrakeWorld:
    return BrakeWorld(shop)


@pytest.fixture
def batch(record_property: Record) -> Callable[[str, int], None]:
    """Print the largest wrong batch; the docs say the same."""

    def said(what: str, wrong: int) -> None:
        record_property(f"wrong requests when {what}", wrong)
        figures = section("docs/brakes.md", "What a mistake costs").splitlines()
        assert [row.split(" | ")[-1] for row in figures if row.startswith(f"| {what} |")] == [f"{wrong} |"]

    return said


Said = Callable[[str, int], None]


def many(number: int) -> pytest.MarkDecorator:
    """So many orders in the long tests, a tenth of them in the others."""
    return pytest.mark.parametrize("number", [number // 10, pytest.param(number, marks=pytest.mark.long)])


@many(10_000)
def test_all_orders_are_wrongly_marked_delivered_at_once(world: BrakeWorld, batch: Said, number: int) -> None:
    world.settles_in()
    on_their_way = world.bought(number)
    world.told(on_their_way)
    world.works()
    world.shop.wait(6 * HOUR)
    for start in range(0, number, number // 5):  # as Amazon's pages come
        world.delivered(on_their_way[start : start + number // 5])
        world.works()
    world.offered(on_their_way[:500], world.shop.clock.now() - 2 * DAY)
    assert world.brakes() == ["many_delivered"]
    world.shop.wait(8 * DAY)
    world.works()
    assert world.standing(on_their_way) == {BRAKED}
    assert world.closed(on_their_way) == 0
    batch("10,000 orders are wrongly marked delivered at once", world.asked(on_their_way))


@many(10_000)
def test_all_orders_count_as_delivered_a_week_ago(world: BrakeWorld, batch: Said, number: int) -> None:
    world.settles_in()
    there = world.bought(number, over=40, fulfilled_by="AMAZON", packages=(), deliver_by=None)
    there = [each for each in there if each.purchased_at < world.shop.clock.now() - 9 * DAY]
    world.told(there)
    world.works()
    world.offered(there[:500], world.shop.clock.now() - 8 * DAY)
    released = dict.fromkeys((each.order_id for each in there), world.shop.clock.now() - DAY)
    with world.shop.ledger.begin() as connection:
        orders.record_releases(connection, world.shop.name, released, world.shop.clock.now())
    world.works()
    assert world.brakes() == ["many_due", "many_delivered"]
    assert world.standing(there) == {BRAKED}
    batch("the same, as if delivered eight days ago", world.asked(there))


@pytest.mark.parametrize("number", [pytest.param(3_000, marks=pytest.mark.long), 30])
def test_all_promised_dates_are_another_one_at_once(world: BrakeWorld, batch: Said, number: int) -> None:
    """Of orders without tracking, which count as delivered two days after their promised date."""
    world.settles_in()
    on_their_way = world.bought(number, packages=(Package("SHIPPED"),))
    world.told(on_their_way)
    world.works()
    world.shop.wait(6 * HOUR)
    now = world.shop.clock.now()
    old = [each for each in on_their_way if each.purchased_at < now - 10 * DAY]
    world.told(old, deliver_by=now - 9 * DAY)  # which makes them due at once
    world.told([each for each in on_their_way if each not in old], deliver_by=now + DAY)
    world.offered(old[:500], now - 9 * DAY)
    world.works()
    assert "dates_changed" in world.brakes()
    world.works_for(2 * DAY, every=12 * HOUR)
    assert world.standing(old) == {BRAKED}
    batch("all promised dates are changed", world.asked(on_their_way))


def asked_daily(world: BrakeWorld, days: int, a_day: int) -> None:
    """So many days on which so many orders are asked."""
    for _ in range(days):
        found = world.bought(a_day, over=1)
        world.told(found)
        world.works()
        world.shop.wait(12 * HOUR)
        world.delivered(found)
        world.offered(found, world.shop.clock.now())
        world.works()
        world.shop.wait(12 * HOUR)
    world.works_for(8 * DAY, every=DAY)


def due_now(world: BrakeWorld, number: int) -> list[Any]:
    """Orders whose time comes within the next hours."""
    found = world.bought(number, over=1)
    world.told(found)
    world.works()
    world.shop.wait(6 * HOUR)
    world.delivered(found)
    world.offered(found, world.shop.clock.now())
    world.works_for(6 * DAY, every=DAY)
    return found


OUTAGES: dict[str, list[tuple[Any, str | None]]] = {
    "Amazon offers nothing for a day": [("outage", None)],
    "Amazon answers 5xx or HTML for a day": [("error_500_before", OFFER), ("html_503", OFFER)],
}


@pytest.mark.parametrize("what", OUTAGES)
def test_an_outage_day_closes_no_order(world: BrakeWorld, batch: Said, what: str) -> None:
    asked_daily(world, days=4, a_day=30)
    found = due_now(world, 60)
    assert world.asked(found) == 0
    for kind, operation in OUTAGES[what]:
        world.shop.trouble(kind, operation)
    world.works_for(DAY, every=3 * HOUR)
    wrong, closed = world.asked(found), world.closed(found)
    assert world.brakes() == (["not_offered"] if what == "Amazon offers nothing for a day" else [])
    world.shop.simulator.clear_faults()
    world.works_for(3 * DAY)
    assert closed == 0
    assert world.asked(found) == len(found)
    assert world.brakes() == []
    batch(what, wrong)


def test_the_permission_is_lost_at_noon(world: BrakeWorld, batch: Said) -> None:
    asked_daily(world, days=2, a_day=30)
    found = due_now(world, 60)
    world.shop.trouble("denied", OFFER)
    world.shop.trouble("denied", ASK)
    world.works_for(12 * HOUR, every=HOUR)
    assert world.closed(found) == 0
    batch("the permission to ask is lost at noon", world.asked(found))


def test_refunds_are_silent_for_two_days(world: BrakeWorld, batch: Said) -> None:
    """Six orders come due each day. Two of each of the first four days count as refunded, and nobody tells."""
    untold = []
    for day in range(20):
        if day >= 12:
            untold.append(world.bought(6, over=1))
            world.told(untold[-1])
            world.works()
        if day >= 13:
            world.delivered(untold[-2])
            world.offered(untold[-2], world.shop.clock.now())
        told = {each.order_id: {f"{each.order_id}-R": REFUND} for each in world.bought(6)}
        with world.shop.ledger.begin() as connection:
            orders.record_refunds(connection, world.shop.name, told, world.shop.clock.now())
        world.works()
        world.shop.wait(DAY)
    world.works_for(4 * DAY, every=2 * HOUR)
    assert world.brakes() == ["refunds_silent"]
    wrong = [each for due_after, of_day in enumerate(untold) for each in of_day[:2] if due_after < 4]
    batch("refunds are silent for two days", world.asked(wrong))
    with world.shop.ledger.begin() as connection:
        orders.record_refunds(connection, world.shop.name, {"404": {"R": REFUND}}, world.shop.clock.now())
    world.works()
    assert world.brakes() == []


REFUND = Refund(Money(VALUE.amount, "EUR"), NOW)


def test_returns_are_named_no_more(world: BrakeWorld, batch: Said) -> None:
    asked_daily(world, days=2, a_day=30)
    found = due_now(world, 40)
    ids = [each.order_id for each in found]
    since = NOW - 60 * DAY
    with world.shop.ledger.begin() as connection:
        now = world.shop.clock.now()
        orders.record_returns(connection, world.shop.name, Source.MERCHANT_RETURNS, ids, now, complete_since=since)
    world.works_for(DAY)
    assert world.standing(found) == {(State.SKIPPED, Reason.RETURNED)}
    with world.shop.ledger.begin() as connection:
        now = world.shop.clock.now()
        orders.record_returns(connection, world.shop.name, Source.MERCHANT_RETURNS, [], now, complete_since=since)
    world.works()
    assert world.brakes() == ["refunds_taken_back"]
    batch("returns are named no more", world.asked(found))


@many(3_000)
def test_a_wider_day_range_makes_thousands_due(world: BrakeWorld, batch: Said, number: int) -> None:
    world.settles_in()
    found = world.bought(number)
    world.told(found)
    world.shop.wait(HOUR)
    world.delivered(found)
    world.offered(found[:500], world.shop.clock.now())
    world.works()
    world.release()  # they were really delivered on one day
    world.shop.wait(6 * DAY)
    world.works()
    assert world.brakes() == []
    world.shop.wants(day_range=(5, 25))
    world.works()
    assert world.brakes() == ["settings_due"]
    batch("`day_range` widened so that 3,000 are due", world.asked(found))
    world.shop.wants(day_range=(7, 25))
    world.works()
    assert world.standing(found) == {(State.WAITING, Reason.TOO_EARLY)}


def test_amazon_refuses_in_unknown_words(world: BrakeWorld, batch: Said) -> None:
    asked_daily(world, days=2, a_day=30)
    found = due_now(world, 60)
    world.shop.trouble("unknown_403", ASK)
    world.works_for(DAY, every=3 * HOUR)
    assert world.brakes() == ["unknown_refusals"]
    with world.shop.ledger.read() as connection:
        known = history.verdicts(connection, world.shop.name)
    assert sum(known[each.order_id][0] == State.HELD for each in found) == 3
    batch("Amazon refuses in unknown words", world.asked(found))
