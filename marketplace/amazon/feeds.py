"""The feed UPLOAD_VAT_INVOICE: what goes with a PDF, how the feed stands, what its processing report says.

Model: Feeds 2021-06-30. The options: SP-API docs, "(Option 3) Upload invoices through SP-API or Seller Central". Their
names need the prefix `metadata:` (selling-partner-api-models issue 2437, error 79513). Amazon takes only ASCII letters
and digits, spaces and , / - _ ; : # in their values, says that page, whose own amounts have a point.
"""

import re
from collections.abc import Iterable
from html import unescape
from typing import Any, NamedTuple

from marketplace.amazon.answers import json_of
from marketplace.amazon.nodes import at, objects, text, time
from marketplace.errors import Broken
from marketplace.port import Feed, FeedProblem, FeedResult, InvoiceLabel
from marketplace.words import clean, identifier

FEED_TYPE = "UPLOAD_VAT_INVOICE"
REPORT = "a feed's processing report"
LONGEST_REPORT = 1 << 18

# Both summary lines end with their number: "Number of records processed 1", in the language of the account.
COUNT = re.compile(r"[^\W\d][^\d\n]{0,80}?[\s:](\d{1,9})(?!\S)")
# "1 (tab) (no SKU) (tab) 79513 (tab) Error (tab) Please provide …"; the first columns may be missing
PROBLEM = re.compile(r"(?:^|\s)(\d{4,6})\s+([^\W\d]+)\s+(\S.*)$")
WARNING = re.compile(r"warn|info", re.IGNORECASE)
ERROR = re.compile(r"(?:^|\s)error(?:[\s:]+(.*)|$)", re.IGNORECASE)


class _Problem(NamedTuple):
    code: str  # empty: Amazon gives none
    kind: str
    message: str


class _Read(NamedTuple):
    """What stands in a processing report: the numbers of records that were processed and accepted, and the problems."""

    counts: tuple[int, int] | None
    problems: list[_Problem]


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
    feed_id, created_at = identifier(at(node, "feedId")), time(node, "createdTime")
    status = text(node, "processingStatus")
    if not (feed_id and created_at and status):
        return None
    result_id = identifier(at(node, "resultFeedDocumentId")) if status == "DONE" else None
    return Feed(feed_id, created_at, done=bool(result_id) or status in ("CANCELLED", "FATAL"), result_id=result_id)


def result(pieces: Iterable[bytes]) -> FeedResult:
    """What a processing report says. Raises Broken for one beyond all measure.

    It comes as text, on one line or several, as XML or as JSON (selling-partner-api-docs issue 1181), and empty.
    """
    report = _text(pieces).strip()
    read = {"<": _xml, "{": _json}.get(report[:1], _lines)(report)
    problems = tuple(FeedProblem(clean(each.code, 32), clean(each.message)) for each in read.problems)
    return FeedResult(accepted=_accepted(read), problems=problems)


def _accepted(read: _Read) -> bool | None:
    """A document was accepted only if every record was, and no problem says otherwise; None: it does not say."""
    if any(not WARNING.match(each.kind) for each in read.problems):
        return False
    if read.counts is None:
        return None
    processed, accepted = read.counts
    return None if accepted > processed else processed >= 1 and accepted == processed


def _lines(report: str) -> _Read:
    """Seen in selling-partner-api-models issues 2437, 2777 and 2965: two lines with counts, then a table with a line

    for each problem. Tabs and line ends may have become spaces, and the words depend on the account's language.
    """
    problems: list[_Problem] = []
    counts: list[int] = []
    for line in filter(None, map(str.strip, report.splitlines())):
        if found := PROBLEM.search(line):
            problems.append(_Problem(*found.groups()))
        elif error := ERROR.search(line):
            problems.append(_Problem("", "Error", error[1] or line))
        if len(counts) < 2:
            counts += [int(number) for number in COUNT.findall(line[: found.start()] if found else line)]
    return _Read((counts[0], counts[1]) if len(counts) > 1 else None, problems)


def _xml(report: str) -> _Read:
    """The envelope of Amazon's older feeds. Read without a parser: in a page that is none, nothing is found."""
    counts = [_within(report, name) for name in ("MessagesProcessed", "MessagesSuccessful")]
    problems = [
        _Problem(*(_within(part, name) for name in ("ResultMessageCode", "ResultCode", "ResultDescription")))
        for part in report.split("<Result>")[1:]
    ]
    whole = all(re.fullmatch(r"[0-9]{1,9}", count) for count in counts)
    return _Read((int(counts[0]), int(counts[1])) if whole else None, problems)


def _within(xml: str, name: str) -> str:
    found = re.search(rf"(?s)<{name}>([^<]*)<", xml)
    return unescape(found[1]).strip() if found else ""


def _json(report: str) -> _Read:
    """The report of Amazon's newer feeds (SP-API docs, "Feed processing report", version 2.0)."""
    document = json_of(report.encode("utf-8", "replace"))
    counts = [at(document, "summary", name) for name in ("messagesProcessed", "messagesAccepted")]
    problems = [
        _Problem(str(each.get("code") or ""), str(each.get("severity")), str(each.get("message")))
        for each in objects(document, "issues")
    ]
    errors = at(document, "summary", "errors")
    if isinstance(errors, int) and errors > 0 and not problems:
        problems.append(_Problem("", "ERROR", f"{errors} errors"))
    whole = all(type(each) is int for each in counts)
    return _Read((counts[0], counts[1]) if whole else None, problems)


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
