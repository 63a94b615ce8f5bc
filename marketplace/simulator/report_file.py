"""A flat file of Amazon's, as it comes or as people's programs saved it, as rows of cells.

Tabs, commas, semicolons or bars; plain, gzipped, or alone in a zip file; UTF-8, UTF-16, or what Windows writes. It is
read line by line, so that nothing grows with the file.
"""

import csv
import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

MOST_BYTES = 1_000_000_000
"""Of the text; a report of a million lines has about 600 MB."""
_MOST_OF_A_LINE = 1_000_000
_MOST_LINES_OF_A_ROW = 20
_DELIMITERS = "\t,;|"
_ORDER_CELL = re.compile(r'(?:^|[\t,;|"])[0-9A-Z]{3}-\d{7}-\d{7}(?:$|[\t,;|"])')
_DAMAGES = (
    *(EOFError, LookupError, NotImplementedError, RuntimeError, ValueError),
    *(lzma.LZMAError, struct.error, zipfile.BadZipFile, zlib.error),
)
"""What unpacking may raise."""
_AGAIN = "export the All Orders report again (Seller Central, Reports > Fulfilment > All Orders)"


class ReportError(Exception):
    """The file cannot be used as an All Orders report; says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """`line`: the first is 1. `export` counts the header lines so far, `columns` is the last of them."""

    line: int
    export: int
    columns: tuple[str, ...]
    cells: list[str]


def table(path: Path, needed: tuple[str, ...]) -> Iterator[Row]:
    """The rows below the header, which has the `needed` columns. Column names are in lower case, with hyphens.

    A cell with a line break is put together again where the row shows that it was cut. Raises ReportError.
    """
    try:
        with ExitStack() as opened:
            yield from _rows(path, _lines(path, _text(path, opened)), needed)
    except OSError as complaint:
        if complaint.errno is None:  # what reads packed files says so
            raise _damaged(path) from complaint
        raise ReportError(f"{path} cannot be read ({complaint.strerror}): check the path") from complaint
    except _DAMAGES as complaint:
        raise _damaged(path) from complaint


def _damaged(path: Path) -> ReportError:
    return ReportError(
        f"{path} is a cut or damaged gzip or zip file, or locked with a password: download it again, or unpack it"
    )


def _text(path: Path, opened: ExitStack) -> BinaryIO:
    """The bytes of the text, unpacked."""
    file: BinaryIO = opened.enter_context(path.open("rb"))
    kind = _packed(file)
    if kind == "gzip":
        file = cast(BinaryIO, opened.enter_context(gzip.GzipFile(fileobj=file)))
    elif kind == "zip":
        file = opened.enter_context(_only_file(path, opened.enter_context(zipfile.ZipFile(file))))
    text = cast(BinaryIO, io.BufferedReader(_Bounded(path, file)))
    if kind == "xls" or (kind and _packed(text)):
        raise ReportError(f"{path} is an Excel workbook or a packed file: save it as CSV, or unpack it")
    return text


def _packed(file: BinaryIO) -> str:
    """By the first bytes; an .xlsx is a zip, too."""
    head = cast(io.BufferedReader, file).peek(8)
    kinds = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\xd0\xcf\x11\xe0": "xls"}
    return next((kind for magic, kind in kinds.items() if head.startswith(magic)), "")


def _only_file(path: Path, packed: zipfile.ZipFile) -> BinaryIO:
    names = [each for each in packed.namelist() if not each.endswith("/") and not each.startswith(("__MACOSX/", "."))]
    if any(name.startswith(("xl/", "[Content_Types]", "mimetype")) for name in names):
        raise ReportError(f"{path} is an Excel workbook (xlsx): save it as CSV, or {_AGAIN}")
    if len(names) != 1:
        raise ReportError(f"{path} is a zip file of {len(names)} files: unpack it, and name the report")
    return cast(BinaryIO, packed.open(names[0]))


class _Bounded(io.RawIOBase):
    """A few bytes can be packed so that they unpack without an end."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file, self._left = path, file, MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        content = self._file.read(len(view))
        self._left -= len(content)
        if self._left < 0:
            raise ReportError(f"{self._path} has more than {MOST_BYTES:,} bytes of text: export it in parts")
        view[: len(content)] = content
        return len(content)


