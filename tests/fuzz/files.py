"""Files: reports of Amazon's, reports and PDFs of a seller's. Nothing comes of them but values and known refusals."""

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from invoices import crediting, folder, page, record, vat, xml
from invoices.document import Unmakeable
from marketplace.amazon import feeds, pending, reports, sales
from marketplace.amazon.answers import json_of
from marketplace.amazon.downloads import looked_at, unpacked
from marketplace.amazon.invoices import SALE_DATA
from marketplace.errors import Answer
from marketplace.port import Report
from marketplace.simulator.all_orders_report import ReportError, read_all_orders, to_sim_orders
from marketplace.simulator.messages import Call
from marketplace.simulator.orders_api import get_order
from marketplace.simulator.world import World
from rules.order import Money
from rules.sale import Sale
from settings.marketplaces import MARKETPLACES, marketplace_of
from tests.fuzz import spoil
from tests.fuzz.door import Case, Tally, Wrong
from tests.invoices.samples import PLAIN
from tests.invoices.test_invoice_folder import a_pdf
from tests.invoices.vat_examples import TWENTY, paid
from tests.marketplace.invoice_world import CUP, TEAPOT, american, priced
from tests.marketplace.simulator_world import NOW
from tests.marketplace.test_amazon_pending import ROW

ORDER = "171-1234567-1234567"
HEADERS = {
    Report.MERCHANT_RETURNS: "Order ID|Order date|Return request date|Return request status|Return Reason",
    Report.FBA_RETURNS: "return-date|order-id|sku|asin|quantity|detailed-disposition|reason",
    Report.FBA_SHIPMENTS: "amazon-order-id|shipment-id|purchase-date|buyer-name|estimated-arrival-date|sales-channel",
}
PROCESSED = [
    ["Feed Processing Summary:", "", ""],
    ["", "Number of records processed", "", "1"],
    ["", "Number of records successful", "", "0"],
    [""],
    ["original-record-number", "sku", "error-code", "error-type", "error-message"],
    ["1", "", "79525", "Error", "Amazon is responsible for invoicing"],
]
ALL_ORDERS = (
    "amazon-order-id|purchase-date|last-updated-date|order-status|fulfillment-channel|sales-channel|sku|asin|item-status|"
    "quantity|currency|item-price|is-business-order|promotion-ids|is-replacement-order|original-order-id"
)
PARTS = [(category, kind) for category in ("Shipped", "Pending", "Cancelled") for kind in ("Amazon", "Merchant")]
NAME = "factur-x.xml"
PRINTED_OF = 8
"""A page is set for one sale of so many: it takes thirty times as long as all that comes before it."""


@contextmanager
def amazon_reports() -> Iterator[Case]:
    """Returns, shipments, and what Amazon says of an upload: rows, or an Answer."""
    yield _amazon_report


def _amazon_report(chance: Random, tally: Tally) -> None:
    kind = chance.choice([*HEADERS, None])
    if kind:
        header = HEADERS[kind].split("|")
        ids = (f"403-{number:07}-7654321" for number in range(1, 5))
        given = [
            [order if "rder" in name and "id" in name.lower() else "2026-02-09" for name in header] for order in ids
        ]
    else:
        header, given = PROCESSED[0], PROCESSED[1:]
    data = _encoded(chance, spoil.rows(chance, header, given))
    if chance.random() < 0.3:
        data = spoil.octets(chance, data)
    tally.inputs += 1
    chunks, packed = looked_at(_chunks(chance, data))
    pieces = unpacked(chunks) if packed else chunks
    try:
        if kind:
            for row in reports.rows(kind, pieces):
                f"{row.order_id}{row.problem}".encode()
        else:
            feeds.result(pieces)
    except Answer:
        pass


@contextmanager
def all_orders() -> Iterator[Case]:
    """A seller's own report, for `replay` and the simulator: orders and problems, or a ReportError."""
    with TemporaryDirectory() as name:
        path = Path(name) / "report.txt"

        def case(chance: Random, tally: Tally) -> None:
            header = ALL_ORDERS.split("|")
            rest = "Amazon.fr", "S", "B", "Shipped", "1", "EUR", "1,299.00", "false", "", "false", ""
            given = [
                [f"403-{n:07}-0000001", f"2026-04-{n:02}T10:00:00+00:00", "2026-05-01", *PARTS[n], *rest]
                for n in range(1, 6)
            ]
            path.write_bytes(_encoded(chance, spoil.rows(chance, header, given, chance.choice("\t\t,;"))))
            if chance.random() < 0.3:
                path.write_bytes(spoil.octets(chance, path.read_bytes()))
            tally.inputs += 1
            try:
                read = read_all_orders(path)
            except ReportError:
                return
            made = to_sim_orders(read.orders, timedelta(days=4))
            if len(made) != len(read.orders) or read.lines < len(read.orders):
                raise Wrong("the orders do not add up")

        yield case


@contextmanager
def sold() -> Iterator[Case]:
    """Amazon's VAT invoice data report, and getOrder: a sale, its invoice, credit note, record, XML and page."""
    yield _sold


