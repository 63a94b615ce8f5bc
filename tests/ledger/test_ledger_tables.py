"""The tables that statements use are those that are declared."""

import pytest
from sqlalchemy import Dialect, MetaData, make_url
from sqlalchemy.schema import CreateColumn

from ledger import declared, tables, write_tables


def test_the_file_of_tables_says_what_is_declared() -> None:
    assert write_tables.FILE.read_text() == write_tables.written(), "type: make tables"


@pytest.mark.parametrize("database", ["sqlite", "postgresql+psycopg"])
def test_each_column_is_the_same_on_the_database(database: str) -> None:
    dialect: Dialect = make_url(f"{database}://").get_dialect()()
    assert _columns(tables.metadata, dialect) == _columns(declared.metadata, dialect)


def _columns(metadata: MetaData, dialect: Dialect) -> dict[str, str]:
    columns = [column for table in metadata.tables.values() for column in table.columns]
    return {str(column): str(CreateColumn(column).compile(dialect=dialect)) for column in columns}
