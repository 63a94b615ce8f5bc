import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.simulator import report_file
from marketplace.simulator.all_orders_report import (
    MOST_PROBLEMS,
    AllOrders,
    Problem,
    ReportedOrder,
    ReportError,
    read_all_orders,
    to_sim_orders,
)
from rules.order import Item, Money

FR = "A13V1IB3VIYZZH"
BOUGHT = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)

Written = Callable[..., AllOrders]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes the bytes to a file and reads it as a report."""

    def write(content: str | bytes, name: str = "report.txt") -> AllOrders:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_all_orders(path)

    return write


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return packed.getvalue()


def lines(*rows: str, header: str = "amazon-order-id|purchase-date|order-status|sales-channel") -> str:
    return "\n".join((header, *rows, "")).replace("|", "\t")


AGAIN = "Export the report again, and open it as text only"
ONE = lines("1|2026-04-01|Shipped|Amazon.fr")


@pytest.mark.parametrize(
    "content",
    [
        ONE.encode(),
        ONE.encode("utf-8-sig"),
        ONE.replace("\n", "\r\n").encode(),
        ONE.replace("\t", ",").encode(),
        ONE.replace("\t", ";").encode(),
        ONE.replace("1\t2026-04-01", '"1","2026-04-01"').replace("\t", ",").encode(),
        gzip.compress(ONE.encode()),
        ONE.replace("amazon-order-id", "Amazon Order ID").replace("order-status", "ORDER_STATUS").encode(),
        ONE.replace("order-status", "order-status\tville").replace("Shipped", "Shipped\tOrléans").encode("cp1252"),
        ONE.replace("order-status", "order-status\ttown").replace("Shipped", "Shipped\t東京へ").encode("shift_jis"),
        ONE.replace("order-status", "order-status\ttown").replace("Shipped", "Shipped\t㈱①髙").encode("cp932"),
        ONE.replace("order-status", "order-status\ttown").encode().replace(b"Shipped", b"Shipped\tOrl\xc3"),
        ONE.encode("utf-16"),
        ONE.encode("utf-16-le"),
        ONE.encode("utf-16-be"),
        ONE.replace("order-status", 'order-status\tname').replace("Shipped", 'Shipped\t5" "pot').encode(),
        ONE.replace("\n1", "\n\n1").encode(),
        ONE.replace("\n1", "\n\t\t\t\n1").encode(),
        ONE.replace("\n", "\r").encode(),
        f"sep=;\r\n{ONE}".replace("\t", ";").encode(),
        "\n".join(";".join(f'"{cell}"' for cell in row.split("\t")) for row in ONE.splitlines()).encode(),
        ONE.replace("\n1\t", '\n="1"\t').encode(),
        f"{ONE.strip()}\t\t\n".encode(),
        zipped(report=ONE.encode()),
    ],
    ids=[
        *("tabs", "byte order mark", "CRLF", "commas", "semicolons", "quotes", "gzip", "header style"),
        *("cp1252", "shift_jis", "cp932", "a cut character", "UTF-16", "UTF-16-LE", "UTF-16-BE"),
        *("a lone quote between tabs", "blank line", "a line of empty cells", "CR", "sep=;", "every cell quoted"),
        *("a formula for Excel", "empty cells beyond the header", "zip"),
    ],
)  # fmt: skip
def test_the_same_order_is_read_from_each_form_of_the_file(written: Written, content: bytes) -> None:
    report = written(content)
    assert report.problems == []
    assert [(order.order_id, order.status, order.marketplace_id) for order in report.orders] == [("1", "shipped", FR)]
    assert (report.lines, report.first_purchase, report.last_purchase) == (1, BOUGHT, BOUGHT)


def test_every_column_that_is_used_is_read(written: Written) -> None:
    header = (
        "amazon-order-id|purchase-date|order-status|fulfillment-channel|sales-channel|sku|asin|item-status|quantity"
        "|currency|item-price|is-business-order|promotion-ids"
    )
    row = "1|2026-04-01T10:00:00+02:00|Shipped|Amazon|Amazon.fr|S-1|B01|Shipped|2|EUR|19.90|true|P-1,P-2"
    assert written(lines(row, header=header)).orders == [
        ReportedOrder(
            order_id="1",
            purchased_at=datetime(2026, 4, 1, 8, tzinfo=UTC),
            status="shipped",
            channel="AMAZON",
            marketplace_id=FR,
            fulfilled_by="AMAZON",
            items=(Item("S-1", "B01", 2, promotions=("P-1", "P-2")),),
            value=Money(Decimal("19.90"), "EUR"),
            business=True,
        )
    ]


def test_an_order_on_several_lines_is_one_order(written: Written) -> None:
    header = "amazon-order-id|purchase-date|order-status|sales-channel|sku|item-status|currency|item-price"
    rows = (
        "1|2026-04-01|Shipped|Amazon.fr|A|Shipped|EUR|10",
        "2|2026-04-02|Shipped|Amazon.fr|B||EUR|1",
        "1|2026-04-01|Shipped|Amazon.fr|C|Cancelled|EUR|5",
    )
    report = written(lines(*rows, header=header))
    first = report.orders[0]
    assert (len(report.orders), report.lines) == (2, 3)
    assert [(item.sku, item.cancelled) for item in first.items] == [("A", False), ("C", True)]
    assert first.value == Money(Decimal(10), "EUR")
    assert report.last_purchase == BOUGHT + DAY


def test_a_shipped_order_cannot_consist_of_cancelled_lines_only(written: Written) -> None:
    report = written(
        lines(
            "1|2026-04-01|Shipped|Amazon.fr|Cancelled",
            header="amazon-order-id|purchase-date|order-status|sales-channel|item-status",
        )
    )
    assert [item.cancelled for item in report.orders[0].items] == [False]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("|2026-04-01|Shipped|Amazon.fr", "no order id"),
        ("2|soon|Shipped|Amazon.fr", "purchase-date 'soon' is no date"),
        ("2||Shipped|Amazon.fr", "purchase-date '' is no date"),
        ("2|2026-02-30|Shipped|Amazon.fr", "purchase-date '2026-02-30' is no date"),
        ("2|46113.33|Shipped|Amazon.fr", "purchase-date '46113.33' is no date"),
        (
            "2|9999-12-31T23:59:59-12:00|Shipped|Amazon.fr",
            "purchase-date '9999-12-31T23:59:59-12:00' is no date of an order",
        ),
        (
            "2|0001-01-01T00:00:00+14:00|Shipped|Amazon.fr",
            "purchase-date '0001-01-01T00:00:00+14:00' is no date of an order",
        ),
        ("2|2062-04-01|Shipped|Amazon.fr", "purchase-date 2062-04-01 is years away from the other orders'"),
        ("2|1998-04-01|Shipped|Amazon.fr", "purchase-date 1998-04-01 is years away from the other orders'"),
        ("Total 2|||", "'Total 2' is no order id"),
        ("9.99E+16|2026-04-01|Shipped|Amazon.fr", "'9.99E+16' is what a program made of an order id. " + AGAIN),
        ("2|2026-04-01|Teleported|Amazon.fr", "unknown order-status 'Teleported'"),
        ("2|2026-04-01|Shipped|Amazon.mars", "unknown sales-channel 'Amazon.mars'"),
        ("2|2026-04-01|Shipped", "3 columns, where the header has 4"),
        ("2|2026-04-01|Shipped|Amazon.fr|more", "5 columns, where the header has 4"),
    ],
)
def test_a_broken_line_is_reported_with_its_number(written: Written, row: str, what: str) -> None:
    report = written(lines("1|2026-04-01|Shipped|Amazon.fr", row, "3|2026-04-03|Shipped|Amazon.fr"))
    assert report.problems == [Problem(3, what)]
    assert [order.order_id for order in report.orders] == ["1", "3"]
    assert report.lines == 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (gzip.compress(b""), "is empty"),
        (gzip.compress(ONE.encode())[:-12], "cut or damaged gzip"),
        (gzip.compress(ONE.encode())[:20] + b"garbage", "cut or damaged gzip"),
        (b"order,date\n1,2", "no column amazon-order-id, purchase-date, order-status"),
        (ONE.replace("order-status", "status").encode(), "no column order-status: export"),
        (ONE.replace("sales-channel", "channel").encode(), "no column sales-channel: export"),
        (b"\xff\x81\x00\x8d", "no column amazon-order-id"),
        (bytes(2_000_000), "no table"),
        (zipped(a=b"a", b=b"b"), "zip file of 2 files: unpack"),
        (zipped(a=zipped(a=ONE.encode())), "unpack"),
        (zipped(a=ONE.encode())[:-40], "cut or damaged"),
        (zipped(**{"[Content_Types].xml": b"", "xl/workbook.xml": b""}), r"Excel workbook \(xlsx\): save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook"),
        (
            lines("9.99E+16|2026-04-01|Shipped|Amazon.fr", "9.98E+16|2026-04-01|Shipped|Amazon.fr").encode(),
            "no line of 2",
        ),
        (lines("1|03/04/2026|Shipped|Amazon.fr").encode(), "day/month or as month/day"),
        (
            lines("1|13/04/2026|Shipped|Amazon.fr", "1|04/13/2026|Shipped|Amazon.fr").encode(),
            "day/month or as month/day",
        ),
    ],
    ids=[
        *(
            "empty",
            "blank",
            "empty gzip",
            "cut gzip",
            "damaged gzip",
            "other file",
            "column missing",
            "channel missing",
        ),
        *("binary", "zeros", "zip of two", "zip in a zip", "cut zip", "xlsx", "xls", "ids as numbers"),
        *("day or month first", "day and month first"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(written: Written, content: bytes, says: str) -> None:
    with pytest.raises(ReportError, match=says):
        written(content)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="check the path"):
        read_all_orders(tmp_path / "none.tsv")


def test_without_fulfilment_an_order_is_the_merchants(written: Written) -> None:
    [order] = written(ONE).orders
    assert order.fulfilled_by == "MERCHANT"


@pytest.mark.parametrize(
    "channel",
    ["Non-Amazon", "Non-Amazon US", "SI UK Prod Marketplace", "SI Prod IT Marketplace", "SI CA Prod Marketplace"],
)
def test_an_order_sold_elsewhere_is_no_amazon_order(written: Written, channel: str) -> None:
    [order] = written(lines(f"1|2026-04-01|Shipped|{channel}")).orders
    assert (order.channel, order.marketplace_id) == ("NON_AMAZON", None)


@pytest.mark.parametrize(
    ("status", "then", "parcel", "delivered"),
    [
        ("Pending", "PENDING", None, False),
        ("Pending - Waiting for Pick Up", "PENDING", None, False),
        ("Unshipped", "UNSHIPPED", None, False),
        ("Pending - Label Cancelled", "PENDING", None, False),
        ("Invoice Unconfirmed", "UNSHIPPED", None, False),
        ("Unfulfillable", "CANCELLED", None, False),
        ("Shipping", "UNSHIPPED", None, False),
        ("Partially Shipped", "PARTIALLY_SHIPPED", None, False),
        ("PartiallyShipped", "PARTIALLY_SHIPPED", None, False),
        ("Shipped", "SHIPPED", ("SHIPPED", None), True),
        ("SHIPPED - delivered to buyer", "SHIPPED", ("DELIVERED", "DELIVERED"), True),
        ("Shipped - Returned to Seller", "SHIPPED", ("UNDELIVERABLE", "RETURNED_TO_SELLER"), False),
        ("Shipped - Returning to Seller", "SHIPPED", ("UNDELIVERABLE", "RETURNING_TO_SELLER"), False),
        ("Shipped - Rejected by Buyer", "SHIPPED", ("UNDELIVERABLE", "REJECTED_BY_BUYER"), False),
        ("Shipped - Lost in Transit", "SHIPPED", ("UNDELIVERABLE", "LOST"), False),
        ("Shipped - Damaged", "SHIPPED", ("UNDELIVERABLE", "DAMAGED"), False),
        ("Shipped - Undeliverable", "SHIPPED", ("UNDELIVERABLE", "UNDELIVERABLE"), False),
        ("Shipped - Picked Up", "SHIPPED", ("IN_TRANSIT", "PICKED_UP"), False),
        ("Shipped - Out for Delivery", "SHIPPED", ("IN_TRANSIT", "OUT_FOR_DELIVERY"), False),
        ("Cancelled", "CANCELLED", None, False),
        ("canceled", "CANCELLED", None, False),
    ],
)
def test_each_status_gets_a_history_that_leads_to_it(
    written: Written, status: str, then: str, parcel: tuple[Any, ...] | None, delivered: bool
) -> None:
    [order] = to_sim_orders(written(lines(f"1|2026-04-01|{status}|Amazon.fr")).orders, 4 * DAY)
    assert order.status(BOUGHT + 30 * DAY) == then
    ends = [(history[-1].status, history[-1].detailed_status) for history in order.parcels()]
    assert ends == ([parcel] if parcel else [])
    assert order.delivered_at == (BOUGHT + 4 * DAY if delivered else None)


def test_an_order_is_shipped_after_a_day_or_sooner_and_cancelled_after_an_hour(written: Written) -> None:
    report = written(lines("1|2026-04-01|Shipped|Amazon.fr", "2|2026-04-01|Cancelled|Amazon.fr"))
    slow, cancelled = to_sim_orders(report.orders, 4 * DAY)
    fast, _ = to_sim_orders(report.orders, DAY / 2)
    assert (slow.shipped_at, fast.shipped_at) == (BOUGHT + DAY, BOUGHT + DAY / 2)
    assert cancelled.cancelled_at == BOUGHT + timedelta(hours=1)


@pytest.mark.parametrize(
    "written_as",
    [
        *("2026-04-03T08:01:00+00:00", "2026-04-03T10:01:00+0200", "2026-04-03 08:01", "2026-04-03T08:01:00.000Z"),
        *(
            "03.04.2026 08:01",
            "03.04.26 08:01",
            "3.4.2026 8:01:00",
            "2026/4/3 8:01",
            "2026.04.03. 8:01",
            "3-Apr-26 8:01",
            "03 Apr 2026 08:01 UTC",
        ),
        *("2026-04-03 08:01 AM", "2026-4-3 08:01 GMT"),
    ],
)
def test_a_date_is_read_in_each_form_that_leaves_no_doubt(written: Written, written_as: str) -> None:
    report = written(lines(f"1|{written_as}|Shipped|Amazon.fr"))
    assert report.first_purchase == datetime(2026, 4, 3, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("others", "day"),
    [("13/04/2026 9:00 PM", 3), ("04/13/2026 21:00", 4), ("13-04-2026 21:00", 3)],
    ids=["day first", "month first", "hyphens"],
)
def test_one_date_of_a_file_shows_how_the_others_are_meant(written: Written, others: str, day: int) -> None:
    separator = others[2]
    doubtful = separator.join(("03", "04", "2026"))
    report = written(lines(f"1|{doubtful}|Shipped|Amazon.fr", f"2|{others}|Shipped|Amazon.fr"))
    found = {order.order_id: order.purchased_at for order in report.orders}
    assert found == {
        "1": datetime(2026, 7 - day, day, tzinfo=UTC),
        "2": datetime(2026, 4, 13, 21, tzinfo=UTC),
    }


PRICES = {
    "19.90": "19.90", "19,90": "19.90", "1299": "1299", "1,299.00": "1299.00", "1.299,00": "1299.00",
    "1 299,5": "1299.5", "1'299.00": "1299.00", "1,234,567": "1234567", "-5.00": "-5.00", "647.62": "647.62",
    "1.299": None, "1,299": None, "free": None, "NaN": None, "1E+3": None, "": None,
}  # fmt: skip
DETAILS = "amazon-order-id|purchase-date|order-status|sales-channel|sku|quantity|currency|item-price"


@pytest.mark.parametrize(("price", "amount"), PRICES.items(), ids=PRICES)
def test_a_price_is_read_or_is_not_known_and_the_order_stays(written: Written, price: str, amount: str | None) -> None:
    [order] = written(lines(f"1|2026-04-01|Shipped|Amazon.fr|S|1|EUR|{price}", header=DETAILS)).orders
    assert order.value == (Money(Decimal(amount), "EUR") if amount else None)


def test_the_value_of_an_order_is_not_known_if_a_part_of_it_is_not(written: Written) -> None:
    rows = ("1|2026-04-01|Shipped|Amazon.fr|S|1|EUR|10.00", "1|2026-04-01|Shipped|Amazon.fr|T|1|EUR|1.299")
    [order] = written(lines(*rows, header=DETAILS)).orders
    assert order.value is None


@pytest.mark.parametrize(
    ("said", "quantity"), [("1.0", 1), ("2,0", 2), ("3", 3), ("0.0", 0), ("", 1), ("many", 1), ("9" * 5000, 1)]
)
def test_a_quantity_never_loses_an_order(written: Written, said: str, quantity: int) -> None:
    [order] = written(lines(f"1|2026-04-01|Shipped|Amazon.fr|S|{said}|EUR|1", header=DETAILS)).orders
    assert order.items[0].quantity == quantity


WITH_PROMOTIONS = (
    "amazon-order-id|purchase-date|order-status|sales-channel|product-name|sku|promotion-ids|is-business-order"
)
ROW = "406-0000000-0000001|2026-04-01|Shipped|Amazon.fr|{}|S-1|{}|true"
CELLS = {
    "as Amazon writes it": ("Teapot", "VINE-1,P-2", "\t"),
    "a name that begins with a quote": ('"Teapot" 5 l', "VINE-1,P-2", "\t"),
    "a quote that is never closed": ('"Teapot 5 l', "VINE-1,P-2", "\t"),
    "quoted by Excel where it holds a comma": ("Teapot", '"VINE-1,P-2"', "\t"),
    "a name on two lines": ("Tea\npot", "VINE-1,P-2", "\t"),
    "a quoted name on two lines": ('"Tea\npot ""5"""', "VINE-1,P-2", ","),
    "a semicolon within quotes": ('"Tea; pot"', '"VINE-1,P-2"', ";"),
    "a quote that is never closed, between semicolons": ('"Teapot', "VINE-1,P-2", ";"),
}


