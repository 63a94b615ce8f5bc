"""What the client reads of a sale: prices, taxes, the buyer."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from marketplace.errors import Refused
from marketplace.simulator.sim_sale import SimAccount
from rules.order import Money
from rules.sale import Charge, Party
from tests.marketplace.invoice_world import CUP, TEAPOT, US, ZERO, Still, priced, selling
from tests.marketplace.simulator_world import FR, delivered, simulated


def test_a_sale_has_amazons_prices_and_taxes_and_the_buyer(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced("a", TEAPOT, CUP, business=True)])
    sale = seller.sale("a")
    lines = [(line.charge, line.description, line.amount, line.discount, line.tax) for line in sale.lines]
    assert lines == [
        (Charge.ITEM, "Teapot", Decimal("36.00"), Decimal("6.10"), Decimal("4.98")),
        (Charge.SHIPPING, "Teapot", Decimal("4.90"), ZERO, Decimal("0.82")),
        (Charge.ITEM, "Cup", Decimal("9.90"), ZERO, Decimal("0.52")),
    ]
    home: dict[str, Any] = {"postal_code": "75011", "city": "Paris", "country": "FR", "company": "Ateliers Réunis"}
    assert sale.buyer == Party("Jean Petit", lines=("1 place du Marché",), vat_number="FR11123456782", **home)
    assert sale.recipient == Party("Jean Petit", lines=("12 rue des Lilas",), **home)
    assert (sale.purchase_order, sale.business, sale.tax_by_amazon) == ("PO-7", True, False)
    assert seller.buyer_language("a", FR) == "fr-FR"


def test_an_order_without_prices_costs_its_value_and_has_no_tax(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([delivered("plain", value=Money(Decimal("20.00"), "EUR"))])
    sale = seller.sale("plain")
    assert [(line.amount, line.tax) for line in sale.lines] == [(Decimal("20.00"), None)]
    assert (sale.buyer, seller.buyer_language("plain", FR)) == (None, None)


def test_in_north_america_the_tax_is_on_top(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced("us", TEAPOT, marketplace_id=US, tax_by_amazon=True)])
    sale = seller.sale("us")
    assert [(line.amount - line.discount, line.tax) for line in sale.lines] == [
        (Decimal("29.90"), Decimal("5.98")),
        (Decimal("4.90"), Decimal("0.98")),
    ]
    assert sale.tax_by_amazon


def test_an_account_without_the_roles_sees_no_buyer() -> None:
    with selling(priced(), account=SimAccount(buyer_data=False)) as (_, seller):
        sale = seller.sale("a")
        assert (sale.buyer, sale.recipient, len(sale.lines)) == (None, None, 2)


def test_another_accounts_order_is_refused(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced("theirs", account="another")])
    with pytest.raises(Refused):
        seller.sale("theirs")


def test_prices_must_be_one_for_each_item_and_have_a_currency() -> None:
    with simulated() as (simulator, _):
        for wrong in (replace(priced(), prices=(TEAPOT, CUP)), replace(priced(), value=None)):
            with pytest.raises(ValueError, match="prices"):
                simulator.post_orders([wrong])
