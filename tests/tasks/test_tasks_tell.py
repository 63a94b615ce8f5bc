"""What the daemon says unasked: once an hour, once a day, and when something needs a person."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger import controls, heartbeats
from ledger.heartbeats import Heartbeat
from ledger.process_identity import this_process
from rules.reason import Reason
from tasks import tell as telling
from tests.tasks.workshop import ASK, DAY, HOUR, MINUTE, NOW, Workshop


def told(shop: Workshop, caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    """What one tick says, with its level."""
    now = shop.clock.now()
    with shop.ledger.begin() as connection:
        heartbeats.record(connection, Heartbeat(this_process(), "run", "1.0", started_at=NOW, seen_at=now))
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="askonce.day"):
        telling.tell(replace(shop.app, settings="as they are"))
    return [(each.levelno, each.getMessage()) for each in caplog.records if each.name == "askonce.day"]


def test_an_hour_has_one_line_whatever_the_restarts(shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    shop.order(3)
    shop.whole_pass()
    ((level, line),) = told(shop, caplog)
    assert level == logging.INFO
    assert line.startswith("1 seller: 1 well · worker ")
    assert line.endswith(f"; next: 24 Oct 00:00 CEST, for {shop.name}")
    shop.wait(30 * MINUTE)
    assert told(shop, caplog) == []
    shop.wait(30 * MINUTE)
    assert len(told(shop, caplog)) == 1


def test_a_day_has_a_line_that_adds_up(any_shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    any_shop.wants(timezone="Europe/Paris", time_slots=["10:00-18:00"])
    for days_ago in (10, 11, 40, 6.5, 3):
        any_shop.order(days_ago)
    any_shop.whole_pass()
    told(any_shop, caplog)
    any_shop.at(NOW + timedelta(hours=10, minutes=30))  # 00:30 in Paris
    any_shop.refresh(everything=True)
    (_, day), (_, hour) = told(any_shop, caplog)
    assert day == f"{any_shop.name}: 20 Oct: 3 orders = 2 asked + 1 too late; tomorrow 1"
    assert "well" in hour
    any_shop.wait(2 * HOUR)
    assert len(told(any_shop, caplog)) == 1


def test_a_day_without_an_order_is_said_too(shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    shop.wants(live=False)
    shop.whole_pass()
    told(shop, caplog)
    shop.wait(DAY)
    shop.whole_pass()
    assert told(shop, caplog)[0][1] == f"{shop.name}: 20 Oct: 0 orders = 0 asked; live = false"


def test_an_hour_in_which_a_person_is_needed_is_a_warning(shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    shop.whole_pass()
    with shop.ledger.begin() as connection:
        controls.stop(connection, shop.name, Reason.PAUSED)
    ((level, line),) = told(shop, caplog)
    assert level == logging.WARNING
    assert line.endswith("Type: askonce status")


def test_what_becomes_held_is_a_warning_once(shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    shop.order()
    shop.trouble("unknown_403", ASK)
    shop.whole_pass()
    said = [each for each in caplog.records if " is held: " in each.getMessage()]
    assert [each.levelno for each in said] == [logging.WARNING]
    assert said[0].getMessage().endswith("Type: askonce held")


def test_a_stop_is_a_warning_with_what_to_type(shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(4):
        shop.order()
    shop.trouble("denied", ASK)
    shop.whole_pass()
    said = [each for each in caplog.records if "stopped, and tried again" in each.getMessage()]
    assert said
    assert {each.levelno for each in said} == {logging.WARNING}
    assert all(each.getMessage().endswith("Type: askonce check") for each in said)
