"""What another tool asked, an import says: it holds like askonce's own requests, wherever the order stands."""

from collections.abc import Callable

import pytest

from ledger.state import State
from marketplace.simulator.faults import Kind
from rules.reason import Reason
from tasks import route
from tasks.actions import REVIEW
from tasks.entrypoints import reconcile
from tasks.explain import explain
from tasks.left_out import leave_out
from tasks.moving.asked import Done, Import, Outcome
from tasks.moving.file import Line
from tests.tasks.test_tasks_left_out import is_due, is_held_unsent, is_skipped, waits
from tests.tasks.workshop import ASK, CLAIRE, DAY, MINUTE, NOW, OFFER, Workshop

SLOW = 0.6
IMPORTED = (State.SKIPPED, Reason.ALREADY_REQUESTED)
ON = NOW.date() - 5 * DAY


def import_of(shop: Workshop, name: str = "asked.csv", *, dry_run: bool = False) -> Import:
    seller, others = shop.sellers[shop.name], [each for each in shop.sellers if each != shop.name]
    return Import(shop.ledger, seller, others, name, CLAIRE, shop.clock.now(), dry_run)


def outcomes(shop: Workshop, *orders: str, undo: bool = False, name: str = "asked.csv") -> list[Outcome]:
    done, problems = import_of(shop, name).run({each: Line(1, ON) for each in orders}, undo=undo)
    assert problems == []
    return [each.outcome for each in done]


@pytest.mark.parametrize("stands", [waits, is_due, is_skipped, is_held_unsent])
def test_an_imported_order_is_never_asked(any_shop: Workshop, stands: Callable[[Workshop], str]) -> None:
    order = stands(any_shop)
    assert outcomes(any_shop, order) == [Outcome.IMPORTED]
    words = "by import of asked.csv on 2026-10-20 by Claire, asked on 2026-10-15"
    assert any_shop.details(order)[-1] == words
    any_shop.wants(day_range=[5, 30])  # new settings wake what was skipped
    any_shop.whole_days(5)
    assert (any_shop.standing(order), any_shop.asked(order)) == (IMPORTED, 0)
    found = explain(any_shop.ledger, any_shop.sellers[any_shop.name], order, any_shop.clock.now())
    assert found
    assert words in found.answer.when


def test_an_order_can_be_imported_before_it_is_seen(any_shop: Workshop) -> None:
    other = any_shop.order()
    order = any_shop.new_order_id()
    assert outcomes(any_shop, order) == [Outcome.BEFOREHAND]
    any_shop.order(order_id=order)
    any_shop.whole_pass()
    assert (any_shop.standing(order), any_shop.asked(order), any_shop.asked(other)) == (IMPORTED, 0, 1)


def test_what_is_imported_between_claim_and_call_is_not_asked(any_shop: Workshop) -> None:
    order = is_due(any_shop)
    any_shop.trouble("slow", OFFER, seconds=SLOW)
    with any_shop.meanwhile(any_shop.send) as sent:
        while any_shop.row(order).state is not State.SENDING:
            assert not sent.done()
        assert outcomes(any_shop, order) == [Outcome.IN_DOUBT]
    assert sent.result() == 0
    assert (any_shop.standing(order), any_shop.asked(order)) == (IMPORTED, 0)


@pytest.mark.parametrize(("kind", "asked"), [("drop_after", 1), ("drop_before", 0)])
def test_what_may_have_been_sent_is_found_out_and_not_asked_again(any_shop: Workshop, kind: Kind, asked: int) -> None:
    order = is_due(any_shop)
    any_shop.trouble(kind, ASK, times=1)
    any_shop.send()
    assert outcomes(any_shop, order) == [Outcome.IN_DOUBT]
    any_shop.wait(MINUTE)
    reconcile(any_shop.app, any_shop.name)
    any_shop.whole_days(2)
    assert any_shop.asked(order) == asked
    assert any_shop.standing(order) == ((State.SENT, Reason.NO_LONGER_OFFERED) if asked else IMPORTED)


