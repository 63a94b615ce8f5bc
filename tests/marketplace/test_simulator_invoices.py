"""The client's calls for invoices against the simulator, and what the simulator counts and refuses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from marketplace.amazon.client import Amazon, AmazonSeller
from marketplace.errors import Answer, Broken, Busy, NotAuthorised, Refused, Unclear
from marketplace.operations import Operation
from marketplace.pace import Pace
from marketplace.port import InvoiceLabel, PendingInvoice, Report
from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.sim_order import SimOrder, SimRefund
from marketplace.simulator.sim_sale import SimAccount, SimBuyer, SimPrice
from marketplace.simulator.throttle import RATES
from rules.order import Item, Money
from rules.reason import Reason
from rules.sale import Charge, Party
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
    vat_number="FR12345678901",
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


class LeapingClock:
    """An hour is gone at each look, so that the client's own pace never makes it wait."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        self._now += timedelta(hours=1)
        return self._now

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing is to wait for")


@contextmanager
def selling(
    *orders: SimOrder, account: SimAccount | None = None, **options: Any
) -> Iterator[tuple[SimulatorProcess, AmazonSeller]]:
    """The real client as one seller of a simulator whose time stands still; feeds are done at once."""
    with simulated(*orders, **options) as (simulator, _):
        simulator.set_account(ACCOUNT, account or SimAccount(feed_seconds=0))
        clock = LeapingClock()
        amazon = Amazon(clock, simulator.url, simulator.url)
        credentials = Credentials("id", "secret", ACCOUNT)
        yield simulator, amazon.seller(credentials, region="eu", marketplace_ids=[FR, US], pace=Pace(clock))
        amazon.close()


Still = tuple[SimulatorProcess, AmazonSeller]


@pytest.fixture(scope="module")
def still() -> Iterator[Still]:
    """One simulator for the tests that do not move its clock, nor change its account."""
    with selling() as both:
        yield both


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


# the sale


def test_a_sale_has_amazons_prices_and_taxes_and_the_buyer(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced("a", TEAPOT, CUP, business=True)])
    sale = seller.sale("a")
    lines = [(line.charge, line.description, line.amount, line.discount, line.tax) for line in sale.lines]
    assert lines == [
        (Charge.ITEM, "Teapot", Decimal("36.00"), Decimal("6.10"), Decimal("4.98")),
        (Charge.SHIPPING, "Teapot", Decimal("4.90"), ZERO, Decimal("0.82")),
        (Charge.ITEM, "Cup", Decimal("9.90"), ZERO, Decimal("0.52")),
    ]
    home: dict[str, Any] = {"postal_code": "75011", "city": "Paris", "country": "FR", "company": "Ateliers Réunis"}
    assert sale.buyer == Party("Jean Petit", lines=("1 place du Marché",), vat_number="FR12345678901", **home)
    assert sale.recipient == Party("Jean Petit", lines=("12 rue des Lilas",), **home)
    assert (sale.purchase_order, sale.business, sale.tax_by_amazon) == ("PO-7", True, False)
    assert seller.buyer_language("a", FR) == "fr-FR"


def test_an_order_without_prices_costs_its_value_and_has_no_tax(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([delivered("plain", value=Money(Decimal("20.00"), "EUR"))])
    sale = seller.sale("plain")
    assert [(line.amount, line.tax) for line in sale.lines] == [(Decimal("20.00"), None)]
    assert (sale.buyer, seller.buyer_language("plain", FR)) == (None, None)


def test_in_north_america_the_tax_is_on_top(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced("us", TEAPOT, marketplace_id=US, tax_by_amazon=True)])
    sale = seller.sale("us")
    assert [(line.amount - line.discount, line.tax) for line in sale.lines] == [
        (Decimal("29.90"), Decimal("5.98")),
        (Decimal("4.90"), Decimal("0.98")),
    ]
    assert sale.tax_by_amazon


def test_an_account_without_the_roles_sees_no_buyer() -> None:
    with selling(priced(), account=SimAccount(buyer_data=False)) as (_, seller):
        sale = seller.sale("a")
        assert (sale.buyer, sale.recipient, len(sale.lines)) == (None, None, 2)


def test_another_accounts_order_is_refused(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced("theirs", account="another")])
    with pytest.raises(Refused):
        seller.sale("theirs")


# Europe


