"""Figures that many people look at are found once, and never shown for long."""

import threading
from typing import Any

import pytest

from ledger.controls import Scope
from ledger.errors import LedgerError
from tasks import controls
from tasks.audit import Person
from tasks.today import Today, today
from tests.screens.world import NOW
from tests.web.opened import Opened
from tests.worker.seller_folder import until
from web import pages
from web.kept import FRESH_FOR, SHOWN_FOR, Kept


class Figures:
    """What is found anew each time, and a clock that tests move."""

    def __init__(self) -> None:
        self.at = 0.0
        self.found = 0
        self.away = False
        self.kept: Kept[int] = Kept(lambda: self.at)

    def find(self) -> int:
        if self.away:
            raise LedgerError("away")
        self.found += 1
        return self.found

    def get(self, key: object = "all") -> int:
        return self.kept.get(key, self.find)


@pytest.fixture
def figures() -> Figures:
    return Figures()


def test_what_is_fresh_is_shown_as_it_is(figures: Figures) -> None:
    assert figures.get() == 1
    figures.at = FRESH_FOR - 0.1
    assert figures.get() == 1
    assert figures.found == 1


def test_what_is_older_is_shown_and_found_anew_beside_it(figures: Figures) -> None:
    figures.get()
    figures.at = FRESH_FOR
    assert figures.get() == 1
    until(lambda: figures.get() == 2)
    assert figures.found == 2


def test_what_is_old_is_shown_to_nobody(figures: Figures) -> None:
    figures.get()
    figures.at = SHOWN_FOR
    assert figures.get() == 2


def test_another_key_has_its_own_value(figures: Figures) -> None:
    assert (figures.get("all"), figures.get("some"), figures.get("some")) == (1, 2, 2)


def test_a_ledger_that_is_away_is_said_when_nothing_can_be_shown(figures: Figures) -> None:
    figures.get()
    figures.away = True
    figures.at = FRESH_FOR
    assert figures.get() == 1
    figures.at = SHOWN_FOR
    with pytest.raises(LedgerError):
        figures.get()
    figures.away = False
    assert figures.get() == 2


def test_many_who_come_at_once_share_one(figures: Figures) -> None:
    seen: list[int] = []
    people = [threading.Thread(target=lambda: seen.append(figures.get())) for _ in range(8)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert (seen, figures.found) == ([1] * 8, 1)


def test_of_many_sellers_the_figures_are_kept_until_a_person_does_something(
    agency: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Today] = []

    def find(*what: Any) -> Today:
        found.append(today(*what))
        return found[-1]

    monkeypatch.setattr("web.pages.today.today", find)
    monkeypatch.setattr(pages, "FEW_SELLERS", 8)

    def health() -> dict[str, str]:
        said = visitor.json("/status.json")["sellers"]
        return {each["seller"]: each["status"]["health"] for each in said}

    claire = Person("claire", "command line")
    with agency.visitor() as visitor:
        before = health()
        assert (health(), len(found)) == (before, 1)
        controls.pause(agency.app.ledger, Scope("souk-lane"), None, claire, NOW)
        try:
            assert health() == before | {"souk-lane": "stopped"}
        finally:
            controls.resume(agency.app.ledger, [Scope("souk-lane")], claire, NOW)
        assert (health(), len(found)) == (before, 3)
