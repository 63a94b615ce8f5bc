"""The files of other tools are read as they come; where one does not say who was asked, a person is asked for that."""

import gzip
from datetime import date

import pytest

from tasks.moving.columns import Wish, day_in
from tasks.moving.file import read_asked
from tasks.not_done import NotDone

A, B, C = (f"406-{number:07}-1234567" for number in (1, 2, 3))
TODAY = date(2026, 11, 26)
SECOND = date(2026, 11, 2)


def days(content: bytes, **wish: object) -> dict[str, date | None]:
    found = read_asked(content, Wish(**wish), TODAY)  # type: ignore[arg-type]
    assert found.problems == []
    return {order_id: line.asked_on for order_id, line in found.orders.items()}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"{A}\n{B}\n".encode(), id="one a line"),
        pytest.param(f"\r\n{A}\r\n\r\n {B} ".encode(), id="blank lines, no end"),
        pytest.param(f"{A}\r{B}\r".encode(), id="old Mac"),
        pytest.param(f"{A},{B}".encode(), id="all on one line"),
        pytest.param(f"{A} {B}".encode(), id="with blanks between"),
        pytest.param(f"order-id\n{A}\n{B}".encode("utf-8-sig"), id="header, BOM"),
        pytest.param(f"Bestellnummer;Käufer\n{A};Jörg\n{B};Zoë\n".encode("cp1252"), id="German, semicolons, Windows"),
        pytest.param(f"Numéro de commande\tNom\n{A}\tZoë\n{B}\tx\n".encode("utf-16"), id="French, tabs, UTF-16"),
        pytest.param(f"注文番号,名\n{A},山田\n{B},x\n".encode("utf-16-le"), id="Japanese, UTF-16 without a mark"),
        pytest.param(f'sep=;\n"ID";"Nota"\n"{A}";"a;b\nc"\n"{B}";""\n'.encode(), id="Excel, a cell of two lines"),
        pytest.param(f'id,note\n{A},"5"" wide\n{B},"x"\n'.encode(), id="a quote that is left open"),
        pytest.param(f'id\tnote\n{A}\t"5 wide\n{B}\t"x"\n'.encode(), id="a quote in a file with tabs"),
        pytest.param(f"original-order-id|order-id\n{C}|{A}\n|{B}\n".encode(), id="bars, another order's id beside it"),
        pytest.param(gzip.compress(f"id\n{A}\n{A}\n{B}\n".encode()), id="gzip, an order twice"),
    ],
)
def test_a_list_of_orders_is_read_however_it_was_saved(content: bytes) -> None:
    assert days(content) == {A: None, B: None}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(f"{A} 2026-11-02\n{B}\n", {A: SECOND, B: None}, id="beside the id"),
        pytest.param(f"{A};02.11.2026\n{B};\n", {A: SECOND, B: None}, id="no header"),
        pytest.param(f"id,Requested at\n{A},2026-11-02T10:00:00Z\n", {A: SECOND}, id="a time"),
        pytest.param(f"id,purchase day,date\n{A},2026-10-01,11/02/2026\n", {A: None}, id="day or month first"),
        pytest.param(f"id,purchase day,date\n{A},2026-10-01,2 Nov 2026\n", {A: SECOND}, id="not the purchase's"),
        pytest.param(f"id,requested\n{A},2026-11-02\n{B},\n", {A: SECOND}, id="no day: it was not asked"),
    ],
)
def test_the_day_is_read_if_there_is_one(content: str, expected: dict[str, date | None]) -> None:
    assert days(content.encode()) == expected


STATUS = f"Order,Status\n{A},Sent\n{B},Not eligible\n{C},sent \n".encode()
REPORT = f"amazon-order-id\tpurchase-date\treview-requested\n{A}\t2026-10-01\tyes\n{B}\t2026-10-01\tNo\n".encode()


