import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import history, sources
from ledger.sources import FinancesCursor, OrdersCursor, ReportCursor
from ledger.state import State
from marketplace.errors import Broken
from marketplace.operations import Operation
from marketplace.simulator.faults import Kind
from marketplace.simulator.sim_order import SimRefund
from marketplace.simulator.sim_sale import SimAccount
from rules.order import Source
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES
from tasks.refresh import refresh
from tasks.refresh.pages import Pages
from tasks.refresh.plan import left_out
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


def test_the_first_reading_of_the_shipments_comes_in_two_spans(shop: Workshop) -> None:
    first, second = (
        shop.order(10, shipped_at=NOW - days * DAY, purchased_at=NOW - days * DAY, release=False, **FBA)
        for days in (45, 12)
    )
    shop.refresh()
    assert shop.calls("createReport") == 3  # one for returns
    assert NOW <= (shop.reading(Source.FBA_SHIPMENTS).as_of or NOW - DAY) < NOW + MINUTE
    for order in (first, second):
        assert shop.row(order).facts.fba_arrival == NOW - 10 * DAY


def test_each_source_is_read_again_when_its_time_has_come(shop: Workshop) -> None:
    shop.order()
    shop.order(release=False, **FBA)
    shop.refresh()
    made: list[tuple[int, ...]] = []
    for wait in (HOUR, 2 * HOUR, HOUR, 61 * MINUTE):
        shop.wait(wait)
        shop.refresh()
        made.append(tuple(shop.calls(operation) for operation in (SEARCH, MONEY, "createReport")))
    assert made == [(1, 1, 4), (2, 1, 4), (2, 1, 4), (2, 2, 7)]  # at first two spans of the shipments


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
        assert reading.half_read
        assert reading.next_read_at
        any_shop.at(reading.next_read_at)
        any_shop.refresh()
    assert (reads, any_shop.calls(SEARCH)) == (2, 3)
    assert known_orders(any_shop) == 250
    assert reading.as_of is not None
    assert not reading.half_read


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
    order = shop.order(6.5, **(FBA if source is Source.FBA_RETURNS else {}))  # its window opens tonight
    shop.refresh(everything=True)
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
        shop.wait(2 * HOUR)  # Amazon makes the report of FBA returns every four hours
        shop.whole_pass()
    healed = shop.reading(source)
    assert healed.error is None
    assert healed.as_of
    assert before.as_of
    assert healed.as_of > before.as_of
    assert shop.asked(order) == 1


def test_a_report_that_takes_long_is_looked_for_again_and_not_ordered_twice(shop: Workshop) -> None:
    order = shop.order(**FBA, returned_at=NOW - DAY)
    shop.order(release=False, **FBA)
    shop.refresh()
    created = shop.calls("createReport")
    shop.wait(5 * HOUR)
    shop.trouble("report_in_progress", REPORT, until=shop.clock.now() + 2 * MINUTE)
    for _ in range(4):
        shop.refresh()
        shop.wait(MINUTE)
    assert shop.calls("createReport") - created == 2  # one for each report of FBA
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


@pytest.mark.parametrize(("source", "operation"), [(Source.ORDERS, SEARCH), (Source.FINANCES, MONEY)], ids=str)
def test_pages_that_never_end_make_their_source_unreadable_and_nothing_else(
    shop: Workshop, source: Source, operation: str
) -> None:
    order = shop.order()
    shop.trouble("same_page", operation, until=shop.clock.now() + HOUR)
    shop.whole_pass()
    assert "pages without end" in (shop.reading(source).error or "")
    assert shop.calls(operation) < 10
    other = Source.FINANCES if source is Source.ORDERS else Source.ORDERS
    assert (shop.reading(other).error, shop.asked(order)) == (None, 0)
    shop.wait(2 * HOUR)
    shop.whole_pass()
    assert (shop.reading(source).error, shop.asked(order)) == (None, 1)


def refunds(count: int, first: timedelta) -> tuple[SimRefund, ...]:
    return tuple(SimRefund(NOW - first + number * MINUTE, VALUE) for number in range(count))


