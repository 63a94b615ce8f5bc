"""what is held, by seller: a look at a thousand sellers beside a million orders"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    held = sa.text("state = 'held'")
    for table in ("entries", "invoices"):
        op.create_index(f"ix_{table}_held", table, ["seller"], sqlite_where=held, postgresql_where=held)
