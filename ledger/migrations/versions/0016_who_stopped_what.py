"""who stopped it, and since when"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("controls", sa.Column("by", sa.Text(), nullable=True))
    op.add_column("controls", sa.Column("at", sa.DateTime(timezone=True), nullable=True))
