"""Writes `ledger/tables.py` from what is declared (`make tables`), so that no start has to import SQLModel."""

from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table

from ledger.declared import metadata

FILE = Path(__file__).with_name("tables.py")
HEAD = '''\
"""The tables as statements name them. Written by `make tables` from `ledger/declared.py`, which says what they are."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, LargeBinary, MetaData, String, Table, Text

from ledger.times import Time

metadata = MetaData()
'''
WORDS = {"AutoString": "String", "UTCDateTime": "Time", "length=": "", "'": '"'}
"""What is written for another word: instead of SQLModel's own types those that they stand for."""


def written() -> str:
    """What the file is to say."""
    return "\n".join([HEAD, *map(_table, metadata.tables.values()), ""])


def _table(table: Table) -> str:
    """Without indexes, which no statement names."""
    lines = [f'"{table.name}"', "metadata", *map(_column, table.columns)]
    return "\n".join([f"{table.name} = Table(", *(f"    {line}," for line in lines), ")"])


def _column(column: Column[Any]) -> str:
    variants = (f".with_variant({kind!r}, {name!r})" for name, kind in column.type._variant_mapping.items())
    said = [repr(column.name), repr(column.type) + "".join(variants)]
    if column.primary_key:
        said.append("primary_key=True")
    elif not column.nullable:
        said.append("nullable=False")
    if column.autoincrement != "auto":
        said.append(f"autoincrement={column.autoincrement}")
    for name in ("default", "server_default"):
        if (default := getattr(column, name)) is not None:
            said.append(f"{name}={default.arg!r}")
    line = f"Column({', '.join(said)})"
    for word, instead in WORDS.items():
        line = line.replace(word, instead)
    return line


if __name__ == "__main__":
    FILE.write_text(written())
