"""what an import says of an order: that it was asked by other means"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("imported", sa.Text(), nullable=True))
