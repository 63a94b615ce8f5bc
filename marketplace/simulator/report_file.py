"""A flat file of Amazon's as rows of cells: tabs or commas, plain or gzipped, in any of Amazon's encodings."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path


class ReportError(Exception):
    """The file cannot be used as an All Orders report; says what to do."""


def table(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not blank, with its number. Amazon quotes in comma-separated files only.

    Raises ReportError at once; csv.Error while iterating.
    """
    text = _text(path)
    header = text.partition("\n")[0]
    delimiter = max("\t", ",", ";", key=header.count)
    lines = io.StringIO(text, newline="")
    if delimiter == "\t":
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, delimiter=delimiter)
    return ((reader.line_num, row) for row in reader if any(row))


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as complaint:
        raise ReportError(f"{path} is a cut or damaged gzip file: download it again") from complaint
    except OSError as complaint:
        raise ReportError(f"{path} cannot be read ({complaint.strerror}): check the path") from complaint
    if not content.strip():
        raise ReportError(f"{path} is empty: export the All Orders report again")
    for encoding in ("utf-8-sig", "cp1252", "shift_jis"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ReportError(f"{path} is no text in UTF-8, Windows-1252 or Shift-JIS: export the All Orders report again")
