from typing import Any

import pytest

from ledger import history
from ledger.state import State
from marketplace.simulator.faults import Kind
from marketplace.simulator.sim_order import SimRefund
from rules.order import Source
from rules.reason import Reason
from tasks.refresh import refresh
from tests.tasks.workshop import DAY, FBA, HOUR, MINUTE, NOW, VALUE, Workshop, drain_orders

SEARCH, MONEY, REPORT = "searchOrders", "listTransactions", "getReport"


def known_orders(shop: Workshop) -> int:
    with shop.ledger.read() as connection:
        return len(history.verdicts(connection, shop.name))


def test_the_first_reading_reaches_back_to_every_order_that_may_still_be_asked(any_shop: Workshop) -> None:
    old = any_shop.order(24, purchased_at=NOW - 58 * DAY, shipped_at=NOW - 50 * DAY)
    any_shop.order(70)
    any_shop.whole_pass()
    assert any_shop.asked(old) == 1
    assert known_orders(any_shop) == 1


def test_the_first_reading_of_a_report_comes_in_two_spans(shop: Workshop) -> None:
    first, second = (
        shop.order(10, shipped_at=NOW - days * DAY, purchased_at=NOW - days * DAY, release=False, **FBA)
        for days in (45, 12)
    )
    shop.refresh()
    assert shop.calls("createReport") == 6
    for source in (Source.MERCHANT_RETURNS, Source.FBA_RETURNS, Source.FBA_SHIPMENTS):
        assert NOW <= (shop.reading(source).as_of or NOW - DAY) < NOW + MINUTE
    for order in (first, second):
        assert shop.row(order).facts.fba_arrival == NOW - 10 * DAY


def test_each_source_is_read_again_when_its_time_has_come(shop: Workshop) -> None:
    shop.refresh()
    before = {operation: shop.calls(operation) for operation in (SEARCH, MONEY, "createReport")}
    shop.wait(31 * MINUTE)
    shop.refresh()
    assert {operation: shop.calls(operation) - n for operation, n in before.items()} == {
        SEARCH: 1,
        MONEY: 1,
        "createReport": 0,
    }
    shop.wait(3 * HOUR)
    shop.refresh()
    assert shop.calls("createReport") - before["createReport"] == 3


def test_a_reading_that_amazons_pace_cuts_short_goes_on_at_its_page(any_shop: Workshop) -> None:
    for number in range(250):
        any_shop.order(10 + number / 100)
    drain_orders(any_shop)
    reads = 0
    any_shop.refresh()
    while (reading := any_shop.reading(Source.ORDERS)).error:
        reads += 1
        assert known_orders(any_shop) == 100 * reads
        assert reading.as_of is None
        assert reading.cursor
        assert reading.cursor["token"]
        assert reading.next_read_at
        any_shop.at(reading.next_read_at)
        any_shop.refresh()
    assert (reads, any_shop.calls(SEARCH)) == (2, 3)
    assert known_orders(any_shop) == 250
    assert reading.as_of is not None
    assert reading.cursor is None


def test_nothing_is_sent_while_the_orders_are_half_read(shop: Workshop) -> None:
    orders = [shop.order() for _ in range(150)]
    drain_orders(shop)
    shop.sweep()
    assert known_orders(shop) == 100
    assert shop.send() == 0
    assert {shop.standing(order)[1] for order in orders[:100]} == {Reason.STALE_FACTS}


def test_a_page_token_that_has_grown_too_old_is_given_up(shop: Workshop) -> None:
    for number in range(150):
        shop.order(10 + number / 100)
    drain_orders(shop)
    shop.refresh()
    shop.wait(25 * HOUR)
    shop.refresh()
    assert shop.reading(Source.ORDERS).error is None
    assert known_orders(shop) == 150


