"""how many requests and documents stand where, counted as they move"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COUNTED = {"entries": "action", "invoices": "kind"}
_BEGIN = """
INSERT INTO tallies (seller, action, state, reason, batch, number)
SELECT seller, {action}, state, reason, 0, count(*) FROM {table} GROUP BY seller, {action}, state, reason
"""
_SQLITE_COUNT = """
INSERT INTO tallies (seller, action, state, reason, batch, number)
VALUES ({row}.seller, {row}.{action}, {row}.state, {row}.reason, 0, {by})
ON CONFLICT (seller, action, state, reason, batch) DO UPDATE SET number = number + excluded.number;
"""
_SQLITE = """
CREATE TRIGGER {table}_tally_{when} AFTER {event} ON {table} {condition} BEGIN {counts} END
"""
_MOVED = "WHEN OLD.state <> NEW.state OR OLD.reason <> NEW.reason OR OLD.seller <> NEW.seller"
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION {table}_tally_{when}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tallies (seller, action, state, reason, batch, number)
    SELECT seller, action, state, reason, nextval('tally_batches'), sum(by)
    FROM ({rows}) AS moved GROUP BY seller, action, state, reason HAVING sum(by) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_tally_{when} AFTER {event} ON {table} REFERENCING {names}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_tally_{when}()
"""
_ROWS = "SELECT seller, {action} AS action, state, reason, {by} AS by FROM {rows}"


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("seller", sa.String(64), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seller", "action", "state", "reason", "batch"),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute("CREATE SEQUENCE IF NOT EXISTS tally_batches")
    for table, action in _COUNTED.items():
        for statement in _sqlite(table, action) if is_sqlite else _postgresql(table, action):
            op.execute(statement)
        op.execute(_BEGIN.format(table=table, action=action))


def _sqlite(table: str, action: str) -> list[str]:
    arrives, leaves = (_SQLITE_COUNT.format(row=row, action=action, by=by) for row, by in (("NEW", "1"), ("OLD", "-1")))
    return [
        _SQLITE.format(table=table, when=when, event=event, condition=condition, counts=counts)
        for when, event, condition, counts in (
            ("insert", "INSERT", "", arrives),
            ("delete", "DELETE", "", leaves),
            ("update", "UPDATE OF seller, state, reason", _MOVED, leaves + arrives),
        )
    ]


def _postgresql(table: str, action: str) -> list[str]:
    """Before the first count, the table is locked by its triggers: nobody moves anything in between."""
    arrives, leaves = (
        _ROWS.format(action=action, by=by, rows=rows) for rows, by in (("arrived", "1"), ("left_behind", "-1"))
    )
    new, old = "NEW TABLE AS arrived", "OLD TABLE AS left_behind"
    return [
        _POSTGRESQL.format(table=table, when=event.lower(), event=event, names=names, rows=rows)
        for event, names, rows in (
            ("INSERT", new, arrives),
            ("DELETE", old, leaves),
            ("UPDATE", f"{old} {new}", f"{leaves} UNION ALL {arrives}"),
        )
    ]
