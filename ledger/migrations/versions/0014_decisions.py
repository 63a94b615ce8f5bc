"""what was decided, in order; it begins with where things stand"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BEGIN = """
INSERT INTO decisions (seller, order_id, action, part, at, state, reason)
SELECT seller, order_id, {action}, {part}, changed_at, state, reason FROM {table}
WHERE (state = 'skipped' OR state = 'held') AND NOT EXISTS (
    SELECT 1 FROM attempts WHERE attempts.seller = {table}.seller AND attempts.order_id = {table}.order_id
    AND attempts.action = {action} AND attempts.state = {table}.state AND attempts.reason = {table}.reason)
ORDER BY changed_at
"""


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "decisions",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("order_id", sa.String(32), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("part", sa.String(255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_decisions_order", "decisions", ["seller", "order_id"])
    op.execute(_BEGIN.format(table="entries", action="entries.action", part="''"))
    op.execute(_BEGIN.format(table="invoices", action="invoices.kind", part="invoices.part"))
