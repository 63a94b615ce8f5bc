"""Acts that need Amazon, or that nobody typed: asking, settings and secrets that changed."""

from dataclasses import replace

import pytest

from ledger import acts, history
from ledger.acts import Recorded
from ledger.controls import Scope
from ledger.database import Connection
from ledger.tables import acts as rows
from ledger.tables import controls
from marketplace.simulator.sim_order import SimRefund
from settings.environment import Credentials
from tasks import controls as by_hand
from tasks import identity
from tasks.ask import ask
from tasks.moving.asked import Import
from tasks.moving.file import Line
from tests.tasks.workshop import CLAIRE, DAY, NOW, VALUE, Workshop


def recorded(shop: Workshop) -> list[Recorded]:
    with shop.ledger.read() as connection:
        return list(acts.recorded(connection, shop.name))


def test_who_asks_by_hand_is_recorded_with_the_settings_at_work(any_shop: Workshop) -> None:
    order = any_shop.order(6)
    any_shop.wants(day_range=(20, 25))
    any_shop.sweep()
    assert [each.is_sent for each in ask(any_shop.app, any_shop.name, [order], CLAIRE)] == [True]
    (act,) = recorded(any_shop)
    assert (act.person, act.act, act.order_id, act.before) == ("Claire", "ask", order, {"state": "waiting"})
    assert act.settings
    assert len(act.settings) == 16


def test_who_imports_what_and_takes_it_back_is_recorded_with_how_many_orders(shop: Workshop) -> None:
    orders = {shop.order(): Line(1, None), "403-1234567-1234567": Line(2, None)}
    shop.sweep()
    mine = Import(shop.ledger, shop.sellers[shop.name], [], "asked.csv", CLAIRE, shop.clock.now())
    for undo in (False, False, True, True):
        mine.run(orders, undo=undo)
    assert [(each.person, each.act, each.after) for each in recorded(shop)] == [
        ("Claire", "import_asked", {"name": "asked.csv", "imported": 1, "beforehand": 1}),
        ("Claire", "undo_import", {"name": "asked.csv", "taken_back": 2}),
    ]


def test_settings_that_changed_are_recorded_with_before_and_after(any_shop: Workshop) -> None:
    any_shop.sweep()
    any_shop.wants(day_range=(10, 20), live=False)
    any_shop.sweep()
    any_shop.sweep()
    (act,) = recorded(any_shop)
    assert (act.person, act.act) == ("the file", "settings")
    assert act.before == {"live": True, "review_requests.day_range": [7, 25]}
    assert act.after == {"live": False, "review_requests.day_range": [10, 20]}


def test_that_secrets_were_renewed_is_recorded_once_and_not_what_they_are(shop: Workshop) -> None:
    first = Credentials("client", "secret", shop.name)
    renewed = replace(first, client_secret="planted-new-secret")
    for each in (first, renewed, renewed):
        identity.recognise(shop.ledger, {shop.name: each}, CLAIRE, NOW)
    (act,) = recorded(shop)
    assert (act.act, act.after) == ("secrets", {"renewed": ["secret"]})
    assert "planted" not in str(act)


def test_an_act_is_not_there_without_what_it_did_nor_that_without_the_act(
    any_shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(connection: Connection, *_: object, **__: object) -> None:
        raise ConnectionError("the database went away")

    for where in ("tasks.audit.acts.append", "tasks.controls.controls.stop"):
        with monkeypatch.context() as patch:
            patch.setattr(where, lost)
            with pytest.raises(ConnectionError):
                by_hand.pause(any_shop.ledger, Scope(any_shop.name), None, CLAIRE, NOW)
    with any_shop.ledger.read() as connection:
        assert connection.execute(rows.select()).first() is None
        assert connection.execute(controls.select()).first() is None


def test_answers_and_decisions_name_the_settings_that_made_them(any_shop: Workshop) -> None:
    asked, refunded = any_shop.order(), any_shop.order(refunds=(SimRefund(NOW - DAY, VALUE),))
    later = any_shop.order(3)
    any_shop.whole_pass()
    any_shop.wants(enabled=False)
    any_shop.sweep()
    with any_shop.ledger.read() as connection:
        told = list(history.told(connection, [any_shop.name], None))
        made_by = {each.order_id: each.settings for each in reversed(told)}  # by the first ones
        (attempt,) = history.attempts_of(connection, any_shop.name, asked)
    assert made_by[asked] == attempt.settings == made_by[refunded] != made_by[later]
    assert None not in made_by.values()