@pytest.mark.parametrize("kind", ["late_pages_fail", "page_token_expired", "html_503"])
def test_a_long_time_of_finances_is_read_in_shorter_spans_each_of_which_is_kept(shop: Workshop, kind: Kind) -> None:
    order = shop.order(20, refunds=refunds(600, 18 * DAY))
    other = shop.order()
    if kind == "html_503":
        shop.refresh()  # nothing is wrong with the first page
        shop.trouble(kind, MONEY, times=1)
        shop.wait(25 * HOUR)
    else:
        shop.trouble(kind, MONEY, times=None if kind == "late_pages_fail" else 1)
    known = []
    for _ in range(6):
        shop.refresh(everything=True)
        known.append(shop.reading(Source.FINANCES).as_of or NOW - 99 * DAY)
        shop.wait(6 * MINUTE)
    assert known == sorted(known)
    assert known[-1] > NOW - HOUR
    assert shop.reading(Source.FINANCES).error is None
    shop.whole_pass()
    assert shop.standing(order)[1] == Reason.REFUNDED
    assert shop.asked(other) == 1


@pytest.mark.parametrize("kind", ["GuaranteeClaim", "Chargeback"])
def test_money_given_back_in_another_way_is_a_refund(shop: Workshop, kind: Any) -> None:
    order = shop.order(refunds=(SimRefund(NOW - DAY, VALUE, kind),))
    shop.whole_pass()
    assert (shop.standing(order)[1], shop.asked(order)) == (Reason.REFUNDED, 0)


def test_an_older_copy_of_an_order_on_a_later_page_changes_nothing(any_shop: Workshop) -> None:
    order, cancelled = any_shop.order(), any_shop.order(cancelled_at=NOW - HOUR)
    any_shop.trouble("older_copies", SEARCH)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1
    assert any_shop.standing(cancelled) == (State.SKIPPED, Reason.CANCELLED)


@pytest.mark.parametrize("kind", ["report_in_queue", "report_in_progress"])
def test_a_report_that_is_never_made_is_given_up_said_and_ordered_anew(shop: Workshop, kind: Kind) -> None:
    order = shop.order(**FBA)
    shop.trouble(kind, REPORT, until=NOW + 7 * HOUR)
    for _ in range(7 * 60):  # the daemon looks whether something is due each minute
        shop.refresh()
        shop.wait(MINUTE)
        if shop.reading(Source.FBA_RETURNS).error:
            break
    assert "not made within 6:00:00" in (shop.reading(Source.FBA_RETURNS).error or "")
    assert shop.asked(order) == 0
    assert shop.calls(REPORT) <= 2 * 40
    shop.wait(2 * HOUR)
    shop.whole_pass()
    assert shop.reading(Source.FBA_RETURNS).error is None
    assert shop.asked(order) == 1


def test_a_report_is_looked_for_after_as_long_as_the_last_one_took(shop: Workshop) -> None:
    shop.order()
    shop.trouble("report_in_queue", REPORT, until=NOW + MINUTE)
    for _ in range(3):
        shop.refresh()
        shop.wait(MINUTE)
    looks = shop.calls(REPORT)
    shop.wait(5 * HOUR)
    for wait in (30, 30, 30):
        shop.refresh()
        assert shop.calls(REPORT) == looks
        shop.wait(timedelta(seconds=wait))
    shop.refresh()
    assert shop.calls(REPORT) == looks + 1
    assert (shop.reading(Source.MERCHANT_RETURNS).as_of or NOW) > NOW + 5 * HOUR


def test_a_report_that_cannot_be_read_three_times_is_ordered_anew(shop: Workshop) -> None:
    order = shop.order(**FBA)
    shop.order(**FBA, returned_at=NOW - DAY)
    shop.trouble("report_empty", "download", times=3)
    shop.trouble("report_empty", "download", until=NOW + HOUR)
    for _ in range(6):
        shop.refresh(everything=True)
        shop.wait(10 * MINUTE)
    assert "empty file" in (shop.reading(Source.FBA_RETURNS).error or "")
    created = shop.calls("createReport")
    shop.wait(4 * HOUR)
    shop.whole_pass()
    assert shop.calls("createReport") - created == 3  # returns, and both spans of the shipments
    assert shop.asked(order) == 1


