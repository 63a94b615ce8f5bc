"""what a person says of an order: left out, or to be asked now"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("left_out", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("ask_until", sa.DateTime(timezone=True), nullable=True))
