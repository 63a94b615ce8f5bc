import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from marketplace.simulator.all_orders_report import (
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


def lines(*rows: str, header: str = "amazon-order-id|purchase-date|order-status|sales-channel") -> str:
    return "\n".join((header, *rows, "")).replace("|", "\t")


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
        ONE.replace("order-status", 'order-status\tname').replace("Shipped", 'Shipped\t5" "pot').encode(),
        ONE.replace("\n1", "\n\n1").encode(),
    ],
    ids=[
        *("tabs", "byte order mark", "CRLF", "commas", "semicolons", "quotes", "gzip", "header style"),
        *("cp1252", "shift_jis", "a lone quote between tabs", "blank line"),
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
    header = "amazon-order-id|purchase-date|order-status|sku|item-status|currency|item-price"
    rows = (
        "1|2026-04-01|Shipped|A|Shipped|EUR|10",
        "2|2026-04-02|Shipped|B||EUR|1",
        "1|2026-04-01|Shipped|C|Cancelled|EUR|5",
    )
    report = written(lines(*rows, header=header))
    first = report.orders[0]
    assert (len(report.orders), report.lines) == (2, 3)
    assert [(item.sku, item.cancelled) for item in first.items] == [("A", False), ("C", True)]
    assert first.value == Money(Decimal(10), "EUR")
    assert report.last_purchase == BOUGHT + DAY


def test_a_shipped_order_cannot_consist_of_cancelled_lines_only(written: Written) -> None:
    report = written(
        lines("1|2026-04-01|Shipped|Cancelled", header="amazon-order-id|purchase-date|order-status|item-status")
    )
    assert [item.cancelled for item in report.orders[0].items] == [False]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("|2026-04-01|Shipped|Amazon.fr", "no order id"),
        ("2|soon|Shipped|Amazon.fr", "purchase-date 'soon' is no date"),
        ("2||Shipped|Amazon.fr", "purchase-date '' is no date"),
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
        (b"\xff\x81\x00\x8d", "no text in UTF-8"),
    ],
    ids=["empty", "blank", "empty gzip", "cut gzip", "damaged gzip", "other file", "column missing", "binary"],
)
def test_a_file_that_cannot_be_used_says_what_to_do(written: Written, content: bytes, says: str) -> None:
    with pytest.raises(ReportError, match=says):
        written(content)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="check the path"):
        read_all_orders(tmp_path / "none.tsv")


def test_without_channels_an_order_is_the_merchants_on_amazon(written: Written) -> None:
    report = written(lines("1|2026-04-01|Shipped", header="amazon-order-id|purchase-date|order-status"))
    [order] = report.orders
    assert (order.fulfilled_by, order.channel, order.marketplace_id) == ("MERCHANT", "AMAZON", None)


def test_an_order_sold_elsewhere_is_no_amazon_order(written: Written) -> None:
    [order] = written(lines("1|2026-04-01|Shipped|Non-Amazon")).orders
    assert (order.channel, order.marketplace_id) == ("NON_AMAZON", None)


@pytest.mark.parametrize(
    ("status", "then", "parcel", "delivered"),
    [
        ("Pending", "PENDING", None, False),
        ("Pending - Waiting for Pick Up", "PENDING", None, False),
        ("Unshipped", "UNSHIPPED", None, False),
        ("Shipping", "UNSHIPPED", None, False),
        ("Partially Shipped", "PARTIALLY_SHIPPED", None, False),
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