def test_a_report_of_fba_is_not_ordered_again_before_amazon_makes_it_anew(shop: Workshop) -> None:
    shop.order(**FBA)
    shop.refresh()
    for _ in range(11):
        shop.wait(20 * MINUTE)
        shop.refresh(everything=True)
        shop.order(3, **FBA)
    with shop.ledger.read() as connection:
        ordered_at = sources.readings(connection, shop.name)[Source.FBA_RETURNS].cursor
    assert isinstance(ordered_at, ReportCursor)
    assert ordered_at.ordered_at == NOW
    shop.wait(21 * MINUTE)
    shop.refresh(everything=True)
    assert (shop.reading(Source.FBA_RETURNS).as_of or NOW) >= NOW + 4 * HOUR


def test_a_report_that_is_cancelled_after_a_lost_answer_is_not_read(shop: Workshop) -> None:
    shop.order(**FBA)
    shop.trouble("error_503_after", "createReport", times=2)  # both were ordered
    shop.refresh()
    shop.wait(6 * MINUTE)
    shop.refresh()
    reading = shop.reading(Source.FBA_RETURNS)
    assert (reading.as_of, "ordered just before" in (reading.error or "")) == (None, True)
    shop.wait(5 * HOUR)
    shop.refresh()
    assert shop.reading(Source.FBA_RETURNS).error is None


@pytest.mark.parametrize(
    ("kind", "operation"), [("gzip_only_said", "download"), ("gzip_not_said", "getReportDocument")], ids=str
)
def test_a_packed_file_is_known_by_its_first_bytes(shop: Workshop, kind: Kind, operation: str) -> None:
    returned, order = shop.order(**FBA, returned_at=NOW - DAY), shop.order(**FBA)
    shop.trouble(kind, operation)
    shop.whole_pass()
    assert shop.standing(returned)[1] == Reason.RETURNED
    assert shop.asked(order) == 1


def test_another_table_in_the_place_of_a_returns_report_marks_nobody(shop: Workshop) -> None:
    order = shop.order(return_requested_at=NOW + HOUR)
    shop.order(return_requested_at=NOW - DAY)
    shop.trouble("wrong_report", "download")
    shop.whole_pass()
    assert "without the column" in (shop.reading(Source.MERCHANT_RETURNS).error or "")
    assert shop.row(order).facts.returned_by is None
    assert shop.asked(order) == 0


def test_a_return_that_a_later_report_no_longer_names_is_none(any_shop: Workshop) -> None:
    order = any_shop.order(return_requested_at=NOW - DAY)
    any_shop.order(2, return_requested_at=NOW - DAY)
    any_shop.order(6.5)  # its window opens tonight
    any_shop.whole_pass()
    assert any_shop.standing(order)[1] == Reason.RETURNED
    any_shop.simulator.patch_order(order, return_requested_at=None)
    any_shop.wait(11 * HOUR)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def test_a_marketplace_whose_report_is_refused_does_not_stand_in_the_way_of_the_others(shop: Workshop) -> None:
    french, german = (shop.order(marketplace_id=MARKETPLACES[code].marketplace_id, **FBA) for code in ("FR", "DE"))
    returned = shop.order(**FBA, returned_at=NOW - DAY)
    shop.simulator.set_account(shop.name, SimAccount(reports_refused=(MARKETPLACES["DE"].marketplace_id,)))
    for _ in range(3):
        shop.refresh()
        shop.wait(5 * HOUR)
    reading = shop.reading(Source.FBA_RETURNS)
    assert ((reading.as_of or NOW) >= NOW + 10 * HOUR, "for DE" in (reading.error or "")) == (True, True)
    assert shop.row(returned).facts.returned_by == Source.FBA_RETURNS
    with shop.ledger.read() as connection:
        known = sources.readings(connection, shop.name)
    for order, is_known in ((french, True), (german, False)):
        marketplace_id = shop.row(order).facts.order.marketplace_id
        assert (sources.freshness_for(known, marketplace_id)[Source.FBA_RETURNS] is not None) is is_known
    refused = 3  # for both, then for each
    returns, shipments = 2 * refused + 1, 2 * refused + refused  # of two spans of time at once, and again
    assert shop.calls("createReport") == returns + shipments


