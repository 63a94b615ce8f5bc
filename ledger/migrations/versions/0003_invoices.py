"""invoices, and the series of their numbers"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoices",
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("part", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("business", sa.Boolean(), nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipping_id", sa.String(255), nullable=True),
        sa.Column("transaction_id", sa.String(255), nullable=True),
        sa.Column("feed_id", sa.String(255), nullable=True),
        sa.Column("number", sa.String(64), nullable=True),
        sa.Column("series", sa.String(64), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("total", sa.String(24), nullable=True),
        sa.Column("vat", sa.String(24), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seller", "order_id", "kind", "part"),
    )
    for name, columns, condition, unique in (
        ("ix_invoices_look", ["seller", "state", "next_look_at"], "next_look_at IS NOT NULL", False),
        ("ix_invoices_number", ["seller", "number"], "number IS NOT NULL", True),
        ("ix_invoices_keep", ["keep_until"], "keep_until IS NOT NULL", False),
    ):
        where = sa.text(condition)
        op.create_index(name, "invoices", columns, unique=unique, sqlite_where=where, postgresql_where=where)
    op.add_column("attempts", sa.Column("part", sa.String(255), nullable=True))
    op.create_table(
        "invoice_series",
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("series", sa.String(64), nullable=False),
        sa.Column("next", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seller", "series"),
    )
