"""A person wants an order asked now: every rule counts but the seller's own days, slots and weekdays."""

from typing import Any

import pytest
from sqlalchemy import delete

from ledger import controls
from ledger.state import State
from ledger.tables import entries
from marketplace.simulator.sim_order import SimRefund
from rules.reason import Reason
from tasks.ask import ASK_WITHIN, Asked, ask
from tasks.left_out import leave_out
from tests.tasks.workshop import ASK, CLAIRE, MINUTE, NOW, OFFER, VALUE, Workshop


def asked(shop: Workshop, *orders: str) -> list[Asked]:
    return list(ask(shop.app, shop.name, orders, CLAIRE))


def test_an_order_is_asked_before_its_day_its_slot_and_its_weekday(any_shop: Workshop) -> None:
    any_shop.wants(day_range=[10, 25], time_slots=["09:00-10:00"], weekdays=["sun"])
    order, other = any_shop.order(6), any_shop.order(6)
    any_shop.sweep()
    (done,) = asked(any_shop, order)
    assert (done.is_sent, done.reason, any_shop.asked(order)) == (True, Reason.REQUESTED, 1)
    assert any_shop.details(order)[0] == "to be asked now, by Claire"
    assert (any_shop.asked(other), any_shop.standing(other)) == (0, (State.WAITING, Reason.TOO_EARLY))


def test_what_cannot_be_asked_now_says_why_and_is_asked_in_its_time(shop: Workshop) -> None:
    refunds = (SimRefund(NOW - 2 * 24 * 60 * MINUTE, VALUE),)
    early, refunded, late, foreign = (
        *(shop.order(3), shop.order(refunds=refunds), shop.order(40)),
        shop.order(channel="NON_AMAZON"),
    )
    shop.sweep()
    words = {each.order_id: each.words for each in asked(shop, early, refunded, late, foreign)}
    assert words[early].startswith("Amazon takes requests from 5 days after the delivery: from 2026-10-22 ")
    assert words[refunded] == Reason.REFUNDED.meaning
    assert words[late] == Reason.TOO_LATE.meaning
    assert words[foreign] == Reason.NOT_AMAZON_ORDER.meaning
    assert shop.row(early).facts.ask_until is None
    assert shop.standing(early) == (State.WAITING, Reason.TOO_EARLY)
    shop.whole_days(3)
    assert shop.asked(early) == 0  # the seller's own days are 7 to 25
    shop.whole_days(2)
    assert shop.asked(early) == 1


def test_an_order_that_is_kept_no_longer_is_said_to_be_and_the_others_are_asked(shop: Workshop) -> None:
    gone, order = shop.order(), shop.order()
    shop.sweep()
    with shop.ledger.begin() as connection:
        connection.execute(delete(entries).where(entries.c.order_id == gone))
    said, done = asked(shop, gone, order)
    assert (said.is_sent, said.reason) == (False, Reason.NO_LONGER_KEPT)
    assert said.words.startswith(Reason.NO_LONGER_KEPT.meaning)
    assert done.is_sent


@pytest.mark.parametrize(
    ("wish", "reason"),
    [({"live": False}, Reason.NOT_LIVE), ({"daily_limit": 1}, Reason.DAILY_LIMIT)],
    ids=["not live", "daily limit"],
)
def test_the_sellers_gate_stays_shut(shop: Workshop, wish: dict[str, Any], reason: Reason) -> None:
    shop.wants(**wish)
    shop.order(12)
    order = shop.order(6)
    shop.whole_pass()
    (done,) = asked(shop, order)
    assert (done.is_sent, shop.asked(order)) == (False, 0)
    assert done.words.startswith(reason.meaning)
    assert shop.standing(order) == (State.WAITING, Reason.TOO_EARLY)


def test_a_pause_holds_for_what_is_asked_by_hand(any_shop: Workshop) -> None:
    order = any_shop.order(6)
    any_shop.sweep()
    with any_shop.ledger.begin() as connection:
        controls.stop(connection, any_shop.name, Reason.PAUSED)
    (done,) = asked(any_shop, order)
    assert (done.is_sent, done.words, any_shop.asked(order)) == (
        False,
        "sending is paused. To do: run `askonce resume`",
        0,
    )


def test_what_was_left_out_or_asked_is_not_asked(shop: Workshop) -> None:
    sent, unwanted = shop.order(), shop.order()
    shop.sweep()
    leave_out(shop.ledger, shop.sellers, unwanted, CLAIRE, "rude", shop.clock.now())
    shop.whole_pass()
    done = asked(shop, sent, unwanted)
    assert [each.words for each in done] == [
        Reason.REQUESTED.meaning,
        f"a person left the order out. To take that back: askonce skip --undo {unwanted}",
    ]
    assert (shop.asked(sent), shop.asked(unwanted)) == (1, 0)


def test_a_lost_answer_is_found_out_at_once(shop: Workshop) -> None:
    order = shop.order(6)
    shop.sweep()
    shop.trouble("drop_after", ASK, times=1)
    (done,) = asked(shop, order)
    assert (done.is_sent, done.reason, shop.asked(order)) == (True, Reason.NO_LONGER_OFFERED, 1)


def test_what_amazon_does_not_offer_says_so(shop: Workshop) -> None:
    order = shop.order(6)
    shop.sweep()
    shop.trouble("empty_actions", OFFER, times=1)
    (done,) = asked(shop, order)
    assert done.words == Reason.NOT_OFFERED.meaning
    assert shop.standing(order) == (State.WAITING, Reason.NOT_OFFERED)


def test_a_worker_that_has_the_lane_asks(any_shop: Workshop) -> None:
    order = any_shop.order(6)
    any_shop.sweep()
    with any_shop.session():
        (done,) = asked(any_shop, order)
    assert (done.by_worker, any_shop.asked(order)) == (True, 0)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def test_a_wish_that_nobody_fulfils_within_the_hour_is_over(any_shop: Workshop) -> None:
    order = any_shop.order(6)
    any_shop.sweep()
    with any_shop.session():
        asked(any_shop, order)
    any_shop.wait(ASK_WITHIN + MINUTE)
    any_shop.whole_pass()
    assert (any_shop.asked(order), any_shop.standing(order)) == (0, (State.WAITING, Reason.TOO_EARLY))
