"""Orders that go to another country: asked for with the setting alone, and nothing of the address is kept."""

from typing import Any

import pytest
from sqlalchemy import text

from ledger.state import State
from marketplace.simulator.sim_sale import SimBuyer
from rules.reason import Reason
from settings.schema import Exclude
from tests.tasks.workshop import DE, Workshop

BUYER = SimBuyer("Jean Exemple", ("1 rue du Lac",), "1000", "Lausanne", country="CH")


@pytest.mark.parametrize(
    ("order", "asked"),
    [
        pytest.param({"ships_abroad": False}, 1, id="at home"),
        pytest.param({"ships_abroad": True}, 0, id="abroad"),
        pytest.param({"ships_abroad": True, "marketplace_id": DE}, 0, id="abroad, from Germany"),
        pytest.param({}, 0, id="Amazon gives no address"),
        pytest.param({"buyer": BUYER}, 0, id="a whole address"),
    ],
)
def test_an_order_that_goes_abroad_is_asked_unless_the_settings_exclude_it(
    shop: Workshop, order: dict[str, Any], asked: int
) -> None:
    shop.wants(exclude=Exclude(shipped_abroad=True))
    other = shop.opens()
    excluded, free = shop.order(**order), shop.order(account=other, **order)
    shop.whole_pass(shop.name, other)
    assert (shop.asked(excluded), shop.asked(free)) == (asked, 1)
    if not asked:
        assert shop.standing(excluded) == (State.SKIPPED, Reason.SHIPPED_ABROAD)
    assert shop.row(free, other).facts.order.ships_abroad is None
    with shop.ledger.read() as connection:
        kept = "".join(connection.execute(text("SELECT placed FROM orders")).scalars())
    assert not any(word in kept for word in ("Lausanne", "Exemple", '"ZZ"', '"CH"'))
