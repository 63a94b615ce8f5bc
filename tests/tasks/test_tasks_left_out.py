"""A person says that a buyer is not to be asked: it holds from then on, wherever the order stands."""

from collections.abc import Callable

import pytest

from ledger.requests import Request
from ledger.state import State
from marketplace.simulator.faults import Kind
from rules.reason import Reason
from tasks.actions import REVIEW
from tasks.entrypoints import reconcile
from tasks.left_out import Outcome, Said, leave_out, take_back
from tasks.order_ids import NoSuchOrder
from tasks.session import SellerSession
from tests.tasks.workshop import ASK, CLAIRE, DAY, MINUTE, OFFER, Workshop

SLOW = 0.6
LEFT_OUT = (State.SKIPPED, Reason.LEFT_OUT)


def left_out(shop: Workshop, order: str) -> Said:
    return leave_out(shop.ledger, shop.sellers, order, CLAIRE, "complained by mail", shop.clock.now())


def taken_back(shop: Workshop, order: str) -> Said:
    return take_back(shop.ledger, shop.sellers, order, CLAIRE, shop.clock.now())


def waits(shop: Workshop) -> str:
    order = shop.order(6)
    shop.sweep()
    return order


def is_due(shop: Workshop) -> str:
    order = shop.order()
    shop.sweep()
    return order


def is_skipped(shop: Workshop) -> str:
    order = shop.order(channel="NON_AMAZON")
    shop.sweep()
    return order


def is_held_unsent(shop: Workshop) -> str:
    order = shop.order()
    shop.trouble("unknown_403", ASK, times=1)
    shop.whole_pass()
    assert shop.standing(order)[0] is State.HELD
    return order


@pytest.mark.parametrize("stands", [waits, is_due, is_skipped, is_held_unsent])
def test_an_order_that_is_left_out_is_never_asked(any_shop: Workshop, stands: Callable[[Workshop], str]) -> None:
    order = stands(any_shop)
    said = left_out(any_shop, order)
    assert (said.seller, said.outcome, said.state, said.reason) == (any_shop.name, Outcome.LEFT_OUT, *LEFT_OUT)
    assert any_shop.details(order)[-1] == "left out by Claire: complained by mail"
    any_shop.wants(day_range=[5, 30])  # new settings wake what was skipped
    any_shop.whole_days(5)
    assert (any_shop.standing(order), any_shop.asked(order)) == (LEFT_OUT, 0)


def test_an_order_can_be_left_out_before_it_is_seen(any_shop: Workshop) -> None:
    other = any_shop.order()
    order = any_shop.new_order_id()
    assert left_out(any_shop, order).outcome is Outcome.BEFOREHAND
    any_shop.order(order_id=order)
    any_shop.whole_pass()
    assert (any_shop.standing(order), any_shop.asked(order), any_shop.asked(other)) == (LEFT_OUT, 0, 1)


def test_of_several_sellers_one_must_be_named_for_an_order_that_was_not_seen(shop: Workshop) -> None:
    shop.opens()
    with pytest.raises(NoSuchOrder, match=f"--seller {shop.name} or --seller "):
        left_out(shop, "403-1234567-1234567")


def test_what_is_left_out_between_claim_and_call_is_not_asked(any_shop: Workshop) -> None:
    order = is_due(any_shop)
    any_shop.trouble("slow", OFFER, seconds=SLOW)
    with any_shop.meanwhile(any_shop.send) as sent:
        while any_shop.row(order).state is not State.SENDING:
            assert not sent.done()
        assert left_out(any_shop, order).outcome is Outcome.IN_DOUBT
    assert sent.result() == 0
    assert (any_shop.standing(order), any_shop.asked(order)) == (LEFT_OUT, 0)


