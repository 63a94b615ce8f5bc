import gzip
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.amazon.client import Amazon, AmazonSeller
from marketplace.errors import Answer, Broken, Busy, NotAuthorised, Refused, Unclear
from marketplace.operations import Operation
from marketplace.pace import Pace
from marketplace.port import Report, ReportRow, ReportStatus
from rules.order import Money, Refund
from tests.marketplace.amazon_server import (
    START,
    TOKEN_PATH,
    Scripted,
    ScriptedAmazon,
    SteppedClock,
    credentials,
    errors,
    ok,
)

ORDER = "403-1234567-7654321"
FR = "A13V1IB3VIYZZH"
OFFERED = f"/solicitations/v1/orders/{ORDER}"
POST = f"{OFFERED}/solicitations/productReviewAndSellerFeedback"
ORDERS = "/orders/2026-01-01/orders"
TRANSACTIONS = "/finances/2024-06-19/transactions"
REPORTS = "/reports/2021-06-30"
DENIED = errors(403, "Unauthorized", "Access to requested resource is denied.")
EXPIRED = errors(403, "Unauthorized", "The access token you provided has expired.")
REVOKED = errors(
    *(403, "Unauthorized", "Access to requested resource is denied."),
    "The access token you provided is revoked, malformed or invalid.",
)


@pytest.fixture
def server() -> Iterator[ScriptedAmazon]:
    with ScriptedAmazon() as server:
        yield server


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def pace(clock: SteppedClock) -> Pace:
    return Pace(clock)


@pytest.fixture
def seller(server: ScriptedAmazon, clock: SteppedClock, pace: Pace) -> Iterator[AmazonSeller]:
    amazon = Amazon(clock, server.url, server.url)
    yield amazon.seller(credentials(), region="eu", marketplace_ids=[FR], pace=pace)
    amazon.close()


FAILURES = {
    "400": (errors(400, "InvalidInput", "Missing or invalid request parameters"), Broken),
    "403 already": (errors(403, "Unauthorized", "You have already requested a review for this order."), Refused),
    "403 denied": (errors(403, "Unauthorized", "Access to requested resource is denied."), NotAuthorised),
    "403 unknown": (errors(403, "Unauthorized", "?"), Refused),
    "404": (errors(404, "NotFound", "?"), Refused),
    "429": (errors(429, "QuotaExceeded", "You exceeded your quota for the requested resource."), Busy),
    "500": (errors(500, "InternalFailure", "We encountered an internal error. Please try again."), Unclear),
    "503 html": (Scripted(503, b"<html>Service Unavailable</html>"), Unclear),
    "503 cut": (Scripted(503, b'{"errors"', cut=True), Unclear),
    "302": (Scripted(302, b"", {"location": POST}), Busy),
    "400 html": (Scripted(400, b"<html>Bad Request</html>"), Busy),
    "403 html": (Scripted(403, b"<html>Forbidden</html>"), Busy),
    "403 empty": (Scripted(403, b""), Busy),
    "201 empty": (Scripted(201, b""), Unclear),
    "201 html": (Scripted(201, b"<html>"), Unclear),
    "201 cut": (Scripted(201, b"{", cut=True), Unclear),
    "201 with errors": (Scripted(201, b'{"errors": [{"code": "InternalFailure"}]}'), Unclear),
    "200": (Scripted(200), Unclear),
    "200 of a proxy": (Scripted(200, b"<html>Sign in</html>"), Unclear),
    "dropped": (Scripted(drop=True), Unclear),
}


@pytest.mark.parametrize(("scripted", "expected"), FAILURES.values(), ids=FAILURES.keys())
def test_a_review_request_that_fails_reaches_amazon_exactly_once(
    server: ScriptedAmazon, seller: AmazonSeller, scripted: Scripted, expected: type[Answer]
) -> None:
    server.script(POST, scripted)
    with pytest.raises(expected) as answer:
        seller.request_review(ORDER, FR)
    assert len(server.requests(POST)) == 1
    assert seller.calls == {Operation.REQUEST_REVIEW: 1}
    assert answer.value.request_id == (None if scripted.drop else "request-1")


