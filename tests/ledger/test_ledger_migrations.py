import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from ledger import entries
from ledger.database import Ledger, LedgerError, open_ledger
from ledger.migrations import HEAD
from tests.ledger.examples import SELLER, due, facts_of, order

OPEN = "import sys; from ledger.database import open_ledger; open_ledger(sys.argv[1]).close()"


def revisions(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def test_the_head_that_is_written_down_is_alembics() -> None:
    config = Config()
    config.set_main_option("script_location", "ledger/migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_new_database_is_brought_to_the_head(database_url: str) -> None:
    ledger = open_ledger(database_url)
    assert revisions(ledger) == [HEAD]
    ledger.close()


def test_the_migrated_tables_are_those_of_the_code(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
        tables = set(inspect(connection).get_table_names())
        assert tables == {*SQLModel.metadata.tables, "alembic_version"}
        for name, table in SQLModel.metadata.tables.items():
            known = {index["name"] for index in inspect(connection).get_indexes(name)}
            assert known == {index.name for index in table.indexes}


def test_a_ledger_opened_again_keeps_what_it_held(database_url: str) -> None:
    for _ in range(2):
        ledger = open_ledger(database_url)
        with ledger.begin() as connection:
            if not entries.any_entry(connection):
                due(connection, "a")
        assert facts_of(ledger).order == order()
        ledger.close()


def test_a_ledger_of_a_newer_askonce_is_refused_and_left_alone(database_url: str) -> None:
    ledger = open_ledger(database_url)
    with ledger.begin() as connection:
        due(connection, "a")
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerError, match=r"newer askonce \(revision 9999\)\. Type: git pull"):
        open_ledger(database_url)
    assert revisions(ledger) == ["9999"]
    with ledger.read() as connection:
        assert entries.one(connection, SELLER, "a") is not None
    ledger.close()


def test_several_processes_that_open_a_new_ledger_at_once_migrate_it_once(database_url: str) -> None:
    processes = [subprocess.Popen([sys.executable, "-W", "error", "-c", OPEN, database_url]) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 3
    ledger = open_ledger(database_url)
    assert revisions(ledger) == [HEAD]
    ledger.close()
