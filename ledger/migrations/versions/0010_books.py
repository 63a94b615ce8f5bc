"""which invoice a credit note takes back, what a person asked for, and whether a PDF is kept already"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoices", sa.Column("original", sa.String(64), nullable=True))
    op.add_column("invoices", sa.Column("amount", sa.String(24), nullable=True))
    known = sa.text("sha256 IS NOT NULL")
    op.create_index("ix_invoices_sha256", "invoices", ["seller", "sha256"], sqlite_where=known, postgresql_where=known)
