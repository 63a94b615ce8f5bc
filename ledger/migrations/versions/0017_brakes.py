"""what is usual of a day, and what stopped because it was not; begins with what was bought in the last 60 days"""

import sqlalchemy as sa
from alembic import op

from settings.marketplaces import MARKETPLACES

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_COUNTED = (
    *("ordered", "due", "due_by_settings", "delivered", "redated", "taken_back", "offered", "not_offered"),
    "refunds",
)
_PARTS = {
    "sqlite": (
        "CASE WHEN json_valid(placed) THEN json_extract(placed, '$.marketplace_id') END",
        "CASE WHEN json_valid(placed) THEN substr(json_extract(placed, '$.purchased_at'), 1, 10) END",
        "date('now', '-60 days')",
    ),
    "postgresql": (
        'substring(placed from \'"marketplace_id":"([A-Z0-9]+)"\')',
        'CAST(substring(placed from \'"purchased_at":"([0-9]{4}-[0-9]{2}-[0-9]{2})\') AS date)',
        "CURRENT_DATE - 60",
    ),
}
"""Of an order's JSON: its marketplace, and the day on which it was bought; and since when days count."""
_CODES = " ".join(f"WHEN '{each.marketplace_id}' THEN '{code}'" for code, each in MARKETPLACES.items())
# What was bought counts as delivered, too: the marketplace is not new.
_BEGIN = """
INSERT INTO daily_counts (seller, marketplace, day, ordered, delivered)
SELECT seller, CASE place {codes} END, day, count(*), count(*)
FROM (SELECT seller, {place} AS place, {day} AS day FROM orders WHERE placed IS NOT NULL) AS bought
WHERE day >= {since} AND place IN ({known}) GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    zeros = [sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in _COUNTED]
    op.create_table(
        "daily_counts",
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("marketplace", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *zeros,
        sa.Column("refused_in_a_row", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("seller", "marketplace", "day"),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "brakings",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("marketplace", sa.String(32), nullable=False),
        sa.Column("brake", sa.String(32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measure", sa.Integer(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_brakings_seller", "brakings", ["seller"])
    place, day, since = _PARTS[op.get_bind().dialect.name]
    known = ", ".join(f"'{each.marketplace_id}'" for each in MARKETPLACES.values())
    op.execute(_BEGIN.format(codes=_CODES, place=place, day=day, since=since, known=known))