def _sold(chance: Random, tally: Tally) -> None:
    tally.inputs += 1
    for sale in list(_from_the_list(chance)) if chance.random() < 0.5 else list(_from_an_order(chance)):
        try:
            made = vat.invoice(sale, TWENTY, number="2026-000001", issued_on=date(2026, 12, 3), language="en")
        except Unmakeable:
            continue
        market = marketplace_of(sale.marketplace_id)
        if (market is None or market.region != "na") and made.gross != paid(sale):
            raise Wrong(f"an invoice of {made.gross} for a sale of {paid(sale)}")
        if record.read(record.write(made)) != made:
            raise Wrong("a record is read otherwise than it was written")
        try:
            part = chance.choice((None, Decimal("0.01"), made.gross / 3, made.gross * 2, Decimal("1E+30"), Decimal(-1)))
            note = crediting.credit_note(made, part, None, number="C1", issued_on=date(2026, 12, 4))
            for each in (made, note):
                xml.write(each)
                if not chance.randrange(PRINTED_OF):
                    page.document(each, None)
        except Unmakeable:
            continue


def _from_the_list(chance: Random) -> Iterator[Sale]:
    second = ROW | {"order-id": "403-1234567-0000001", "shipping-id": "S2"}
    refund = ROW | {"transaction-type": "REFUND", "transaction-id": "R1", "item-vat-incl-amount": "-36.00"}
    where = {"marketplace-id": MARKETPLACES[chance.choice(("FR", "DE", "PL", "UK", "SE"))].marketplace_id}
    given = [[*(each | where).values()] for each in (ROW, second, refund)]
    data = _encoded(chance, spoil.rows(chance, [*ROW], given))
    try:
        for each in pending.invoices(_chunks(chance, data)):
            if not each.problem:
                yield each.sale
    except Answer:
        return


def _from_an_order(chance: Random) -> Iterator[Sale]:
    said: Any = json_of(spoil.as_json(chance, spoil.document(chance, chance.choice(_orders()))))
    try:
        yield sales.sale_of(said if isinstance(said, dict) else {})
    except Answer:
        return


@cache
def _orders() -> list[Any]:
    """Answers of getOrder, as the simulator gives them: two items, another currency, tax on top."""
    world = World()
    firm = priced("402-0000002-0000001", TEAPOT, CUP, marketplace_id=MARKETPLACES["DE"].marketplace_id)
    polish = priced(
        "402-0000003-0000001", marketplace_id=MARKETPLACES["PL"].marketplace_id, value=Money(Decimal(0), "PLN")
    )
    orders = (priced("402-0000001-0000001"), firm, polish, american("402-0000004-0000001"))
    world.put(orders, NOW)
    query = {"includedData": ",".join(SALE_DATA)}
    calls = (Call("getOrder", "maison", order.order_id, query, b"", "", NOW) for order in orders)
    return [json.loads(get_order(world, call).body) for call in calls]


@contextmanager
def pdfs() -> Iterator[Case]:
    """PDFs of a seller's bookkeeping: found, with what their XML says, or Unmakeable."""
    ours = page.document(replace(PLAIN, order_id=ORDER), None).pdf
    written = xml.write(replace(PLAIN, order_id=ORDER))
    with TemporaryDirectory() as name:

        def case(chance: Random, tally: Tally) -> None:
            match chance.randrange(4):
                case 0:
                    pdf = ours
                case 1:
                    pdf = a_pdf(xml=spoil.octets(chance, written), name=NAME)
                case 2:
                    pdf = a_pdf(xml=spoil.letters(chance, written.decode()).encode("utf-8", "surrogatepass"), name=NAME)
                case _:
                    pdf = spoil.octets(chance, chance.choice((ours, a_pdf(xml=written, name=NAME))))
            path = Path(mkdtemp(dir=name))
            stem = chance.choice((f"RE-17_{ORDER}", ORDER, f"{ORDER} (1)", f"2026-000123_{ORDER}"))
            stem = spoil.letters(chance, stem) if chance.random() < 0.3 else stem
            file = stem.replace("/", "-").replace("\0", "-").encode("utf-8", "surrogatepass")[:200]
            (path / os.fsdecode(file + b".pdf")).write_bytes(pdf)
            tally.inputs += 1
            try:
                found = folder.look(path).find(ORDER, Money(PLAIN.gross, "EUR"), datetime(2026, 11, 22, tzinfo=UTC))
            except Unmakeable as why:
                why.detail.encode()
                return
            if found.pdf != pdf or (found.total is not None and abs(found.total - PLAIN.gross) > Decimal("0.01")):
                raise Wrong("another PDF, or another total")
            f"{found.number}".encode()

        yield case


def _encoded(chance: Random, text: str) -> bytes:
    """Some encoding that a program may have written it with; sometimes packed."""
    encoding = chance.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "cp1252", "shift_jis", "utf-16"))
    data = text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")
    return gzip.compress(data, compresslevel=1) if chance.random() < 0.2 else data


def _chunks(chance: Random, data: bytes) -> Iterator[bytes]:
    size = chance.choice((1, 3, 7, 64, 1 << 16)) if len(data) < 10_000 else 1 << 16
    return (data[at : at + size] for at in range(0, len(data), size))
