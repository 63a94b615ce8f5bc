from datetime import datetime
from typing import Any

import pytest

from ledger import orders
from ledger.database import Ledger
from ledger.orders import Sighting
from ledger.requests import REVIEWS
from ledger.state import State
from ledger.transitions import Transition
from rules.order import Order, Source
from rules.reason import Reason
from tests.ledger.examples import (
    DAY,
    HOUR,
    NOW,
    ON_ITS_WAY,
    SELLER,
    brought_to,
    facts_of,
    known,
    order,
    refund,
    request_of,
    review,
    row_of,
)
from tests.rules.examples import ORDER


def test_an_order_comes_back_as_it_was_recorded(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        assert orders.record_orders(connection, SELLER, [order()], as_of=NOW, previous=None) == 1
    assert facts_of(ledger).order == order()


def test_an_order_read_again_is_not_new_and_keeps_what_other_sources_said(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        known(connection, "a")
        orders.record_refunds(connection, SELLER, {"a": {"t-1": refund("5.00")}}, NOW)
        changed = order(status="CANCELLED")
        assert orders.record_orders(connection, SELLER, [changed], as_of=NOW + HOUR, previous=NOW) == 0
    facts = facts_of(ledger)
    assert facts.order == changed
    assert facts.refunds == (refund("5.00"),)


def test_one_sellers_order_is_not_anothers(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        known(connection, "a")
        assert REVIEWS.one(connection, "another", review("a")) is None
        assert orders.record_orders(connection, "another", [order()], as_of=NOW, previous=None) == 1


def test_more_orders_than_one_query_may_name_are_recorded(ledger: Ledger) -> None:
    page = [order(f"{number}") for number in range(1201)]
    with ledger.begin() as connection:
        assert orders.record_orders(connection, SELLER, page, as_of=NOW, previous=None) == 1201
        assert orders.record_orders(connection, SELLER, page, as_of=NOW, previous=NOW) == 0


def test_a_delivery_lies_between_the_last_look_without_it_and_the_first_with_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        way = order(packages=ON_ITS_WAY)
        orders.record_orders(connection, SELLER, [way], as_of=NOW, previous=None)
        orders.record_orders(connection, SELLER, [order()], as_of=NOW + 2 * HOUR, previous=NOW + HOUR)
        orders.record_orders(connection, SELLER, [order(programs=("PRIME",))], as_of=NOW + DAY, previous=NOW + HOUR)
    facts = facts_of(ledger)
    assert (facts.not_delivered_at, facts.seen_delivered_at) == (NOW + HOUR, NOW + 2 * HOUR)


def test_an_order_first_seen_delivered_was_never_seen_without_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        orders.record_orders(connection, SELLER, [order()], as_of=NOW, previous=NOW - HOUR)
    facts = facts_of(ledger)
    assert (facts.not_delivered_at, facts.seen_delivered_at) == (None, NOW)


def test_a_delivery_that_is_taken_back_is_forgotten(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        orders.record_orders(connection, SELLER, [order()], as_of=NOW, previous=None)
        orders.record_orders(connection, SELLER, [order(packages=ON_ITS_WAY)], as_of=NOW + HOUR, previous=NOW)
    assert facts_of(ledger).seen_delivered_at is None


def updated(hours: int, **changes: Any) -> Order:
    return order(updated_at=NOW + hours * HOUR, **changes)


@pytest.mark.parametrize("pages", [1, 2, 3], ids="{} pages".format)
def test_an_older_copy_never_takes_the_place_of_a_newer_one(ledger: Ledger, pages: int) -> None:
    copies = [updated(1), updated(3, status="CANCELLED"), updated(2)]
    split = {1: [copies], 2: [copies[:2], copies[2:]], 3: [[each] for each in copies]}[pages]
    for number, page in enumerate(split):
        with ledger.begin() as connection:
            orders.record_orders(connection, SELLER, page, as_of=NOW + number * HOUR, previous=NOW)
    assert facts_of(ledger).order == copies[1]


def test_an_older_copy_wakes_nobody_and_moves_no_delivery(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        orders.record_orders(connection, SELLER, [updated(2)], as_of=NOW, previous=None)
        REVIEWS.decide(connection, SELLER, [Transition(review("a"), State.SKIPPED, Reason.TOO_LATE)], NOW)
    before = row_of(ledger)
    with ledger.begin() as connection:
        older = updated(1, packages=ON_ITS_WAY)
        assert orders.record_orders(connection, SELLER, [older], as_of=NOW + HOUR, previous=NOW) == 0
    assert row_of(ledger) == before


SIGHTINGS: dict[str, tuple[Sighting | None, bool, Sighting]] = {
    "new, on its way": (None, False, Sighting()),
    "new, delivered": (None, True, Sighting(None, NOW)),
    "still on its way": (Sighting(), False, Sighting()),
    "delivered meanwhile": (Sighting(), True, Sighting(NOW - HOUR, NOW)),
    "still delivered": (Sighting(NOW - DAY, NOW - HOUR), True, Sighting(NOW - DAY, NOW - HOUR)),
    "taken back": (Sighting(NOW - DAY, NOW - HOUR), False, Sighting(NOW - DAY)),
    "delivered again": (Sighting(NOW - DAY), True, Sighting(NOW - HOUR, NOW)),
}


@pytest.mark.parametrize("case", SIGHTINGS)
def test_a_look_says_between_what_the_delivery_lies(case: str) -> None:
    before, delivered, after = SIGHTINGS[case]
    assert orders.sighting(before, delivered, NOW, NOW - HOUR) == after


@pytest.mark.parametrize(
    ("since", "source", "named", "returned"),
    [
        (ORDER.purchased_at, Source.FBA_RETURNS, [], False),
        (ORDER.purchased_at + HOUR, Source.FBA_RETURNS, [], True),
        (None, Source.FBA_RETURNS, [], True),
        (ORDER.purchased_at, Source.MERCHANT_RETURNS, [], True),
        (ORDER.purchased_at, Source.FBA_RETURNS, ["a"], True),
    ],
    ids=["no longer named", "of later returns", "not all of them", "another report", "named again"],
)
def test_a_return_ends_with_a_report_of_the_same_time_that_does_not_name_it(
    ledger: Ledger, since: datetime | None, source: Source, named: list[str], returned: bool
) -> None:
    with ledger.begin() as connection:
        known(connection, "a")
        orders.record_returns(connection, SELLER, Source.FBA_RETURNS, ["a", "not known yet"], NOW)
        REVIEWS.decide(connection, SELLER, [Transition(review("a"), State.SKIPPED, Reason.RETURNED)], NOW)
        orders.record_returns(connection, SELLER, source, named, NOW, complete_since=since)
    row = row_of(ledger)
    returned_by = request_of(ledger).facts.returned_by
    assert (returned_by is not None, row.next_look_at) == (returned, None if returned else NOW)


@pytest.mark.parametrize(
    ("fulfilled_by", "state", "needed"),
    [
        ("AMAZON", State.WAITING, True),
        ("AMAZON", State.HELD, True),
        ("AMAZON", State.SKIPPED, False),
        ("AMAZON", State.SENT, False),
        ("MERCHANT", State.WAITING, False),
        (None, State.WAITING, True),
    ],
    ids=str,
)
def test_an_open_order_of_amazons_or_of_nobody_knows_whose_needs_amazons_reports(
    ledger: Ledger, fulfilled_by: str | None, state: State, needed: bool
) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        mine = order(fulfilled_by=fulfilled_by, updated_at=NOW + DAY)
        orders.record_orders(connection, SELLER, [mine], as_of=NOW, previous=None)
        assert orders.any_open_but(connection, SELLER, "MERCHANT") is needed
        assert not orders.any_open_but(connection, "another", "MERCHANT")


@pytest.mark.parametrize("original_first", [True, False], ids=["original first", "replacement first"])
def test_an_order_knows_what_replaces_it(ledger: Ledger, original_first: bool) -> None:
    page = [order("a"), order("b", original_order_ids=("a",))]
    with ledger.begin() as connection:
        for each in page if original_first else reversed(page):
            orders.record_orders(connection, SELLER, [each], as_of=NOW, previous=None)
    assert facts_of(ledger, "a").replaced_by == "b"
    assert facts_of(ledger, "b").replaced_by is None


def test_a_refund_read_twice_counts_once_and_another_one_as_well(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        known(connection, "a")
        for refunds in ({"t-1": refund("5.00")}, {"t-1": refund("5.00")}, {"t-2": refund("7.00")}):
            orders.record_refunds(connection, SELLER, {"a": refunds}, NOW)
    assert facts_of(ledger).refunds == (refund("5.00"), refund("7.00"))


@pytest.mark.parametrize("times", [(NOW, NOW + DAY), (NOW + DAY, NOW)], ids=["later last", "later first"])
def test_the_latest_release_and_the_latest_arrival_count(ledger: Ledger, times: tuple[datetime, datetime]) -> None:
    with ledger.begin() as connection:
        known(connection, "a")
        for at in times:
            orders.record_releases(connection, SELLER, {"a": at}, NOW)
            orders.record_arrivals(connection, SELLER, {"a": at}, NOW)
    facts = facts_of(ledger)
    assert (facts.funds_released_for, facts.fba_arrival) == (NOW + DAY, NOW + DAY)


def test_facts_that_come_before_their_order_are_kept_for_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        orders.record_refunds(connection, SELLER, {"a": {"t-1": refund("5.00")}}, NOW)
        orders.record_returns(connection, SELLER, Source.FBA_RETURNS, ["a"], NOW)
        orders.record_releases(connection, SELLER, {"a": NOW}, NOW)
        assert REVIEWS.one(connection, SELLER, review("a")) is None
        assert orders.record_orders(connection, SELLER, [order()], as_of=NOW, previous=NOW - DAY) == 1
    facts = facts_of(ledger)
    assert (facts.refunds, facts.returned_by) == ((refund("5.00"),), Source.FBA_RETURNS)
    assert facts.funds_released_for == NOW


def test_a_new_order_is_looked_at_now(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        known(connection, "a")
        assert [row.order_id for row in REVIEWS.looks(connection, SELLER, [State.WAITING], NOW, 9)] == ["a"]


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        (State.WAITING, State.WAITING),
        (State.SKIPPED, State.SKIPPED),
        (State.DUE, State.WAITING),
    ],
    ids=str,
)
def test_a_new_fact_wakes_an_order(ledger: Ledger, state: State, becomes: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        orders.record_returns(connection, SELLER, Source.MERCHANT_RETURNS, ["a"], NOW + HOUR)
    row = row_of(ledger)
    assert (row.state, row.next_look_at) == (becomes, NOW + HOUR)


@pytest.mark.parametrize("state", [State.SENDING, State.UNCLEAR, State.SENT, State.REFUSED, State.HELD], ids=str)
def test_a_new_fact_leaves_alone_what_is_being_sent_or_was(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
    before = row_of(ledger)
    with ledger.begin() as connection:
        orders.record_returns(connection, SELLER, Source.MERCHANT_RETURNS, ["a"], NOW + HOUR)
    after = row_of(ledger)
    assert (after.state, after.next_look_at) == (before.state, before.next_look_at)
    assert request_of(ledger).facts.returned_by == Source.MERCHANT_RETURNS


def test_a_fact_that_is_known_wakes_nobody(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        known(connection, "a")
        orders.record_returns(connection, SELLER, Source.MERCHANT_RETURNS, ["a"], NOW)
        REVIEWS.decide(connection, SELLER, [Transition(review("a"), State.SKIPPED, Reason.RETURNED)], NOW)
        orders.record_orders(connection, SELLER, [order()], as_of=NOW + HOUR, previous=NOW)
        orders.record_returns(connection, SELLER, Source.MERCHANT_RETURNS, ["a"], NOW + HOUR)
    assert row_of(ledger).next_look_at is None