def test_a_review_request_that_amazon_accepts_gives_a_receipt(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(POST, Scripted(201))
    assert seller.request_review(ORDER, FR).request_id == "request-1"
    [asked] = server.requests(POST)
    assert (asked.method, asked.query, asked.body) == ("POST", {"marketplaceIds": [FR]}, b"")


@pytest.mark.parametrize(
    "refusal", [EXPIRED, REVOKED, errors(401, "Unauthorized", "?")], ids=["403 expired", "403 revoked", "401"]
)
def test_a_denied_token_is_renewed_and_the_call_made_once_more(
    server: ScriptedAmazon, seller: AmazonSeller, refusal: Scripted
) -> None:
    server.script(POST, refusal, Scripted(201))
    seller.request_review(ORDER, FR)
    assert [asked.headers["x-amz-access-token"] for asked in server.requests(POST)] == ["Atza|1", "Atza|2"]
    assert seller.calls == {Operation.REQUEST_REVIEW: 2}


@pytest.mark.parametrize(("refusal", "expected"), [(EXPIRED, Busy), (REVOKED, NotAuthorised)])
def test_a_token_that_is_refused_twice_in_a_row_is_not_tried_a_third_time(
    server: ScriptedAmazon, seller: AmazonSeller, refusal: Scripted, expected: type[Answer]
) -> None:
    server.script(POST, refusal)
    with pytest.raises(expected):
        seller.request_review(ORDER, FR)
    assert len(server.requests(POST)) == 2


def test_a_role_that_was_granted_meanwhile_is_seen_by_the_next_call_which_has_a_new_token(
    server: ScriptedAmazon, seller: AmazonSeller
) -> None:
    server.script(POST, DENIED, Scripted(201))
    with pytest.raises(NotAuthorised):
        seller.request_review(ORDER, FR)
    seller.request_review(ORDER, FR)
    assert [asked.headers["x-amz-access-token"] for asked in server.requests(POST)] == ["Atza|1", "Atza|2"]


def test_a_server_that_is_not_there_is_busy_for_nothing_has_left(clock: SteppedClock, pace: Pace) -> None:
    with ScriptedAmazon() as lwa, ScriptedAmazon() as gone:
        nowhere = gone.url
        gone.__exit__(None, None, None)
        amazon = Amazon(clock, nowhere, lwa.url)
        seller = amazon.seller(credentials(), region="eu", marketplace_ids=[FR], pace=pace)
        with pytest.raises(Busy):
            seller.request_review(ORDER, FR)
        amazon.close()


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (Scripted(200, b""), Busy),
        (Scripted(200, b"<html>"), Busy),
        (Scripted(200, b'{"orders": ['), Busy),
        (Scripted(200, b'{"orders": []}', cut=True), Busy),
        (Scripted(200, b"{}"), Broken),
        (Scripted(drop=True), Busy),
        (Scripted(503, b"<html>"), Busy),
        (errors(403, "Unauthorized", "Access to requested resource is denied."), NotAuthorised),
        (errors(400, "InvalidInput", "?"), Broken),
    ],
    ids=["empty", "html", "cut json", "cut", "no orders", "dropped", "503 html", "denied", "400"],
)
def test_a_failed_read_is_an_answer_and_not_repeated(
    server: ScriptedAmazon, seller: AmazonSeller, scripted: Scripted, expected: type[Answer]
) -> None:
    server.script(ORDERS, scripted)
    with pytest.raises(expected):
        seller.orders(updated_after=START)
    assert len(server.requests(ORDERS)) == 1


def test_orders_are_asked_for_by_the_last_update_and_page_by_page(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    order = {
        "orderId": ORDER,
        "createdTime": "2026-02-01T10:00:00Z",
        "lastUpdatedTime": "2026-02-03T10:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": FR},
    }
    first = {"orders": [order], "pagination": {"nextToken": "page/2="}, "lastUpdatedBefore": "2026-03-01T11:55:00Z"}
    server.script(ORDERS, ok(first), ok({"orders": []}))
    paris = datetime.fromisoformat("2026-02-01T01:00:00.5+01:00")
    page = seller.orders(updated_after=paris)
    last = seller.orders(updated_after=paris, page_token=page.next_token)
    assert [order.order_id for order in page.orders] == [ORDER]
    assert (page.as_of, last.as_of) == (START - timedelta(minutes=5), START - timedelta(minutes=2))
    assert last.next_token is None
    query = {
        "lastUpdatedAfter": ["2026-02-01T00:00:00Z"],
        "maxResultsPerPage": ["100"],
        "includedData": ["FULFILLMENT,PACKAGES,CANCELLATION,PROCEEDS,PROMOTION"],
    }
    assert [asked.query for asked in server.requests(ORDERS)] == [query, {**query, "paginationToken": ["page/2="]}]


def refused(words: str) -> Scripted:
    return errors(400, "InvalidInput", words)


ALL_DATA = "FULFILLMENT,PACKAGES,CANCELLATION,PROCEEDS,PROMOTION"
LESS_DATA = {
    "one that is not needed": ("Invalid includedData PROMOTION", {"PROMOTION"}, ALL_DATA.removesuffix(",PROMOTION")),
    "none by name": ("The input is not valid", {"PROMOTION", "PROCEEDS"}, "FULFILLMENT,PACKAGES,CANCELLATION"),
}