def _lines(path: Path, file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, with its number."""
    wide = _wide(cast(io.BufferedReader, file).peek(2)[:2])
    text = io.TextIOWrapper(file, encoding=wide or "latin-1", errors="replace")
    number = 0
    while line := text.readline(_MOST_OF_A_LINE):
        number += 1
        if len(line) == _MOST_OF_A_LINE:
            raise ReportError(f"{path} is no table (line {number} has no end): {_AGAIN}")
        if not wide and not line.isascii():
            line = _decoded(line.encode("latin-1"))
        line = line.strip("\ufeff\n")
        if line.strip(_DELIMITERS + '" \0'):
            yield number, line


def _wide(head: bytes) -> str | None:
    if head in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head.count(b"\0") == 1:  # one of the two bytes of an ASCII letter
        return "utf-16-be" if head.startswith(b"\0") else "utf-16-le"
    return None


def _decoded(line: bytes) -> str:
    """Files that were joined have several encodings, and every column that decides is ASCII."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp932" if b"amazon.co.jp" in line.lower() else "cp1252", "replace")


def _rows(path: Path, lines: Iterator[tuple[int, str]], needed: tuple[str, ...]) -> Iterator[Row]:
    ahead: deque[tuple[int, str]] = deque()
    columns: tuple[str, ...] = ()
    split = _Split("\t", 0)
    export = 0
    while following := ahead.popleft() if ahead else next(lines, None):
        line, text = following
        if not columns and re.match(r'"?sep=', text, re.IGNORECASE):  # Excel's own first line
            continue
        if not columns or "purchase" in text.lower():
            delimiter = max(_DELIMITERS, key=text.count)
            names = tuple(map(_column, _Split(delimiter, 0).literally(text)))
            missing = [name for name in needed if name not in names]
            if not missing:
                columns, split, export = names, _Split(delimiter, len(names)), export + 1
                continue
            if not columns:
                raise ReportError(f"{path} has no column {', '.join(missing)}: {_AGAIN}, with it")
        cells = _whole(text, lines, ahead, split)
        yield Row(line, export, columns, split.literally(text) if cells is None else cells)
    if not columns:
        raise ReportError(f"{path} is empty: {_AGAIN}")


def _whole(
    text: str, lines: Iterator[tuple[int, str]], ahead: deque[tuple[int, str]], split: "_Split"
) -> list[str] | None:
    """The cells of a row that begins with this line; None: it does not come to an end before another order's."""
    cells = split(text)
    taken: list[tuple[int, str]] = []
    while cells is None and len(taken) < _MOST_LINES_OF_A_ROW:
        following = ahead.popleft() if ahead else next(lines, None)
        if following is None:
            break
        taken.append(following)
        text = f"{text}\n{following[1]}"
        if _ORDER_CELL.search(following[1]) or text.count(split.delimiter) >= split.width * 2:
            break
        cells = split(text)
    if cells is None:
        ahead.extendleft(reversed(taken))
    return cells


@dataclass(frozen=True, slots=True)
class _Split:
    """Text into cells.

    Amazon quotes nothing in a file with tabs, where a name may begin with a quote; Excel quotes cells that hold a
    comma there, too.
    """

    delimiter: str
    width: int

    def __call__(self, text: str) -> list[str] | None:
        """None: a line break within a cell has cut it, and more is to come."""
        joined = "\n" in text
        if self.delimiter not in ",;":
            cells = self.literally(text)
            return None if len(cells) < self.width or (joined and len(cells) > self.width) else cells
        try:
            rows = list(csv.reader([text, ""], delimiter=self.delimiter))
        except csv.Error:
            return None if joined else self.literally(text)
        if len(rows) == 1 or (joined and len(rows[0]) > self.width):  # within quotes the second line belongs to it
            return None
        return rows[0]

    def literally(self, text: str) -> list[str]:
        return [_unquoted(cell) for cell in text.split(self.delimiter)]


def _unquoted(cell: str) -> str:
    inner = cell[1:-1]
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if quoted else cell


def _column(name: str) -> str:
    return re.sub(r"[\s_]+", "-", name.strip().lower())
