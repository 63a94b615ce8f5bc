"""Pauses of a part, and the stop file: what they stop, at which moment, and that nothing else is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.controls import ALL, Scope
from ledger.state import Action, State
from rules.reason import Reason
from tasks import controls
from tasks.audit import Person
from tasks.check.outcome import Outcome
from tasks.check.seller import check_seller, check_stop_file
from tasks.check.workers import check_work
from tasks.explain import explain
from tasks.plan import outlooks
from tasks.status import Health, status
from tasks.stop_file import StopFile
from tasks.stops import said
from tasks.turn import BATCH
from tests.tasks.invoice_workshop import InvoiceWorkshop
from tests.tasks.workshop import DAY, DE, HOUR, MINUTE, NOW, OFFER, Workshop

CLAIRE = Person("Claire", "command line of claire on shop")
SLOW = 0.6
"""Real seconds in which Amazon's answer is held back, and something else happens."""


def pause(shop: Workshop, scope: Scope, lasts: timedelta | None = None) -> None:
    until = shop.clock.now() + lasts if lasts else None
    controls.pause(shop.ledger, scope, until, CLAIRE, shop.clock.now())


def resume(shop: Workshop, scope: Scope) -> int:
    scopes = {scope, replace(scope, seller=shop.name)}  # as the command does
    return controls.resume(shop.ledger, [*scopes], CLAIRE, shop.clock.now()).lifted


def when_claimed(shop: Workshop, order: str, do: Callable[[], object]) -> None:
    """Send, and do this between the claim of the order and its call."""
    shop.trouble("slow", OFFER, seconds=SLOW, times=1)
    with shop.meanwhile(shop.send) as sent:
        while shop.row(order).state != State.SENDING:
            assert not sent.done()
        do()
    sent.result()


PAUSED = {
    "its marketplace": Scope("", "FR"),
    "its action": Scope("", "", "review"),
    "its action in its marketplace": Scope("", "FR", "review"),
    "its marketplace, of all sellers": Scope(ALL, "FR"),
    "its action, of all sellers": Scope(ALL, "", "review"),
}


@pytest.mark.parametrize("scope", PAUSED.values(), ids=PAUSED)
def test_a_pause_of_a_part_between_claim_and_call_is_heeded(any_shop: Workshop, scope: Scope) -> None:
    scope = replace(scope, seller=scope.seller or any_shop.name)
    order = any_shop.order()
    any_shop.sweep()
    when_claimed(any_shop, order, lambda: pause(any_shop, scope))
    assert any_shop.standing(order) == (State.DUE, Reason.PAUSED)
    assert any_shop.asked(order) == 0
    assert resume(any_shop, scope) == 1
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def test_a_pause_of_one_marketplace_lets_the_others_go_on_however_much_is_due_in_it(any_shop: Workshop) -> None:
    paused = [any_shop.order(20, marketplace_id=DE) for _ in range(BATCH + 1)]  # with the nearest deadlines
    orders = [any_shop.order(), any_shop.order()]
    pause(any_shop, Scope(any_shop.name, "DE"))
    any_shop.whole_pass()
    assert [any_shop.asked(order) for order in orders] == [1, 1]
    assert {any_shop.standing(order) for order in paused} == {(State.DUE, Reason.PAUSED)}
    any_shop.wait(2 * HOUR)
    any_shop.whole_pass()
    assert {any_shop.asked(order) for order in paused} == {0}
    assert resume(any_shop, Scope(any_shop.name, "DE")) == 1
    any_shop.whole_pass()
    assert {any_shop.asked(order) for order in paused} == {1}


def test_a_pause_of_one_marketplace_ends_when_it_was_said_to(any_shop: Workshop) -> None:
    order = any_shop.order()
    pause(any_shop, Scope(ALL, "FR"), 20 * MINUTE)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 0
    any_shop.wait(20 * MINUTE)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


@pytest.mark.parametrize(("paused", "sent"), [("review", (0, 1)), ("invoice", (1, 0))])
def test_a_pause_of_one_action_leaves_the_other_alone(
    any_invoicing: InvoiceWorkshop, paused: str, sent: tuple[int, int]
) -> None:
    shop = any_invoicing
    order = shop.shipped(shipped_at=NOW - 12 * DAY, delivered_at=NOW - 10 * DAY, purchased_at=NOW - 13 * DAY)
    pause(shop, Scope(shop.name, "", paused))
    shop.whole_pass()
    assert (shop.asked(order), len(shop.got(order))) == sent


# the stop file


def a_file(place: Path) -> None:
    place.write_text("go on\n")  # whatever it says


def a_link_that_leads_nowhere(place: Path) -> None:
    place.symlink_to("nowhere")


def a_folder_that_is_none(place: Path) -> None:
    place.parent.rmdir()
    place.parent.touch()


def a_folder_that_leads_to_itself(place: Path) -> None:
    place.parent.rmdir()
    place.parent.symlink_to(place.parent)


