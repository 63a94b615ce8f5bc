"""whose account a seller is, and the name under which a document was sealed"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seller", "kind", "fingerprint"),
    )
    op.create_index("ix_identities_fingerprint", "identities", ["fingerprint"])
    op.add_column("invoices", sa.Column("sealed_for", sa.String(64), nullable=True))
