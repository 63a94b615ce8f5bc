"""Reports as tab-separated files, read line by line: only order ids and the dates of shipments leave this module.

Reports of invoices are another matter (pending.py).

The encoding differs by marketplace (UTF-8, Windows-1252, Shift-JIS) and is not named. It need not be known: in all of
them tab, line end and the columns that are read are ASCII, and no byte of another character looks like a tab or a line
end. So every file is read as Latin-1, which never fails; UTF-16, which a byte order mark tells, is turned into UTF-8.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from marketplace.amazon.answers import OUTAGE
from marketplace.amazon.nodes import ORDER_ID, masked, time_of
from marketplace.errors import Broken, Busy
from marketplace.port import Report, ReportRow

BOM = b"\xef\xbb\xbf"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LONGEST_LINE = 1 << 20
LINE_END = re.compile(rb"\n|\r(?=[^\n])")
ORDER_ID_COLUMN = ("orderid", "amazonorderid")
ARRIVAL = "estimatedarrivaldate"
DISPATCH = "shipmentdate"
MARKS = {
    Report.MERCHANT_RETURNS: ("returnrequestdate", "returnrequeststatus", "amazonrmaid"),
    Report.FBA_RETURNS: ("returndate", "detaileddisposition", "licenseplatenumber"),
    Report.FBA_SHIPMENTS: (ARRIVAL,),
}
"""Columns by which each report is known, one of which it must have: other reports name orders, too."""


def rows(report: Report, chunks: Iterable[bytes]) -> Iterator[ReportRow]:
    """The rows that name an order, and those of which that cannot be read.

    Raises Busy for a file that is empty or breaks off, Broken for one that is not the report: by its columns, or
    because at least every second row does not name an order.
    """
    fields = fields_of(chunks)
    names = names_of(header_of(report, fields))
    order_id = _column(report, names, *ORDER_ID_COLUMN)
    _column(report, names, *MARKS[report])
    arrival = _column(report, names, ARRIVAL) if report is Report.FBA_SHIPMENTS else None
    dispatch = names.index(DISPATCH) if report is Report.FBA_SHIPMENTS and DISPATCH in names else None
    good = bad = 0
    for row in _whole(fields, len(names), order_id):
        said = row[order_id] if order_id < len(row) else ""
        if ORDER_ID.fullmatch(said):
            good += 1
            yield _row(said, _cell(row, arrival), _cell(row, dispatch))
        elif said:
            bad += 1
            yield ReportRow("", problem=f"a row whose order id is {masked(said)}")
    if bad and bad >= good:
        raise Broken(f"{report}: {bad} of {bad + good} rows do not name an order")


def _cell(row: Sequence[str], position: int | None) -> str:
    return row[position] if position is not None and position < len(row) else ""


def _row(order_id: str, arrival: str, dispatch: str) -> ReportRow:
    at: datetime | None = time_of(arrival)
    problem = "" if at or not arrival else f"order {masked(order_id)}: an arrival date that cannot be read"
    return ReportRow(order_id, at, problem, time_of(dispatch))


def _whole(fields: Iterable[list[str]], width: int, order_id: int) -> Iterator[list[str]]:
    """Rows in one piece: a cell may hold line breaks, after which the rest of its row goes on."""
    row: list[str] = []
    for cells in fields:
        starts = order_id < len(cells) and ORDER_ID.fullmatch(cells[order_id]) is not None
        if row and not starts and len(row) - 1 + len(cells) <= width:
            row = [*row[:-1], f"{row[-1]} {cells[0]}"[:LONGEST_LINE], *cells[1:]]
            continue
        if row:
            yield row
        row = cells
    if row:
        yield row


def _column(report: Report, names: Sequence[str], *wanted: str) -> int:
    for position, name in enumerate(names):
        if name in wanted:
            return position
    raise Broken(f"{report}: a file without the column {wanted[0]}")


def fields_of(chunks: Iterable[bytes]) -> Iterator[list[str]]:
    """The cells of each line, the header first."""
    return (_fields(line) for line in lines(_as_utf_8(chunks)))


def header_of(what: str, fields: Iterator[list[str]]) -> list[str]:
    """The first line of a report. Raises Busy for an empty file."""
    header = next(fields, None)
    if header is None:
        raise Busy(f"{what}: an empty file", retry_after=OUTAGE)
    return header


def names_of(header: Iterable[str]) -> list[str]:
    """The columns in one spelling: letters and digits."""
    return ["".join(filter(str.isalnum, name.lower())) for name in header]


def _fields(line: bytes) -> list[str]:
    return [field.strip().strip('"') for field in line.decode("latin-1").split("\t")]


def _as_utf_8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    pieces = (chunk for chunk in chunks if chunk)
    first = next(pieces, b"")
    if len(first) == 1:
        first += next(pieces, b"")
    if first[:2] not in UTF_16:
        return chain((first,), pieces)
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    return (decoder.decode(chunk).encode("utf-8", "replace") for chunk in chain((first,), pieces))


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that are not blank, without a byte order mark. They end as the first one does: LF, CRLF, or CR."""
    rest, start, end = b"", True, b""
    for chunk in chunks:
        rest += chunk
        if not end and (found := LINE_END.search(rest)):
            end = found[0]
        *lines, rest = rest.split(end or b"\n")
        if len(rest) > LONGEST_LINE:
            raise Broken("a report with a line beyond all measure")
        for line in lines:
            if line.strip():
                yield line.removeprefix(BOM) if start else line
                start = False
    if rest.strip():
        yield rest.removeprefix(BOM) if start else rest
