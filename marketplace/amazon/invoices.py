"""The calls for invoices: Orders with the buyer's data, Feeds in Europe, Uploads and Messaging in North America.

A 403 for want of a role is NotAuthorised, as everywhere: Tax Invoicing for the feed, Buyer Communication for messages.
Whoever calls decides what that stops.
"""

from base64 import b64encode
from datetime import datetime
from hashlib import md5

from marketplace.amazon import feeds, sales
from marketplace.amazon.answers import OUTAGE, Call, answering, unanswered
from marketplace.amazon.calls import Caller, part, required, utc
from marketplace.amazon.downloads import document_of, pieces
from marketplace.amazon.mapping import offered
from marketplace.amazon.nodes import at, text
from marketplace.amazon.wire import Headers, Http
from marketplace.errors import Broken, Busy, Unclear
from marketplace.operations import Operation
from marketplace.port import Feed, FeedResult, InvoiceLabel, Receipt
from marketplace.words import identifier
from rules.sale import Sale

SALE_DATA = ("BUYER", "RECIPIENT", "PROCEEDS", "TAX", "FULFILLMENT", "PACKAGES", "PROMOTION", "CANCELLATION")
OPTIONAL_DATA = ("PROMOTION",)
FEEDS = "/feeds/2021-06-30"
MOST_PAGES = 50
PDF = "application/pdf"
# Amazon's own sample names the action after the operation; the path of its message says `invoice`.
INVOICE_ACTIONS = ("sendInvoice", "invoice")