@pytest.mark.parametrize(("name", "promotions", "delimiter"), CELLS.values(), ids=CELLS)
def test_no_cell_hides_the_next_ones(written: Written, name: str, promotions: str, delimiter: str) -> None:
    if delimiter == ",":
        promotions = f'"{promotions}"'
    content = "\n".join((WITH_PROMOTIONS, ROW.format(name, promotions), ROW.format("Cup", "").replace("1|", "2|", 1)))
    report = written(content.replace("|", delimiter))
    assert [order.order_id[-1] for order in report.orders] == ["1", "2"]
    assert (report.orders[0].items[0].promotions, report.orders[0].business) == (("VINE-1", "P-2"), True)


def test_cells_that_a_program_left_away_at_the_end_of_a_line_are_empty(written: Written) -> None:
    content = f"{WITH_PROMOTIONS}\n406-0000000-0000001|2026-04-01|Shipped|Amazon.fr|Teapot|S-1\n"
    [order] = written(content.replace("|", "\t")).orders
    assert (order.items, order.business) == ((Item("S-1", None),), False)


UPDATED = "amazon-order-id|purchase-date|order-status|sales-channel|sku|last-updated-date"
HEADER_AGAIN = UPDATED
JOINED = {
    "the newer last": (
        ["1|2026-04-01|Pending|Amazon.fr|S|2026-04-02", "1|2026-04-01|Shipped|Amazon.fr|S|2026-04-05"],
        "S",
    ),
    "the newer first": (
        ["1|2026-04-01|Shipped|Amazon.fr|S|2026-04-05", "1|2026-04-01|Pending|Amazon.fr|S|2026-04-02"],
        "S",
    ),
    "alike within one": (["1|2026-04-01|Shipped|Amazon.fr|S|2026-04-02"] * 2, "SS"),
    "a header between": (
        ["1|2026-04-01|Pending|Amazon.fr|S|", HEADER_AGAIN, "1|2026-04-01|Shipped|Amazon.fr|T|"],
        "T",
    ),
    "alike, other orders between": (
        ["1|2026-04-01|Shipped|Amazon.fr|S|2026-04-02", "2|2026-04-01|Shipped|Amazon.fr|S|2026-04-02"] * 2,
        "S",
    ),
    "its items apart": (
        ["1|2026-04-01|Shipped|Amazon.fr|S|", "2|2026-04-01|Shipped|Amazon.fr|S|", "1|2026-04-01|Shipped|Amazon.fr|T|"],
        "ST",
    ),
}


