"""An order that was delivered long after its promise has a window with two ends."""

from ledger.state import State
from rules.reason import Reason
from tasks.reviews.send import LOOK_AFTER
from tests.tasks.workshop import ASK, DAY, NOW, Workshop

NEARER = NOW + DAY


def late_order(shop: Workshop) -> str:
    """Delivered ten days ago and promised for 18 days before that; Amazon's funds were released for the real day."""
    return shop.order(10, purchased_at=NOW - 40 * DAY, shipped_at=NOW - 30 * DAY, deliver_by=NEARER - 29 * DAY)


def test_it_is_due_by_the_nearer_end_and_after_that_by_the_later_one(shop: Workshop) -> None:
    shop.wants(live=False)
    order = late_order(shop)
    shop.sweep()
    assert (shop.standing(order)[0], shop.row(order).deadline) == (State.DUE, NEARER)
    shop.at(NEARER)
    shop.sweep()
    later = shop.row(order).deadline
    assert (shop.standing(order)[0], later > NEARER + 10 * DAY) == (State.DUE, True)
    shop.wants(live=True)
    shop.whole_pass()
    assert shop.asked(order) == 1


def test_a_doubt_is_looked_at_until_the_later_end(shop: Workshop) -> None:
    order = late_order(shop)
    shop.sweep()
    shop.trouble("drop_after", ASK, times=1)
    shop.send()
    shop.wait(LOOK_AFTER)
    shop.at(NEARER)
    shop.reconcile()
    assert shop.standing(order) == (State.SENT, Reason.NO_LONGER_OFFERED)


def test_a_doubt_is_held_once_the_later_end_has_passed(shop: Workshop) -> None:
    order = late_order(shop)
    shop.sweep()
    shop.trouble("drop_after", ASK, times=1)
    shop.send()
    shop.at(NOW + 16 * DAY)
    shop.reconcile()
    assert shop.standing(order) == (State.HELD, Reason.UNCLEAR)
