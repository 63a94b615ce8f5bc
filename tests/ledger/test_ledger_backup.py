"""A copy of a ledger in use is whole, private, and known."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.backup import back_up, made_at
from ledger.database import Ledger, open_ledger
from ledger.errors import LedgerError
from tests.ledger.examples import NOW, known


@pytest.fixture
def here(sqlite_url: str) -> Ledger:
    return open_ledger(sqlite_url)


def test_a_copy_holds_what_was_committed_and_nobody_else_can_read_it(here: Ledger, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(here):
        with here.begin() as connection:
            known(connection, "a")
        for _ in range(2):  # a copy of yesterday is replaced
            back_up(here, copy, NOW)
        with here.read() as connection:
            assert made_at(connection) == NOW
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as copied:
        assert copied.execute("SELECT order_id FROM orders").fetchall() == [("a",)]
    assert {path.name for path in tmp_path.iterdir()} == {"askonce.db", "copy.db"}


@pytest.mark.parametrize("name", ["askonce.db", "nowhere/copy.db"], ids=["the ledger itself", "no such folder"])
def test_a_copy_that_cannot_be_is_refused_with_what_to_type(name: str, here: Ledger, tmp_path: Path) -> None:
    with closing(here), pytest.raises(LedgerError, match="Type: askonce backup"):
        back_up(here, tmp_path / name, NOW)
    with closing(here), here.read() as connection:
        assert made_at(connection) is None


def test_a_postgresql_has_tools_of_its_own(postgres_ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="Type: pg_dump"):
        back_up(postgres_ledger, tmp_path / "copy.db", NOW)
