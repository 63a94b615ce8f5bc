"""The three sentences that answer a seller's question about one order."""

import re
from typing import Any

import pytest

from ledger import controls
from ledger.state import State
from marketplace.simulator.sim_order import SimRefund
from rules.reason import Reason
from tasks.answer import Answer
from tasks.explain import explain
from tasks.left_out import leave_out
from tasks.reviews.plan import plan
from tests.tasks.workshop import ASK, CLAIRE, DAY, DE, FBA, NOW, VALUE, Workshop

SLOT = {"day_range": [7, 25], "time_slots": ["10:00-14:00"], "weekdays": ["tue", "wed", "thu", "sat"]}


def answered(shop: Workshop, order: str) -> Answer:
    found = explain(shop.ledger, shop.sellers[shop.name], order, shop.clock.now())
    assert found is not None
    return found.answer


@pytest.mark.parametrize(
    ("order", "wish", "when", "rests_on", "window"),
    [
        pytest.param(
            {"days_ago": 3},
            SLOT,
            "Asked from 2026-10-24 10:00 CEST, if Amazon offers it. Not now: you ask from 7 days after the delivery "
            "on.",
            "Counted as delivered from 2026-10-17 14:00 CEST: its packages say so.",
            "It may be asked from 2026-10-24 00:00 CEST; its window shuts on 2026-11-12 00:00 CET.",
            id="too early",
        ),
        pytest.param(
            {"days_ago": 10},
            SLOT,
            "Asked from 2026-10-21 10:00 CEST, if Amazon offers it. Not now: you ask at 10:00-14:00 on "
            "tue, wed, thu, sat.",
            "Counted as delivered from 2026-10-10 14:00 CEST: Amazon releases the money 7 days after the delivery.",
            "It may be asked from 2026-10-17 00:00 CEST; its window shuts on 2026-11-05 00:00 CET.",
            id="outside of the slot",
        ),
        pytest.param(
            {"days_ago": 10},
            {},
            "It is asked now, at Amazon's pace, if Amazon offers it.",
            None,
            None,
            id="due",
        ),
        pytest.param(
            {"days_ago": 27},
            {},
            "Not asked: the day range or Amazon's own window has ended. With day_range = [5, 30] it still would be.",
            None,
            "Its window shut on 2026-10-19 00:00 CEST.",
            id="too late for the seller alone",
        ),
        pytest.param(
            {"days_ago": 40},
            {},
            "Not asked: the day range or Amazon's own window has ended. Its window is shut: this is final.",
            None,
            None,
            id="too late",
        ),
        pytest.param(
            {"days_ago": 10, "marketplace_id": DE},
            {"marketplaces": ("FR",)},
            "Not asked: the settings do not name the order's marketplace. Other settings decide it anew.",
            None,
            None,
            id="by settings",
        ),
        pytest.param(
            {"days_ago": 10, "refunds": (SimRefund(NOW - DAY, VALUE),)},
            {},
            "Not asked: the order was refunded. It is looked at again if a fact or your settings change.",
            None,
            None,
            id="refunded",
        ),
        pytest.param(
            {"days_ago": 0, "delivered_at": None, "release": False},
            {},
            "No time is known yet: the order is not known to be delivered yet. As soon as Amazon says more, a time is "
            "known; askonce gives up on 2027-01-15 13:00 CET.",
            "It is not known to be delivered: Amazon says SHIPPED of the order, and PICKED_UP of its packages.",
            None,
            id="on its way, no time known",
        ),
        pytest.param(
            {"days_ago": 1, **FBA, "release": False},
            {},
            r"Asked from 2026-10-\d\d 00:00 CET, if Amazon offers it. Not now: .*",
            r".*ounted as delivered from 2026-10-\d\d \d\d:\d\d CEST: Amazon's estimate of the arrival "
            r"\(2026-10-.* CEST\) and 2 days; a better source will take its place\.",
            None,
            id="estimated",
        ),
    ],
)
def test_an_order_is_explained_in_three_sentences(
    shop: Workshop, order: dict[str, Any], wish: dict[str, Any], when: str, rests_on: str | None, window: str | None
) -> None:
    shop.wants(**wish)
    order_id = shop.order(**order)
    shop.sweep()
    found = answered(shop, order_id)
    assert found.when == when or re.fullmatch(when, found.when)
    assert rests_on is None or found.rests_on == rests_on or re.fullmatch(rests_on, found.rests_on)
    assert window is None or found.window == window
    assert found.is_final == ("this is final" in found.when)


@pytest.mark.parametrize("wish", [SLOT, {"daily_limit": 1}, {"day_range": [5, 30]}], ids=["slot", "limit", "days"])
@pytest.mark.parametrize("anew", [False, True], ids=["as decided", "with new settings"])
def test_an_explanation_names_the_time_of_the_plan(any_shop: Workshop, wish: dict[str, Any], *, anew: bool) -> None:
    any_shop.wants(**wish)
    orders = [any_shop.order(days) for days in (3, 6, 10, 10, 12)]
    any_shop.sweep()
    if anew:
        any_shop.wants(**wish, timezone="Asia/Tokyo")
    planned = plan(any_shop.ledger, any_shop.sellers[any_shop.name], any_shop.clock.now(), 60).entries
    times = {each.order_id: each.due_at for each in planned}
    assert times == {each: answered(any_shop, each).due_at for each in orders}


def test_what_a_person_or_amazon_said_is_in_the_answer(shop: Workshop) -> None:
    sent, unwanted, held = shop.order(), shop.order(), shop.order(12)
    shop.sweep()
    leave_out(shop.ledger, shop.sellers, unwanted, CLAIRE, "rude", shop.clock.now())
    shop.trouble("unknown_403", ASK, order_id=held)
    shop.whole_pass()
    assert answered(shop, sent).when == "Asked on 2026-10-20 14:00 CEST: Amazon accepted the request. This is final."
    assert answered(shop, sent).is_final
    undo = f"askonce skip --undo {unwanted}"
    words = f"Not asked: Claire left it out on 2026-10-20 14:00 CEST: rude. To take that back: {undo}"
    assert answered(shop, unwanted).when == words
    assert shop.standing(held)[0] is State.HELD
    assert answered(shop, held).when.startswith("It waits for you since 2026-10-20 14:00 CEST: Amazon refused in words")
    assert f"askonce resolve {held} sent, or not-sent" in answered(shop, held).when


def test_a_gate_that_is_shut_is_in_the_answer(shop: Workshop) -> None:
    order = shop.order()
    shop.sweep()
    with shop.ledger.begin() as connection:
        controls.stop(connection, controls.ALL, Reason.PAUSED)
    assert answered(shop, order).when == ("It would be asked now, but sending is paused. To do: run `askonce resume`.")


def test_the_orders_page_is_in_its_own_seller_central(shop: Workshop) -> None:
    order = shop.order(marketplace_id="A2NODRKZP88ZB9")
    shop.sweep()
    assert answered(shop, order).link == f"https://sellercentral.amazon.se/orders-v3/order/{order}"
