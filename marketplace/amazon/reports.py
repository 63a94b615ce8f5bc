"""Reports as tab-separated files, read line by line: only order ids and arrival dates leave this module.

Reports of invoices are another matter (pending.py).

The encoding differs by marketplace (UTF-8, Windows-1252, Shift-JIS) and is not named. It need not be known: in all of
them tab, line end and the columns that are read are ASCII, and no byte of another character looks like a tab or a line
end. So every file is read as Latin-1, which never fails.
"""

from collections.abc import Iterable, Iterator, Sequence

from marketplace.amazon.answers import OUTAGE
from marketplace.amazon.nodes import time_of
from marketplace.errors import Broken, Busy
from marketplace.port import Report, ReportRow

BOM = b"\xef\xbb\xbf"
LONGEST_LINE = 1 << 20
ORDER_ID = ("orderid", "amazonorderid")
ARRIVAL = "estimatedarrivaldate"


def rows(report: Report, chunks: Iterable[bytes]) -> Iterator[ReportRow]:
    """The rows that name an order.

    Raises Busy for a file that is empty or breaks off, Broken for one that is not the report.
    """
    fields = (_fields(line) for line in lines(chunks))
    header = next(fields, None)
    if header is None:
        raise Busy(f"{report}: an empty file", retry_after=OUTAGE)
    names = ["".join(filter(str.isalnum, name.lower())) for name in header]
    order_id = _column(report, names, *ORDER_ID)
    arrival = _column(report, names, ARRIVAL) if report is Report.FBA_SHIPMENTS else None
    for row in fields:
        if order_id < len(row) and row[order_id]:
            date = row[arrival] if arrival is not None and arrival < len(row) else ""
            yield ReportRow(row[order_id], time_of(date))


def _column(report: Report, names: Sequence[str], *wanted: str) -> int:
    for position, name in enumerate(names):
        if name in wanted:
            return position
    raise Broken(f"{report}: a file without the column {wanted[0]}")


def _fields(line: bytes) -> list[str]:
    return [field.strip().strip('"') for field in line.decode("latin-1").split("\t")]


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that are not blank, without a byte order mark."""
    rest, start = b"", True
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise Broken("a report with a line beyond all measure")
        for line in lines:
            if line.strip():
                yield line.removeprefix(BOM) if start else line
                start = False
    if rest.strip():
        yield rest.removeprefix(BOM) if start else rest
