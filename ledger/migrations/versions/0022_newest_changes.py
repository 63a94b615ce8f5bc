"""what changed last, found without looking at all that is stored"""

from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("entries", "invoices"):
        op.create_index(f"ix_{table}_changed", table, ["changed_at"], if_not_exists=True)
