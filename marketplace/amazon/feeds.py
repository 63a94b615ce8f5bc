"""The feed UPLOAD_VAT_INVOICE: what goes with a PDF, how the feed stands, what its processing report says.

Model: Feeds 2021-06-30. The options: SP-API docs, "(Option 3) Upload invoices through SP-API or Seller Central". Their
names need the prefix `metadata:` (selling-partner-api-models issue 2437, error 79513). Amazon takes only ASCII letters
and digits, spaces and , / - _ ; : # in their values, says that page, whose own amounts have a point.
"""

import re
from collections.abc import Iterable
from typing import Any

from marketplace.amazon.answers import OUTAGE
from marketplace.amazon.nodes import text, time
from marketplace.errors import Broken, Busy
from marketplace.port import Feed, FeedProblem, FeedResult, InvoiceLabel

FEED_TYPE = "UPLOAD_VAT_INVOICE"
REPORT = "a feed's processing report"
LONGEST_REPORT = 1 << 20

# Both summary lines end with their number: "Number of records processed 1", in the language of the account.
COUNT = re.compile(r"[^\W\d].*[\s:](\d+)$")
# "1 (tab) (no SKU) (tab) 79513 (tab) Error (tab) Please provide …"; the first columns may be missing
PROBLEM = re.compile(r"(?:^|\s)(\d{4,6})\s+([^\W\d]+)\s+(\S.*)$")
WARNING = re.compile(r"warn", re.IGNORECASE)
ERROR = re.compile(r"(?:^|\s)error(?:[\s:]|$)", re.IGNORECASE)
EMAIL = re.compile(r"\S+@\S+")


def specification(upload_id: str, label: InvoiceLabel) -> dict[str, Any]:
    """The body of createFeed."""
    return {
        "feedType": FEED_TYPE,
        "marketplaceIds": [label.marketplace_id],  # exactly one, or error 79523
        "inputFeedDocumentId": upload_id,
        "feedOptions": {f"metadata:{name}": value for name, value in _options(label).items()},
    }


def feed_of(node: Any) -> Feed | None:
    """None: an entry that is no feed. Of the states, only DONE promises a report; without it, it is awaited."""
    feed_id, created_at, status = text(node, "feedId"), time(node, "createdTime"), text(node, "processingStatus")
    if not (feed_id and created_at and status):
        return None
    result_id = text(node, "resultFeedDocumentId") if status == "DONE" else None
    return Feed(feed_id, created_at, done=bool(result_id) or status in ("CANCELLED", "FATAL"), result_id=result_id)


def result(pieces: Iterable[bytes]) -> FeedResult:
    """What a processing report says: a document was accepted only if every record was, and no line says otherwise.

    Seen in selling-partner-api-models issues 2437, 2777 and 2965: two lines with counts, then a table with a line for
    each problem. Tabs may have become spaces, and the words depend on the account's language. Raises Busy for an
    empty report, Broken for one without the counts.
    """
    lines = [line.strip() for line in _text(pieces).splitlines() if line.strip()]
    if not lines:
        raise Busy(f"{REPORT} that is empty", retry_after=OUTAGE)
    found = [(line, match) for line in lines if (match := PROBLEM.search(line))]
    table = {line for line, _ in found}
    counts = [int(match[1]) for line in lines if line not in table and (match := COUNT.match(line))]
    if len(counts) < 2 or counts[1] > counts[0]:
        raise Broken(f"{REPORT} without the numbers of records")
    processed, successful = counts[:2]
    failed = any(not WARNING.match(match[2]) for _, match in found) or any(map(ERROR.search, lines))
    problems = tuple(FeedProblem(match[1], _message(match[3])) for _, match in found)
    return FeedResult(accepted=processed >= 1 and successful == processed and not failed, problems=problems)


def _options(label: InvoiceLabel) -> dict[str, str]:
    """Amazon takes the shipment's id rather than the order's, when it is given both."""
    options = {"shippingid": label.shipping_id} if label.shipping_id else {"orderid": label.order_id}
    options |= {
        "documenttype": "CreditNote" if label.credit_note else "Invoice",
        "invoicenumber": label.number,
        "totalamount": f"{label.total:.2f}",
    }
    if label.vat is not None:
        options["totalvatamount"] = f"{label.vat:.2f}"
    if label.transaction_id:
        options["transactionid"] = label.transaction_id
    return options


def _message(words: str) -> str:
    """Amazon's own words. They name orders, shipments and numbers of invoices, never people (SP-API docs, "Error

    Handling" of the VAT Calculation Service); an e-mail address, which could be told by its look, is taken out.
    """
    return EMAIL.sub("…", words)[:500]


def _text(pieces: Iterable[bytes]) -> str:
    """UTF-8, or else Windows-1252; never more than a processing report can be."""
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > LONGEST_REPORT:
            raise Broken(f"{REPORT} beyond all measure")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
