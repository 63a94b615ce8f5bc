"""Alembic's entry: it is given the open transaction of `ledger.database`, and commits nothing itself."""

from alembic import context

from ledger.declared import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