def test_a_refusal_that_ended_before_the_next_call_is_not_believed_for_long(shop: Workshop) -> None:
    shop.order(5)
    shop.trouble("bad_request", "createReport", times=2)  # of both marketplaces, and of the first
    for error in ("refuses it for FR", ""):
        shop.refresh(everything=True)
        assert error in (shop.reading(Source.MERCHANT_RETURNS).error or "nothing")
        shop.wait(5 * HOUR)
    reading = shop.reading(Source.MERCHANT_RETURNS)
    assert (reading.error, reading.denied) == (None, ())


@pytest.mark.parametrize("days_ago", [5, 10], ids=["asked later", "due"])
def test_a_marketplace_that_was_refused_once_is_asked_for_again_an_hour_later(shop: Workshop, days_ago: int) -> None:
    shop.order(days_ago)
    shop.trouble("bad_request", "createReport", times=2)  # of both marketplaces, and of the first
    shop.refresh()
    assert shop.reading(Source.MERCHANT_RETURNS).denied
    shop.wait(HOUR)
    shop.refresh()
    reading = shop.reading(Source.MERCHANT_RETURNS)
    assert (reading.as_of == NOW + HOUR, reading.error, reading.denied) == (True, None, ())


def test_a_refusal_that_ended_before_the_other_marketplaces_had_their_turn_is_not_believed_for_long(
    shop: Workshop,
) -> None:
    shop.order(5)
    with shop.session() as open_shop:
        for _ in range(Operation.CREATE_REPORT.burst - 3):  # enough for both together, and for the first
            open_shop.pace.wait(Operation.CREATE_REPORT, patience=0)
    shop.trouble("bad_request", "createReport", until=NOW + MINUTE)
    shop.refresh()
    assert "Amazon's pace" in (shop.reading(Source.MERCHANT_RETURNS).error or "")
    shop.wait(2 * MINUTE)
    shop.refresh()
    reading = shop.reading(Source.MERCHANT_RETURNS)
    assert (reading.as_of is not None, "for FR" in (reading.error or "")) == (True, True)
    shop.wait(5 * HOUR)
    shop.refresh(everything=True)
    reading = shop.reading(Source.MERCHANT_RETURNS)
    assert (reading.error, reading.denied) == (None, ())


def test_a_report_that_is_refused_for_every_marketplace_is_asked_for_again_an_hour_later(shop: Workshop) -> None:
    shop.order()
    shop.trouble("bad_request", "createReport", until=NOW + HOUR)
    shop.refresh()
    reading = shop.reading(Source.MERCHANT_RETURNS)
    assert ("for FR, DE" in (reading.error or ""), shop.calls("createReport")) == (True, 3)
    shop.wait(30 * MINUTE)
    shop.refresh()
    assert shop.calls("createReport") == 3
    shop.wait(31 * MINUTE)
    shop.refresh()
    reading = shop.reading(Source.MERCHANT_RETURNS)
    assert (reading.error, reading.denied, shop.calls("createReport")) == (None, (), 4)


@pytest.mark.parametrize(
    ("order", "unneeded"),
    [
        ({}, {Source.FBA_RETURNS, Source.FBA_SHIPMENTS}),
        (FBA, {Source.MERCHANT_RETURNS}),
    ],
    ids=["merchant", "FBA"],
)
def test_a_report_that_no_open_order_needs_is_not_read_until_one_comes(
    shop: Workshop, order: dict[str, Any], unneeded: set[Source]
) -> None:
    asked = shop.order(**order)
    shop.whole_pass()
    assert {source for source in Source if shop.reading(source).not_needed} == unneeded
    assert shop.asked(asked) == 1
    other = shop.order(**({} if order else FBA), release=False, partly_shipped_at=NOW + HOUR)  # told anew
    shop.wait(4 * HOUR)
    shop.refresh()
    assert not any(shop.reading(source).not_needed for source in unneeded)
    assert shop.row(other).facts.returned_by is None
    assert all(shop.reading(source).as_of for source in unneeded)


def test_a_whole_pass_reads_a_report_that_would_soon_be_too_old_though_no_order_needs_it(shop: Workshop) -> None:
    shop.order(2, **FBA)
    made = []
    for wait in (HOUR, 3 * HOUR, HOUR, HOUR):
        shop.whole_pass()
        made.append(shop.calls("createReport"))
        shop.wait(wait)
    shop.whole_pass()
    assert made == [3, 3, 3, 5]


