"""One line for each seller, worst first, in a number of statements that is the same for one seller and for many."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from ledger import controls, heartbeats, overview
from ledger.database import Ledger
from ledger.heartbeats import Heartbeat
from ledger.process_identity import this_process
from marketplace.simulator.faults import Fault
from rules.reason import Reason
from settings.schema import Seller
from tasks.status import Health, SellerStatus, Status, status
from tests.tasks.workshop import ASK, DAY, HOUR, MINUTE, NOW, Workshop


def looked_at(shop: Workshop) -> Status:
    return status(shop.ledger, shop.sellers, shop.clock.now())


def of(shop: Workshop, name: str | None = None) -> SellerStatus:
    return next(each for each in looked_at(shop).sellers if each.seller == (name or shop.name))


def works(shop: Workshop) -> None:
    """A worker shows that it is alive."""
    now = shop.clock.now()
    with shop.ledger.begin() as connection:
        heartbeats.record(connection, Heartbeat(this_process(), "run", "1.0", started_at=NOW, seen_at=now))


def test_a_seller_for_whom_all_goes_well_says_what_was_asked_and_what_comes_next(any_shop: Workshop) -> None:
    any_shop.order()
    any_shop.order(3)
    any_shop.whole_pass()
    works(any_shop)
    found = of(any_shop)
    assert (found.health, found.live, found.asked, found.due, found.held) == (Health.WELL, True, 1, 0, 0)
    assert (found.trouble, found.remedy) == ("", "")
    assert found.facts_as_of is not None
    assert found.next_at is not None
    assert 3 * DAY < found.next_at - NOW < 5 * DAY
    assert not looked_at(any_shop).needs_attention
    any_shop.wait(25 * HOUR)
    assert of(any_shop).asked == 0


def paused(shop: Workshop) -> None:
    shop.whole_pass()
    with shop.ledger.begin() as connection:
        controls.stop(connection, controls.ALL, Reason.PAUSED)


def denied_in_france(shop: Workshop) -> None:
    shop.whole_pass()
    with shop.ledger.begin() as connection:
        controls.stop(connection, controls.part(shop.name, "FR"), Reason.NOT_AUTHORISED, detail="Access denied")


def left_alone(shop: Workshop) -> None:
    shop.order()
    shop.sweep()
    shop.wait(20 * MINUTE)


def grown_old(shop: Workshop) -> None:
    shop.whole_pass()
    shop.wait(7 * HOUR)


def held_for_days(shop: Workshop) -> None:
    order = shop.order()
    shop.simulator.faults(Fault("unknown_403", ASK, order))
    shop.whole_pass()
    shop.wait(25 * HOUR)
    shop.sweep()


TROUBLES = {
    "paused": (paused, Health.STOPPED, "sending is paused", "askonce resume"),
    "denied in one marketplace": (denied_in_france, Health.LOOK, "FR: Amazon refuses", "askonce check"),
    "due, and no worker comes": (left_alone, Health.STOPPED, "no worker comes", "askonce run"),
    "facts too old": (grown_old, Health.STALE, "orders: last read 7 h ago", "askonce check"),
    "held for more than a day": (held_for_days, Health.LOOK, "1 held", "askonce held --seller"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_is_wrong_is_said_in_words_with_what_to_type(name: str, shop: Workshop) -> None:
    goes_wrong, health, words, remedy = TROUBLES[name]
    goes_wrong(shop)
    found = of(shop)
    assert found.health is health
    assert words in found.trouble
    assert remedy in found.remedy
    assert looked_at(shop).needs_attention


def test_what_was_held_today_is_shown_and_needs_nobody_yet(shop: Workshop) -> None:
    order = shop.order()
    shop.simulator.faults(Fault("unknown_403", ASK, order))
    shop.whole_pass()
    works(shop)
    found = of(shop)
    assert (found.health, found.held, found.trouble) == (Health.WELL, 1, "1 held")
    assert not looked_at(shop).needs_attention


def test_a_used_up_daily_limit_is_no_trouble_and_goes_on_tomorrow(shop: Workshop) -> None:
    shop.wants(daily_limit=1, timezone="Europe/Paris")
    shop.order()
    shop.order()
    shop.whole_pass()
    shop.wait(2 * HOUR)
    found = of(shop)
    assert (found.health, found.due) == (Health.WELL, 1)
    assert found.next_at == NOW.replace(hour=22)  # midnight in Paris


def test_the_worst_comes_first(shop: Workshop) -> None:
    new, stopped = shop.opens(), shop.opens()
    shop.whole_pass()
    with shop.session(stopped), shop.ledger.begin() as connection:
        controls.stop(connection, stopped, Reason.PAUSED)
    found = looked_at(shop)
    assert [each.seller for each in found.sellers] == [stopped, new, shop.name]
    assert found.by_health == {"stopped": 1, "new": 1, "well": 1}
    assert found.line == "3 sellers: 1 stopped, 1 new, 1 well · no worker is at work · 0 asked in 24 h"


def named(shop: Workshop, name: str) -> Seller:
    return shop.sellers[shop.name].model_copy(update={"name": name})


@contextmanager
def counted(ledger: Ledger) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*call: Any) -> None:
        said.append(call[2])

    event.listen(ledger.engine, "before_cursor_execute", note)
    yield said
    event.remove(ledger.engine, "before_cursor_execute", note)


def test_the_hundredth_seller_costs_no_statement(any_shop: Workshop) -> None:
    any_shop.order()
    any_shop.sweep()
    with counted(any_shop.ledger) as with_one:
        looked_at(any_shop)
    for number in range(100):
        any_shop.sellers[f"more-{number}"] = named(any_shop, f"more-{number}")
        with any_shop.ledger.begin() as connection:
            controls.stop(connection, f"more-{number}", Reason.PAUSED)
    with counted(any_shop.ledger) as with_many:
        assert len(looked_at(any_shop).sellers) == 101
    assert len(with_many) == len(with_one)


def test_no_table_of_orders_is_walked_through(shop: Workshop) -> None:
    with counted(shop.ledger) as statements, shop.ledger.read() as connection:
        overview.standings(connection, NOW, NOW - DAY)
        (statement,) = statements
        given = (NOW.isoformat(),) * statement.count("?")
        steps = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", given)
        of_orders = [row[-1] for row in steps if "entries" in row[-1] or "invoices" in row[-1]]
    assert len(of_orders) == 12
    assert [step for step in of_orders if " INDEX ix_" not in step] == []