FOUND: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file": (a_file, "is there"),
    "a folder": (Path.mkdir, "is there"),
    "a link that leads nowhere": (a_link_that_leads_nowhere, "is there"),
    "its folder is a file": (a_folder_that_is_none, "cannot be looked at (Not a directory), and so counts as there"),
    "its folder leads to itself": (a_folder_that_leads_to_itself, "cannot be looked at (Too many levels"),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the stop file would be."""
    (tmp_path / "var").mkdir()
    return tmp_path / "var/STOP"


def heeds(shop: Workshop, place: Path) -> None:
    shop.app = replace(shop.app, stop_file=StopFile(place))


@pytest.mark.parametrize("name", FOUND)
def test_while_the_stop_file_is_there_nothing_is_sent_and_it_is_said_why(
    name: str, any_shop: Workshop, place: Path
) -> None:
    make, words = FOUND[name]
    heeds(any_shop, place)
    asked, order = any_shop.order(), any_shop.order()
    pause(any_shop, Scope(any_shop.name))
    any_shop.whole_pass()
    resume(any_shop, Scope(any_shop.name))
    make(place)
    any_shop.whole_pass()
    assert (any_shop.asked(asked), any_shop.asked(order)) == (0, 0)
    assert any_shop.standing(order) == (State.DUE, Reason.STOP_FILE)
    check = check_stop_file(StopFile(place))
    assert check.verdict is Outcome.FAIL
    assert f"{place} {words}" in check.detail


def test_a_stop_file_between_claim_and_call_is_heeded_and_its_end_is(any_shop: Workshop, place: Path) -> None:
    heeds(any_shop, place)
    order = any_shop.order()
    any_shop.sweep()
    when_claimed(any_shop, order, place.touch)
    assert any_shop.standing(order) == (State.DUE, Reason.STOP_FILE)
    assert any_shop.asked(order) == 0
    place.unlink()
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def test_the_stop_file_stops_invoices_too(any_invoicing: InvoiceWorkshop, place: Path) -> None:
    heeds(any_invoicing, place)
    order = any_invoicing.shipped()
    place.touch()
    any_invoicing.whole_pass()
    assert any_invoicing.got(order) == []
    assert any_invoicing.stands(order) == (State.DUE, Reason.STOP_FILE)
    place.unlink()
    any_invoicing.whole_pass()
    assert len(any_invoicing.got(order)) == 1


def test_without_the_stop_file_check_says_where_it_would_be(place: Path) -> None:
    check = check_stop_file(StopFile(place))
    assert check.verdict is Outcome.PASS
    assert f"touch {place}" in check.detail


# what is said


SAID = {
    "all of it": (Scope(""), "sending is paused, by Claire, since 2026-10-20 14:00 CEST"),
    "a marketplace": (Scope("", "FR"), "FR: sending is paused, by Claire, since 2026-10-20 14:00 CEST"),
    "an action": (Scope("", "", "review"), "requests: sending is paused, by Claire"),
    "both, of all sellers": (Scope(ALL, "FR", "credit_note"), "FR, credit notes: sending is paused, by Claire"),
}


@pytest.mark.parametrize("name", SAID)
def test_status_check_plan_and_explain_say_what_is_paused_by_whom_and_since_when(name: str, shop: Workshop) -> None:
    scope, words = SAID[name]
    scope = replace(scope, seller=scope.seller or shop.name)
    order = shop.order()
    shop.whole_pass()
    pause(shop, scope, DAY)
    seller, until = shop.sellers[shop.name], "until 2026-10-21 14:00 CEST"
    found = status(shop.ledger, shop.sellers, NOW).sellers[0]
    assert found.health is (Health.STOPPED if scope == Scope(shop.name) else Health.LOOK)
    assert words in found.trouble
    assert until in found.trouble
    checks = [each for each in check_seller(shop.ledger, seller, NOW) if each.verdict is Outcome.FAIL]
    assert any("by Claire" in each.detail and until in each.detail for each in checks)
    planned = outlooks(shop.ledger, shop.sellers, NOW, 7, {})
    explained = explain(shop.ledger, seller, order, NOW)
    assert explained
    for stops in (planned.stops, explained.stops):
        assert [said(each, seller.zone).startswith(words) for each in stops] == [True]


def test_the_plan_says_that_orders_of_a_paused_marketplace_wait_for_the_end_of_it(shop: Workshop) -> None:
    orders = {shop.order(marketplace_id=DE): Reason.PAUSED, shop.order(): Reason.DUE}
    shop.sweep()
    pause(shop, Scope(shop.name, "DE"))
    planned = outlooks(shop.ledger, shop.sellers, NOW, 7, {}).requests
    assert {each.order_id: each.reason for each in planned.entries} == orders
    for order, reason in orders.items():
        explained = explain(shop.ledger, shop.sellers[shop.name], order, NOW)
        assert explained
        assert explained.reason is reason


def test_the_plan_explain_status_and_check_know_the_stop_file(shop: Workshop, place: Path) -> None:
    place.touch()
    stop_file, order = StopFile(place), shop.order()
    shop.sweep()
    seller = shop.sellers[shop.name]
    planned = outlooks(shop.ledger, shop.sellers, NOW, 7, {}, stop_file)
    assert [each.reason for each in planned.entries] == [Reason.STOP_FILE]
    assert planned.requests.closed == {shop.name: Reason.STOP_FILE}
    explained = explain(shop.ledger, seller, order, NOW, stop_file)
    assert explained
    assert (explained.reason, [each.reason for each in explained.stops]) == (Reason.STOP_FILE, [Reason.STOP_FILE])
    assert str(place) in status(shop.ledger, shop.sellers, NOW, stop_file).sellers[0].trouble
    checks = check_seller(shop.ledger, seller, NOW, stop_file=stop_file)
    sending = next(each for each in checks if each.name.endswith(": sending"))
    assert (sending.verdict, sending.remedy) == (Outcome.FAIL, "delete it")
    assert check_work(shop.ledger, [seller], NOW + DAY, stop_file).verdict is Outcome.PASS
    assert {Action.REVIEW} == {each.action for each in planned.entries}
