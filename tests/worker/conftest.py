from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.invoice_shop import InvoiceShop, opened


@pytest.fixture
def any_shop(database_url: str, tmp_path: Path) -> Iterator[InvoiceShop]:
    """A seller who wants invoices, on each database in turn."""
    with opened(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def shop(sqlite_url: str, tmp_path: Path) -> Iterator[InvoiceShop]:
    """The same, on SQLite."""
    with opened(sqlite_url, tmp_path) as made:
        yield made
