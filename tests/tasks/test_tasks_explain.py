from dataclasses import asdict
from typing import Any

import pytest

from ledger import controls
from ledger.state import State
from marketplace.simulator.sim_order import SimRefund
from rules.delivery import Basis
from rules.order import Source
from rules.reason import Reason
from tasks.explain import explain
from tests.tasks.workshop import ASK, DAY, FBA, NOW, VALUE, Workshop

CONTRACT = {
    *("seller", "order_id", "state", "reason", "delivered_at", "delivered_basis"),
    *("facts", "rules", "attempts", "next_look_at"),
}


def explained(shop: Workshop, order: str) -> dict[str, Any]:
    found = explain(shop.ledger, shop.sellers[shop.name], order, shop.clock.now())
    assert found is not None
    return asdict(found)


def test_an_explanation_has_all_that_is_promised(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.whole_pass()
    found = explained(any_shop, order)
    assert found.keys() >= CONTRACT
    assert (found["seller"], found["order_id"]) == (any_shop.name, order)
    assert (found["state"], found["reason"]) == (State.SENT, Reason.REQUESTED)
    assert (found["delivered_at"], found["delivered_basis"]) == (NOW - 10 * DAY, Basis.FINANCE_DD7)
    assert all(fact.keys() == {"name", "value", "source", "as_of", "text"} for fact in found["facts"])
    assert all(rule.keys() == {"rule", "input", "verdict"} for rule in found["rules"])
    (attempt,) = found["attempts"]
    assert (attempt["state"], attempt["status"], attempt["detail"]) == (State.SENT, 201, "accepted")
    assert attempt["request_id"]


def test_each_fact_says_where_it_comes_from_and_how_old_it_is(shop: Workshop) -> None:
    order = shop.order(refunds=(SimRefund(NOW - DAY, VALUE),))
    shop.sweep()
    facts = {fact["name"]: fact for fact in explained(shop, order)["facts"]}
    assert facts["refunds"]["source"] is Source.FINANCES
    assert facts["refunds"]["value"][0]["posted_at"] == NOW - DAY
    for fact in facts.values():
        assert fact["as_of"] == shop.reading(fact["source"]).as_of


@pytest.mark.parametrize(
    ("changes", "basis"),
    [
        pytest.param({}, Basis.FINANCE_DD7, id="funds released"),
        pytest.param({"release": False}, Basis.PACKAGE_STATUS, id="package delivered"),
        pytest.param({**FBA, "release": False}, Basis.FBA_REPORT_ESTIMATE, id="arrival estimated"),
        pytest.param({"delivered_at": None}, None, id="on its way"),
    ],
)
def test_an_explanation_says_by_what_the_delivery_is_known(
    shop: Workshop, changes: dict[str, Any], basis: Basis | None
) -> None:
    order = shop.order(**changes)
    shop.sweep()
    found = explained(shop, order)
    assert found["delivered_basis"] == basis
    assert (found["delivered_at"] is None) == (basis is None)


def test_a_due_order_that_is_held_back_says_why_at_once(shop: Workshop) -> None:
    order = shop.order()
    shop.sweep()
    with shop.ledger.begin() as connection:
        controls.stop(connection, controls.ALL, Reason.PAUSED)
    found = explained(shop, order)
    assert (found["state"], found["reason"]) == (State.DUE, Reason.PAUSED)
    assert (found["meaning"], found["remedy"]) == (Reason.PAUSED.meaning, Reason.PAUSED.remedy)


def test_an_explanation_shows_each_source_stale_or_not(shop: Workshop) -> None:
    shop.wants(unavailable_sources=("merchant_returns",))
    order = shop.order()
    shop.sweep()
    shop.trouble("denied", "listTransactions")
    shop.wait(7 * DAY)
    shop.sweep()
    sources = {each["source"]: each for each in explained(shop, order)["sources"]}
    assert sources[Source.ORDERS]["verdict"] == "fresh"
    assert sources[Source.FINANCES]["verdict"] == "stale"
    assert "denied" in sources[Source.FINANCES]["error"]
    assert sources[Source.MERCHANT_RETURNS]["verdict"].startswith("not looked at")


def test_a_source_that_no_order_needs_is_not_called_stale(shop: Workshop) -> None:
    order = shop.order()
    shop.refresh()
    sources = {each["source"]: each for each in explained(shop, order)["sources"]}
    assert sources[Source.MERCHANT_RETURNS]["verdict"] == "fresh"
    assert sources[Source.FBA_RETURNS]["verdict"] == "not needed yet"


def test_every_answer_about_an_order_is_shown_in_turn(shop: Workshop) -> None:
    order = shop.order()
    shop.trouble("drop_before", ASK, times=1)
    shop.whole_pass()
    states = [attempt["state"] for attempt in explained(shop, order)["attempts"]]
    assert states == [State.UNCLEAR, State.DUE, State.SENT]


def test_an_order_that_nobody_knows_has_no_explanation(shop: Workshop) -> None:
    assert explain(shop.ledger, shop.sellers[shop.name], "402-9999999-9999999", NOW) is None


def test_an_order_of_which_only_a_refund_is_known_has_no_explanation_yet(shop: Workshop) -> None:
    order = shop.order(-10, refunds=(SimRefund(NOW - DAY, VALUE),))
    shop.sweep()
    assert explain(shop.ledger, shop.sellers[shop.name], order, NOW) is None
