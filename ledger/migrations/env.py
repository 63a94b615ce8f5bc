"""Alembic's entry: it is given the open transaction of `ledger.database`, and commits nothing itself."""

from alembic import context
from sqlmodel import SQLModel

from ledger import tables  # noqa: F401  importing them fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
