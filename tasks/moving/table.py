"""A table as people's programs save it: CSV or text, gzipped or not, in any of their encodings."""

import csv
import gzip
import io
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass

from rules.order_id import order_id_in
from settings.complaints import as_text
from tasks.not_done import NotDone

MOST_BYTES = 256_000_000
"""Of the text: a few bytes can be packed so that they unpack without an end."""
DELIMITERS = "\t,;|"
_MOST_LINES_OF_A_ROW = 20
_LINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a line of the file; the first line is 1."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """`header`: the names of the columns; empty: the file has none. `rows`: those below it that are not blank."""

    header: list[str]
    rows: list[Row]


def read_table(content: bytes) -> Table:
    """The file's rows. Raises NotDone: it is no table of text."""
    text = _text(_unpacked(content))
    rows = [row for row in _rows(text) if any(cell.strip() for cell in row.cells)]
    if rows and re.match(r"sep=", ",".join(rows[0].cells), re.IGNORECASE):  # Excel's own first line
        rows = rows[1:]
    if rows and not any(map(order_id_in, rows[0].cells)) and any(map(str.isalpha, "".join(rows[0].cells))):
        return Table([cell.strip() for cell in rows[0].cells], rows[1:])
    return Table([], rows)


def _unpacked(content: bytes) -> bytes:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotDone("it is an Excel workbook or a zip file: save it as CSV, or unpack it")
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            text = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise NotDone("it is a cut or damaged gzip file: fetch it again, or unpack it") from None
    if len(text) > MOST_BYTES:
        raise NotDone(f"it has more than {MOST_BYTES:,} bytes of text: import it in parts")
    return text


def _text(content: bytes) -> str:
    """As editors, spreadsheets and Amazon write it."""
    head = content[:1000]
    if b"\0" in head and not head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # one of the two bytes of each digit
        return content.decode("utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le", "replace")
    return as_text(content)[0]


def _rows(text: str) -> Iterator[Row]:
    first = next((line for line in _LINE.split(text) if line.strip(DELIMITERS + " ")), "")
    delimiter = max(DELIMITERS, key=first.count)
    if first.lower().startswith("sep="):
        delimiter = first[4:5] or delimiter
    if '"' in text and delimiter != "\t":  # Amazon quotes nothing in a file with tabs, where a name may have a quote
        quoted = _quoted(text, delimiter)
        if quoted is not None:
            return iter(quoted)
    return (Row(number, _split(line, delimiter)) for number, line in enumerate(_LINE.split(text), 1))


def _quoted(text: str, delimiter: str) -> list[Row] | None:
    """With cells of several lines put together; None: a quote is left open, and would swallow orders."""
    rows: list[Row] = []
    reader, before = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 0
    try:
        for cells in reader:
            several = reader.line_num - before
            inside = sum(order_id_in(line) is not None for cell in cells for line in _LINE.split(cell)[1:])
            if several > _MOST_LINES_OF_A_ROW or (several > 1 and inside):
                return None
            rows.append(Row(before + 1, cells))
            before = reader.line_num
    except csv.Error:
        return None
    return rows


def _split(line: str, delimiter: str) -> list[str]:
    return [_unquoted(cell) for cell in line.split(delimiter)]


def _unquoted(cell: str) -> str:
    cell = cell.strip()
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if quoted else cell