@pytest.mark.parametrize(
    ("content", "wish", "asked"),
    [
        pytest.param(STATUS, {"asked_column": "status", "asked_values": ("SENT",)}, {A, C}, id="a status"),
        pytest.param(STATUS, {"asked_column": "2", "asked_values": ("Sent", "Not eligible")}, {A, B, C}, id="values"),
        pytest.param(STATUS, {"all_lines": True}, {A, B, C}, id="every line"),
        pytest.param(REPORT, {}, {A}, id="an All Orders report whose column says so"),
        pytest.param(REPORT.replace(b"review-requested", b"x"), {"asked_column": "X"}, {A}, id="by another name"),
        pytest.param(f"{A};1;x\n{B};0;x\n".encode(), {"asked_column": "2"}, {A}, id="no header"),
        pytest.param(f"Nr;Bewertung angefragt\n{A};ja\n{B};nein\n".encode(), {}, {A}, id="German"),
        pytest.param(f"id,status\n{A},Sent\n{B},Sent\n".encode(), {}, {A, B}, id="a status that only says yes"),
    ],
)
def test_of_a_table_of_all_orders_those_count_that_it_calls_asked(
    content: bytes, wish: dict[str, object], asked: set[str]
) -> None:
    wish = {name.replace("asked_column", "asked"): value for name, value in wish.items()}
    assert days(content, **wish).keys() == asked


@pytest.mark.parametrize(
    ("content", "wish", "words"),
    [
        pytest.param(STATUS, {}, "a column 'Status' \\('Sent' 1 times, .*--asked-column NAME", id="a status"),
        pytest.param(STATUS, {"asked": "Status"}, "'Not eligible' 1 times.*--asked-value VALUE", id="values unknown"),
        pytest.param(STATUS, {"asked": "Status", "asked_values": ("Done",)}, "no line has that", id="value unknown"),
        pytest.param(STATUS, {"asked": "State"}, "no column 'State' .*'Order', 'Status'", id="no such column"),
        pytest.param(STATUS, {"order_id": "3"}, "no column '3'", id="no such number"),
        pytest.param(
            REPORT.replace(b"review-requested", b"x"), {}, "orders that were not asked.*'purchase-date'", id="a report"
        ),
        pytest.param(b"PK\x03\x04...", {}, "Excel workbook or a zip file", id="a workbook"),
        pytest.param(gzip.compress(b"x" * 9999)[:40], {}, "damaged gzip", id="a cut file"),
    ],
)
def test_what_is_not_clear_is_not_guessed(content: bytes, wish: dict[str, object], words: str) -> None:
    with pytest.raises(NotDone, match=words):
        days(content, **wish)


def test_broken_lines_are_named_without_what_else_they_say() -> None:
    content = f"id,name\n{A},Zoë\n40-1234567-1234567,Max\n,Anna\n\n{B},\nNORA,x\n{C},y\n".encode()
    found = read_asked(content, Wish(), TODAY)
    assert [*found.orders] == [A, B, C]
    assert [(each.line, each.what.partition(";")[0]) for each in found.problems] == [
        (3, "40-1234567-1234567 has 2 digits at the beginning"),
        (4, "no order id"),
        (7, "no order id"),
    ]


def test_what_is_still_to_be_asked_does_not_count() -> None:
    found = read_asked(f"id,date\n{A},2026-11-28\n{B},2026-11-26\n".encode(), Wish(), TODAY)
    assert [*found.orders] == [B]
    assert [each.what for each in found.problems] == [f"{A}: asked on 2026-11-28, which is still to come"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026/11/02 10:00", SECOND),
        ("02.11.2026", SECOND),
        ("26/11/2026", TODAY),
        ("11/26/2026", TODAY),
        ("02/02/2026", date(2026, 2, 2)),
        ("Nov 2, 2026", SECOND),
        ("2026-13-40", None),
        ("02/11/2026", None),
        ("soon", None),
        (A, None),
    ],
)
def test_a_day_is_read_in_one_way_only(cell: str, day: date | None) -> None:
    assert day_in(cell) == day
