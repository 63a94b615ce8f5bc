from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from marketplace.amazon.feeds import feed_of, result, specification
from marketplace.errors import Broken
from marketplace.port import Feed, FeedProblem, FeedResult, InvoiceLabel

ORDER = "403-1234567-7654321"
FR = "A13V1IB3VIYZZH"

# as quoted in selling-partner-api-models issues 2777, 2437 and 2965
ACCEPTED = "Feed Processing Summary:\n\tNumber of records processed\t\t1\n\tNumber of records successful\t\t1\n"
REJECTED = ACCEPTED.replace("successful\t\t1", "successful\t\t0") + "\n"
HEADER = "original-record-number\tsku\terror-code\terror-type\terror-message\n"
PREFIX = "Please provide metadata:shippingid or metadata:orderid,metadata:invoicenumber"
BY_AMAZON = "Amazon will generate invoice for shipmentId N/A, orderId N/A"
GERMAN = "Zusammenfassung\n\tAnzahl der verarbeiteten Datensätze\t\t1\n\tAnzahl der erfolgreichen Datensätze\t\t{}\n"


def no(*problems: tuple[str, str]) -> FeedResult:
    return FeedResult(False, tuple(FeedProblem(*problem) for problem in problems))


XML = (
    '<?xml version="1.0"?><AmazonEnvelope><Message><ProcessingReport><ProcessingSummary>'
    "<MessagesProcessed>1</MessagesProcessed><MessagesSuccessful>{}</MessagesSuccessful>"
    "<MessagesWithError>{}</MessagesWithError></ProcessingSummary>{}</ProcessingReport></Message></AmazonEnvelope>"
)
RESULT = (
    "<Result><MessageID>1</MessageID><ResultCode>{}</ResultCode><ResultMessageCode>{}</ResultMessageCode>"
    "<ResultDescription>{}</ResultDescription></Result>"
)
JSON = '{"issues": [], "summary": {"errors": 0, "warnings": 0, "messagesProcessed": 1, "messagesAccepted": 1}}'
ISSUE = '{"messageId": 1, "code": "79503", "severity": "ERROR", "message": "No PDF"}'


REPORTS = {
    "accepted": (ACCEPTED, FeedResult(True)),
    "accepted, spaces": (ACCEPTED.replace("\t", "  "), FeedResult(True)),
    "accepted, CRLF": (ACCEPTED.replace("\n", "\r\n"), FeedResult(True)),
    "accepted, BOM": ("\ufeff" + ACCEPTED, FeedResult(True)),
    "accepted, colons": (ACCEPTED.replace("\t\t1", ":1"), FeedResult(True)),
    "accepted, the table's header alone": (ACCEPTED + "\n" + HEADER, FeedResult(True)),
    "accepted, German": (GERMAN.format(1), FeedResult(True)),
    "accepted with a warning": (
        ACCEPTED + "\n" + HEADER + "1\t\t90001\tWarning\tMind the gap\n",
        FeedResult(True, (FeedProblem("90001", "Mind the gap"),)),
    ),
    "rejected": (REJECTED + HEADER + f"1\t\t79513\tError\t{PREFIX}\n", no(("79513", PREFIX))),
    "rejected, columns missing": (REJECTED + HEADER + f"79525\tError\t{BY_AMAZON}\n", no(("79525", BY_AMAZON))),
    "rejected, spaces": (
        (REJECTED + HEADER + f"1\t\t79525\tError\t{BY_AMAZON}\n").replace("\t", " "),
        no(("79525", BY_AMAZON)),
    ),
    "rejected, German": (GERMAN.format(0) + "\n1\t\t79503\tFehler\tKein PDF\n", no(("79503", "Kein PDF"))),
    "rejected, two problems": (
        REJECTED + HEADER + "1\t\t79503\tError\tOne\n1\t\t79523\tError\tTwo\n",
        no(("79503", "One"), ("79523", "Two")),
    ),
    "rejected without a problem": (REJECTED, no()),
    "nothing was processed": (ACCEPTED.replace("1", "0"), no()),
    "one of two": (ACCEPTED.replace("processed\t\t1", "processed\t\t2"), no()),
    "counted as successful, but with an error": (
        ACCEPTED + "\n" + HEADER + "1\t\t79503\tError\tNo PDF\n",
        no(("79503", "No PDF")),
    ),
    "an error without a code": (ACCEPTED + "\n1\t\t\tError\tSomething\n", no(("", "Something"))),
    "accepted, on one line": (" ".join(ACCEPTED.split()), FeedResult(True)),
    "rejected, on one line": (
        " ".join((REJECTED + HEADER + f"1\t\t79525\tError\t{BY_AMAZON}").split()),
        no(("79525", BY_AMAZON)),
    ),
    "an error without counts": (f"79525\tError\t{BY_AMAZON}\n", no(("79525", BY_AMAZON))),
    "accepted, XML": (XML.format(1, 0, ""), FeedResult(True)),
    "rejected, XML": (
        XML.format(0, 1, RESULT.format("Error", "79525", "Amazon &amp; co")),
        no(("79525", "Amazon & co")),
    ),
    "accepted with a warning, XML": (
        XML.format(1, 0, RESULT.format("Warning", "90001", "Mind the gap")),
        FeedResult(True, (FeedProblem("90001", "Mind the gap"),)),
    ),
    "accepted, JSON": (JSON, FeedResult(True)),
    "rejected, JSON": (
        JSON.replace('Accepted": 1', 'Accepted": 0').replace("[]", f"[{ISSUE}]"),
        no(("79503", "No PDF")),
    ),
    "counted as accepted, but with an error, JSON": (JSON.replace("[]", f"[{ISSUE}]"), no(("79503", "No PDF"))),
    "errors that are counted alone, JSON": (JSON.replace('errors": 0', 'errors": 1'), no(("", "1 errors"))),
}


