"""which settings a worker has, and why it has no newer ones"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("heartbeats", sa.Column("settings", sa.String(64), nullable=True))
    op.add_column("heartbeats", sa.Column("settings_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("heartbeats", sa.Column("settings_trouble", sa.Text(), nullable=True))
    op.add_column("heartbeats", sa.Column("sellers", sa.Text(), nullable=True))