def test_an_uploaded_invoice_is_accepted_and_counted() -> None:
    with selling(priced()) as (simulator, seller):
        feed_id = submit(seller, label())
        feed = seller.feed(feed_id)
        assert feed.done
        assert feed.result_id
        assert seller.feed_result(feed.result_id).accepted
        [found] = simulator.invoices()
        assert (found.order_id, found.number, found.kind, found.route) == ("a", "2026-000001", "invoice", "feed")
        assert (found.sha256, found.feed_id, found.at) == (sha256(PDF).hexdigest(), feed_id, NOW)
        assert simulator.summary()["invoices_total"] == 1


def test_a_second_invoice_for_an_order_is_taken_and_counted() -> None:
    with selling(priced()) as (simulator, seller):
        assert [verdict(seller, label()), verdict(seller, label(number="2026-000002"))] == ["accepted"] * 2
        summary = simulator.summary()
        assert (summary["invoices_total"], summary["invoices_repeated"]) == (2, 1)


REJECTIONS = {
    "no PDF": ({}, b"hello", "79503"),
    "an empty file": ({}, b"", "79540"),
    "not Amazon's order": ({"order_id": "nobody's"}, PDF, "79517"),
    "not shipped": ({"order_id": "unshipped"}, PDF, "79517"),
    "another marketplace": ({"marketplace_id": MARKETPLACES["DE"].marketplace_id}, PDF, "79517"),
    "a marketplace without the feed": ({"marketplace_id": MARKETPLACES["AE"].marketplace_id}, PDF, "79523"),
    "no number": ({"number": ""}, PDF, "79513"),
    "Amazon's own": ({"order_id": "amazon's"}, PDF, "79525"),
}


@pytest.mark.parametrize(("more", "pdf", "code"), REJECTIONS.values(), ids=REJECTIONS.keys())
def test_a_feed_that_is_done_may_have_been_rejected(still: Still, more: dict[str, Any], pdf: bytes, code: str) -> None:
    simulator, seller = still
    simulator.post_orders(
        [priced(), priced("unshipped", shipped_at=None, delivered_at=None), priced("amazon's", invoiced_by_amazon=True)]
    )
    before = len(simulator.invoices())
    assert verdict(seller, label(**more), pdf) == code
    assert len(simulator.invoices()) == before
    assert simulator.summary()["invoices_rejected"][code] >= 1


@pytest.mark.parametrize(("invoicing", "code"), [("amazon", "79525"), ("not_enrolled", "79509")])
def test_an_account_may_not_be_allowed_to_upload(invoicing: Any, code: str) -> None:
    with selling(priced(), account=SimAccount(invoicing=invoicing, feed_seconds=0)) as (simulator, seller):
        assert verdict(seller, label()) == code
        assert simulator.invoices() == []


def test_options_without_amazons_prefix_are_not_seen() -> None:
    with simulated(priced()) as (simulator, plain):
        simulator.set_account(ACCOUNT, SimAccount(feed_seconds=0))
        document = plain.post_json("/feeds/2021-06-30/documents", {"contentType": "application/pdf"}).json()
        wish = {
            "feedType": "UPLOAD_VAT_INVOICE",
            "marketplaceIds": [FR],
            "inputFeedDocumentId": document["feedDocumentId"],
            "feedOptions": {"orderid": "a", "invoicenumber": "1"},
        }
        feed_id = plain.post_json("/feeds/2021-06-30/feeds", wish).json()["feedId"]
        result_id = plain.get(f"/feeds/2021-06-30/feeds/{feed_id}").json()["resultFeedDocumentId"]
        url = plain.get(f"/feeds/2021-06-30/documents/{result_id}").json()["url"]
        assert "79513\tError\tPlease provide metadata:shippingid or metadata:orderid" in plain.download(url).text


def test_a_feed_takes_its_time_and_is_listed_while_it_does() -> None:
    with selling(priced(), account=SimAccount(feed_seconds=5)) as (simulator, seller):
        feed_id = submit(seller, label())
        assert not seller.feed(feed_id).done
        assert [(feed.feed_id, feed.done) for feed in seller.feeds(since=NOW - DAY)] == [(feed_id, False)]
        simulator.advance(timedelta(seconds=5))
        assert seller.feed(feed_id).done
        assert seller.feeds(since=NOW + DAY) == ()