@pytest.mark.parametrize(("text", "expected"), REPORTS.values(), ids=REPORTS.keys())
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_processing_report_says_what_became_of_the_document(text: str, expected: FeedResult, encoding: str) -> None:
    data = text.encode(encoding, "ignore")
    assert result([data[:9], data[9:]]) == expected


SAYS_NOTHING = {
    "empty": "",
    "blank": "\n \n",
    "words": "Sorry",
    "html": "<html><body>Sorry</body></html>",
    "xml": "<?xml version='1.0'?><MessagesProcessed>1</MessagesProcessed>",
    "json": '{"header": {"status": "ACCEPTED"}}',
    "json of another kind": '{"summary": {"messagesProcessed": true, "messagesAccepted": true}}',
    "cut json": JSON[:-20],
    "cut": ACCEPTED[:-30],
    "one number": "Feed Processing Summary:\n\tNumber of records processed\t\t1\n",
    "more successful than processed": ACCEPTED.replace("successful\t\t1", "successful\t\t2"),
    "numbers beyond measure": ACCEPTED.replace("1", "9" * 5000),
}


@pytest.mark.parametrize("text", SAYS_NOTHING.values(), ids=SAYS_NOTHING.keys())
def test_a_report_that_cannot_be_judged_is_neither_accepted_nor_rejected(text: str) -> None:
    assert result([text.encode()]) == FeedResult(None)


@pytest.mark.parametrize("text", ["x", "x ", "1 ", "<Result>", "1111 x ", "error "])
def test_a_long_report_is_read_in_no_time_and_an_endless_one_is_refused(text: str) -> None:
    result([text.encode() * (250_000 // len(text))])
    with pytest.raises(Broken):
        result([text.encode() * 100_000] * 4)


def test_amazons_words_are_kept_without_e_mail_addresses() -> None:
    report = REJECTED + HEADER + f"1\t\t79503\tError\tNot a PDF for orderId {ORDER}, buyer x@example.com\n"
    assert result([report.encode()]).problems[0].message == f"Not a PDF for orderId {ORDER}, buyer …"


def label(**more: Any) -> InvoiceLabel:
    given: dict[str, Any] = {"order_id": ORDER, "marketplace_id": FR, "number": "2026-000001"}
    return InvoiceLabel(**(given | {"total": Decimal("29.9"), "vat": Decimal("4.98")} | more))


OPTIONS = {
    "an order": (
        label(),
        {"orderid": ORDER, "documenttype": "Invoice"},
    ),
    "a shipment, which wins": (
        label(shipping_id="S1"),
        {"shippingid": "S1", "documenttype": "Invoice"},
    ),
    "a credit note": (
        label(shipping_id="S1", credit_note=True, transaction_id="amzn:crow:1"),
        {"shippingid": "S1", "documenttype": "CreditNote", "transactionid": "amzn:crow:1"},
    ),
}


@pytest.mark.parametrize(("given", "expected"), OPTIONS.values(), ids=OPTIONS.keys())
def test_every_option_has_amazons_prefix_and_amounts_have_two_decimals(
    given: InvoiceLabel, expected: dict[str, str]
) -> None:
    amounts = {"invoicenumber": "2026-000001", "totalamount": "29.90", "totalvatamount": "4.98"}
    assert specification("document-1", given) == {
        "feedType": "UPLOAD_VAT_INVOICE",
        "marketplaceIds": [FR],
        "inputFeedDocumentId": "document-1",
        "feedOptions": {f"metadata:{name}": value for name, value in (expected | amounts).items()},
    }


CREATED = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("node", "done", "result_id"),
    [
        ({"processingStatus": "IN_QUEUE"}, False, None),
        ({"processingStatus": "IN_PROGRESS"}, False, None),
        ({"processingStatus": "DONE", "resultFeedDocumentId": "r1"}, True, "r1"),
        ({"processingStatus": "DONE"}, False, None),
        ({"processingStatus": "CANCELLED"}, True, None),
        ({"processingStatus": "FATAL"}, True, None),
        ({"processingStatus": "FATAL", "resultFeedDocumentId": "r1"}, True, None),
        ({"processingStatus": "SOMETHING_NEW"}, False, None),
    ],
    ids=["queued", "in progress", "done", "done, no report yet", "cancelled", "fatal", "fatal with report", "new word"],
)
def test_a_feed_is_done_when_its_report_is_there_or_when_there_will_be_none(
    node: dict[str, str], done: bool, result_id: str | None
) -> None:
    whole = {"feedId": "f1", "createdTime": "2026-03-01T12:00:00Z", **node}
    assert feed_of(whole) == Feed("f1", CREATED, done, result_id)


@pytest.mark.parametrize("node", [{}, "x", {"feedId": "f1"}, {"feedId": "f1", "processingStatus": "DONE"}], ids=str)
def test_an_entry_without_its_required_fields_is_no_feed(node: object) -> None:
    assert feed_of(node) is None


def test_a_vat_that_is_not_known_is_left_out() -> None:
    assert "metadata:totalvatamount" not in specification("document-1", label(vat=None))["feedOptions"]