TROUBLES: dict[str, tuple[Source, str, Kind]] = {
    "orders denied": (Source.ORDERS, SEARCH, "denied"),
    "orders in HTML": (Source.ORDERS, SEARCH, "html_503"),
    "orders cut short": (Source.ORDERS, SEARCH, "cut_json"),
    "orders empty": (Source.ORDERS, SEARCH, "empty_body"),
    "orders dropped": (Source.ORDERS, SEARCH, "drop_before"),
    "orders throttled": (Source.ORDERS, SEARCH, "throttle"),
    "finances denied": (Source.FINANCES, MONEY, "denied"),
    "finances refused in new words": (Source.FINANCES, MONEY, "unknown_403"),
    "finances failing": (Source.FINANCES, MONEY, "error_500_before"),
    "finances with a dead token": (Source.FINANCES, MONEY, "expired_token"),
    "reports denied": (Source.MERCHANT_RETURNS, "createReport", "denied"),
    "a report failing": (Source.FBA_RETURNS, REPORT, "report_fatal"),
    "a report never done": (Source.FBA_RETURNS, REPORT, "report_in_progress"),
    "a report's address denied": (Source.FBA_RETURNS, "getReportDocument", "denied"),
}


@pytest.mark.parametrize("case", TROUBLES)
def test_a_source_that_fails_keeps_its_age_stops_the_sending_and_heals_by_itself(shop: Workshop, case: str) -> None:
    source, operation, kind = TROUBLES[case]
    shop.order(**FBA, returned_at=NOW - DAY)  # so that the returns report has a row
    order = shop.order(6.5)  # its window opens tonight
    shop.refresh()
    before = shop.reading(source)
    shop.wait(11 * HOUR)
    shop.trouble(kind, operation)
    shop.refresh(everything=True)
    if operation == "createReport":
        assert shop.reading(Source.FINANCES).error is None  # the others are read nevertheless
    failed = shop.reading(source)
    assert failed.as_of == before.as_of
    assert failed.error or kind == "report_in_progress"
    assert failed.next_read_at
    shop.whole_pass()
    assert shop.asked(order) == 0
    shop.simulator.clear_faults()
    for _ in range(3):
        shop.wait(30 * MINUTE)
        shop.whole_pass()
    healed = shop.reading(source)
    assert healed.error is None
    assert healed.as_of
    assert before.as_of
    assert healed.as_of > before.as_of
    assert shop.asked(order) == 1


def test_a_report_that_takes_long_is_looked_for_again_and_not_ordered_twice(shop: Workshop) -> None:
    order = shop.order(**FBA, returned_at=NOW - DAY)
    shop.refresh()
    created = shop.calls("createReport")
    shop.wait(5 * HOUR)
    shop.trouble("report_in_progress", REPORT, until=shop.clock.now() + 2 * MINUTE)
    for _ in range(4):
        shop.refresh()
        shop.wait(MINUTE)
    assert shop.calls("createReport") - created == 3  # one for each report
    assert all(shop.reading(source).error is None for source in Source)
    assert shop.row(order).facts.returned_by == Source.FBA_RETURNS


def test_a_refund_that_amazon_shows_two_days_late_is_found(shop: Workshop) -> None:
    refund = SimRefund(NOW + HOUR, VALUE)
    order = shop.order(6, refunds=(refund,), refund_visible_after=47 * HOUR)
    shop.wants(day_range=(10, 25))
    for _ in range(6):
        shop.wait(12 * HOUR)
        shop.whole_pass()
    assert shop.standing(order) == (State.SKIPPED, Reason.REFUNDED)
    assert shop.asked(order) == 0


def test_a_source_that_the_settings_give_up_is_not_read_and_holds_nothing_back(shop: Workshop) -> None:
    shop.wants(unavailable_sources=("merchant_returns", "fba_returns", "fba_shipments"))
    order = shop.order()
    shop.trouble("denied", "createReport")
    shop.whole_pass()
    assert shop.calls("createReport") == 0
    assert shop.asked(order) == 1


def test_stopping_ends_a_reading_between_two_pages(shop: Workshop) -> None:
    for number in range(250):
        shop.order(10 + number / 100)
    with shop.session() as open_shop:
        shop.app.stopping.set()
        refresh(open_shop)
        assert shop.calls(SEARCH) == 0
        shop.app.stopping.clear()
        refresh(open_shop)
    assert known_orders(shop) == 250


@pytest.mark.parametrize("changes", [{}, {"detailed_status_missing": True}, {"value": None}], ids=str)
def test_facts_read_twice_say_the_same(shop: Workshop, changes: dict[str, Any]) -> None:
    order = shop.order(6, refunds=(SimRefund(NOW - DAY, VALUE),), **changes)
    shop.refresh()
    before = shop.row(order)
    shop.wait(HOUR)
    shop.refresh(everything=True)
    assert shop.row(order) == before