def test_what_was_asked_by_askonce_stays_asked(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.whole_pass()
    assert outcomes(any_shop, order) == [Outcome.TOO_LATE]
    assert outcomes(any_shop, order, undo=True) == [Outcome.WAS_NOT]
    assert any_shop.standing(order) == (State.SENT, Reason.REQUESTED)


@pytest.mark.parametrize("seen_first", [True, False], ids=["seen before", "seen after"])
def test_what_was_imported_by_mistake_is_asked_when_that_is_taken_back(any_shop: Workshop, seen_first: bool) -> None:
    order = any_shop.order()
    if seen_first:
        any_shop.sweep()
    outcomes(any_shop, order)
    any_shop.sweep()
    assert any_shop.standing(order) == IMPORTED
    assert outcomes(any_shop, order, undo=True) == [Outcome.TAKEN_BACK]
    assert outcomes(any_shop, order, undo=True) == [Outcome.WAS_NOT]
    any_shop.whole_pass()
    assert (any_shop.standing(order)[0], any_shop.asked(order)) == (State.SENT, 1)


def test_taking_an_import_back_after_the_window_asks_nobody(any_shop: Workshop) -> None:
    order = any_shop.order()
    outcomes(any_shop, order)
    any_shop.sweep()
    any_shop.wait(40 * DAY)
    assert outcomes(any_shop, order, undo=True) == [Outcome.TAKEN_BACK]
    any_shop.whole_pass()
    assert (any_shop.standing(order), any_shop.asked(order)) == ((State.SKIPPED, Reason.TOO_LATE), 0)


def test_another_import_that_names_the_order_still_counts(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.sweep()
    assert outcomes(any_shop, order) == [Outcome.IMPORTED]
    assert outcomes(any_shop, order) == [Outcome.AGAIN]
    assert outcomes(any_shop, order, name="second.csv") == [Outcome.IMPORTED]
    assert outcomes(any_shop, order, name="mistakes.csv", undo=True) == [Outcome.OTHER]
    assert outcomes(any_shop, order, undo=True) == [Outcome.OTHER]
    any_shop.whole_pass()
    assert any_shop.standing(order) == IMPORTED
    assert outcomes(any_shop, order, name="second.csv", undo=True) == [Outcome.TAKEN_BACK]
    assert any_shop.standing(order)[0] is State.DUE


def test_what_a_person_left_out_stays_left_out(any_shop: Workshop) -> None:
    order = is_due(any_shop)
    leave_out(any_shop.ledger, any_shop.sellers, order, CLAIRE, "rude", any_shop.clock.now())
    outcomes(any_shop, order)
    outcomes(any_shop, order, undo=True)
    any_shop.whole_pass()
    assert any_shop.standing(order) == (State.SKIPPED, Reason.LEFT_OUT)


def test_a_decision_that_did_not_see_the_import_taken_back_is_taken_anew(any_shop: Workshop) -> None:
    order = any_shop.order()
    outcomes(any_shop, order)
    any_shop.sweep()
    with any_shop.session() as shop:
        with any_shop.ledger.begin() as connection:
            REVIEW.queue.wake(connection, any_shop.name, [order], any_shop.clock.now())
        with any_shop.ledger.read() as connection:
            old = route._decide_some(connection, shop, REVIEW, any_shop.clock.now())
        outcomes(any_shop, order, undo=True)
        with any_shop.ledger.begin() as connection:
            REVIEW.queue.decide(connection, any_shop.name, old, any_shop.clock.now())
        assert any_shop.standing(order)[0] is State.WAITING
        route.decide_due(shop, REVIEW)
    assert any_shop.standing(order)[0] is State.DUE


def test_the_order_of_another_seller_is_named_and_left_out(shop: Workshop) -> None:
    shop.opens()
    other = next(name for name in shop.sellers if name != shop.name)
    theirs, mine = shop.order(account=other), shop.order()
    shop.whole_pass(other)
    done, problems = import_of(shop).run({theirs: Line(7, None), mine: Line(8, None)}, undo=False)
    assert [each.order_id for each in done] == [mine]
    assert [(each.line, each.what) for each in problems] == [(7, f"{theirs} is an order of {other}")]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(any_shop: Workshop) -> None:
    due, unseen = is_due(any_shop), "403-1234567-1234567"

    def tried(*, undo: bool) -> list[Done]:
        return import_of(any_shop, dry_run=True).run({each: Line(1, None) for each in (due, unseen)}, undo=undo)[0]

    assert [each.outcome for each in tried(undo=False)] == [Outcome.IMPORTED, Outcome.BEFOREHAND]
    assert any_shop.standing(due)[0] is State.DUE
    outcomes(any_shop, due, unseen)
    assert [each.outcome for each in tried(undo=True)] == [Outcome.TAKEN_BACK, Outcome.TAKEN_BACK]
    assert any_shop.standing(due) == IMPORTED


@pytest.mark.long
def test_five_thousand_orders_that_were_asked_elsewhere_are_not_asked_until_that_is_taken_back(shop: Workshop) -> None:
    orders = [shop.order(order_id=f"407-{number:07}-0000000") for number in range(10)]
    many = [*orders, *(f"408-{number:07}-0000000" for number in range(4990))]
    assert set(outcomes(shop, *many)) == {Outcome.BEFOREHAND}
    shop.whole_pass()
    assert {shop.standing(order) for order in orders} == {IMPORTED}
    assert set(outcomes(shop, *many, undo=True)) == {Outcome.TAKEN_BACK}
    shop.whole_pass()
    assert {shop.asked(order) for order in orders} == {1}
