"""The client's calls for invoices against a server that answers what a test wants."""

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest

from marketplace.amazon.client import Amazon, AmazonSeller
from marketplace.errors import Answer, Broken, Busy, NotAuthorised, Refused, Unclear
from marketplace.operations import Operation
from marketplace.pace import Pace
from marketplace.port import Feed, FeedProblem, FeedResult, InvoiceLabel, Report
from rules.reason import Reason
from tests.marketplace.amazon_server import START, Scripted, ScriptedAmazon, SteppedClock, credentials, errors, ok

ORDER = "403-1234567-7654321"
FR, DE, AE, US = "A13V1IB3VIYZZH", "A1PA6795UKMFR9", "A2VIGQ35RCS4UG", "ATVPDKIKX0DER"
PDF = b"%PDF-1.7\n\x00\xff"
SALE = f"/orders/2026-01-01/orders/{ORDER}"
FEEDS, DOCUMENTS, REPORTS = "/feeds/2021-06-30/feeds", "/feeds/2021-06-30/documents", "/reports/2021-06-30"
MESSAGES = f"/messaging/v1/orders/{ORDER}"
SEND = f"{MESSAGES}/messages/invoice"
UPLOADS = f"/uploads/2020-11-01/uploadDestinations{SEND}"
LABEL = InvoiceLabel(ORDER, FR, "2026-000001", Decimal("29.90"), Decimal("4.98"))
EXPIRED = errors(403, "Unauthorized", "The access token you provided has expired.")


@pytest.fixture
def server() -> Iterator[ScriptedAmazon]:
    with ScriptedAmazon() as server:
        yield server


@pytest.fixture
def seller(server: ScriptedAmazon) -> Iterator[AmazonSeller]:
    clock = SteppedClock()
    amazon = Amazon(clock, server.url, server.url)
    yield amazon.seller(credentials(), region="eu", marketplace_ids=[FR, AE, DE], pace=Pace(clock))
    amazon.close()


def order_json() -> dict[str, Any]:
    return {
        "order": {
            "orderId": ORDER,
            "createdTime": "2026-02-01T10:00:00Z",
            "salesChannel": {"channelName": "AMAZON", "marketplaceId": FR},
            "proceeds": {"grandTotal": {"amount": "30.00", "currencyCode": "EUR"}},
            "orderItems": [{"proceeds": {"proceedsTotal": {"amount": "30.00", "currencyCode": "EUR"}}}],
        }
    }


def submit(seller: AmazonSeller) -> object:
    return seller.submit_invoice("document-1", LABEL)


def send(seller: AmazonSeller) -> object:
    return seller.send_invoice(ORDER, US, "upload-1", "invoice.pdf")


DENIED = errors(403, "Unauthorized", "Access to the resource is forbidden")
COMBINATION = errors(403, "Unauthorized", "Invalid amazonOrderId and template combination.")
# status: (irrevocable, of one order, of a source)
IN_AMAZONS_WORDS = {
    302: (Broken, Broken, Broken),
    400: (Broken, Broken, Broken),
    404: (Refused, Refused, Broken),
    413: (Broken, Broken, Broken),
}
NO_VERDICT = (Busy, Busy, Busy)
ANY_BODY = {
    408: (Unclear, Busy, Busy),
    429: (Busy, Busy, Busy),
    500: (Unclear, Busy, Busy),
    503: (Unclear, Busy, Busy),
}
BODIES = {
    "json": errors(0, "Strange", "Words that nobody has seen").body,
    "html": b"<html><body>Service Unavailable</body></html>",
    "empty": b"",
    "cut json": b'{"errors": [{"code": "Stra',
}
Ask = Callable[[AmazonSeller], object]
CALLS: dict[str, tuple[int, str, Ask]] = {
    "createFeed": (0, FEEDS, submit),
    "sendInvoice": (0, SEND, send),
    "getOrder": (1, SALE, lambda seller: seller.sale(ORDER)),
    "GetAttributes": (1, f"{MESSAGES}/attributes", lambda seller: seller.buyer_language(ORDER, US)),
    "getMessagingActionsForOrder": (1, MESSAGES, lambda seller: seller.invoice_offered(ORDER, US)),
    "createUploadDestinationForResource": (1, UPLOADS, lambda seller: seller.attach_invoice(ORDER, US, PDF)),
    "createFeedDocument": (2, DOCUMENTS, lambda seller: seller.upload_invoice(PDF)),
    "getFeed": (2, f"{FEEDS}/f1", lambda seller: seller.feed("f1")),
    "getFeeds": (2, FEEDS, lambda seller: seller.feeds(since=START)),
    "getFeedDocument": (2, f"{DOCUMENTS}/r1", lambda seller: seller.feed_result("r1")),
    "getReportDocument": (2, f"{REPORTS}/documents/d1", lambda seller: list(seller.pending_invoices("d1"))),
}


