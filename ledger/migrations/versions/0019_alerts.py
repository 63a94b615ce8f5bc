"""what is wrong and who was told, and what was due and never asked"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "alerts",
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("raised_at", time, nullable=False),
        sa.Column("seen_at", time, nullable=False),
        sa.Column("told_at", time, nullable=True),
        sa.Column("over_at", time, nullable=True),
        sa.PrimaryKeyConstraint("cause"),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "messages",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("receiver", sa.String(64), nullable=False),
        sa.Column("receiver_name", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", time, nullable=False),
        sa.Column("next_at", time, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", time, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    once_due = sa.text("state = 'skipped' AND deadline IS NOT NULL")
    op.create_index(
        "ix_entries_missed",
        "entries",
        ["seller", "deadline"],
        if_not_exists=True,
        sqlite_where=once_due,
        postgresql_where=once_due,
    )
