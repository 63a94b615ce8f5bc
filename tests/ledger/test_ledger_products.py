"""Which orders a product is in is kept as orders are written, and is what looking into each of them finds."""

from dataclasses import replace

from sqlalchemy import delete, select, text, update

from ledger import meta, orders, products
from ledger.database import Connection, Ledger
from ledger.tables import orders as order_rows
from ledger.tables import products as product_rows
from ledger.tables import sold
from rules.order import Item, Order
from tests.ledger.examples import DAY, NOW, SELLER, order

TEAPOT, CUP, NAMELESS = Item("TEAPOT-É", "B0CTEAPOT1"), Item("cup", None, 2), Item(None, None)
ORDERS = (
    order("1", items=(TEAPOT,)),
    order("2", items=(TEAPOT, CUP, CUP)),
    order("3", items=(), marketplace_id="A1PA6795UKMFR9"),
    order("4", items=(NAMELESS,), marketplace_id=None),
    order("5", items=(Item("x" * 3000, "%_"),)),
)
Links = set[tuple[str, str, str, str, str]]


def read(connection: Connection, *found: Order) -> None:
    orders.record_orders(connection, SELLER, found, as_of=NOW, previous=None)


def links(connection: Connection) -> Links:
    c = product_rows.c
    columns = (c.seller, c.marketplace_id, c.sku, c.asin, sold.c.order_id)
    rows = connection.execute(select(*columns).join_from(product_rows, sold, c.id == sold.c.product)).all()
    assert len(rows) == len(set(rows))
    return {(row[0], row[1], row[2], row[3], row[4]) for row in rows}


def expected(connection: Connection, seller: str, *found: Order) -> Links:
    """As the database itself writes small letters."""
    made = {
        (seller, each.marketplace_id or "", (item.sku or "")[:100], (item.asin or "")[:100], each.order_id)
        for each in found
        for item in each.items or (NAMELESS,)
    }
    lower = text("SELECT lower(:word)")
    return {
        (*each[:2], *(connection.execute(lower, {"word": word}).scalar_one() for word in each[2:4]), each[4])
        for each in made
    }


def test_each_order_is_found_by_what_was_sold_in_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        read(connection, *ORDERS)
        orders.record_releases(connection, SELLER, {"unseen": NOW}, NOW)
        assert links(connection) == expected(connection, SELLER, *ORDERS)
        assert products.is_whole(connection)


def test_an_order_that_changes_is_found_by_what_it_says_now(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        read(connection, *ORDERS)
        later = [
            replace(ORDERS[0], updated_at=NOW + DAY, items=(CUP,)),
            replace(ORDERS[1], updated_at=NOW + DAY, status="CANCELLED"),
            replace(ORDERS[2], updated_at=NOW + DAY, marketplace_id="A13V1IB3VIYZZH"),
        ]
        read(connection, *later)
        assert links(connection) == expected(connection, SELLER, *later, *ORDERS[3:])


def test_an_order_that_is_renamed_or_deleted_is_found_no_more_where_it_was(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        read(connection, *ORDERS)
        connection.execute(update(order_rows).where(order_rows.c.order_id < "3").values(seller="renamed"))
        connection.execute(delete(order_rows).where(order_rows.c.order_id > "3"))
        renamed = expected(connection, "renamed", *ORDERS[:2])
        assert links(connection) == renamed | expected(connection, SELLER, ORDERS[2])


def test_orders_of_an_older_ledger_are_taken_in_batch_by_batch(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        read(connection, *ORDERS)
        orders.record_releases(connection, SELLER, {"unseen": NOW}, NOW)
        connection.execute(delete(sold))
        connection.execute(delete(product_rows))
        meta.put(connection, products.UNTIL, "")
        assert not products.is_whole(connection)
        read(connection, replace(ORDERS[4], updated_at=NOW + DAY, items=(CUP,)))
        while products.take_in(connection, 2):
            pass
        assert products.is_whole(connection)
        assert links(connection) == expected(connection, SELLER, *ORDERS[:4], replace(ORDERS[4], items=(CUP,)))
        assert not products.take_in(connection, 2)
