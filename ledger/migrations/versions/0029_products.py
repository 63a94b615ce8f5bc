"""what was sold in each order, so that orders are found by product and marketplace"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

_NAME = sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql")  # in order of bytes, as in SQLite
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LISTED = sa.text("kind <> ''")
_ENDED = sa.text("next_look_at IS NULL AND reason <> 'requested'")

_SQLITE_LINES = """
SELECT substr(coalesce(json_extract(ROW.placed, '$.marketplace_id'), ''), 1, 100) AS marketplace_id,
    substr(lower(coalesce(json_extract(item.value, '$.sku'), '')), 1, 100) AS sku,
    substr(lower(coalesce(json_extract(item.value, '$.asin'), '')), 1, 100) AS asin
FROM (SELECT 1) LEFT JOIN json_each(ROW.placed, '$.items') AS item
"""
_LINES = """
SELECT left(coalesce(ROW.placed::json ->> 'marketplace_id', ''), 100) AS marketplace_id,
    left(lower(coalesce(item ->> 'sku', '')), 100) AS sku, left(lower(coalesce(item ->> 'asin', '')), 100) AS asin
FROM (SELECT 1) AS one LEFT JOIN LATERAL json_array_elements(ROW.placed::json -> 'items') AS item ON true
"""
_SAME = "p.marketplace_id = o.marketplace_id AND p.seller = ROW.seller AND p.sku = o.sku AND p.asin = o.asin"
_ARRIVES = """
INSERT INTO products (seller, marketplace_id, sku, asin)
SELECT ROW.seller, o.marketplace_id, o.sku, o.asin FROM (LINES) AS o
WHERE NOT EXISTS (SELECT 1 FROM products AS p WHERE SAME) ON CONFLICT DO NOTHING;
INSERT INTO sold (product, order_id)
SELECT p.id, ROW.order_id FROM (LINES) AS o CROSS JOIN products AS p WHERE SAME ON CONFLICT DO NOTHING;
"""
_LEAVES = """
DELETE FROM sold WHERE order_id = ROW.order_id AND product IN
(SELECT p.id FROM (LINES) AS o CROSS JOIN products AS p WHERE SAME);
"""
_SQLITE_CHANGED = """NEW.placed IS NOT NULL AND (OLD.seller <> NEW.seller
    OR json_extract(OLD.placed, '$.items', '$.marketplace_id')
    IS NOT json_extract(NEW.placed, '$.items', '$.marketplace_id'))"""
_CHANGED = """NEW.placed IS NOT NULL AND (OLD.seller <> NEW.seller
    OR (OLD.placed::json ->> 'items') IS DISTINCT FROM (NEW.placed::json ->> 'items')
    OR (OLD.placed::json ->> 'marketplace_id') IS DISTINCT FROM (NEW.placed::json ->> 'marketplace_id'))"""
_SQLITE_TRIGGER = "CREATE TRIGGER orders_sold_{name} AFTER {event} ON orders WHEN {condition} BEGIN {statements} END"
_TRIGGER = """
CREATE OR REPLACE FUNCTION orders_sold_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {statements} RETURN NULL; END $$;
CREATE TRIGGER orders_sold_{name} AFTER {event} ON orders
FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION orders_sold_{name}()
"""


def _triggers(*, is_sqlite: bool) -> list[str]:
    lines = _SQLITE_LINES if is_sqlite else _LINES
    arrives, leaves = (
        statements.replace("LINES", lines).replace("SAME", _SAME).replace("ROW", row)
        for statements, row in ((_ARRIVES, "NEW"), (_LEAVES, "OLD"))
    )
    return [
        (_SQLITE_TRIGGER if is_sqlite else _TRIGGER).format(
            name=event.split()[0].lower(), event=event, condition=condition, statements=statements
        )
        for event, condition, statements in (
            ("INSERT", "NEW.placed IS NOT NULL", arrives),
            ("DELETE", "OLD.placed IS NOT NULL", leaves),
            ("UPDATE OF seller, placed", _SQLITE_CHANGED if is_sqlite else _CHANGED, leaves + arrives),
        )
    ]


_BEGIN = "INSERT INTO meta (key, value) SELECT 'products_until', '' WHERE EXISTS (SELECT 1 FROM orders)"


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("seller", sa.String(64), nullable=False),
        *(sa.Column(name, _NAME, nullable=False) for name in ("marketplace_id", "sku", "asin")),
    )
    op.create_index("ix_products_all", "products", ["marketplace_id", "seller", "sku", "asin"], unique=True)
    op.create_index("ix_products_sku", "products", ["sku"])
    op.create_index("ix_products_asin", "products", ["asin"])
    op.create_table(
        "sold",
        sa.Column("product", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("product", "order_id"),
        sqlite_with_rowid=False,
    )
    for statement in _triggers(is_sqlite=op.get_bind().dialect.name == "sqlite"):
        op.execute(statement)
    op.execute(_BEGIN)
    for table in ("entries", "invoices"):
        op.create_index(
            f"ix_{table}_reason",
            table,
            ["seller", "reason", "changed_at"],
            if_not_exists=True,
            sqlite_where=_ENDED,
            postgresql_where=_ENDED,
        )
    op.create_index(
        "ix_invoices_listed",
        "invoices",
        ["seller", "changed_at"],
        if_not_exists=True,
        sqlite_where=_LISTED,
        postgresql_where=_LISTED,
    )
