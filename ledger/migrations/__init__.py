"""Alembic revisions. They run by themselves when the ledger is opened."""

HEAD = "0029"
"""The newest revision; said here so that opening an up-to-date ledger need not import Alembic."""

OLDEST = "0001"
"""The HEAD of the oldest askonce that may still work on a ledger of this revision; a contract step raises it."""
