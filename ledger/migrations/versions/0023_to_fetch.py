"""orders that only a report has named, and which of them are fetched first"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("fetch_rank", sa.BigInteger(), nullable=True))
    named = sa.text("fetch_rank IS NOT NULL")
    op.create_index(
        "ix_orders_fetch",
        "orders",
        ["seller", "fetch_rank"],
        if_not_exists=True,
        sqlite_where=named,
        postgresql_where=named,
    )