@pytest.mark.parametrize(("words", "optional", "asked"), LESS_DATA.values(), ids=LESS_DATA.keys())
def test_orders_are_asked_for_with_less_when_amazon_refuses_a_kind_of_data_and_that_is_logged_once(
    server: ScriptedAmazon,
    clock: SteppedClock,
    pace: Pace,
    caplog: pytest.LogCaptureFixture,
    words: str,
    optional: set[str],
    asked: str,
) -> None:
    amazon = Amazon(clock, server.url, server.url)
    seller = amazon.seller(credentials(), region="eu", marketplace_ids=[FR], pace=pace, optional_data=optional)
    server.script(ORDERS, refused(words), ok({"orders": []}))
    seller.orders(updated_after=START)
    seller.orders(updated_after=START)
    amazon.close()
    assert [each.query["includedData"] for each in server.requests(ORDERS)] == [[ALL_DATA], [asked], [asked]]
    [line] = caplog.records
    assert line.getMessage() == f"searchOrders: Amazon refuses it: asked again without {', '.join(sorted(optional))}"


@pytest.mark.parametrize(
    ("words", "optional", "expected", "requests"),
    [
        ("Invalid includedData FULFILLMENT", {"PROMOTION"}, Busy, 1),
        ("Invalid includedData PROMOTION", set(), Busy, 1),
        ("The input is not valid", set(), Broken, 1),
        ("The input is not valid", {"PROMOTION"}, Broken, 2),
    ],
    ids=["a needed kind", "a kind that these settings need", "none by name, all needed", "none by name"],
)
def test_a_kind_of_data_that_is_needed_is_waited_for(
    server: ScriptedAmazon,
    clock: SteppedClock,
    pace: Pace,
    words: str,
    optional: set[str],
    expected: type[Answer],
    requests: int,
) -> None:
    amazon = Amazon(clock, server.url, server.url)
    seller = amazon.seller(credentials(), region="eu", marketplace_ids=[FR], pace=pace, optional_data=optional)
    server.script(ORDERS, refused(words))
    with pytest.raises(expected):
        seller.orders(updated_after=START)
    amazon.close()
    assert len(server.requests(ORDERS)) == requests


def test_a_refusal_of_a_report_for_one_marketplace_is_told_by_its_status(
    server: ScriptedAmazon, seller: AmazonSeller
) -> None:
    server.script(f"{REPORTS}/reports", refused("Some of the marketplaces are not allowed for this Report"))
    with pytest.raises(Broken, match="marketplaces are not allowed") as answer:
        seller.create_report(Report.FBA_RETURNS, start=START, end=START)
    assert answer.value.status == 400


DATES = ["", "never", "Fri, 31 Dec 9999 23:59:59 -1200", "9" * 5000]


@pytest.mark.parametrize("date", DATES)
def test_an_odd_date_of_amazons_is_none(server: ScriptedAmazon, seller: AmazonSeller, date: str) -> None:
    server.script(POST, Scripted(201, headers={"date": date}))
    seller.request_review(ORDER, FR)
    assert seller.answered_at is None