def test_feeds_are_listed_over_pages() -> None:
    with selling(priced(), account=SimAccount(feed_seconds=0)) as (_, seller):
        upload_id = seller.upload_invoice(PDF)
        made = [seller.submit_invoice(upload_id, label()) for _ in range(13)]
        seen = seller.feeds(since=NOW - DAY)
        assert [feed.feed_id for feed in seen] == made[::-1]


@pytest.mark.parametrize(
    ("headers", "minutes", "status"),
    [
        ({"content-type": "application/pdf"}, 4, 200),
        ({"content-type": "application/pdf"}, 6, 403),
        ({"content-type": "text/plain"}, 0, 403),
        ({"content-type": "application/pdf", "x-amz-access-token": "Atza|x"}, 0, 403),
    ],
    ids=["in time", "too late", "another type", "with a token"],
)
def test_an_address_is_good_for_five_minutes_and_for_the_headers_it_was_signed_for(
    headers: dict[str, str], minutes: float, status: int
) -> None:
    with simulated(priced()) as (simulator, plain):
        document = plain.post_json("/feeds/2021-06-30/documents", {"contentType": "application/pdf"}).json()
        simulator.advance(timedelta(minutes=minutes))
        reply = httpx2.put(document["url"], content=PDF, headers=headers, trust_env=False)
        assert reply.status_code == status


def test_without_the_tax_role_nothing_is_uploaded_and_nothing_is_pending() -> None:
    with selling(priced(), account=SimAccount(invoicing="vcs", tax_role=False)) as (_, seller):
        with pytest.raises(NotAuthorised):
            submit(seller, label())
        with pytest.raises(NotAuthorised):
            pending(seller)


# Amazon's VAT Calculation Service

VCS = SimAccount(invoicing="vcs", feed_seconds=0)


def label_of(found: PendingInvoice, number: str) -> InvoiceLabel:
    lines = found.sale.lines
    return label(
        found.sale.order_id,
        number=number,
        total=sum((line.amount - line.discount for line in lines), ZERO),
        vat=sum((line.tax or ZERO for line in lines), ZERO),
        credit_note=found.credit_note,
        shipping_id=found.sale.shipping_id,
        transaction_id=found.sale.transaction_id,
    )


def test_each_shipment_and_each_refund_is_pending_until_its_document_is_accepted() -> None:
    refund = SimRefund(NOW - DAY, Money(Decimal("12.00"), "EUR"))
    unshipped = priced("unshipped", shipped_at=None, delivered_at=None)
    with selling(priced("a", TEAPOT, CUP, refunds=(refund,)), unshipped, account=VCS) as (simulator, seller):
        found = pending(seller)
        seen = [(each.sale.order_id, each.credit_note, each.status, len(each.sale.lines)) for each in found]
        assert seen == [("a", False, "Pending", 2), ("a", False, "Pending", 1), ("a", True, "Pending", 1)]
        assert len({(each.sale.shipping_id, each.credit_note) for each in found}) == 3
        assert found[2].sale.lines[0].amount == Decimal("12.00")
        for left, each in enumerate(reversed(found)):
            assert verdict(seller, label_of(each, f"N-{left}")) == "accepted"
            assert len(pending(seller)) == 2 - left
        assert [invoice.kind for invoice in simulator.invoices()] == ["credit_note", "invoice", "invoice"]
        assert simulator.summary()["invoices_repeated"] == 0


def test_the_report_of_pending_invoices_has_the_same_sale_as_the_order() -> None:
    with selling(priced("a", TEAPOT, business=True), account=VCS) as (_, seller):
        [found] = pending(seller)
        order = seller.sale("a")
        assert [(line.amount, line.discount, line.tax) for line in found.sale.lines] == [
            (line.amount, line.discount, line.tax) for line in order.lines
        ]
        assert [line.tax_rate for line in found.sale.lines] == [Decimal(20), Decimal(20)]
        assert found.sale.buyer == order.buyer
        assert (found.sale.purchase_order, found.sale.business) == ("PO-7", True)


def test_amounts_other_than_amazons_are_rejected_and_the_shipment_stays_pending() -> None:
    with selling(priced(), account=VCS) as (_, seller):
        [found] = pending(seller)
        assert verdict(seller, replace(label_of(found, "1"), vat=Decimal("5.79"))) == "79999"
        [still_there] = pending(seller)
        assert (still_there.status, "do not match" in still_there.detail) == ("Rejected", True)


