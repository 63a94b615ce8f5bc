import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from ledger import controls, meta, sources
from ledger.backup import MADE_AT
from ledger.database import open_ledger
from ledger.requests import REVIEWS
from ledger.sources import OrdersCursor
from ledger.state import State
from marketplace.amazon.client import Amazon
from marketplace.pace import Pace
from marketplace.simulator.faults import Kind
from rules.order import Source
from rules.reason import Reason
from settings.environment import Credentials
from tasks.actions import REVIEW
from tasks.check.seller import (
    Check,
    Outcome,
    check_amazon,
    check_backup,
    check_invariants,
    check_ledger,
    check_seller,
)
from tasks.turn import Turn
from tests.tasks.workshop import ASK, DAY, FBA, FR, HOUR, MINUTE, NOW, Workshop, drain_orders

LOGIN = "getMarketplaceParticipations"


def failed(checks: Iterable[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks if check.verdict is Outcome.FAIL}


def amazon_checks(shop: Workshop, *, refresh_token: str = "", now: timedelta = timedelta()) -> list[Check]:
    seller, clock = shop.sellers[shop.name], shop.clock
    url = shop.simulator.url
    with closing(Amazon(clock, url, url, lambda: {"x-simulated-now": clock.now().isoformat()})) as amazon:
        credentials = Credentials("client", "planted-secret", refresh_token or shop.name)
        probe = amazon.seller(credentials, region="eu", marketplace_ids=[FR], pace=Pace(clock))
        return list(check_amazon(seller, probe, clock.now() + now))


def test_orders_that_are_half_read_are_no_failure(shop: Workshop) -> None:
    for _ in range(150):
        shop.order()
    drain_orders(shop)
    shop.refresh()
    checks = {check.name: check for check in check_seller(shop.ledger, shop.sellers[shop.name], shop.clock.now())}
    found = checks[f"{shop.name}: source orders"]
    assert (found.verdict, "half read" in found.detail) == (Outcome.UNKNOWN, True)


def test_a_good_ledger_passes(any_shop: Workshop) -> None:
    any_shop.order()
    any_shop.whole_pass()
    assert failed([*check_ledger(any_shop.ledger, simulated=False), check_invariants(any_shop.ledger)]) == {}


def test_a_ledger_that_breaks_an_invariant_fails(shop: Workshop) -> None:
    shop.order()
    shop.sweep()
    with shop.ledger.begin() as connection:
        connection.execute(text("UPDATE entries SET next_look_at = NULL"))
    broken = failed([check_invariants(shop.ledger)])["invariants"]
    assert "an open entry has no next look: 1 orders" in broken.detail
    with shop.ledger.begin() as connection:
        connection.execute(text("DELETE FROM entries"))


def test_a_ledger_that_another_program_holds_fails_with_what_to_type(sqlite_url: str) -> None:
    file = sqlite_url.removeprefix("sqlite:///")
    with closing(open_ledger(sqlite_url)) as ledger, closing(sqlite3.connect(file, isolation_level=None)) as other:
        with ledger.read() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")  # its connection is the next one's too
        other.execute("BEGIN IMMEDIATE")
        check = failed(check_ledger(ledger, simulated=False))["database"]
    assert "database is locked" in check.detail
    assert check.remedy == "Stop it, or see which: fuser -v FILE"


def test_a_simulations_ledger_fails(shop: Workshop) -> None:
    assert failed(check_ledger(shop.ledger, simulated=True)).keys() == {"database"}


def test_amazon_passes_when_it_knows_the_seller(shop: Workshop) -> None:
    checks = amazon_checks(shop)
    assert {check.name for check in checks if check.verdict is not Outcome.PASS} == {f"{shop.name}: marketplaces"}


def test_a_marketplace_that_the_settings_leave_out_is_named(shop: Workshop) -> None:
    check = next(each for each in amazon_checks(shop) if each.name.endswith(": marketplaces"))
    assert "the account sells in" in check.detail
    assert "UK" in check.detail
    assert check.remedy.startswith('marketplaces = ["FR", "DE", ')


def test_what_is_held_fails_after_a_day(shop: Workshop) -> None:
    def held() -> Check:
        return next(each for each in seller_checks(shop) if each.name.endswith(": held"))

    assert held().verdict is Outcome.PASS
    order = shop.order()
    shop.trouble("unknown_403", ASK)
    shop.whole_pass()
    assert (held().verdict, held().remedy) == (Outcome.UNKNOWN, f"askonce held --seller {shop.name}")
    shop.wait(25 * HOUR)
    assert held().verdict is Outcome.FAIL
    assert shop.row(order).state is State.HELD


def test_revoked_credentials_fail_and_are_not_shown(shop: Workshop) -> None:
    (check,) = failed(amazon_checks(shop, refresh_token="revoked")).values()
    assert "credentials" in check.name
    assert check.remedy
    assert "planted-secret" not in repr(check)


@pytest.mark.parametrize(
    ("kind", "verdict"), [("html_503", Outcome.UNKNOWN), ("throttle", Outcome.UNKNOWN), ("denied", Outcome.FAIL)]
)
def test_an_amazon_that_does_not_answer_is_unknown_and_one_that_refuses_fails(
    shop: Workshop, kind: Kind, verdict: Outcome
) -> None:
    shop.trouble(kind, LOGIN)
    (check,) = amazon_checks(shop)
    assert check.verdict is verdict
    assert check.remedy


def test_a_clock_that_is_wrong_fails(shop: Workshop) -> None:
    assert failed(amazon_checks(shop, now=timedelta(minutes=2))).keys() == {"clock"}


def test_the_checks_of_amazon_ask_for_no_review(shop: Workshop) -> None:
    shop.order()
    amazon_checks(shop)
    assert shop.calls(ASK) == 0


def seller_checks(shop: Workshop) -> list[Check]:
    return list(check_seller(shop.ledger, shop.sellers[shop.name], shop.clock.now()))


def test_sources_that_were_never_read_are_unknown(shop: Workshop) -> None:
    assert [check.verdict for check in seller_checks(shop)][: len(Source)] == [Outcome.UNKNOWN] * len(Source)


def test_a_seller_in_good_order_passes(shop: Workshop) -> None:
    shop.whole_pass()
    assert {check.verdict for check in seller_checks(shop)} == {Outcome.PASS}


def test_a_source_that_is_denied_fails_and_one_given_up_passes(shop: Workshop) -> None:
    shop.order(2)
    shop.trouble("denied", "createReport")
    shop.refresh()
    name = f"{shop.name}: source {Source.MERCHANT_RETURNS}"
    assert 'unavailable_sources = ["merchant_returns"]' in failed(seller_checks(shop))[name].remedy
    shop.wants(unavailable_sources=("merchant_returns",))
    assert name not in failed(seller_checks(shop))


def test_sources_that_nobody_reads_any_more_fail(shop: Workshop) -> None:
    shop.whole_pass()
    shop.wait(DAY)
    assert failed(seller_checks(shop)).keys() >= {f"{shop.name}: source {source}" for source in Source}


def sending(shop: Workshop) -> Check:
    return next(check for check in seller_checks(shop) if check.name == f"{shop.name}: sending")


def with_due_orders(shop: Workshop, minutes: int) -> None:
    """Orders that have been due for so long, with fresh facts and nobody at work."""
    shop.order()
    shop.sweep()
    shop.wait(timedelta(minutes=minutes))


def test_a_pause_fails_whatever_is_due(shop: Workshop) -> None:
    with_due_orders(shop, 20)
    with shop.ledger.begin() as connection:
        controls.stop(connection, controls.ALL, Reason.PAUSED, until=NOW + 9 * DAY)
    assert sending(shop).verdict is Outcome.FAIL
    assert Reason.PAUSED.meaning in sending(shop).detail


def test_due_orders_fail_when_no_worker_comes(shop: Workshop) -> None:
    with_due_orders(shop, 10)
    assert sending(shop).verdict is Outcome.PASS
    shop.wait(10 * MINUTE)
    assert "no worker has come since 2026-10-20 14:00 CEST" in failed([sending(shop)])[f"{shop.name}: sending"].detail


def test_due_orders_fail_when_workers_come_and_ask_for_none(shop: Workshop) -> None:
    with_due_orders(shop, 50)
    with shop.session():
        assert sending(shop).verdict is Outcome.PASS
    shop.wait(11 * MINUTE)
    with shop.session():
        assert "none was asked since 2026-10-20 14:00 CEST" in failed([sending(shop)])[f"{shop.name}: sending"].detail
        shop.wants(live=False)
        assert sending(shop).verdict is Outcome.PASS


def test_a_backlog_beyond_the_daily_limit_is_no_failure(shop: Workshop) -> None:
    shop.wants(daily_limit=1)
    shop.order()
    shop.order()
    shop.whole_pass()
    shop.wait(2 * HOUR)
    assert sending(shop).verdict is Outcome.PASS


def test_a_backlog_that_shrinks_is_no_failure(shop: Workshop) -> None:
    for _ in range(3):
        shop.order()
    shop.sweep()
    for _ in range(2):
        shop.wait(50 * MINUTE)
        with shop.session() as open_shop, open_shop.ledger.read() as connection:
            row = REVIEWS.due(connection, shop.name, shop.clock.now(), 1)[0]
        with shop.session() as open_shop:
            assert Turn(open_shop, REVIEW).send_one(row) is Reason.REQUESTED
        assert sending(shop).verdict is Outcome.PASS


def source_check(shop: Workshop, source: Source) -> Check:
    return next(check for check in seller_checks(shop) if check.name.endswith(f"source {source}"))


def test_what_is_left_out_awaited_or_not_needed_is_beside_its_source(shop: Workshop) -> None:
    shop.order(2, **FBA)
    shop.trouble("report_in_queue", "getReport")
    shop.refresh()
    with shop.ledger.begin() as connection:
        reading = sources.readings(connection, shop.name)[Source.ORDERS]
        spoilt = replace(reading, cursor=OrdersCursor(left_out={"order …0000009": NOW}))
        sources.record(connection, shop.name, Source.ORDERS, spoilt)
    orders, returns = source_check(shop, Source.ORDERS), source_check(shop, Source.FBA_RETURNS)
    assert (orders.verdict, "1 left out, as they cannot be read: order …0000009" in orders.detail) == (
        Outcome.PASS,
        True,
    )
    awaited = "never read; a report ordered at 2026-10-20 14:00 CEST is awaited"
    assert (returns.verdict, returns.detail) == (Outcome.UNKNOWN, awaited)
    needless = source_check(shop, Source.MERCHANT_RETURNS)
    assert (needless.verdict, "not needed" in needless.detail) == (Outcome.PASS, True)


def test_the_age_of_the_last_backup_is_known_of_one_that_askonce_made(shop: Workshop) -> None:
    assert list(check_backup(shop.ledger, NOW)) == []
    shop.order()
    shop.sweep()
    ages = {None: Outcome.UNKNOWN, 1 * DAY: Outcome.PASS, 3 * DAY: Outcome.UNKNOWN}
    for age, verdict in ages.items():
        with shop.ledger.begin() as connection:
            if age is not None:
                meta.put(connection, MADE_AT, (NOW - age).isoformat())
        assert [check.verdict for check in check_backup(shop.ledger, NOW)] == [verdict]
