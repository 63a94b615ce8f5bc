"""Whatever Amazon, or whoever answers in its place, says to any call: a value or one of the five answers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from marketplace.amazon.client import Amazon, AmazonSeller
from marketplace.errors import Answer, Broken, Busy, NotAuthorised, Refused, Unclear
from marketplace.pace import Pace
from marketplace.port import InvoiceLabel, Report
from tests.marketplace.amazon_server import START, TOKEN_PATH, Scripted, ScriptedAmazon, SteppedClock, credentials

ORDER, FR = "403-1234567-7654321", "A13V1IB3VIYZZH"
MONEY = {"amount": "30.00", "currencyCode": "EUR"}
ORDER_JSON = {
    "orderId": ORDER,
    "createdTime": "2026-02-01T10:00:00Z",
    "lastUpdatedTime": "2026-02-03T10:00:00Z",
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": FR},
    "programs": ["PRIME"],
    "associatedOrders": [{"orderId": ORDER, "associationType": "REPLACEMENT_ORIGINAL_ID"}],
    "fulfillment": {"fulfillmentStatus": "SHIPPED", "deliverByWindow": {"latestDateTime": "2026-02-09T10:00:00Z"}},
    "packages": [{"packageStatus": {"status": "DELIVERED"}, "shipTime": "2026-02-03T10:00:00Z"}],
    "proceeds": {"grandTotal": MONEY},
    "buyer": {"buyerName": "Zoe"},
    "recipient": {"deliveryAddress": {"name": "Zoe", "countryCode": "FR"}},
    "orderItems": [
        {
            "quantityOrdered": 1,
            "product": {"asin": "B01", "sellerSku": "SKU", "title": "Teapot"},
            "proceeds": {"proceedsTotal": MONEY, "breakdowns": [{"type": "ITEM", "subtotal": MONEY}]},
            "fulfillment": {"quantityFulfilled": 1},
        }
    ],
}
TRANSACTION = {
    "transactionId": "t1",
    "transactionType": "Refund",
    "transactionStatus": "RELEASED",
    "relatedIdentifiers": [{"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": ORDER}],
    "contexts": [{"contextType": "DeferredContext", "maturityDate": "2026-02-20T08:00:00Z"}],
    "postedDate": "2026-02-20T08:00:00Z",
    "totalAmount": {"currencyAmount": -10.1, "currencyCode": "EUR"},
}
FEED = {
    "feedId": "f1",
    "createdTime": "2026-03-01T12:00:00Z",
    "processingStatus": "DONE",
    "resultFeedDocumentId": "r1",
}
LABEL = InvoiceLabel(ORDER, FR, "2026-1", Decimal(30))
OFFERED = {"_links": {"actions": [{"name": "productReviewAndSellerFeedback"}, {"name": "sendInvoice"}]}}
SOLICIT = f"/solicitations/v1/orders/{ORDER}"
MESSAGES = f"/messaging/v1/orders/{ORDER}"
FILE = b"order-id\tx\n403-1234567-7654321\t1\n"
Ask = Callable[[AmazonSeller], object]


@dataclass(frozen=True)
class Door:
    """One call; the reply to `path` is what is spoilt. `good`: of an irrevocable call, the one status that says yes."""

    path: str
    reply: object
    ask: Ask
    good: int | None = None


DOORS = {
    "token": Door(TOKEN_PATH, {"access_token": "a", "expires_in": 3600}, lambda seller: seller.participations()),
    "getMarketplaceParticipations": Door(
        "/sellers/v1/marketplaceParticipations",
        {"payload": [{"marketplace": {"id": FR}, "participation": {"isParticipating": True}}]},
        lambda seller: seller.participations(),
    ),
    "searchOrders": Door(
        "/orders/2026-01-01/orders",
        {"orders": [ORDER_JSON], "pagination": {"nextToken": "n"}, "lastUpdatedBefore": "2026-03-01T11:55:00Z"},
        lambda seller: seller.orders(updated_after=START),
    ),
    "getOrder": Door(f"/orders/2026-01-01/orders/{ORDER}", {"order": ORDER_JSON}, lambda seller: seller.sale(ORDER)),
    "listTransactions": Door(
        "/finances/2024-06-19/transactions",
        {"payload": {"nextToken": "n", "transactions": [TRANSACTION]}},
        lambda seller: seller.transactions(posted_after=START),
    ),
    "createReport": Door(
        "/reports/2021-06-30/reports",
        {"reportId": "r1"},
        lambda seller: seller.create_report(Report.FBA_RETURNS, start=START, end=START),
    ),
    "getReport": Door(
        "/reports/2021-06-30/reports/r1",
        {"processingStatus": "DONE", "reportDocumentId": "d1"},
        lambda seller: seller.report_status("r1"),
    ),
    "getReportDocument": Door(
        "/reports/2021-06-30/documents/d1",
        {"url": "http://127.0.0.1:9/x", "compressionAlgorithm": "GZIP"},
        lambda seller: list(seller.report_rows(Report.FBA_SHIPMENTS, "d1")),
    ),
    "offer": Door(SOLICIT, OFFERED, lambda seller: seller.review_offered(ORDER, FR)),
    "ask": Door(
        f"{SOLICIT}/solicitations/productReviewAndSellerFeedback",
        {},
        lambda seller: seller.request_review(ORDER, FR),
        good=201,
    ),
    "createFeedDocument": Door(
        "/feeds/2021-06-30/documents",
        {"feedDocumentId": "f1", "url": "http://127.0.0.1:9/x"},
        lambda seller: seller.upload_invoice(b"%PDF"),
    ),
    "createFeed": Door(
        "/feeds/2021-06-30/feeds", {"feedId": "f1"}, lambda seller: seller.submit_invoice("u1", LABEL), good=202
    ),
    "getFeed": Door("/feeds/2021-06-30/feeds/f1", FEED, lambda seller: seller.feed("f1")),
    "getFeeds": Door("/feeds/2021-06-30/feeds", {"feeds": [FEED]}, lambda seller: seller.feeds(since=START)),
    "getFeedDocument": Door(
        "/feeds/2021-06-30/documents/r1", {"url": "http://127.0.0.1:9/x"}, lambda seller: seller.feed_result("r1")
    ),
    "GetAttributes": Door(
        f"{MESSAGES}/attributes", {"buyer": {"locale": "fr-FR"}}, lambda seller: seller.buyer_language(ORDER, FR)
    ),
    "getMessagingActionsForOrder": Door(MESSAGES, OFFERED, lambda seller: seller.invoice_offered(ORDER, FR)),
    "createUploadDestinationForResource": Door(
        f"/uploads/2020-11-01/uploadDestinations{MESSAGES}/messages/invoice",
        {"payload": {"uploadDestinationId": "u1", "url": "http://127.0.0.1:9/x", "headers": {"a": "b"}}},
        lambda seller: seller.attach_invoice(ORDER, FR, b"%PDF"),
    ),
    "sendInvoice": Door(
        f"{MESSAGES}/messages/invoice", {}, lambda seller: seller.send_invoice(ORDER, FR, "u1", "x.pdf"), good=201
    ),
    "download of a report": Door("/file", FILE, lambda seller: list(seller.report_rows(Report.FBA_SHIPMENTS, "d1"))),
    "download of the VAT list": Door("/file", FILE, lambda seller: list(seller.pending_invoices("d1"))),
    "download of a feed's report": Door(
        "/file", b"processed 1\nsuccessful 1\n", lambda seller: seller.feed_result("r1")
    ),
}
"""Every method of the port that asks Amazon, by the call whose reply is spoilt."""

_odd: st.SearchStrategy[object] = st.sampled_from(
    [
        *(
            "",
            "\ud83d",
            "\0",
            "x" * 5000,
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            "1E+30",
            "NaN",
            "-1",
        ),
        *(0, -1, True, 10**15, 10**25, 1e300, -1e-300, None, [], {}, [[]], [None], "http://[::1", "Atza|x", "9" * 5000),
    ]
)
_json = st.recursive(
    _odd | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
_header = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
_headers = st.dictionaries(
    st.sampled_from(
        ["retry-after", "x-amzn-RateLimit-Limit", "date", "x-amzn-RequestId", "content-encoding", "location"]
    ),
    st.sampled_from(["9" * 5000, "-1", "1e-300", "nan", "gzip", "Mon, 01 Jan 0001 00:00:00 +1400", "x" * 300])
    | _header,
    max_size=3,
)
_words = st.sampled_from(["denied", "The access token is invalid", "5-30 day", "already requested", "?", "x" * 9000])
_refusal = st.builds(lambda words: {"errors": [{"code": "Unauthorized", "message": words}]}, _words | _json)


@st.composite
def _spoilt(draw: st.DrawFn, good: object) -> object:
    """`good`, with any JSON in the place of one of its parts."""
    if not isinstance(good, dict | list) or not good or draw(st.integers(0, 4)) == 0:
        return draw(_json)
    if isinstance(good, list):
        index = draw(st.integers(0, len(good) - 1))
        return [*good[:index], draw(_spoilt(good[index])), *good[index + 1 :]]
    name = draw(st.sampled_from(sorted(good)))
    return {**good, name: draw(_spoilt(good[name]))}


@st.composite
def _replies(draw: st.DrawFn, door: Door) -> Scripted:
    if isinstance(door.reply, bytes):
        bodies = st.binary(max_size=200) | st.binary(max_size=20).map(lambda odd: door.reply + odd)  # type: ignore[operator]
    else:
        document = _spoilt(door.reply) | _refusal | _json
        bodies = st.binary(max_size=200) | document.map(lambda each: json.dumps(each).encode())
        bodies |= document.map(lambda each: json.dumps(each).encode()[:-1])
        bodies |= st.just(b'{"a": 1e99999999999999999999}') | st.just(b"[" * 100_000) | st.just(b"<html>")
    status = draw(
        st.sampled_from([door.good or 200, 200, 200, 201, 202, 206, 400, 401, 403, 404, 413, 429, 500, 503, 999])
    )
    return Scripted(status, draw(bodies), draw(_headers), cut=draw(st.integers(0, 19)) == 0)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedAmazon]:
    with ScriptedAmazon() as server:
        yield server


@pytest.fixture(scope="module")
def amazon(server: ScriptedAmazon) -> Iterator[Amazon]:
    amazon = Amazon(SteppedClock(), server.url, server.url)
    yield amazon
    amazon.close()


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
@hypothesis(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_any_reply_is_a_value_or_one_of_the_five_answers(
    server: ScriptedAmazon, amazon: Amazon, door: Door, data: st.DataObject
) -> None:
    reply = data.draw(_replies(door))
    server.script("/file", Scripted(body=FILE))
    server.script("/reports/2021-06-30/documents/d1", document(server))
    server.script("/feeds/2021-06-30/documents/r1", document(server))
    if door.path != TOKEN_PATH:
        server.script(TOKEN_PATH, Scripted(body=b'{"access_token": "a", "expires_in": 3600}'))
    server.script(door.path, reply)
    seller = amazon.seller(
        credentials(door.path if door.path != TOKEN_PATH else str(data.draw(st.uuids()))),
        region="eu",
        marketplace_ids=[FR],
        pace=Pace(SteppedClock()),
    )
    answer = answered(door.ask, seller)
    if answer:
        assert isinstance(answer, Busy | Refused | Unclear | NotAuthorised | Broken)
        assert len(answer.detail) <= 500
        assert "Atza|" not in answer.detail
        assert door.good or not isinstance(answer, Unclear)
        f"{answer.detail}{answer.request_id}".encode()
    elif door.good:
        assert reply.status == door.good
        assert not reply.cut
        assert not json.loads(reply.body).get("errors")


def answered(ask: Ask, seller: AmazonSeller) -> Answer | None:
    """None: a value."""
    try:
        ask(seller)
    except Answer as answer:
        return answer
    return None


def document(server: ScriptedAmazon) -> Scripted:
    where: dict[str, Any] = {"url": f"{server.url}/file"}
    return Scripted(body=json.dumps(where).encode())
