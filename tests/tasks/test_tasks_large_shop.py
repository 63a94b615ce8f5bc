"""A large shop's first history: reports name every order in minutes; what they do not tell is fetched one by one."""

from datetime import timedelta

import pytest

from ledger import history as told
from ledger import orders, tables
from ledger.state import State
from marketplace.simulator.faults import Kind
from marketplace.simulator.sim_sale import SimAccount
from rules.order import Source
from rules.reason import Reason
from tasks.refresh import history
from tasks.status import status
from tests.tasks.workshop import DAY, MINUTE, NOW, Workshop, drain_orders

SEARCH, GET, CREATE = "searchOrders", "getOrder", "createReport"
ADDRESS = "Beispielstadt"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """One page is long, and holds ten orders: that a small world may be a large shop."""
    monkeypatch.setattr(history, "LONG", 1)
    monkeypatch.setattr("marketplace.amazon.client.PAGE_SIZE", 10)


def large(shop: Workshop, count: int = 40, seconds: float = 20) -> list[str]:
    """Orders of both months, and reports that take a while; one token of searchOrders is left."""
    shop.simulator.set_account(shop.name, SimAccount(report_seconds=seconds))
    found = [shop.order(4 + number * 50 / count) for number in range(count)]
    drain_orders(shop)
    return found


def known(shop: Workshop) -> dict[str, str]:
    with shop.ledger.read() as connection:
        return {order_id: reason for order_id, (_, reason) in told.verdicts(connection, shop.name).items()}


def unfetched(shop: Workshop) -> int:
    with shop.ledger.read() as connection:
        return orders.waiting_to_be_fetched(connection).get(shop.name, 0)


def test_reports_name_every_order_and_the_nearest_deadline_is_fetched_first(any_shop: Workshop) -> None:
    found = large(any_shop)
    any_shop.whole_pass()
    assert len(known(any_shop)) == 10
    assert any_shop.reading(Source.ORDERS).as_of is None
    any_shop.wait(MINUTE)
    any_shop.whole_pass()
    reasons = known(any_shop)
    assert len(reasons) == len(found)
    (line,) = status(any_shop.ledger, any_shop.sellers, any_shop.clock.now()).sellers
    assert f"of about {len(found)} orders known" in line.progress
    assert "all by about 2026-10-20 14:0" in line.progress
    assert any_shop.reading(Source.ORDERS).as_of
    assert 0 < unfetched(any_shop) < 30
    fetched = {order for order in found if reasons[order] != Reason.NOT_FETCHED_YET}
    in_window = {order for order in found if any_shop.row(order).facts.order.purchased_at > NOW - 30 * DAY}
    assert in_window & fetched
    assert any_shop.calls(GET) > 0
    while unfetched(any_shop):
        any_shop.wait(MINUTE)
        any_shop.whole_pass()
    assert Reason.NOT_FETCHED_YET not in known(any_shop).values()


def test_an_order_that_only_a_report_has_named_is_never_asked(any_shop: Workshop) -> None:
    found = large(any_shop)
    any_shop.trouble("denied", GET)
    any_shop.whole_pass()
    for _ in range(3):
        any_shop.wait(MINUTE)
        any_shop.whole_pass()
    waiting = [order for order in found if any_shop.standing(order) == (State.WAITING, Reason.NOT_FETCHED_YET)]
    assert len(waiting) >= len(found) - 20
    assert sum(map(any_shop.asked, waiting)) == 0
    any_shop.simulator.clear_faults()
    for _ in range(3):
        any_shop.wait(MINUTE)
        any_shop.whole_pass()
    assert unfetched(any_shop) == 0


def test_every_order_ends_as_in_a_shop_that_was_read_page_by_page(any_shop: Workshop) -> None:
    found = large(any_shop)
    other = any_shop.opens(refresh_token=f"{any_shop.name}-other")
    by_pages = SimAccount(reports_fatal=("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",))
    any_shop.simulator.set_account(f"{any_shop.name}-other", by_pages)
    for number in range(40):
        any_shop.order(4 + number * 50 / 40, account=f"{any_shop.name}-other")
    for _ in range(12):
        any_shop.whole_pass(any_shop.name, other)
        any_shop.wait(MINUTE)
    with any_shop.ledger.read() as connection:
        mine, theirs = (told.totals(connection, [name]) for name in (any_shop.name, other))
    assert (mine.sent, mine.by_reason) == (theirs.sent, theirs.by_reason)
    assert len(found) == mine.seen == theirs.seen


def test_what_changes_while_the_reports_are_made_is_read_afterwards(any_shop: Workshop) -> None:
    found = large(any_shop, seconds=100)
    any_shop.whole_pass()
    any_shop.wait(timedelta(seconds=50))
    late = any_shop.order(-3, purchased_at=any_shop.clock.now() - timedelta(seconds=30), shipped_at=None)
    any_shop.simulator.patch_order(found[1], cancelled_at=any_shop.clock.now().isoformat())
    for _ in range(40):
        any_shop.wait(3 * MINUTE)
        any_shop.whole_pass()
    assert late in known(any_shop)
    assert known(any_shop)[found[1]] in (Reason.CANCELLED, Reason.REQUESTED)


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("denied", CREATE),
        ("error_500_before", CREATE),
        ("report_fatal", "getReport"),
        ("wrong_report", "download"),
        ("report_in_progress", "getReport"),
    ],
)
def test_without_the_reports_the_pages_go_on(shop: Workshop, kind: Kind, operation: str) -> None:
    found = large(shop, 25)
    shop.trouble(kind, operation)
    for _ in range(4):
        shop.whole_pass()
        shop.wait(4 * MINUTE)
    assert len(known(shop)) == len(found)
    assert shop.reading(Source.ORDERS).as_of
    assert shop.calls(GET) == 0


def test_nothing_of_an_address_is_kept(any_shop: Workshop) -> None:
    large(any_shop)
    any_shop.whole_pass()
    any_shop.wait(MINUTE)
    any_shop.whole_pass()
    with any_shop.ledger.read() as connection:
        rows = connection.execute(tables.orders.select()).all()
    assert rows
    assert ADDRESS not in str(rows)


def test_a_small_shop_orders_no_such_report(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LONG", 20)
    for number in range(40):
        shop.order(4 + number)
    shop.whole_pass()
    assert len(known(shop)) == 40
    assert shop.calls(GET) == 0
