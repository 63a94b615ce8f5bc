"""Which orders a product is in, and which are of a marketplace: found without looking into every order.

Triggers on `orders` keep it. Orders that were there before it are taken in by and by; until then it is not whole.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, Select, delete, func, or_, select, text

from ledger import meta
from ledger.tables import meta as meta_rows
from ledger.tables import products, sold

UNTIL = "products_until"
"""Key in the ledger's `meta`: the last order that was taken in, of those that were there before; not there: all are."""
LONGEST = 100
"""Characters of a name that are compared."""
BATCH = 1_000
"""Orders in one transaction."""


def is_whole(connection: Connection) -> bool:
    """Whether every order is found."""
    return meta.get(connection, UNTIL) is None


def take_in(connection: Connection, batch: int = BATCH) -> bool:
    """Take in so many of the orders that were there before. Returns whether there may be more."""
    until = meta.get(connection, UNTIL)
    if until is None:
        return False
    seller, _, order_id = until.partition("/")
    place = {"seller": seller, "order_id": order_id, "batch": batch}
    last = connection.execute(text(_LAST), place).first()
    if last is None:
        connection.execute(delete(meta_rows).where(meta_rows.c.key == UNTIL))
        return False
    lines = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    for statement in (_PRODUCTS, _SOLD):
        connection.execute(text(statement.format(lines=lines)), place)
    meta.put(connection, UNTIL, f"{last.seller}/{last.order_id}")
    return True


def orders_with(
    sellers: Sequence[str] | None, product: str | None, marketplace_id: str | None
) -> Select[tuple[str, str]]:
    """Seller and id of the orders with that product of that marketplace; an order with several such comes as often.

    `product`: a SKU or an ASIN, `*` at its end for any that begins so. `sellers`: None: of all.
    """
    conditions = list(_conditions(sellers, product, marketplace_id))
    return (
        select(products.c.seller, sold.c.order_id)
        .join_from(products, sold, products.c.id == sold.c.product)
        .where(*conditions)
    )


def _conditions(
    sellers: Sequence[str] | None, product: str | None, marketplace_id: str | None
) -> Iterator[ColumnElement[bool]]:
    c = products.c
    if sellers is not None:
        yield c.seller.in_(sellers)
    if marketplace_id:
        yield c.marketplace_id == marketplace_id[:LONGEST]
    if product:
        name = func.lower(product.removesuffix("*")[:LONGEST])
        if product.endswith("*"):
            yield or_(*((column >= name) & (column < name.concat(_LAST_CHARACTER)) for column in (c.sku, c.asin)))
        else:
            yield or_(c.sku == name, c.asin == name)


_LAST_CHARACTER = "\U0010ffff"
_SOME = "SELECT * FROM orders WHERE (seller, order_id) > (:seller, :order_id) ORDER BY seller, order_id LIMIT :batch"
_LAST = "SELECT seller, order_id FROM (_SOME) AS o ORDER BY seller DESC, order_id DESC LIMIT 1".replace("_SOME", _SOME)
_SQLITE = """
SELECT o.seller, o.order_id, substr(coalesce(json_extract(o.placed, '$.marketplace_id'), ''), 1, 100) AS marketplace_id,
    substr(lower(coalesce(json_extract(item.value, '$.sku'), '')), 1, 100) AS sku,
    substr(lower(coalesce(json_extract(item.value, '$.asin'), '')), 1, 100) AS asin
FROM (_SOME) AS o LEFT JOIN json_each(o.placed, '$.items') AS item WHERE o.placed IS NOT NULL
""".replace("_SOME", _SOME)
_POSTGRESQL = """
SELECT o.seller, o.order_id, left(coalesce(CAST(o.placed AS json) ->> 'marketplace_id', ''), 100) AS marketplace_id,
    left(lower(coalesce(item ->> 'sku', '')), 100) AS sku, left(lower(coalesce(item ->> 'asin', '')), 100) AS asin
FROM (_SOME) AS o LEFT JOIN LATERAL json_array_elements(CAST(o.placed AS json) -> 'items') AS item ON true
WHERE o.placed IS NOT NULL
""".replace("_SOME", _SOME)
_PRODUCTS = """
INSERT INTO products (seller, marketplace_id, sku, asin)
SELECT DISTINCT seller, marketplace_id, sku, asin FROM ({lines}) AS lines WHERE true ON CONFLICT DO NOTHING
"""
_SOLD = """
INSERT INTO sold (product, order_id) SELECT DISTINCT p.id, lines.order_id FROM ({lines}) AS lines
JOIN products AS p ON p.marketplace_id = lines.marketplace_id AND p.seller = lines.seller AND p.sku = lines.sku
AND p.asin = lines.asin WHERE true ON CONFLICT DO NOTHING
"""
