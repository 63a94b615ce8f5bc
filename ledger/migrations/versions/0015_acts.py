"""who did what, never changed; the settings that made a decision; what is old is found by its end"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_REFUSED = "what a person did is never changed"
_ON_SQLITE = (
    f"CREATE TRIGGER acts_update BEFORE UPDATE ON acts BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
    f"CREATE TRIGGER acts_delete BEFORE DELETE ON acts BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
)
_ON_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION acts_are_never_changed() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$",
    "CREATE TRIGGER acts_change BEFORE UPDATE OR DELETE OR TRUNCATE ON acts "
    "FOR EACH STATEMENT EXECUTE FUNCTION acts_are_never_changed()",
)


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "acts",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("seller", sa.String(64), nullable=True),
        sa.Column("order_id", sa.String(32), nullable=True),
        sa.Column("action", sa.String(16), nullable=True),
        sa.Column("part", sa.String(255), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("settings", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_acts_order", "acts", ["seller", "order_id"])
    for statement in _ON_SQLITE if op.get_bind().dialect.name == "sqlite" else _ON_POSTGRESQL:
        op.execute(statement)
    for table in ("attempts", "decisions"):
        op.add_column(table, sa.Column("settings", sa.String(16), nullable=True))
    op.add_column("orders", sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("reappeared", sa.Boolean(), nullable=True))
    _index("ix_orders_unseen", "orders", ["seller", "noted_at"], "placed IS NULL")
    _index("ix_entries_ended", "entries", ["seller", "changed_at"], "next_look_at IS NULL")
    _index("ix_invoices_ended", "invoices", ["seller", "changed_at"], "next_look_at IS NULL AND number IS NULL")


def _index(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
