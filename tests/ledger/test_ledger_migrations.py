import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from ledger import identities, meta, upgrade
from ledger.database import Ledger, open_ledger
from ledger.declared import metadata
from ledger.errors import Outgrown
from ledger.migrations import HEAD, OLDEST
from ledger.requests import REVIEWS
from tests.ledger.examples import SELLER, due, facts_of, order, review

OPEN = "import sys; from ledger.database import open_ledger; open_ledger(sys.argv[1]).close()"


def revisions(ledger: Ledger) -> list[str]:
    with ledger.read() as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def test_the_head_that_is_written_down_is_alembics() -> None:
    config = Config()
    config.set_main_option("script_location", "ledger/migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_revisions_can_be_compared() -> None:
    config = Config()
    config.set_main_option("script_location", "ledger/migrations")
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]  # the newest first
    assert found == sorted(found, reverse=True)
    assert {len(each) for each in found} == {4}
    assert OLDEST in found


def test_a_new_database_is_brought_to_the_head(database_url: str) -> None:
    ledger = open_ledger(database_url)
    assert revisions(ledger) == [HEAD]
    ledger.close()


def test_the_migrated_tables_are_those_of_the_code(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        tables = set(inspect(connection).get_table_names())
        assert tables == {*metadata.tables, "alembic_version"}
        for name, table in metadata.tables.items():
            known = {index["name"] for index in inspect(connection).get_indexes(name)}
            assert known == {index.name for index in table.indexes}


def test_a_ledger_opened_again_keeps_what_it_held(database_url: str) -> None:
    for _ in range(2):
        ledger = open_ledger(database_url)
        with ledger.begin() as connection:
            if identities.is_empty(connection):
                due(connection, "a")
        assert facts_of(ledger).order == order()
        ledger.close()


@pytest.mark.parametrize(
    ("oldest", "opens"),
    [("0001", True), (HEAD, True), ("9999", False), (None, False)],
    ids=["works with the first", "works with this one", "shuts this one out", "does not say"],
)
def test_a_ledger_of_a_newer_askonce_is_opened_if_it_allows_it_and_left_alone(
    oldest: str | None, opens: bool, database_url: str
) -> None:
    ledger = open_ledger(database_url)
    with ledger.begin() as connection:
        due(connection, "a")
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("DELETE FROM meta"))
        if oldest:
            meta.put(connection, upgrade.OLDEST_PROGRAM, oldest)
    if opens:
        open_ledger(database_url).close()
    else:
        with pytest.raises(Outgrown, match=rf"needs revision 9999, and this one knows only {HEAD}\. Type: git pull"):
            open_ledger(database_url)
    assert revisions(ledger) == ["9999"]
    with ledger.read() as connection:
        assert REVIEWS.one(connection, SELLER, review("a")) is not None
    ledger.close()


def test_another_programs_database_is_refused(database_url: str) -> None:
    engine = open_ledger(database_url).engine
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = 'ae1027a6acf'"))
    engine.dispose()
    with pytest.raises(Outgrown, match="needs revision ae1027a6acf"):
        open_ledger(database_url)


def test_several_processes_that_open_a_new_ledger_at_once_migrate_it_once(database_url: str) -> None:
    processes = [subprocess.Popen([sys.executable, "-W", "error", "-c", OPEN, database_url]) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 3
    ledger = open_ledger(database_url)
    assert revisions(ledger) == [HEAD]
    ledger.close()
