"""Statements of the hot path: compiled once for each database, and handed to the driver itself.

SQLAlchemy takes ten times as long to run a statement as SQLite to answer it; here only its compiler is used.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, TextClause, Update
from sqlalchemy.sql.compiler import SQLCompiler

Statement = Select[Any] | Insert | Update | Delete | TextClause
Values = Mapping[str, Any]


class HotStatement:
    """One statement with bound parameters."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Values) -> int:
        """Execute it in the connection's transaction. Returns the row count."""
        return int(self._execute(connection, values).rowcount)

    def scalar(self, connection: Connection, values: Values) -> Any:
        """The first column of the first row, as the driver returns it; None without a row."""
        row = self.first(connection, values)
        return row[0] if row else None

    def first(self, connection: Connection, values: Values) -> tuple[Any, ...] | None:
        """The first row, as the driver returns it."""
        row: tuple[Any, ...] | None = self._execute(connection, values).fetchone()
        return row

    def run_many(self, connection: Connection, rows: Iterable[Values]) -> None:
        """Execute it once for each of these."""
        compiled = self._for(connection.dialect)
        if parameters := [compiled.parameters(row) for row in rows]:
            _cursor(connection).executemany(compiled.sql, parameters)

    def _execute(self, connection: Connection, values: Values) -> Any:
        compiled = self._for(connection.dialect)
        return _cursor(connection).execute(compiled.sql, compiled.parameters(values))

    def _for(self, dialect: Dialect) -> "_Compiled":
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return self._compiled[dialect.name]


class _Compiled:
    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.sql = compiled.string
        named = {name: bind for bind, name in compiled.bind_names.items()}
        self._places = compiled.positiontup
        self._binds: list[tuple[str, Callable[[Any], Any]]] = []
        self._constants: dict[str, Any] = {}  # the values that the statement itself holds
        for name, bind in named.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if not bind.required:
                self._constants[name] = process(bind.value) if process else bind.value
            elif process:
                self._binds.append((name, process))

    def parameters(self, values: Values) -> Any:
        """In the driver's form: positional or named."""
        given = {**values, **self._constants}
        for name, process in self._binds:
            given[name] = process(given[name])
        return given if self._places is None else tuple(map(given.__getitem__, self._places))


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()