@pytest.mark.parametrize(("rows", "skus"), JOINED.values(), ids=JOINED)
def test_of_exports_that_were_joined_the_newest_lines_of_an_order_count(
    written: Written, rows: list[str], skus: str
) -> None:
    report = written(lines(*rows, header=UPDATED))
    order = next(order for order in report.orders if order.order_id == "1")
    assert (order.status, "".join(item.sku or "" for item in order.items)) == ("shipped", skus)
    assert report.problems == []


def test_a_second_export_may_have_other_columns(written: Written) -> None:
    second = "order-status,sales-channel,amazon-order-id,purchase-date\nCancelled,Amazon.fr,1,2026-04-01\n"
    assert [order.status for order in written(ONE + second).orders] == ["cancelled"]


@pytest.mark.parametrize(
    ("replacement", "exchange", "original", "replaces", "exchanged"),
    [
        ("true", "false", "406-0000000-0000009", "406-0000000-0000009", False),
        ("", "WAHR", "406-0000000-0000009", "406-0000000-0000009", True),
        ("", "", "406-0000000-0000009", "406-0000000-0000009", False),
        ("true", "", "", "1", False),
        ("false", "false", "N/A", None, False),
    ],
    ids=["replacement", "exchange", "the other order alone", "the other order not named", "neither"],
)
def test_replacements_and_exchanges_are_read(
    written: Written, replacement: str, exchange: str, original: str, replaces: str | None, exchanged: bool
) -> None:
    columns = ("is-replacement-order", "is-exchange-order", "original-order-id")
    header = "|".join(("amazon-order-id|purchase-date|order-status|sales-channel", *columns))
    report = written(lines(f"1|2026-04-01|Shipped|Amazon.fr|{replacement}|{exchange}|{original}", header=header))
    [order] = to_sim_orders(report.orders, DAY)
    assert (order.replaces, order.exchanged_for_it) == (replaces, exchanged)


