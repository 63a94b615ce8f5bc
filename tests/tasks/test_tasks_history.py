"""The history tells what was decided and done, in order, and is never changed."""

from ledger import history
from ledger.state import State
from marketplace.simulator.sim_order import SimRefund
from rules.reason import Reason
from settings.schema import Exclude
from tasks.actions import REVIEW
from tasks.left_out import leave_out, take_back
from tests.tasks.workshop import ASK, CLAIRE, DAY, DE, HOUR, NOW, OFFER, VALUE, Workshop


def told(shop: Workshop, order: str) -> list[tuple[State, Reason]]:
    with shop.ledger.read() as connection:
        events = list(history.told(connection, [shop.name], None))
    assert [event.at for event in events] == sorted(event.at for event in events)
    return [(event.state, event.reason) for event in events if event.order_id == order]


def test_what_was_decided_before_stays_in_the_history(any_shop: Workshop) -> None:
    any_shop.wants(marketplaces=("FR",))
    order = any_shop.order(marketplace_id=DE)
    any_shop.whole_pass()
    any_shop.wait(HOUR)
    any_shop.wants(exclude=Exclude(skus=("SKU-1",)))
    any_shop.whole_pass()
    any_shop.wait(HOUR)
    any_shop.wants()
    any_shop.whole_pass()
    assert told(any_shop, order) == [
        (State.SKIPPED, Reason.MARKETPLACE_NOT_ENABLED),
        (State.SKIPPED, Reason.SKU_EXCLUDED),
        (State.SENT, Reason.REQUESTED),
    ]


def test_a_decision_that_is_the_last_one_again_is_not_told(any_shop: Workshop) -> None:
    order, other = (any_shop.order(refunds=(SimRefund(NOW - DAY, VALUE),)) for _ in range(2))
    waiting = any_shop.order(6)
    for days in ([7, 25], [7, 24], [7, 23]):
        any_shop.wants(day_range=days)
        any_shop.whole_pass()
        any_shop.wait(HOUR)
    assert told(any_shop, order) == told(any_shop, other) == [(State.SKIPPED, Reason.REFUNDED)]
    assert told(any_shop, waiting) == []


def test_a_decision_that_came_too_late_is_not_told(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.sweep()
    any_shop.wants(enabled=False)
    with any_shop.session() as session:
        read = any_shop.row(order)
        leave_out(any_shop.ledger, any_shop.sellers, order, CLAIRE, "rude", any_shop.clock.now())
        with any_shop.ledger.begin() as connection:
            decided = REVIEW.decide(connection, session, read, any_shop.clock.now())
            REVIEW.queue.decide(connection, any_shop.name, [decided], any_shop.clock.now())
    assert decided.reason is Reason.DISABLED
    assert told(any_shop, order) == [(State.SKIPPED, Reason.LEFT_OUT)]


def test_amazons_answers_and_what_people_said_are_told_with_their_words(shop: Workshop) -> None:
    order = shop.order()
    shop.trouble("empty_actions", OFFER, times=1)
    shop.whole_pass()
    shop.trouble("drop_after", ASK, times=1)
    leave_out(shop.ledger, shop.sellers, order, CLAIRE, "rude", shop.clock.now())
    take_back(shop.ledger, shop.sellers, order, CLAIRE, shop.clock.now())
    shop.whole_days(2)
    with shop.ledger.read() as connection:
        events = list(history.told(connection, [shop.name], None))
        late = list(history.told(connection, [shop.name], NOW + HOUR))
    assert [(event.state, event.detail) for event in events][1:3] == [
        (State.SKIPPED, "left out by Claire: rude"),
        (State.DUE, "Claire took back that it was left out"),
    ]
    assert [event.state for event in events] == [
        *(State.WAITING, State.SKIPPED, State.DUE, State.UNCLEAR, State.SENT, State.SENT),
    ]
    assert all((event.asked_at is not None) == (event.state is State.SENT) for event in events)
    assert events[-len(late) :] == late
    assert 0 < len(late) < len(events)
