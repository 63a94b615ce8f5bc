import gzip
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.amazon.downloads import looked_at, unpacked
from marketplace.amazon.nodes import ORDER_ID
from marketplace.amazon.reports import BOM, MARKS, rows
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
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
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


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_utf_16_is_read_by_its_byte_order_mark(encoding: str, size: int) -> None:
    text = MERCHANT.format(word="表示")
    data = (text if encoding == "utf-16" else "\ufeff" + text).encode(encoding)
    assert list(rows(Report.MERCHANT_RETURNS, chunks(data, size))) == [ReportRow(FIRST), ReportRow(SECOND)]


@pytest.mark.parametrize("cell", ['"I did not\nlike it"', '"a\n\nb\nc"', "no\nquotes", '"never closed'])
def test_a_cell_may_hold_line_breaks(cell: str) -> None:
    returns = f"order-id\tcomments\treturn-date\n{FIRST}\t{cell}\t2026-02-09\n{SECOND}\tgood\t2026-02-09\n"
    assert read(Report.FBA_RETURNS, returns.encode()) == [ReportRow(FIRST), ReportRow(SECOND)]
    arrivals = f"comments\tamazon-order-id\testimated-arrival-date\nx\t{FIRST}\t2026-02-05\n{cell}\t{SECOND}\t\n"
    assert [row.order_id for row in read(Report.FBA_SHIPMENTS, arrivals.encode())] == [FIRST, SECOND]


def test_a_line_break_before_the_arrival_does_not_hide_it() -> None:
    data = f'amazon-order-id\tname\testimated-arrival-date\n{FIRST}\t"a\nb"\t2026-02-05\n{SECOND}\tc\t2026-02-06\n'
    found = [row.arrival and row.arrival.day for row in read(Report.FBA_SHIPMENTS, data.encode())]
    assert found == [5, 6]


@pytest.mark.parametrize("date", ["05.02.2026", "5-Feb-2026", "0001-01-01T00:00:00+09:00", "soon"])
def test_an_arrival_that_cannot_be_read_is_said(date: str) -> None:
    data = f"amazon-order-id\testimated-arrival-date\n{FIRST}\t{date}\n"
    problem = "order …7654321: an arrival date that cannot be read"
    assert read(Report.FBA_SHIPMENTS, data.encode()) == [ReportRow(FIRST, None, problem)]


def returns(*order_ids: str) -> bytes:
    return "\n".join(["order-id\treturn-date", *(f"{each}\t2026-02-09" for each in order_ids), ""]).encode()


def test_a_row_that_names_no_order_among_others_is_said() -> None:
    found = read(Report.FBA_RETURNS, returns(FIRST, "4.06E+16", SECOND))
    assert found == [ReportRow(FIRST), ReportRow("", problem="a row whose order id is ….06E+16"), ReportRow(SECOND)]


@pytest.mark.parametrize(
    "order_ids", [["4.06E+16"], [FIRST, "4.06E+16"], ["B07FGXZQZ1", "B07FGXZQZ2", FIRST], [FIRST[1:]]], ids=repr
)
def test_rows_that_do_not_name_orders_are_no_empty_report(order_ids: list[str]) -> None:
    with pytest.raises(Broken):
        read(Report.FBA_RETURNS, returns(*order_ids))


UNSHIPPED = f"order-id\torder-item-id\tpurchase-date\tsku\n{FIRST}\t1\t2026-02-01\tA\n".encode()
GERMAN = f"Bestellnummer\tBestelldatum\tDatum der Rücksendeanfrage\n{FIRST}\t1\t2\n".encode()


@pytest.mark.parametrize("report", [Report.MERCHANT_RETURNS, Report.FBA_RETURNS, Report.FBA_SHIPMENTS], ids=str)
@pytest.mark.parametrize("data", [UNSHIPPED, GERMAN], ids=["unshipped orders", "a translated header"])
def test_another_table_that_names_orders_is_not_the_report(report: Report, data: bytes) -> None:
    with pytest.raises(Broken):
        read(report, data)


PIECES = st.sampled_from(
    [returns(FIRST), b"order-id\treturn-date\n", b"\t", b"\n", b'"', b"\xff\xfe", BOM, b"\x1f\x8b"]
)


@given(data=st.lists(st.binary(max_size=20) | PIECES).map(b"".join), size=st.integers(1, 9))
def test_any_bytes_are_a_report_or_an_answer(data: bytes, size: int) -> None:
    plain, packed = looked_at(chunks(data, size))
    for report in MARKS:
        with suppress(Broken, Busy):
            for row in rows(report, unpacked(plain) if packed else plain):
                assert row == ReportRow("", problem=row.problem) or ORDER_ID.fullmatch(row.order_id)


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize(
    "data",
    [b"", b"\x1f", b"\x1f\x8b", gzip.compress(b"x"), b"plain"],
    ids=["empty", "half a mark", "a mark alone", "gzip", "plain"],
)
def test_a_packed_file_is_known_by_its_first_bytes(data: bytes, size: int) -> None:
    found, packed = looked_at(chunks(data, size))
    assert (b"".join(found), packed) == (data, data.startswith(b"\x1f\x8b"))


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