@pytest.mark.parametrize(("stake", "path", "ask"), CALLS.values(), ids=CALLS.keys())
def test_every_status_is_read_before_every_body_and_no_call_is_repeated(
    server: ScriptedAmazon, stake: int, path: str, ask: Ask
) -> None:
    amazon = Amazon(SteppedClock(), server.url, server.url)
    for status in (*IN_AMAZONS_WORDS, *ANY_BODY):
        for name, body in BODIES.items():
            in_words = IN_AMAZONS_WORDS.get(status, NO_VERDICT) if name == "json" else NO_VERDICT
            expected = ANY_BODY.get(status, in_words)
            pace = Pace(SteppedClock())
            seller = amazon.seller(credentials(), region="eu", marketplace_ids=[FR], pace=pace)
            server.asked.clear()
            server.script(path, Scripted(status, body))
            with pytest.raises(expected[stake]) as answer:
                ask(seller)
            assert type(answer.value) is expected[stake], (status, name)
            with_less = path == SALE and (status, name) == (400, "json")
            assert len(server.requests(path)) == (2 if with_less else 1)
    amazon.close()


@pytest.mark.parametrize(("stake", "path", "ask"), CALLS.values(), ids=CALLS.keys())
def test_a_lost_answer_is_unclear_only_for_the_irrevocable_calls(
    server: ScriptedAmazon, seller: AmazonSeller, stake: int, path: str, ask: Ask
) -> None:
    server.script(path, Scripted(drop=True))
    with pytest.raises(Unclear if stake == 0 else Busy):
        ask(seller)
    assert len(server.requests(path)) == 1


@pytest.mark.parametrize(("stake", "path", "ask"), CALLS.values(), ids=CALLS.keys())
def test_a_missing_role_is_not_authorised(
    server: ScriptedAmazon, seller: AmazonSeller, stake: int, path: str, ask: Ask
) -> None:
    server.script(path, DENIED)
    with pytest.raises(NotAuthorised):
        ask(seller)


@pytest.mark.parametrize(("stake", "path", "ask"), CALLS.values(), ids=CALLS.keys())
def test_an_expired_token_is_renewed_and_the_call_made_once_more(
    server: ScriptedAmazon, seller: AmazonSeller, stake: int, path: str, ask: Ask
) -> None:
    server.script(path, EXPIRED, errors(413, "RequestTooLarge", "?"))
    with pytest.raises(Broken):
        ask(seller)
    assert [asked.headers["x-amz-access-token"] for asked in server.requests(path)] == ["Atza|1", "Atza|2"]


NO_JSON = {
    "html": Scripted(200, b"<html>"),
    "empty": Scripted(200, b""),
    "cut json": Scripted(200, b'{"order": {'),
    "cut": Scripted(200, b"{}", cut=True),
}


READS = [pytest.param(path, ask, id=name) for name, (stake, path, ask) in CALLS.items() if stake]


@pytest.mark.parametrize("scripted", NO_JSON.values(), ids=NO_JSON.keys())
@pytest.mark.parametrize(("path", "ask"), READS)
def test_a_read_without_its_whole_answer_is_busy(
    server: ScriptedAmazon, seller: AmazonSeller, path: str, ask: Ask, scripted: Scripted
) -> None:
    server.script(path, scripted)
    with pytest.raises(Busy):
        ask(seller)


@pytest.mark.parametrize(("path", "ask"), [read for read in READS if read.id != "GetAttributes"])
def test_a_read_without_its_fields_is_broken(server: ScriptedAmazon, seller: AmazonSeller, path: str, ask: Ask) -> None:
    server.script(path, ok({}))
    with pytest.raises(Broken):
        ask(seller)