def test_a_credit_note_needs_its_transaction() -> None:
    refund = SimRefund(NOW - DAY, Money(Decimal("12.00"), "EUR"))
    with selling(priced(refunds=(refund,)), account=VCS) as (_, seller):
        credit = label_of(pending(seller)[1], "C-1")
        assert verdict(seller, replace(credit, transaction_id=None)) == "79513"
        assert verdict(seller, replace(credit, transaction_id="amzn:crow:0")) == "79517"


def test_a_seller_without_the_service_has_nothing_pending(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced()])
    assert pending(seller) == []


# North America


def american(order_id: str = "us", **more: Any) -> SimOrder:
    return priced(order_id, TEAPOT, **({"marketplace_id": US} | more))


def test_an_invoice_is_sent_as_a_message_and_each_one_counts() -> None:
    with selling(american()) as (simulator, seller):
        assert seller.invoice_offered("us", US)
        send(seller, "us")
        send(seller, "us", b"%PDF-1.7 another")
        found = simulator.invoices()
        assert [(each.order_id, each.number, each.route) for each in found] == [("us", "invoice.pdf", "message")] * 2
        assert found[0].sha256 == sha256(PDF).hexdigest()
        assert simulator.summary()["invoices_repeated"] == 1


def test_an_order_that_is_not_shipped_takes_no_message(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([american("unshipped-us", shipped_at=None, delivered_at=None)])
    assert not seller.invoice_offered("unshipped-us", US)
    with pytest.raises(Refused) as refused:
        send(seller, "unshipped-us")
    assert refused.value.reason is Reason.NOT_OFFERED


def test_attachments_are_denied_in_europe_and_without_the_role(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced()])
    with pytest.raises(NotAuthorised):
        seller.attach_invoice("a", FR, PDF)
    with selling(american(), account=SimAccount(message_role=False)) as (_, without), pytest.raises(NotAuthorised):
        without.invoice_offered("us", US)