def test_transactions_are_asked_for_by_the_day_they_were_posted(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    refund = {
        "transactionId": "t1",
        "transactionType": "Refund",
        "relatedIdentifiers": [{"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": ORDER}],
        "postedDate": "2026-02-20T08:00:00Z",
        "totalAmount": {"currencyAmount": -10.1, "currencyCode": "EUR"},
    }
    server.script(TRANSACTIONS, ok({"payload": {"nextToken": "n", "transactions": [refund]}}), ok({"payload": {}}))
    page = seller.transactions(posted_after=START)
    assert seller.transactions(posted_after=START, page_token=page.next_token).transactions == ()
    assert page.transactions[0].refund == Refund(Money(Decimal("10.1"), "EUR"), datetime(2026, 2, 20, 8, tzinfo=UTC))
    query = {"postedAfter": ["2026-03-01T12:00:00Z"]}
    assert [asked.query for asked in server.requests(TRANSACTIONS)] == [query, {**query, "nextToken": ["n"]}]


@pytest.mark.parametrize(
    ("links", "offered"),
    [
        ({"actions": [{"name": "productReviewAndSellerFeedback", "href": "/"}]}, True),
        ({"actions": [{"name": "somethingElse"}, "?"]}, False),
        ({"actions": []}, False),
        ({}, False),
    ],
    ids=["offered", "another action", "no action", "no actions at all"],
)
def test_amazon_says_whether_it_offers_the_request(
    server: ScriptedAmazon, seller: AmazonSeller, links: dict[str, object], offered: bool
) -> None:
    server.script(OFFERED, ok({"_links": links}))
    assert seller.review_offered(ORDER, FR) is offered
    assert server.requests(OFFERED)[0].query == {"marketplaceIds": [FR]}


def test_an_answer_without_links_does_not_count_as_not_offered(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(OFFERED, ok({}))
    with pytest.raises(Broken):
        seller.review_offered(ORDER, FR)


def test_participations_are_listed(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    node = {"marketplace": {"id": FR}, "participation": {"isParticipating": True, "hasSuspendedListings": False}}
    server.script("/sellers/v1/marketplaceParticipations", ok({"payload": [node, {"marketplace": {}}]}))
    [found] = seller.participations()
    assert (found.marketplace_id, found.participating, found.suspended) == (FR, True, False)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"processingStatus": "IN_QUEUE"}, ReportStatus(False)),
        ({"processingStatus": "IN_PROGRESS"}, ReportStatus(False)),
        ({"processingStatus": "DONE", "reportDocumentId": "d1"}, ReportStatus(True, "d1")),
        ({"processingStatus": "CANCELLED"}, ReportStatus(True)),
    ],
    ids=lambda each: each.get("processingStatus", "") if isinstance(each, dict) else "",
)
def test_a_report_is_done_with_or_without_data(
    server: ScriptedAmazon, seller: AmazonSeller, document: dict[str, str], expected: ReportStatus
) -> None:
    server.script(f"{REPORTS}/reports/r1", ok(document))
    assert seller.report_status("r1") == expected


@pytest.mark.parametrize("document", [{"processingStatus": "FATAL"}, {"processingStatus": "DONE"}, {}], ids=str)
def test_a_report_that_amazon_could_not_make_is_broken(
    server: ScriptedAmazon, seller: AmazonSeller, document: dict[str, str]
) -> None:
    server.script(f"{REPORTS}/reports/r1", ok(document))
    with pytest.raises(Broken):
        seller.report_status("r1")


