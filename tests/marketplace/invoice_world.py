"""Orders with prices, and the real client as the seller of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.amazon.client import Amazon, AmazonSeller
from marketplace.pace import Pace
from marketplace.port import InvoiceLabel, PendingInvoice, Report
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.sim_sale import SimAccount, SimBuyer, SimPrice
from rules.order import Item, Money
from settings.environment import Credentials
from settings.marketplaces import MARKETPLACES
from tests.marketplace.simulator_world import DAY, FR, NOW, delivered, simulated

ACCOUNT = "maison-durand"
US = MARKETPLACES["US"].marketplace_id
PDF = b"%PDF-1.7 fictional"
ZERO = Decimal(0)
JEAN = SimBuyer(
    "Jean Petit",
    ("12 rue des Lilas",),
    postal_code="75011",
    city="Paris",
    country="FR",
    company="Ateliers Réunis",
    vat_number="FR11123456782",
    billing_lines=("1 place du Marché",),
    purchase_order="PO-7",
)
TEAPOT = SimPrice(
    Decimal("36.00"),
    shipping=Decimal("4.90"),
    discount=Decimal("6.10"),
    tax_rate=Decimal(20),
    title="Teapot",
)
CUP = SimPrice(Decimal("9.90"), tax_rate=Decimal("5.5"), title="Cup", shipment=2)


def priced(order_id: str = "a", *prices: SimPrice, **more: Any) -> SimOrder:
    items = tuple(Item(f"SKU-{number}", f"B{number}") for number in range(len(prices or (TEAPOT,))))
    given: dict[str, Any] = {"value": Money(ZERO, "EUR"), "buyer": JEAN, "locale": "fr-FR"} | more
    return replace(delivered(order_id), items=items, prices=prices or (TEAPOT,), **given)


def american(order_id: str = "us", **more: Any) -> SimOrder:
    return priced(order_id, TEAPOT, **({"marketplace_id": US} | more))


class LeapingClock:
    """An hour is gone at each look, so that the client's own pace never makes it wait."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        self._now += timedelta(hours=1)
        return self._now

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing is to wait for")


Still = tuple[SimulatorProcess, AmazonSeller]


@contextmanager
def selling(*orders: SimOrder, account: SimAccount | None = None, **options: Any) -> Iterator[Still]:
    """The real client as one seller of a simulator whose time stands still; feeds are done at once."""
    with simulated(*orders, **options) as (simulator, _):
        simulator.set_account(ACCOUNT, account or SimAccount(feed_seconds=0))
        clock = LeapingClock()
        amazon = Amazon(clock, simulator.url, simulator.url)
        credentials = Credentials("id", "secret", ACCOUNT)
        yield simulator, amazon.seller(credentials, region="eu", marketplace_ids=[FR, US], pace=Pace(clock))
        amazon.close()


def label(order_id: str = "a", **more: Any) -> InvoiceLabel:
    given: dict[str, Any] = {"marketplace_id": FR, "number": "2026-000001"}
    given |= {"total": Decimal("34.80"), "vat": Decimal("5.80")}
    return InvoiceLabel(order_id, **(given | more))


def submit(seller: AmazonSeller, given: InvoiceLabel, pdf: bytes = PDF) -> str:
    return seller.submit_invoice(seller.upload_invoice(pdf), given)


def verdict(seller: AmazonSeller, given: InvoiceLabel, pdf: bytes = PDF) -> str:
    """`accepted`, or the code in the processing report."""
    feed = seller.feed(submit(seller, given, pdf))
    assert feed.result_id
    said = seller.feed_result(feed.result_id)
    return "accepted" if said.accepted else said.problems[0].code


def send(seller: AmazonSeller, order_id: str, pdf: bytes = PDF) -> None:
    upload_id = seller.attach_invoice(order_id, US, pdf)
    seller.send_invoice(order_id, US, upload_id, "invoice.pdf")


def pending(seller: AmazonSeller) -> list[PendingInvoice]:
    report_id = seller.create_report(Report.PENDING_INVOICES, start=NOW - DAY, end=NOW)
    document_id = seller.report_status(report_id).document_id
    return list(seller.pending_invoices(document_id)) if document_id else []
