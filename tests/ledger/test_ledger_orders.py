from datetime import datetime

import pytest

from ledger import orders
from ledger.database import Ledger
from ledger.queue import Transition
from ledger.requests import REVIEWS
from ledger.state import State
from rules.order import Source
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
    review,
    row_of,
)


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
    assert facts_of(ledger).returned_by == Source.MERCHANT_RETURNS


def test_a_fact_that_is_known_wakes_nobody(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        known(connection, "a")
        orders.record_returns(connection, SELLER, Source.MERCHANT_RETURNS, ["a"], NOW)
        REVIEWS.decide(connection, SELLER, [Transition(review("a"), State.SKIPPED, Reason.RETURNED)], NOW)
        orders.record_orders(connection, SELLER, [order()], as_of=NOW + HOUR, previous=NOW)
        orders.record_returns(connection, SELLER, Source.MERCHANT_RETURNS, ["a"], NOW + HOUR)
    assert row_of(ledger).next_look_at is None