def test_what_is_left_out_while_amazon_offers_nothing_is_left_out(shop: Workshop) -> None:
    order = is_due(shop)
    shop.trouble("slow", OFFER, seconds=SLOW, times=1)
    shop.trouble("empty_actions", OFFER)
    with shop.meanwhile(shop.send) as sent:
        while shop.row(order).state is not State.SENDING:
            assert not sent.done()
        left_out(shop, order)
    assert shop.standing(order) == LEFT_OUT


@pytest.mark.parametrize(("kind", "asked"), [("drop_after", 1), ("drop_before", 0)])
def test_what_may_have_been_sent_is_found_out_and_not_asked_again(any_shop: Workshop, kind: Kind, asked: int) -> None:
    order = is_due(any_shop)
    any_shop.trouble(kind, ASK, times=1)
    any_shop.send()
    assert any_shop.standing(order)[0] is State.UNCLEAR
    assert left_out(any_shop, order).outcome is Outcome.IN_DOUBT
    any_shop.wait(MINUTE)
    reconcile(any_shop.app, any_shop.name)
    any_shop.whole_days(2)
    assert any_shop.asked(order) == asked
    assert any_shop.standing(order) == ((State.SENT, Reason.NO_LONGER_OFFERED) if asked else LEFT_OUT)


def test_what_was_sent_stays_sent(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.whole_pass()
    said = left_out(any_shop, order)
    assert (said.outcome, said.state) == (Outcome.TOO_LATE, State.SENT)
    assert any_shop.row(order).facts.left_out is None


def test_what_is_taken_back_is_asked(any_shop: Workshop) -> None:
    order, waiting = any_shop.order(), any_shop.order(6)
    any_shop.sweep()
    for each, stands in ((order, (State.DUE, Reason.DUE)), (waiting, (State.WAITING, Reason.TOO_EARLY))):
        left_out(any_shop, each)
        assert taken_back(any_shop, each).outcome is Outcome.TAKEN_BACK
        assert any_shop.standing(each) == stands
        assert taken_back(any_shop, each).outcome is Outcome.WAS_NOT
    any_shop.whole_days(3)
    assert [any_shop.asked(each) for each in (order, waiting)] == [1, 1]


def test_what_is_taken_back_before_it_is_seen_is_asked(shop: Workshop) -> None:
    order = "403-1234567-1234567"
    left_out(shop, order)
    assert taken_back(shop, order).outcome is Outcome.TAKEN_BACK
    shop.order(order_id=order)
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_a_decision_of_before_does_not_undo_what_a_person_said(any_shop: Workshop) -> None:
    """A worker reads, a person speaks, the worker writes what it had decided."""
    order = is_due(any_shop)
    read = any_shop.row(order)
    left_out(any_shop, order)
    with any_shop.session() as session:
        _writes(any_shop, read, session)
    assert any_shop.standing(order) == LEFT_OUT
    read = any_shop.row(order)
    taken_back(any_shop, order)
    with any_shop.session() as session:
        _writes(any_shop, read, session)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def _writes(shop: Workshop, read: Request, session: SellerSession) -> None:
    now = shop.clock.now()
    with shop.ledger.begin() as connection:
        decided = REVIEW.decide(connection, session, read, now)
        REVIEW.queue.decide(connection, shop.name, [decided], now)


def test_an_id_may_be_given_by_its_end_and_a_near_miss_is_named(shop: Workshop) -> None:
    order, other = shop.order(), shop.order()
    shop.sweep()
    first, middle, last = order.split("-")
    assert left_out(shop, f"\N{HORIZONTAL ELLIPSIS}{middle}-{last}").order_id == order
    with pytest.raises(NoSuchOrder, match=f"several orders end in {last}"):
        left_out(shop, last)
    with pytest.raises(NoSuchOrder, match=f"has 6 digits at the end.*Did you mean {order}"):
        left_out(shop, order[:-1])
    missed = f"{first}-{middle}-0000001"
    said = left_out(shop, missed)
    assert (said.order_id, said.outcome, said.near) == (missed, Outcome.BEFOREHAND, order)
    assert shop.standing(other) == (State.DUE, Reason.DUE)
    shop.wait(DAY)
