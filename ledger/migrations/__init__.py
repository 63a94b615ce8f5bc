"""Alembic revisions. They run by themselves when the ledger is opened."""

HEAD = "0001"
"""The newest revision; said here so that opening an up-to-date ledger need not import Alembic."""
