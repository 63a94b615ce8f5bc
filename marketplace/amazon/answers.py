"""What a reply of Amazon means: one function from every reply to yes or one of the five answers.

Which refusal a 403 is can only be told by its words: Amazon gives all of them the same code (seen in issues of
amzn/selling-partner-api-models: 19, 779; and of selling-partner-api-docs: 114, 121, 1662).
"""

import json
import re
from datetime import timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from marketplace.amazon.connections import Malformed, Unreachable
from marketplace.amazon.wire import Reply
from marketplace.errors import Answer, Broken, Busy, NotAuthorised, Refused, Unclear
from rules.reason import Reason


class Call(Enum):
    """What is at stake in a call."""

    SOURCE = auto()  # it may be repeated at will, and a refusal concerns the whole source
    ORDER = auto()  # it may be repeated at will, and a refusal concerns one order
    EFFECT = auto()  # it concerns one order, and cannot be taken back


class ExpiredToken(Busy):
    """Surely not done: the access token was too old. The same call with a new one is the next step."""


OUTAGE = timedelta(seconds=60)
LONGEST_RETRY_AFTER = timedelta(hours=1)

# ASCII only: the apostrophe of "You can’t use this feature" has been seen in three encodings.
REFUSALS = (
    (re.compile(r"already requested"), Reason.ALREADY_REQUESTED),
    (re.compile(r"\b[45].{1,7}30.day"), Reason.OUTSIDE_AMAZON_WINDOW),
    (re.compile(r"not available for this amazonorderid"), Reason.NOT_OFFERED),
    (
        re.compile(r"invalid amazonorderid and template"),
        Reason.NOT_OFFERED,
    ),  # messages: not in the order's present state
)
NO_PERMISSION = re.compile(r"denied|forbidden|not authori[sz]ed|revoked|\brole\b")


def judge(what: str, call: Call, reply: Reply, *, pace: timedelta = OUTAGE) -> dict[str, Any]:
    """Returns Amazon's JSON object if the reply is a yes (empty for a call with effect); else raises an Answer.

    `what` names the call in the answer; `pace` is how long to leave Amazon alone after a 429 that does not say.
    """
    status = reply.status
    if status is None:
        raise unanswered(what, call, reply)
    if 200 <= status < 300:
        return {} if call is Call.EFFECT else json_object(what, reply)
    raise _no(what, call, reply, status, pace)


def unanswered(what: str, call: Call, reply: Reply) -> Answer:
    """The answer to a request that got no status."""
    # Not the message of others: it may quote a header, and so the access token.
    cause = f": {reply.error}" if isinstance(reply.error, Unreachable) else ""
    detail = f"{what}: {type(reply.error).__name__}{cause}"
    if isinstance(reply.error, Malformed):
        return Broken(detail)
    if isinstance(reply.error, Unreachable) or call is not Call.EFFECT:
        return Busy(detail, retry_after=OUTAGE)
    return Unclear(detail)


def json_object(what: str, reply: Reply) -> dict[str, Any]:
    """The JSON object of a good reply. Raises Busy for an empty, cut or HTML body, Broken for other JSON."""
    document = None if reply.error else _json(reply.body)
    if document is None:
        detail = f"{what}: {reply.status} with a body that is {_kind(reply)}"
        raise Busy(detail, retry_after=OUTAGE, status=reply.status, request_id=reply.request_id)
    if not isinstance(document, dict):
        raise Broken(f"{what}: not a JSON object", status=reply.status, request_id=reply.request_id)
    return document


def retry_after(reply: Reply, default: timedelta) -> timedelta:
    """Amazon's own wish in seconds, within reason; a date there is passed over."""
    seconds = reply.headers.get("retry-after", "")
    if not (seconds.isascii() and seconds.isdigit()):
        return default
    return timedelta(seconds=min(int(seconds), LONGEST_RETRY_AFTER.total_seconds()))


def _no(what: str, call: Call, reply: Reply, status: int, pace: timedelta) -> Answer:
    detail = f"{what}: {status}{_said(reply)}"
    seen: dict[str, Any] = {"status": status, "request_id": reply.request_id}
    if status == 401:
        return ExpiredToken(detail, retry_after=OUTAGE, **seen)
    if status == 403:
        return _forbidden(call, reply, detail, seen)
    if status == 404 and call is not Call.SOURCE:
        return Refused(detail, reason=Reason.NOT_OFFERED, **seen)
    if status == 429:
        return Busy(detail, retry_after=retry_after(reply, pace), **seen)
    if status == 408 or not 300 <= status < 500:
        if call is Call.EFFECT:
            return Unclear(detail, **seen)
        return Busy(detail, retry_after=retry_after(reply, OUTAGE), **seen)
    return Broken(detail, **seen)


def _forbidden(call: Call, reply: Reply, detail: str, seen: dict[str, Any]) -> Answer:
    words = reply.body.decode("utf-8", "replace").lower()
    if "token" in words and "expired" in words:
        return ExpiredToken(detail, retry_after=OUTAGE, **seen)
    if call is Call.SOURCE:
        return NotAuthorised(detail, **seen)
    for pattern, reason in REFUSALS:
        if pattern.search(words):
            return Refused(detail, reason=reason, **seen)
    if NO_PERMISSION.search(words):
        return NotAuthorised(detail, **seen)
    return Refused(detail, reason=Reason.UNKNOWN_REFUSAL, **seen)


def _said(reply: Reply) -> str:
    """Amazon's own words, without order ids; only what kind of body it is when it is not Amazon's error shape."""
    document = _json(reply.body)
    errors = document.get("errors") if isinstance(document, dict) else None
    error = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(error, dict):
        return f" with a body that is {_kind(reply)}"
    words = f" {error.get('code')}: {error.get('message')} {error.get('details') or ''}"
    return re.sub(r"\b\w{3}-\d{7}-\d{7}\b", "…", words)[:300].rstrip()


def _kind(reply: Reply) -> str:
    start = reply.body.lstrip()[:1]
    if reply.error:
        return "cut"
    if not start:
        return "empty"
    if start == b"<":
        return "HTML"
    return "cut or strange JSON" if start in b"{[" else "strange"


def _json(body: bytes) -> Any:
    """None: not JSON. Numbers with a point come as Decimal."""
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