def test_a_sale_is_asked_for_with_the_buyers_data(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(SALE, ok(order_json()))
    assert seller.sale(ORDER).lines[0].amount == Decimal("30.00")
    [asked] = server.requests(SALE)
    assert asked.query == {"includedData": ["BUYER,RECIPIENT,PROCEEDS,TAX,FULFILLMENT,PACKAGES,PROMOTION,CANCELLATION"]}


@pytest.mark.parametrize(
    ("said", "language"), [({"buyer": {"locale": "fr-FR"}}, "fr-FR"), ({"buyer": {}}, None), ({}, None)], ids=str
)
def test_the_buyers_language_may_be_unknown(
    server: ScriptedAmazon, seller: AmazonSeller, said: dict[str, Any], language: str | None
) -> None:
    server.script(f"{MESSAGES}/attributes", ok(said))
    assert seller.buyer_language(ORDER, FR) == language


# Europe


def address(server: ScriptedAmazon) -> str:
    return f"{server.url}/bucket/key?X-Amz-Signature=sig"


def test_a_pdf_is_put_at_the_signed_address_with_its_type_alone(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(DOCUMENTS, Scripted(201, json.dumps({"feedDocumentId": "d1", "url": address(server)}).encode()))
    server.script("/bucket/key", Scripted(200, b""))
    assert seller.upload_invoice(PDF) == "d1"
    assert json.loads(server.requests(DOCUMENTS)[0].body) == {"contentType": "application/pdf"}
    [put] = server.requests("/bucket/key")
    assert (put.method, put.body, put.query) == ("PUT", PDF, {"X-Amz-Signature": ["sig"]})
    assert {**put.headers, "host": ""} == {
        "host": "",
        "accept-encoding": "identity",
        "content-length": str(len(PDF)),
        "content-type": "application/pdf",
    }


XML = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message><X>sig</X></Error>"
PUTS = {
    "expired": (Scripted(403, XML), Busy),
    "wrong digest": (Scripted(400, XML), Broken),
    "not there": (Scripted(404, XML), Busy),
    "500": (Scripted(500, XML), Busy),
    "503": (Scripted(503, b""), Busy),
    "moved": (Scripted(307, b"", {"location": "/elsewhere"}), Busy),
    "dropped": (Scripted(drop=True), Busy),
}


@pytest.mark.parametrize(("scripted", "expected"), PUTS.values(), ids=PUTS.keys())
def test_an_upload_that_fails_has_no_effect_and_shows_no_signature(
    server: ScriptedAmazon, seller: AmazonSeller, scripted: Scripted, expected: type[Answer]
) -> None:
    server.script(DOCUMENTS, ok({"feedDocumentId": "d1", "url": address(server)}))
    server.script("/bucket/key", scripted)
    with pytest.raises(expected) as answer:
        seller.upload_invoice(PDF)
    assert len(server.requests("/bucket/key")) == 1
    assert "sig" not in answer.value.detail


def test_a_storage_that_is_not_there_is_busy(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(DOCUMENTS, ok({"feedDocumentId": "d1", "url": "http://127.0.0.1:9/key"}))
    with pytest.raises(Busy):
        seller.upload_invoice(PDF)


def test_a_feed_is_created_with_amazons_options(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(FEEDS, Scripted(202, b'{"feedId": "f1"}'))
    assert submit(seller) == "f1"
    [asked] = server.requests(FEEDS)
    assert json.loads(asked.body)["feedOptions"]["metadata:orderid"] == ORDER
    assert seller.calls == {Operation.CREATE_FEED: 1}


@pytest.mark.parametrize(
    "scripted",
    [
        Scripted(202, b""),
        Scripted(202, b"<html>"),
        Scripted(202, b'{"feedId": "f'),
        Scripted(202, b'{"feedId": "f1"}', cut=True),
        Scripted(202, b"{}"),
        Scripted(202, b"[]"),
        Scripted(202, b'{"feedId": 7}'),
        Scripted(202, b'{"feedId": "f\\ud83d"}'),
        Scripted(202, b'{"feedId": "' + b"f" * 256 + b'"}'),
        Scripted(202, b'{"feedId": "f1", "errors": [{"code": "InternalFailure"}]}'),
    ],
    ids=[
        *("empty", "html", "cut json", "cut", "no feedId", "a list", "a number", "half a character", "too long"),
        "with errors",
    ],
)
def test_a_feed_that_was_created_under_an_id_that_is_lost_is_unclear(
    server: ScriptedAmazon, seller: AmazonSeller, scripted: Scripted
) -> None:
    server.script(FEEDS, scripted)
    with pytest.raises(Unclear) as answer:
        submit(seller)
    assert (answer.value.status, answer.value.request_id) == (202, "request-1")
    assert len(server.requests(FEEDS)) == 1


def feed_json(number: int, status: str = "DONE") -> dict[str, str]:
    return {
        "feedId": f"f{number}",
        "createdTime": f"2026-03-01T12:00:{number:02}Z",
        "processingStatus": status,
        "resultFeedDocumentId": f"r{number}",
    }


def feed(number: int) -> Feed:
    return Feed(f"f{number}", datetime(2026, 3, 1, 12, 0, number, tzinfo=UTC), True, f"r{number}")


def test_a_feed_is_looked_at(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(f"{FEEDS}/f1", ok(feed_json(1)))
    assert seller.feed("f1") == feed(1)


def test_all_feeds_since_a_time_are_listed_over_every_page(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    pages = ({"feeds": [feed_json(3), {"odd": 1}], "nextToken": "a/b="}, {"feeds": [], "nextToken": "c"})
    server.script(FEEDS, *(ok(page) for page in (*pages, {"feeds": [feed_json(1)]})))
    assert seller.feeds(since=START - timedelta(days=1)) == (feed(3), feed(1))
    first = {"feedTypes": ["UPLOAD_VAT_INVOICE"], "pageSize": ["100"], "createdSince": ["2026-02-28T12:00:00Z"]}
    assert [asked.query for asked in server.requests(FEEDS)] == [first, {"nextToken": ["a/b="]}, {"nextToken": ["c"]}]


SUMMARY = "Feed Processing Summary:\n\tNumber of records processed\t\t1\n\tNumber of records successful\t\t{}\n"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_processing_report_is_downloaded_without_the_access_token(
    server: ScriptedAmazon, seller: AmazonSeller, packed: bool
) -> None:
    text = (SUMMARY.format(0) + "\n1\t\t79503\tError\tNot a PDF\n").encode()
    algorithm = {"compressionAlgorithm": "GZIP"} if packed else {}
    server.script(f"{DOCUMENTS}/r1", ok({"feedDocumentId": "r1", "url": f"{server.url}/report?sig=s", **algorithm}))
    server.script("/report", Scripted(body=gzip.compress(text) if packed else text))
    assert seller.feed_result("r1") == FeedResult(False, (FeedProblem("79503", "Not a PDF"),))
    [asked] = server.requests("/report")
    assert "x-amz-access-token" not in asked.headers


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (Scripted(403, XML), Busy),
        (Scripted(drop=True), Busy),
        (Scripted(body=SUMMARY.format(1).encode(), cut=True), Busy),
        (Scripted(body=b"x" * 300_000), Broken),
    ],
    ids=["address expired", "dropped", "cut", "endless"],
)
def test_a_processing_report_that_cannot_be_read_is_an_answer(
    server: ScriptedAmazon, seller: AmazonSeller, scripted: Scripted, expected: type[Answer]
) -> None:
    server.script(f"{DOCUMENTS}/r1", ok({"url": f"{server.url}/report"}))
    server.script("/report", scripted)
    with pytest.raises(expected):
        seller.feed_result("r1")


def test_pending_invoices_are_asked_for_without_options_and_where_amazon_has_them(
    server: ScriptedAmazon, seller: AmazonSeller
) -> None:
    server.script(f"{REPORTS}/reports", Scripted(202, b'{"reportId": "r1"}'))
    seller.create_report(Report.PENDING_INVOICES, start=START, end=START)
    assert json.loads(server.requests(f"{REPORTS}/reports")[0].body) == {
        "reportType": "GET_FLAT_FILE_VAT_INVOICE_DATA_REPORT",
        "marketplaceIds": [FR, DE],
    }


# North America


@pytest.mark.parametrize(
    ("links", "offered"),
    [
        ({"actions": [{"name": "sendInvoice", "href": "/"}]}, True),
        ({"actions": [{"name": "invoice"}, "?"]}, True),
        ({"actions": [{"name": "warranty"}]}, False),
        ({"actions": []}, False),
        ({}, False),
    ],
    ids=["by the operation's name", "by the path's name", "another message", "no message", "no actions at all"],
)
def test_amazon_says_whether_it_takes_an_invoice(
    server: ScriptedAmazon, seller: AmazonSeller, links: dict[str, object], offered: bool
) -> None:
    server.script(MESSAGES, ok({"_links": links}))
    assert seller.invoice_offered(ORDER, US) is offered
    assert server.requests(MESSAGES)[0].query == {"marketplaceIds": [US]}


def test_an_attachment_is_put_with_exactly_the_headers_that_amazon_returned(
    server: ScriptedAmazon, seller: AmazonSeller
) -> None:
    headers = {"Content-MD5": "x==", "x-amz-server-side-encryption": "aws:kms"}
    destination = {"uploadDestinationId": "u1", "url": address(server), "headers": headers}
    server.script(UPLOADS, Scripted(201, json.dumps({"payload": destination}).encode()))
    server.script("/bucket/key", Scripted(200, b""))
    assert seller.attach_invoice(ORDER, US, b"hello") == "u1"
    [asked] = server.requests(UPLOADS)
    assert asked.body == b""
    assert (asked.query["marketplaceIds"], asked.query["contentType"]) == ([US], ["application/pdf"])
    assert asked.query["contentMD5"] == ["XUFAKrxLKna5cZ2REBfFkg=="]  # 5d41402abc4b2a76b9719d911017c592
    [put] = server.requests("/bucket/key")
    assert {name: value for name, value in put.headers.items() if name not in ("host", "content-length")} == {
        "accept-encoding": "identity",
        "content-md5": "x==",
        "x-amz-server-side-encryption": "aws:kms",
    }


def test_an_invoice_is_sent_as_the_attachment_of_a_message(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(SEND, Scripted(201, b"{}"))
    assert seller.send_invoice(ORDER, US, "u1", "invoice 1.pdf").request_id == "request-1"
    [asked] = server.requests(SEND)
    assert asked.query == {"marketplaceIds": [US]}
    assert json.loads(asked.body) == {"attachments": [{"uploadDestinationId": "u1", "fileName": "invoice 1.pdf"}]}


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b'{"errors": [{}]}'], ids=["empty", "html", "cut", "errors"])
def test_a_message_is_sent_only_if_amazon_plainly_says_so(
    server: ScriptedAmazon, seller: AmazonSeller, body: bytes
) -> None:
    server.script(SEND, Scripted(201, body))
    with pytest.raises(Unclear):
        send(seller)
    assert len(server.requests(SEND)) == 1


def test_pages_of_feeds_without_an_end_are_an_answer(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(FEEDS, ok({"feeds": [], "nextToken": "again"}))
    with pytest.raises(Broken):
        seller.feeds(since=START)
    assert len(server.requests(FEEDS)) == 2


def test_a_message_that_the_order_does_not_take_is_refused(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(SEND, COMBINATION)
    with pytest.raises(Refused) as refused:
        send(seller)
    assert refused.value.reason is Reason.NOT_OFFERED


def test_no_log_line_and_no_answer_holds_a_buyers_data_or_a_signature(
    server: ScriptedAmazon, seller: AmazonSeller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    document = order_json()
    document["order"]["buyer"] = {"buyerName": "Zoë"}
    del document["order"]["proceeds"]
    server.script(SALE, ok(document))
    server.script(DOCUMENTS, ok({"feedDocumentId": "d1", "url": address(server)}))
    server.script("/bucket/key", Scripted(403, XML))
    words = ""
    for ask in (CALLS["getOrder"][2], CALLS["createFeedDocument"][2]):
        with pytest.raises(Answer) as answer:
            ask(seller)
        words += repr(answer.value) + answer.value.detail
    for secret in ("Zoë", "sig", "Atza|", ORDER, unquote(ORDER)):
        assert secret not in caplog.text + words
