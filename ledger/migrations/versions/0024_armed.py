"""who armed a seller, and where; who was live before counts as armed, where the ledger stands now"""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from ledger import place

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ASKED = sa.text(
    "SELECT seller, min(asked_at) FROM ("
    "SELECT seller, asked_at FROM entries WHERE asked_at IS NOT NULL "
    "UNION ALL SELECT seller, asked_at FROM invoices WHERE asked_at IS NOT NULL) AS asked GROUP BY seller"
)
_AT_WORK = sa.text("SELECT sellers, started_at FROM heartbeats WHERE sellers IS NOT NULL")


def upgrade() -> None:
    made = op.create_table(
        "armings",
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("stands", sa.Text(), nullable=False),
        sa.Column("lost", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seller"),
    )
    connection = op.get_bind()
    since = {row[0]: _time(row[1]) for row in connection.execute(_ASKED)}
    for told, started_at in connection.execute(_AT_WORK).all():
        since = {name: _time(started_at) for name, live in json.loads(told).items() if live} | since
    stands = json.dumps(place.here(connection)) if since else ""
    word = {"by": "the upgrade", "place": "it was live before", "stands": stands}
    op.bulk_insert(made, [{"seller": name, "at": at, **word} for name, at in since.items()])


def _time(stored: str | datetime) -> datetime:
    """SQLite has it as text, in UTC."""
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored).replace(tzinfo=UTC)
