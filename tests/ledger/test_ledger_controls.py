import re
from itertools import product

import pytest

from ledger import controls, lanes, meta, sources
from ledger.controls import ALL, Scope, Stop
from ledger.database import Ledger
from ledger.sources import FinancesCursor, Reading
from ledger.state import Action
from rules.order import Source
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES
from settings.schema import SELLER_NAME
from tests.armed import arm
from tests.ledger.examples import HOUR, NOW, SELLER


@pytest.mark.parametrize(
    ("scope", "stopped"), [(SELLER, Reason.PAUSED), (ALL, Reason.PAUSED), ("another", None)], ids=str
)
def test_a_stop_holds_its_own_scope(ledger: Ledger, scope: str, stopped: Reason | None) -> None:
    with ledger.begin() as connection:
        controls.stop(connection, scope, Reason.PAUSED)
        assert controls.stopped(connection, SELLER, NOW, Reason.NOT_AUTHORISED) == stopped


PARTS = {
    "its seller": (f"{SELLER}", True),
    "everything": (ALL, True),
    "its marketplace": (f"{SELLER}/DE", True),
    "its action": (f"{SELLER}//review", True),
    "its action in its marketplace": (f"{SELLER}/DE/review", True),
    "its marketplace, of all sellers": ("*/DE", True),
    "its action, of all sellers": ("*//review", True),
    "its action in its marketplace, of all sellers": ("*/DE/review", True),
    "another marketplace": (f"{SELLER}/FR", False),
    "another action": (f"{SELLER}//invoice", False),
    "its action in another marketplace": ("*/FR/review", False),
    "another action in its marketplace": (f"{SELLER}/DE/invoice", False),
    "the marketplace of another seller": ("another/DE", False),
}


@pytest.mark.parametrize(("scope", "stops"), PARTS.values(), ids=PARTS)
def test_a_pause_stops_an_action_in_a_marketplace_when_it_is_of(ledger: Ledger, scope: str, *, stops: bool) -> None:
    assert str(Scope.of(scope)) == scope
    arm(ledger, SELLER)
    with ledger.begin() as connection:
        lane = lanes.acquire(connection, SELLER, "me", NOW)
        assert lane
        controls.stop(connection, scope, Reason.PAUSED)
        where = (NOW, Reason.NOT_AUTHORISED, "review", "DE")
        assert bool(controls.stopped(connection, SELLER, *where)) == stops
        assert bool(lanes.confirm(connection, lane, "an order", *where)[0]) == stops


def test_the_longest_name_has_room_for_a_stop_of_each_of_its_parts(ledger: Ledger) -> None:
    name = "s" * 48
    assert re.fullmatch(SELLER_NAME, name)
    assert not re.fullmatch(SELLER_NAME, f"{name}s")
    with ledger.begin() as connection:
        for code, action in product(MARKETPLACES, Action):
            scope = Scope(name, code, action)
            controls.stop(connection, str(scope), Reason.PAUSED)
            assert controls.stopped(connection, name, NOW, Reason.NOT_AUTHORISED, action, code) == Reason.PAUSED


LIFTED = {
    "all of a seller": (SELLER, ["*", "*/DE", "another/DE"]),
    "a marketplace": (f"{SELLER}/DE", ["*", "*/DE", "another/DE", SELLER, f"{SELLER}//review"]),
    "an action": (f"{SELLER}//review", ["*", "*/DE", "another/DE", SELLER, f"{SELLER}/DE"]),
    "of all sellers": ("*", ["another/DE", SELLER, f"{SELLER}//review", f"{SELLER}/DE", f"{SELLER}/DE/review"]),
}


@pytest.mark.parametrize(("scope", "left"), LIFTED.values(), ids=LIFTED)
def test_lifting_ends_the_stops_of_all_parts_and_of_nothing_wider(ledger: Ledger, scope: str, left: list[str]) -> None:
    parts = (SELLER, f"{SELLER}/DE", f"{SELLER}//review", f"{SELLER}/DE/review")
    with ledger.begin() as connection:
        for each in (ALL, "*/DE", "another/DE", *parts):
            controls.stop(connection, each, Reason.PAUSED)
        controls.lift(connection, scope)
        assert {stop.scope for stop in controls.stops(connection, NOW)} == {*left}


def test_a_stop_says_who_made_it_and_when(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        controls.stop(connection, f"{SELLER}/DE", Reason.PAUSED, by="Claire", at=NOW)
        (stop,) = controls.stops(connection, NOW)
        assert (stop.by, stop.at, stop.of) == ("Claire", NOW, Scope(SELLER, "DE"))


def test_a_stop_ends_by_itself(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        controls.stop(connection, SELLER, Reason.NOT_AUTHORISED, until=NOW + HOUR, detail="denied")
        assert controls.stopped(connection, SELLER, NOW, Reason.NOT_AUTHORISED) is Reason.NOT_AUTHORISED
        assert controls.stops(connection, NOW) == [Stop(SELLER, Reason.NOT_AUTHORISED, NOW + HOUR, "denied")]
        assert controls.stopped(connection, SELLER, NOW + HOUR, Reason.NOT_AUTHORISED) is None
        assert controls.stops(connection, NOW + HOUR) == []


def test_a_stop_that_is_said_again_is_the_newer_one(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        controls.stop(connection, SELLER, Reason.PAUSED, until=NOW)
        controls.stop(connection, SELLER, Reason.PAUSED)
        assert controls.stops(connection, NOW) == [Stop(SELLER, Reason.PAUSED, None, "")]


def test_lifting_ends_every_stop_of_that_scope_only(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for scope, reason in ((SELLER, Reason.PAUSED), (SELLER, Reason.NOT_AUTHORISED), (ALL, Reason.PAUSED)):
            controls.stop(connection, scope, reason)
        assert controls.lift(connection, SELLER) == 2
        assert controls.lift(connection, SELLER) == 0
        assert [stop.scope for stop in controls.stops(connection, NOW)] == [ALL]


def test_a_source_that_was_never_read_has_an_empty_reading(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert sources.readings(connection, SELLER) == dict.fromkeys(Source, Reading())


def test_a_reading_comes_back_as_it_was_recorded_last(ledger: Ledger) -> None:
    reading = Reading(
        NOW, NOW + HOUR, FinancesCursor(deep_at=NOW, read_to=NOW, span=HOUR, left_out={"a row": NOW}), "denied"
    )
    with ledger.begin() as connection:
        for each in (Reading(NOW - HOUR), reading):
            sources.record(connection, SELLER, Source.FINANCES, each)
        found = sources.readings(connection, SELLER)
        assert sources.readings(connection, "another")[Source.FINANCES] == Reading()
    assert found[Source.FINANCES] == reading
    assert sources.freshness(found) == dict.fromkeys(Source) | {Source.FINANCES: NOW}


def test_a_small_fact_is_kept_and_replaced(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        assert meta.get(connection, "settings") is None
        meta.put(connection, "settings", "old")
        meta.put(connection, "settings", "new")
        assert meta.get(connection, "settings") == "new"