class InvoiceCalls:
    """One seller account's calls for invoices."""

    def __init__(self, http: Http, caller: Caller) -> None:
        self._http = http
        self._caller = caller

    @answering(Operation.ORDER, Call.ORDER)
    def sale(self, order_id: str) -> Sale:
        path = f"/orders/2026-01-01/orders/{part(order_id)}"
        document = self._caller.with_data(Operation.ORDER, path, {}, SALE_DATA, OPTIONAL_DATA, Call.ORDER)
        return sales.sale_of(document)

    @answering(Operation.MESSAGE_ATTRIBUTES, Call.ORDER)
    def buyer_language(self, order_id: str, marketplace_id: str) -> str | None:
        path = f"/messaging/v1/orders/{part(order_id)}/attributes"
        return text(self._caller.of_order(Operation.MESSAGE_ATTRIBUTES, path, marketplace_id), "buyer", "locale")

    @answering(Operation.CREATE_FEED_DOCUMENT)
    def upload_invoice(self, pdf: bytes) -> str:
        document, _ = self._caller.call(
            Operation.CREATE_FEED_DOCUMENT, "POST", f"{FEEDS}/documents", json={"contentType": PDF}
        )
        upload_id = required(Operation.CREATE_FEED_DOCUMENT, document, "feedDocumentId")
        url = document_of(Operation.CREATE_FEED_DOCUMENT, document).url
        self._put(Operation.CREATE_FEED_DOCUMENT, url, {"Content-Type": PDF}, pdf)
        return upload_id

    @answering(Operation.CREATE_FEED, Call.EFFECT)
    def submit_invoice(self, upload_id: str, label: InvoiceLabel) -> str:
        """The irrevocable call in Europe. A yes without the feed's id is Unclear: the feed must be looked for."""
        document, reply = self._caller.call(
            Operation.CREATE_FEED,
            "POST",
            f"{FEEDS}/feeds",
            json=feeds.specification(upload_id, label),
            stake=Call.EFFECT,
            good=202,
        )
        try:
            return required(Operation.CREATE_FEED, document, "feedId")
        except Broken as unreadable:
            raise Unclear(unreadable.detail, status=reply.status, request_id=reply.request_id) from None

    @answering(Operation.FEED)
    def feed(self, feed_id: str) -> Feed:
        feed = feeds.feed_of(self._caller.get(Operation.FEED, f"{FEEDS}/feeds/{part(feed_id)}"))
        if feed is None:
            raise Broken(f"{Operation.FEED}: an answer without feedId, createdTime or processingStatus")
        return feed

    @answering(Operation.FEEDS)
    def feeds(self, *, since: datetime) -> tuple[Feed, ...]:
        found: dict[str, Feed] = {}
        seen: set[str] = set()
        query = {"feedTypes": feeds.FEED_TYPE, "pageSize": "100", "createdSince": utc(since)}
        while query:
            document = self._caller.get(Operation.FEEDS, f"{FEEDS}/feeds", query)
            if not isinstance(document.get("feeds"), list):
                raise Broken(f"{Operation.FEEDS}: an answer without feeds")
            found |= {feed.feed_id: feed for node in document["feeds"] if (feed := feeds.feed_of(node))}
            token = text(document, "nextToken")
            if token in seen or len(seen) >= MOST_PAGES:
                raise Broken(f"{Operation.FEEDS}: pages without an end")
            seen |= {token} if token else set()
            query = {"nextToken": token} if token else {}  # Amazon wants nothing beside it
        return tuple(found.values())

    @answering(Operation.FEED_DOCUMENT)
    def feed_result(self, result_id: str) -> FeedResult:
        document = self._caller.get(Operation.FEED_DOCUMENT, f"{FEEDS}/documents/{part(result_id)}")
        return feeds.result(pieces(self._http, feeds.REPORT, document_of(Operation.FEED_DOCUMENT, document)))

    @answering(Operation.MESSAGE_ACTIONS, Call.ORDER)
    def invoice_offered(self, order_id: str, marketplace_id: str) -> bool:
        path = f"/messaging/v1/orders/{part(order_id)}"
        document = self._caller.of_order(Operation.MESSAGE_ACTIONS, path, marketplace_id)
        return offered(Operation.MESSAGE_ACTIONS, document, *INVOICE_ACTIONS)

    @answering(Operation.UPLOAD_DESTINATION, Call.ORDER)
    def attach_invoice(self, order_id: str, marketplace_id: str, pdf: bytes) -> str:
        """`contentMD5` is the raw digest in base64 (selling-partner-api-docs issues 1245, 1597: not in hexadecimal)."""
        document, _ = self._caller.call(
            Operation.UPLOAD_DESTINATION,
            "POST",
            f"/uploads/2020-11-01/uploadDestinations{_message(order_id)}",
            params={
                "marketplaceIds": marketplace_id,
                "contentMD5": b64encode(md5(pdf, usedforsecurity=False).digest()).decode(),
                "contentType": PDF,
            },
            stake=Call.ORDER,
        )
        upload_id = identifier(at(document, "payload", "uploadDestinationId"))
        url = text(document, "payload", "url")
        headers = at(document, "payload", "headers") or {}
        if not (upload_id and url and isinstance(headers, dict)):
            raise Broken(f"{Operation.UPLOAD_DESTINATION}: an answer without uploadDestinationId, url or headers")
        self._put(Operation.UPLOAD_DESTINATION, url, {name: str(value) for name, value in headers.items()}, pdf)
        return upload_id

    @answering(Operation.SEND_INVOICE, Call.EFFECT)
    def send_invoice(self, order_id: str, marketplace_id: str, upload_id: str, file_name: str) -> Receipt:
        """The irrevocable call in North America."""
        _, reply = self._caller.call(
            Operation.SEND_INVOICE,
            "POST",
            _message(order_id),
            params={"marketplaceIds": marketplace_id},
            json={"attachments": [{"uploadDestinationId": upload_id, "fileName": file_name}]},
            stake=Call.EFFECT,
        )
        return Receipt(reply.request_id)

    def _put(self, operation: Operation, url: str, headers: Headers, pdf: bytes) -> None:
        """The storage's answers are XML that quotes the signed address: nothing of them is repeated."""
        what = f"{operation}: the upload"
        reply = self._http.upload(url, headers, pdf)
        if reply.status is None:
            raise unanswered(what, Call.SOURCE, reply)
        page = reply.body.lstrip()[:9].lower()
        if reply.status == 400 and not page.startswith((b"<html", b"<!doctype")):  # else the page of a proxy
            raise Broken(f"{what}: 400", status=400)
        if not 200 <= reply.status < 300:  # 403: the address was good for a few minutes only
            raise Busy(f"{what}: {reply.status}", retry_after=OUTAGE, status=reply.status)
        if reply.body.lstrip().startswith(b"<"):  # the storage's yes is empty; this is the page of a proxy
            raise Busy(f"{what}: {reply.status} with a page", retry_after=OUTAGE, status=reply.status)


def _message(order_id: str) -> str:
    return f"/messaging/v1/orders/{part(order_id)}/messages/invoice"
