"""when an order was shipped: as first seen, and by the FBA shipments report"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("shipped_seen_at", "fba_first_shipped_at", "fba_last_shipped_at"):
        op.add_column("orders", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
