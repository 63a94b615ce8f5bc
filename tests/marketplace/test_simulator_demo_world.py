from datetime import UTC, datetime, timedelta
from decimal import Decimal

from marketplace.simulator.demo_world import demo_faults, demo_month, demo_orders, month_faults
from marketplace.simulator.world import World
from rules.order import Money

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)


def test_the_demo_world_has_an_order_for_each_thing_that_can_happen() -> None:
    orders = demo_orders(NOW)
    assert len({order.order_id for order in orders}) == len(orders) >= 60
    assert {order.status(NOW) for order in orders} == {
        *("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED")
    }
    assert {order.marketplace_id for order in orders} == {"A13V1IB3VIYZZH", "A1PA6795UKMFR9", None}
    for happens in (
        *("refunds", "refund_visible_after", "return_requested_at", "returned_at", "replaces", "exchanged_for_it"),
        *("business", "detailed_status_missing"),
    ):
        assert any(getattr(order, happens) for order in orders), happens


def test_most_of_the_demo_world_can_be_asked_for_today() -> None:
    world = World()
    world.put(demo_orders(NOW), NOW)
    offered = [order for order in world.orders.values() if world.refusal(order, NOW) is None]
    assert 40 <= len(offered) < len(world.orders)


def test_one_demo_order_is_not_offered_until_tomorrow() -> None:
    [fault] = demo_faults(NOW)
    assert fault.order_id in {order.order_id for order in demo_orders(NOW)}
    assert fault.until == NOW + timedelta(days=1)


def test_every_demo_order_that_costs_something_can_be_invoiced() -> None:
    orders = [order for order in demo_orders(NOW) if order.value]
    assert {order.total() for order in orders} == {Money(Decimal("29.90"), "EUR")}
    assert all(order.buyer and order.buyer.lines and order.locale for order in orders)
    assert {price.tax_rate for order in orders for price in order.prices} == {Decimal(20), Decimal(19)}
    companies = [order.buyer for order in orders if order.business and order.buyer]
    assert len(companies) == 3
    assert all(company.company and company.vat_number for company in companies)
    assert [company.purchase_order for company in companies].count(None) == 1


def test_the_watched_month_has_something_new_every_day() -> None:
    orders = demo_month(NOW)
    ids = {order.order_id for order in orders}
    assert len(ids | {order.order_id for order in demo_orders(NOW)}) == len(orders) + len(demo_orders(NOW))
    assert {(order.purchased_at - NOW).days for order in orders} >= set(range(-4, 30))
    for happens in ("refunds", "returned_at", "packages"):
        assert any(getattr(order, happens) for order in orders), happens
    assert {fault.order_id for fault in month_faults()} - ids <= {order.order_id for order in demo_orders(NOW)}