def test_an_attachment_must_have_been_uploaded(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([american()])
    simulator.faults(Fault("drop_before", "upload", times=1))
    with pytest.raises(Busy):
        seller.attach_invoice("us", US, PDF)
    with pytest.raises(Broken):
        seller.send_invoice("us", US, "00000000-0000-4000-8000-000000000099", "invoice.pdf")


# faults, pace and memory

LOST: dict[Kind, bool] = {  # whether it was processed
    "drop_before": False,
    "error_500_before": False,
    "html_503": False,
    "drop_after": True,
    "error_503_after": True,
}


@pytest.mark.parametrize(("kind", "processed"), LOST.items())
def test_a_lost_answer_of_an_irrevocable_call_is_unclear_whether_or_not_it_was_processed(
    still: Still, kind: Kind, processed: bool
) -> None:
    simulator, seller = still
    simulator.post_orders([priced(f"eu-{kind}"), american(f"us-{kind}")])
    simulator.faults(
        Fault(kind, "createFeed", order_id=f"eu-{kind}", times=1), Fault(kind, "sendInvoice", f"us-{kind}", times=1)
    )
    with pytest.raises(Unclear):
        submit(seller, label(f"eu-{kind}"))
    with pytest.raises(Unclear):
        send(seller, f"us-{kind}")
    counted = {invoice.order_id for invoice in simulator.invoices()}
    assert (f"eu-{kind}" in counted, f"us-{kind}" in counted) == (processed, processed)


@pytest.mark.parametrize("kind", ["cut_json", "empty_body"])
def test_a_feed_whose_id_is_lost_is_unclear_and_a_message_needs_none(still: Still, kind: Kind) -> None:
    simulator, seller = still
    simulator.post_orders([priced(f"eu-{kind}"), american(f"us-{kind}")])
    simulator.faults(Fault(kind, "createFeed", times=1), Fault(kind, "sendInvoice", times=1))
    with pytest.raises(Unclear):
        submit(seller, label(f"eu-{kind}"))
    send(seller, f"us-{kind}")
    assert {f"eu-{kind}", f"us-{kind}"} <= {invoice.order_id for invoice in simulator.invoices()}


SURELY_NOT: dict[Kind, type[Answer]] = {
    "throttle": Busy,
    "bad_request": Broken,
    "denied": NotAuthorised,
    "unknown_403": Refused,
}


@pytest.mark.parametrize(("kind", "expected"), SURELY_NOT.items())
@pytest.mark.parametrize(
    ("operation", "ask"),
    [
        ("createFeed", lambda seller: submit(seller, label())),
        ("sendInvoice", lambda seller: send(seller, "us")),
    ],
    ids=["createFeed", "sendInvoice"],
)
def test_a_refusal_of_an_irrevocable_call_has_sent_nothing(
    kind: Kind, expected: type[Answer], operation: str, ask: Callable[[AmazonSeller], object]
) -> None:
    with selling(priced(), american()) as (simulator, seller):
        simulator.faults(Fault(kind, operation, times=1))
        with pytest.raises(expected):
            ask(seller)
        assert simulator.invoices() == []


READS = (
    *("getOrder", "GetAttributes", "createFeedDocument", "upload", "getFeed", "getFeeds", "getFeedDocument"),
    *("download", "getMessagingActionsForOrder", "createUploadDestinationForResource"),
)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_500_before", "error_503_after", "html_503"])
@pytest.mark.parametrize("operation", READS)
def test_a_fault_of_a_call_that_may_be_repeated_is_busy_and_the_next_time_it_is_well(
    still: Still, operation: str, kind: Kind
) -> None:
    simulator, seller = still
    order_id = f"{operation}-{kind}"
    simulator.post_orders([priced(order_id), american(f"us-{order_id}")])

    def ask() -> None:
        seller.sale(order_id)
        seller.buyer_language(order_id, FR)
        assert seller.invoice_offered(f"us-{order_id}", US)
        seller.attach_invoice(f"us-{order_id}", US, PDF)
        seller.upload_invoice(PDF)
        found = seller.feed(feed_id)
        assert seller.feeds(since=NOW - DAY)
        assert found.result_id
        assert seller.feed_result(found.result_id).accepted

    feed_id = submit(seller, label(order_id))
    simulator.faults(Fault(kind, operation, times=1))
    with pytest.raises(Busy):
        ask()
    ask()


@pytest.mark.parametrize("kind", ["feed_fatal", "feed_cancelled"])
def test_a_feed_can_fail_as_a_whole(still: Still, kind: Kind) -> None:
    simulator, seller = still
    simulator.post_orders([priced()])
    feed_id = submit(seller, label())
    simulator.faults(Fault(kind, times=1))
    failed = seller.feed(feed_id)
    assert (failed.done, failed.result_id) == (True, None)


def test_a_processing_report_that_is_cut_is_not_taken_as_accepted(still: Still) -> None:
    simulator, seller = still
    simulator.post_orders([priced()])
    found = seller.feed(submit(seller, label()))
    simulator.faults(Fault("cut_json", "download", times=1))
    assert found.result_id
    with pytest.raises(Broken):
        seller.feed_result(found.result_id)


def test_nothing_is_offered_and_nothing_is_sent_in_an_outage() -> None:
    with selling(american()) as (simulator, seller):
        simulator.faults(Fault("outage"))
        assert not seller.invoice_offered("us", US)
        with pytest.raises(Refused):
            send(seller, "us")


def test_the_calls_for_invoices_have_amazons_rates() -> None:
    for operation in Operation:
        assert RATES[operation.value] == (operation.per_second, operation.burst)


def test_feeds_are_created_fifteen_at_once_and_then_throttled() -> None:
    with simulated(priced(), throttled=True) as (simulator, plain):
        statuses = [plain.post_json("/feeds/2021-06-30/feeds", {}).status_code for _ in range(17)]
        assert statuses == [400] * 15 + [429] * 2
        assert simulator.summary()["throttled"] == {"createFeed": 2}


def test_accepted_invoices_outlive_a_sigkill(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with selling(priced(), journal=journal) as (simulator, seller):
        submit(seller, label())
        before = simulator.invoices()
        simulator.kill()
    with selling(priced(), journal=journal) as (simulator, _):
        assert simulator.invoices() == before
        assert len(before) == 1


def test_prices_must_be_one_for_each_item_and_have_a_currency() -> None:
    with simulated() as (simulator, _):
        for wrong in (replace(priced(), prices=(TEAPOT, CUP)), replace(priced(), value=None)):
            with pytest.raises(ValueError, match="prices"):
                simulator.post_orders([wrong])