def test_a_report_is_created_for_the_sellers_marketplaces(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(f"{REPORTS}/reports", Scripted(202, b'{"reportId": "r1"}'))
    assert seller.create_report(Report.FBA_RETURNS, start=START - timedelta(days=30), end=START) == "r1"
    assert json.loads(server.requests(f"{REPORTS}/reports")[0].body) == {
        "reportType": "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
        "marketplaceIds": ["A13V1IB3VIYZZH"],
        "dataStartTime": "2026-01-30T12:00:00Z",
        "dataEndTime": "2026-03-01T12:00:00Z",
    }


def test_creating_a_report_may_be_repeated_so_a_lost_answer_is_busy(
    server: ScriptedAmazon, seller: AmazonSeller
) -> None:
    server.script(f"{REPORTS}/reports", Scripted(drop=True))
    with pytest.raises(Busy):
        seller.create_report(Report.FBA_RETURNS, start=START - timedelta(days=30), end=START)


FILE = b"return-date\torder-id\tsku\n2026-02-01\t403-1234567-7654321\tA\n2026-02-02\t403-7654321-1234567\tB\n"


def document(server: ScriptedAmazon, scripted: Scripted, **more: str) -> None:
    server.script(f"{REPORTS}/documents/d1", ok({"reportDocumentId": "d1", "url": f"{server.url}/file?sig=s", **more}))
    server.script("/file", scripted)


@pytest.mark.parametrize(
    ("scripted", "more"),
    [
        (Scripted(body=FILE), {}),
        (Scripted(body=gzip.compress(FILE)), {"compressionAlgorithm": "GZIP"}),
        (Scripted(body=gzip.compress(FILE), headers={"content-encoding": "gzip"}), {"compressionAlgorithm": "GZIP"}),
        (Scripted(body=gzip.compress(FILE), headers={"content-encoding": "gzip"}), {}),
    ],
    ids=["plain", "gzip file", "gzip file and encoding", "gzip encoding"],
)
def test_a_report_is_downloaded_without_the_access_token(
    server: ScriptedAmazon, seller: AmazonSeller, scripted: Scripted, more: dict[str, str]
) -> None:
    document(server, scripted, **more)
    rows = list(seller.report_rows(Report.FBA_RETURNS, "d1"))
    assert rows == [ReportRow("403-1234567-7654321"), ReportRow("403-7654321-1234567")]
    [asked] = server.requests("/file")
    assert "x-amz-access-token" not in asked.headers
    assert asked.query == {"sig": ["s"]}


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (Scripted(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"), Busy),
        (Scripted(503, b""), Busy),
        (Scripted(drop=True), Busy),
        (Scripted(body=FILE, cut=True), Busy),
        (Scripted(body=b""), Busy),
        (Scripted(body=b"<html><body>Sorry</body></html>"), Broken),
    ],
    ids=["address expired", "503", "dropped", "cut", "empty", "html"],
)
def test_a_download_that_fails_is_an_answer(
    server: ScriptedAmazon, seller: AmazonSeller, scripted: Scripted, expected: type[Answer]
) -> None:
    document(server, scripted)
    with pytest.raises(expected):
        list(seller.report_rows(Report.FBA_RETURNS, "d1"))


def test_amazons_rate_header_corrects_the_pace(server: ScriptedAmazon, seller: AmazonSeller, pace: Pace) -> None:
    server.script(POST, Scripted(201, headers={"x-amzn-RateLimit-Limit": "2.0"}))
    seller.request_review(ORDER, FR)
    assert pace.state()[Operation.REQUEST_REVIEW]["per_second"] == 2.0


@pytest.mark.parametrize("header", ["", "fast", "nan", "-1", "0.000000001", "1e-300", "1e300", "9" * 400])
def test_a_rate_header_that_is_nonsense_is_passed_over(
    server: ScriptedAmazon, seller: AmazonSeller, pace: Pace, header: str
) -> None:
    server.script(POST, Scripted(201, headers={"x-amzn-RateLimit-Limit": header}))
    seller.request_review(ORDER, FR)
    assert pace.state()[Operation.REQUEST_REVIEW]["per_second"] == 1.0


def test_throttling_empties_the_bucket_and_says_when_to_come_back(
    server: ScriptedAmazon, seller: AmazonSeller, clock: SteppedClock
) -> None:
    server.script(ORDERS, errors(429, "QuotaExceeded", "You exceeded your quota for the requested resource."))
    with pytest.raises(Busy) as busy:
        seller.orders(updated_after=START)
    assert busy.value.retry_after == pytest.approx(timedelta(seconds=1 / 0.0056), abs=timedelta(seconds=1))
    with pytest.raises(Busy):
        seller.orders(updated_after=START)
    assert len(server.requests(ORDERS)) == 1


def test_a_call_that_must_wait_too_long_is_not_made(server: ScriptedAmazon, seller: AmazonSeller, pace: Pace) -> None:
    pace.penalise(Operation.ORDERS)
    with pytest.raises(Busy):
        seller.orders(updated_after=START)
    assert server.requests(ORDERS) == []
    assert not seller.calls


def test_every_request_names_the_program_and_carries_the_extra_headers(
    server: ScriptedAmazon, clock: SteppedClock, pace: Pace
) -> None:
    amazon = Amazon(clock, server.url, server.url + TOKEN_PATH, lambda: {"x-simulated-now": clock.now().isoformat()})
    seller = amazon.seller(credentials(), region="eu", marketplace_ids=[FR], pace=pace)
    document(server, Scripted(body=FILE))
    list(seller.report_rows(Report.FBA_RETURNS, "d1"))
    amazon.close()
    assert [asked.path for asked in server.asked] == [TOKEN_PATH, f"{REPORTS}/documents/d1", "/file"]
    for asked in server.asked:
        assert asked.headers["user-agent"].startswith("askonce/")
        assert "(Language=Python/3." in asked.headers["user-agent"]
        assert asked.headers["x-simulated-now"] == START.isoformat()


def test_a_cookie_does_not_travel_with_another_request(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    server.script(POST, Scripted(201, headers={"set-cookie": "session=1; Path=/"}))
    seller.request_review(ORDER, FR)
    seller.request_review(ORDER, FR)
    assert "cookie" not in server.requests(POST)[1].headers


def test_no_log_line_at_any_level_holds_a_secret_or_an_order_id(
    server: ScriptedAmazon, seller: AmazonSeller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script(POST, Scripted(drop=True))
    document(server, Scripted(body=FILE))
    with pytest.raises(Unclear):
        seller.request_review(ORDER, FR)
    list(seller.report_rows(Report.FBA_RETURNS, "d1"))
    for secret in ("Atza|", "secret-1", "refresh-1", "sig=", ORDER):
        assert secret not in caplog.text


def test_an_odd_order_id_stays_one_part_of_the_path(server: ScriptedAmazon, seller: AmazonSeller) -> None:
    with pytest.raises(Refused):
        seller.review_offered("../a/b?c#d", FR)
    assert server.asked[-1].path == "/solicitations/v1/orders/..%2Fa%2Fb%3Fc%23d"