def test_problems_beyond_some_are_counted_only(written: Written) -> None:
    report = written(lines("1|2026-04-01|Shipped|Amazon.fr", *["x"] * (MOST_PROBLEMS + 5)))
    assert (report.lines, report.unreadable, len(report.problems)) == (1006, 1005, MOST_PROBLEMS)
    assert len(report.orders) == 1


def test_what_unpacks_without_an_end_is_refused(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_file, "MOST_BYTES", 100_000)
    with pytest.raises(ReportError, match=r"more than 100,000 bytes of text"):
        written(gzip.compress(ONE.encode() + b"\n" * 1_000_000))


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(report=content)], ids=["gzip", "zip"])
def test_a_bomb_takes_no_memory(written: Written, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(ONE.encode() + bytes(100_000_000))
    tracemalloc.start()
    with pytest.raises(ReportError, match="no table"):
        written(bomb)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def readable(content: bytes, tmp_path: Path) -> AllOrders | None:
    (tmp_path / "report").write_bytes(content)
    try:
        report = read_all_orders(tmp_path / "report")
    except ReportError:
        return None
    assert report.lines >= report.unreadable >= len(report.problems)
    assert all(order.items for order in report.orders)
    assert len(to_sim_orders(report.orders, 4 * DAY)) == len(report.orders)
    return report


HEADER = DETAILS.replace("|", "\t").encode()
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CELL = st.one_of(
    st.sampled_from(
        ["406-0000000-0000001", "2026-04-01", "Shipped", "Amazon.fr", "EUR", '"', "03/04/2026", "9999-12-31"]
    ),
    st.text(max_size=12),
)


@FUZZ
@given(st.binary(max_size=300), st.sampled_from([b"", HEADER + b"\n", b"\x1f\x8b\x08", b"PK\x03\x04", b"\xff\xfe"]))
def test_any_bytes_are_read_or_refused_with_words(tmp_path: Path, content: bytes, head: bytes) -> None:
    readable(head + content, tmp_path)


@FUZZ
@given(
    st.lists(st.lists(CELL, max_size=10), max_size=8),
    st.sampled_from("\t,;"),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_whatever_stands_around_it_a_readable_line_is_kept(
    tmp_path: Path, rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    good = "406-0000000-0000099|2026-04-01|Shipped|Amazon.fr|S-1|1|EUR|1.00".replace("|", delimiter)
    odd = [delimiter.join(row) for row in rows]
    content = "\n".join((DETAILS.replace("|", delimiter), good, *odd, good.replace("99", "98"), ""))
    report = readable(content.encode(encoding, "replace"), tmp_path)
    if report is None:  # the dates of all lines are in doubt
        assert "03/04/2026" in content
    else:
        assert {"406-0000000-0000099", "406-0000000-0000098"} <= {order.order_id for order in report.orders}


@FUZZ
@given(
    st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=4)), min_size=1, max_size=5), st.booleans()
)
def test_a_damaged_archive_is_read_or_refused_with_words(
    tmp_path: Path, damages: list[tuple[int, bytes]], as_zip: bool
) -> None:
    text = ONE.encode() * 3
    packed = bytearray(zipped(report=text) if as_zip else gzip.compress(text))
    for place, content in damages:
        packed[place % len(packed) : place % len(packed) + len(content)] = content
    readable(bytes(packed), tmp_path)


@pytest.mark.parametrize(
    ("channel", "country", "abroad"),
    [
        pytest.param("Amazon.fr", "FR", False, id="at home"),
        pytest.param("Amazon.fr", "be", True, id="abroad"),
        pytest.param("Amazon.co.uk", "GB", False, id="GB"),
        pytest.param("Amazon.co.uk", "UK", False, id="UK"),
        pytest.param("Amazon.fr", "", None, id="not said"),
        pytest.param("Non-Amazon", "FR", None, id="no marketplace"),
    ],
)
def test_whether_an_order_goes_abroad_is_read_and_the_country_is_not_kept(
    written: Written, channel: str, country: str, abroad: bool | None
) -> None:
    header = "amazon-order-id|purchase-date|order-status|sales-channel|ship-country"
    (order,) = written(lines(f"1|2026-04-01|Shipped|{channel}|{country}", header=header)).orders
    assert order.ships_abroad is abroad
    (sim_order,) = to_sim_orders([order], DAY)
    assert sim_order.ships_abroad is abroad
