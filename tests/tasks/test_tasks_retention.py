"""Orders that are kept no longer: none that may still be asked is among them, and what is gone is not asked again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ledger.tables import attempts, decisions, entries, orders
from rules.order import Source
from rules.reason import Reason
from tasks.entrypoints import tidy
from tasks.left_out import leave_out
from tasks.unseen import Why, fetch, why_unseen
from tests.tasks.workshop import CLAIRE, DAY, HOUR, NOW, OFFER, Workshop, parcel


def kept(shop: Workshop) -> set[str]:
    with shop.ledger.read() as connection:
        return set(connection.execute(select(entries.c.order_id).where(entries.c.seller == shop.name)).scalars())


def passes_and_tidies(shop: Workshop, by: timedelta) -> None:
    shop.wait(by)
    shop.whole_pass()
    tidy(shop.app)


def test_an_order_is_kept_for_so_many_days_after_its_end_and_then_deleted_as_a_whole(any_shop: Workshop) -> None:
    sent, refunded = any_shop.order(), any_shop.order(cancelled_at=NOW - DAY)
    any_shop.whole_pass()
    passes_and_tidies(any_shop, 399 * DAY)
    assert kept(any_shop) == {sent, refunded}
    passes_and_tidies(any_shop, 2 * DAY)
    with any_shop.ledger.read() as connection:
        for table in (orders, entries, attempts, decisions):
            mine = select(table).where(table.c.seller == any_shop.name)
            assert connection.execute(mine).all() == [], table.name


def test_the_settings_say_for_how_long(shop: Workshop) -> None:
    sent = shop.order()
    shop.sellers[shop.name] = shop.sellers[shop.name].model_copy(update={"keep_days": 90})
    shop.whole_pass()
    passes_and_tidies(shop, 89 * DAY)
    assert kept(shop) == {sent}
    passes_and_tidies(shop, 2 * DAY)
    assert kept(shop) == set()


def test_a_clock_that_runs_ahead_deletes_nothing(shop: Workshop) -> None:
    sent = shop.order()
    shop.whole_pass()
    shop.wait(1000 * DAY)
    tidy(shop.app)  # Amazon has shown the orders up to a thousand days ago
    assert kept(shop) == {sent}


def test_an_order_that_was_asked_and_deleted_is_not_asked_when_amazon_shows_it_again(any_shop: Workshop) -> None:
    late = (10, "DELIVERED", "DELIVERED"), (-420, "DELIVERED", None)
    order = any_shop.order(packages=(parcel((12, "IN_TRANSIT", "PICKED_UP"), *late),))
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1
    passes_and_tidies(any_shop, 405 * DAY)
    assert kept(any_shop) == set()
    looked = any_shop.calls(OFFER)
    for days in (16, 12, 10):
        passes_and_tidies(any_shop, days * DAY)
        assert any_shop.standing(order) == ("skipped", Reason.NO_LONGER_KEPT)
    assert (any_shop.asked(order), any_shop.calls(OFFER)) == (1, looked)


@pytest.mark.parametrize("is_left_out", [True, False], ids=["left out, and deleted", "never deleted"])
def test_an_order_that_comes_after_more_than_a_year_is_asked_unless_it_was_deleted(
    is_left_out: bool, shop: Workshop
) -> None:
    order = shop.order(purchased_at=NOW - 10 * DAY, shipped_at=NOW - 8 * DAY, delivered_at=NOW + 450 * DAY)
    shop.whole_pass()
    if is_left_out:
        leave_out(shop.ledger, shop.sellers, order, CLAIRE, "rude", shop.clock.now())
    for days in (85, 320):
        passes_and_tidies(shop, days * DAY)
    assert kept(shop) == (set() if is_left_out else {order})
    for days in (45, 1, 10):
        passes_and_tidies(shop, days * DAY + HOUR)
    assert shop.standing(order)[1] == (Reason.NO_LONGER_KEPT if is_left_out else Reason.REQUESTED)
    assert shop.asked(order) == (not is_left_out)


def test_an_order_that_is_no_longer_kept_says_so_and_is_not_asked_when_it_is_fetched(shop: Workshop) -> None:
    order = shop.order()
    shop.whole_pass()
    passes_and_tidies(shop, 405 * DAY)
    assert "no longer kept" in why_unseen(shop.ledger, shop.sellers[shop.name], order).words
    assert fetch(shop.app, shop.name, order).why is Why.NO_LONGER_KEPT
    shop.whole_days(1)
    assert shop.asked(order) == 1


def test_a_seller_whose_orders_were_never_read_is_passed_over(shop: Workshop) -> None:
    assert shop.reading(Source.ORDERS).as_of is None
    tidy(shop.app)