def test_a_report_that_took_minutes_once_does_not_hold_back_orders_where_passes_are_hours_apart(shop: Workshop) -> None:
    order = shop.order(4, **FBA)
    shop.trouble("report_in_progress", REPORT, until=NOW + 10 * MINUTE)
    for _ in range(20):
        shop.refresh()
        shop.wait(MINUTE)
    for _ in range(12):
        shop.wait(6 * HOUR)
        shop.whole_pass()
    assert shop.asked(order) == 1


def test_a_report_is_read_an_hour_before_an_order_that_needs_it_may_be_asked(shop: Workshop) -> None:
    shop.wants(time_slots=["10:00-14:00"])
    order = shop.order()
    shop.refresh()
    slot = NOW + 20 * HOUR  # 10:00 in Paris
    read = []
    for moment in (slot - 2 * HOUR, slot - 59 * MINUTE, slot):
        shop.at(moment)
        shop.refresh()
        read.append((shop.calls("createReport"), shop.reading(Source.MERCHANT_RETURNS).not_needed))
    assert read == [(1, True), (2, False), (2, False)]
    shop.whole_pass()
    assert (shop.asked(order), shop.calls("createReport")) == (1, 2)


class OddMarketplace:
    """Its own marketplace, but for one method that raises what nobody expects."""

    def __init__(self, real: Any, method: str) -> None:
        self._real = real
        self._method = method

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            raise ZeroDivisionError("a buyer's name")
        return getattr(self._real, name)


@pytest.mark.parametrize(
    ("method", "source"),
    [("orders", Source.ORDERS), ("transactions", Source.FINANCES), ("create_report", Source.MERCHANT_RETURNS)],
    ids=str,
)
def test_whatever_is_unexpected_stays_with_its_source(shop: Workshop, method: str, source: Source) -> None:
    shop.order()
    with shop.session() as good:
        refresh(replace(good, marketplace=OddMarketplace(good.marketplace, method)))
    error = shop.reading(source).error or ""
    assert error.startswith("unexpected ZeroDivisionError at ")
    assert "buyer" not in error
    assert all(shop.reading(each).error is None for each in (Source.ORDERS, Source.FINANCES) if each != source)


def test_what_is_left_out_is_counted_until_it_can_be_read() -> None:
    before = {"order …0000001": NOW - DAY, "order …0000002": NOW - DAY, "order …0000003": NOW - 61 * DAY}
    found = left_out(before, ["order …0000004"], NOW, read_well=["order …0000001", "order …0000009"])
    assert found == {"order …0000002": NOW - DAY, "order …0000004": NOW}


PAGE_TOKENS = st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "c"]), st.text(max_size=3)), max_size=60)


@given(tokens=PAGE_TOKENS, ids=st.lists(st.integers(0, 5), min_size=60, max_size=60))
def test_any_sequence_of_pages_ends(tokens: list[str | None], ids: list[int]) -> None:
    """A page's number in this test is part of its token, so that only pages without anything new are without end."""
    pages = Pages("a list")
    with suppress(Broken):
        for number, (token, each) in enumerate(zip(tokens, ids, strict=False)):
            pages.came(None if token is None else f"{number}{token}", [each])
        assert pages.count < 6 * 10 + 1


@given(text=st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_a_cursor_of_another_version_is_read_or_dropped(text: str) -> None:
    for source in Source:
        sources.cursor_of(source, text)


def test_cursors_of_the_last_version_are_read_or_dropped() -> None:
    at = NOW.isoformat()
    half_read = sources.cursor_of(Source.ORDERS, json.dumps({"started": at, "since": at, "as_of": at, "token": "t"}))
    assert half_read == OrdersCursor(started=NOW, since=NOW, as_of=NOW, token="t")
    assert sources.cursor_of(Source.FINANCES, json.dumps({"deep_at": at})) == FinancesCursor(deep_at=NOW)
    assert sources.cursor_of(Source.FBA_RETURNS, json.dumps({"report_id": "r1", "end": at})) == ReportCursor(end=NOW)
