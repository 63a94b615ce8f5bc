import gzip
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from marketplace.amazon.downloads import unpacked
from marketplace.amazon.reports import rows
from marketplace.errors import Broken, Busy
from marketplace.port import Report, ReportRow

FIRST, SECOND = "403-1234567-7654321", "249-7654321-1234567"

MERCHANT = (
    "Order ID\tOrder date\tReturn request date\tReturn request status\tReturn Reason\n"
    f"{FIRST}\t01-Feb-2026\t09-Feb-2026\tApproved\t{{word}}\n"
    f"{SECOND}\t02-Feb-2026\t09-Feb-2026\tPending\t{{word}}\n"
)
SHIPMENTS = (
    "amazon-order-id\tmerchant-order-id\tbuyer-email\testimated-arrival-date\n"
    f"{FIRST}\tm1\tx@marketplace.amazon.example\t2026-02-05T20:00:00+01:00\n"
    f"{SECOND}\tm2\ty@marketplace.amazon.example\t\n"
)


def chunks(data: bytes, size: int = 7) -> Iterator[bytes]:
    yield from (data[start : start + size] for start in range(0, len(data), size))


def read(report: Report, data: bytes, *, packed: bool = False) -> list[ReportRow]:
    return list(rows(report, unpacked(chunks(data)) if packed else chunks(data)))


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("utf-8", "défectueux"),
        ("utf-8-sig", "défectueux"),
        ("cp1252", "défectueux – œuf"),
        ("shift_jis", "表示が違う・ソフト"),  # characters whose second byte is an ASCII character
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_order_ids_are_read_in_every_encoding(encoding: str, word: str, packed: bool, line_end: str) -> None:
    data = MERCHANT.format(word=word).replace("\n", line_end).encode(encoding)
    found = read(Report.MERCHANT_RETURNS, gzip.compress(data) if packed else data, packed=packed)
    assert found == [ReportRow(FIRST), ReportRow(SECOND)]


@pytest.mark.parametrize("name", ["Order ID", "order-id", "ORDER_ID", "OrderId", '"order-id"', "amazon-order-id"])
def test_a_column_is_known_by_its_name_however_it_is_spelt(name: str) -> None:
    data = f'return-date\t{name}\tsku\n2026-02-09\t"{FIRST}"\tA\n'.encode()
    assert read(Report.FBA_RETURNS, data) == [ReportRow(FIRST)]


def test_a_shipment_has_an_estimated_arrival_in_utc_or_none() -> None:
    arrival = datetime(2026, 2, 5, 19, tzinfo=UTC)
    assert read(Report.FBA_SHIPMENTS, SHIPMENTS.encode()) == [ReportRow(FIRST, arrival), ReportRow(SECOND)]


def test_lines_that_name_no_order_are_passed_over() -> None:
    data = f"return-date\torder-id\tsku\n\n2026-02-09\n2026-02-09\t\tA\n2026-02-09\t{FIRST}\tA".encode()
    assert read(Report.FBA_RETURNS, data) == [ReportRow(FIRST)]


def test_a_report_with_its_header_alone_has_no_rows() -> None:
    assert read(Report.FBA_RETURNS, b"return-date\torder-id\tsku\n") == []


def test_a_file_of_several_gzip_members_is_read_to_its_end() -> None:
    data = MERCHANT.format(word="x").encode()
    packed = gzip.compress(data[:100]) + gzip.compress(data[100:])
    assert read(Report.MERCHANT_RETURNS, packed, packed=True) == [ReportRow(FIRST), ReportRow(SECOND)]


@pytest.mark.parametrize(
    ("report", "data", "packed", "expected"),
    [
        (Report.FBA_RETURNS, b"", False, Busy),
        (Report.FBA_RETURNS, b"", True, Busy),
        (Report.FBA_RETURNS, gzip.compress(b""), True, Busy),
        (Report.MERCHANT_RETURNS, gzip.compress(MERCHANT.encode())[:-1], True, Busy),
        (Report.MERCHANT_RETURNS, gzip.compress(MERCHANT.encode())[:60], True, Busy),
        (Report.MERCHANT_RETURNS, MERCHANT.encode(), True, Broken),
        (Report.MERCHANT_RETURNS, zlib.compress(MERCHANT.encode()), True, Broken),
        (Report.FBA_RETURNS, b"<html>\n<body>Sorry</body>\n</html>\n", False, Broken),
        (Report.FBA_RETURNS, b"return-date\tsku\n2026-02-09\tA\n", False, Broken),
        (Report.FBA_SHIPMENTS, b"amazon-order-id\tsku\n1\tA\n", False, Broken),
        (Report.FBA_RETURNS, b"x" * 2_000_000, False, Broken),
    ],
    ids=[
        *("empty", "empty, not even gzip", "empty gzip", "gzip cut at its end", "gzip cut early", "not gzip"),
        *("zlib", "html", "no order id", "no arrival", "one endless line"),
    ],
)
def test_a_file_that_is_not_the_whole_report_is_an_answer(
    report: Report, data: bytes, packed: bool, expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        list(rows(report, unpacked(chunks(data, 1 << 16)) if packed else chunks(data, 1 << 16)))


def test_memory_does_not_grow_with_the_report() -> None:
    def endless() -> Iterator[bytes]:
        yield b"return-date\torder-id\tsku\n"
        for _ in range(50):
            yield f"2026-02-09\t{FIRST}\tA\n".encode() * 1000

    tracemalloc.start()
    count = sum(1 for _ in rows(Report.FBA_RETURNS, endless()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 1_000_000
