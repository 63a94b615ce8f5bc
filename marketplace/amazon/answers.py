"""What a reply of Amazon means: one function from every reply to yes or one of the five answers.

Only Amazon's own words count. A proxy, a gateway or a firewall between answers with any status, too, mostly in HTML
or with nothing (selling-partner-api-models issues 2590, 4850; selling-partner-api-docs issue 410): that is neither a
yes nor a no.

Which refusal a 403 is can only be told by its words: Amazon gives all of them the same code (seen in issues of
amzn/selling-partner-api-models: 19, 779; and of selling-partner-api-docs: 114, 121, 1662).
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any

from marketplace.amazon.connections import Malformed, Unreachable
from marketplace.amazon.wire import Reply
from marketplace.errors import Answer, Broken, Busy, NotAuthorised, Refused, Seen, Unclear
from marketplace.words import ORDER_ID
from rules.reason import Reason
from rules.text import storable


class Call(Enum):
    """What is at stake in a call."""

    SOURCE = auto()  # it may be repeated at will, and a refusal concerns the whole source
    ORDER = auto()  # it may be repeated at will, and a refusal concerns one order
    EFFECT = auto()  # it concerns one order, and cannot be taken back


class TokenDenied(Busy):
    """Surely not done: Amazon would not have the access token. The same call with a new one is the next step."""


OUTAGE = timedelta(seconds=60)
LONGEST_RETRY_AFTER = timedelta(hours=1)
MOST_DIGITS = 20
"""Before the point of a number: no amount has more, and arithmetic fails on some that do."""

# ASCII only: the apostrophe of "You can’t use this feature" has been seen in three encodings.
REFUSALS = (
    (re.compile(r"already requested"), Reason.ALREADY_REQUESTED),
    (re.compile(r"\b[45].{1,7}30.day"), Reason.OUTSIDE_AMAZON_WINDOW),
    (re.compile(r"not available for this amazonorderid"), Reason.NOT_OFFERED),
    # messages: not in the order's present state
    (re.compile(r"invalid amazonorderid and template"), Reason.NOT_OFFERED),
)
NO_PERMISSION = re.compile(r"denied|forbidden|not authori[sz]ed|revoked|\brole\b")
# Amazon's errors, also when the JSON has lost its end (selling-partner-api-models issue 779) or is quoted within JSON.
ERRORS = re.compile(r'\\?"errors\\?"\s*:\s*\[\s*\{', re.IGNORECASE)
# selling-partner-api-models issues 230, 2333, 2595 and selling-partner-api-docs issue 2147
TOKEN_DENIED = re.compile(r"\btoken\b[^.]*\b(?:expired|revoked|malformed|invalid)\b|\binvalid[^.]*\btoken\b")
# SP-API docs, rotation of client secrets: "The LWA secret token you provided has expired."
SECRET_EXPIRED = re.compile(r"secret token[^.]*expired|client secret[^.]*expired")
# The front door's words, before Amazon has looked at anything (selling-partner-api-models issue 712, docs issue 51).
GATEWAY = re.compile(r"missing.?authentication.?token|incomplete.?signature|invalid.?signature|unrecognized.?client")


def judge(what: str, call: Call, reply: Reply, *, pace: timedelta = OUTAGE, good: int = 201) -> dict[str, Any]:
    """Returns Amazon's JSON object if the reply is a yes; else raises an Answer.

    `what` names the call in the answer; `pace` is how long to leave Amazon alone after a 429 that does not say; `good`
    is the one status that says yes to a call with effect.
    """
    if reply.status is None:
        raise unanswered(what, call, reply)
    if not 200 <= reply.status < 300:
        raise _no(what, call, reply, reply.status, pace)
    if call is not Call.EFFECT:
        return json_object(what, reply)
    document = json_of(reply.body)
    if reply.status == good and not reply.error and isinstance(document, dict) and not document.get("errors"):
        return document
    raise Unclear(f"{what}: {reply.status}, which is no plain yes{_said(reply)}", **reply.seen)


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


@contextmanager
def answering(what: str, call: Call = Call.SOURCE) -> Iterator[None]:
    """Whatever else goes wrong while a call is made or its reply is read is an answer, too."""
    try:
        yield
    except Answer:
        raise
    except Exception as error:
        # Not its message: it may quote what was read.
        detail = f"{what}: {type(error).__name__} while the answer was read"
        raise Unclear(detail) if call is Call.EFFECT else Broken(detail) from error


def json_object(what: str, reply: Reply) -> dict[str, Any]:
    """The JSON object of a good reply. Raises Busy for an empty, cut or HTML body, Broken for other JSON."""
    document = None if reply.error else json_of(reply.body)
    if document is None:
        raise Busy(f"{what}: {reply.status} with a body that is {_kind(reply)}", retry_after=OUTAGE, **reply.seen)
    if not isinstance(document, dict):
        raise Broken(f"{what}: not a JSON object", **reply.seen)
    return document


def retry_after(reply: Reply, default: timedelta) -> timedelta:
    """Amazon's own wish in seconds, within reason; a date there is passed over."""
    seconds = reply.headers.get("retry-after", "")
    if not (seconds.isascii() and seconds.isdigit()):
        return default
    if len(seconds) > 9:
        return LONGEST_RETRY_AFTER
    return min(timedelta(seconds=int(seconds)), LONGEST_RETRY_AFTER)


def _no(what: str, call: Call, reply: Reply, status: int, pace: timedelta) -> Answer:
    detail, seen = f"{what}: {status}{_said(reply)}", reply.seen
    if status == 429:
        return Busy(detail, retry_after=retry_after(reply, pace), **seen)
    if status == 408 or not 300 <= status < 500:
        if call is Call.EFFECT:
            return Unclear(detail, **seen)
        return Busy(detail, retry_after=retry_after(reply, OUTAGE), **seen)
    words = _words(reply)
    if status == 401 and words:
        return TokenDenied(detail, retry_after=OUTAGE, **seen)
    if status == 403 and words:
        return _forbidden(call, words, detail, seen, whole=_error(reply) is not None)
    if _error(reply) is None:
        return _no_verdict(detail, seen)
    if status == 404 and call is not Call.SOURCE:
        return Refused(detail, reason=Reason.NOT_OFFERED, **seen)
    return Broken(detail, **seen)


def _forbidden(call: Call, words: str, detail: str, seen: Seen, *, whole: bool) -> Answer:
    """`whole`: Amazon's error could be read to its end, so that words which nobody has seen are its words."""
    if SECRET_EXPIRED.search(words):
        return NotAuthorised(
            f"the client secret has expired: make a new one for the application. {detail}", account=True, **seen
        )
    if GATEWAY.search(words):
        return _no_verdict(detail, seen)
    if TOKEN_DENIED.search(words):
        return TokenDenied(detail, retry_after=OUTAGE, **seen)
    if call is not Call.SOURCE:
        for pattern, reason in REFUSALS:
            if pattern.search(words):
                return Refused(detail, reason=reason, **seen)
    if NO_PERMISSION.search(words) or (whole and call is Call.SOURCE):
        return NotAuthorised(detail, **seen)
    return Refused(detail, reason=Reason.UNKNOWN_REFUSAL, **seen) if whole else _no_verdict(detail, seen)


def _no_verdict(detail: str, seen: Seen) -> Busy:
    return Busy(f"{detail}: not Amazon's own answer, so nothing is concluded", retry_after=OUTAGE, **seen)


def denied_anew(answer: TokenDenied) -> Answer:
    """What is concluded when Amazon denies a token that it has just given."""
    words = answer.detail.lower()
    if "expired" in words or not NO_PERMISSION.search(words):
        return answer
    return NotAuthorised(answer.detail, status=answer.status, request_id=answer.request_id)


def _error(reply: Reply) -> dict[str, Any] | None:
    """The first of Amazon's errors; None: the body is not in Amazon's words."""
    document = json_of(reply.body)
    errors = document.get("errors") if isinstance(document, dict) else None
    return errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else None


def _words(reply: Reply) -> str:
    """All that Amazon says of an error, in lower case; empty: the body is not in Amazon's words."""
    text = reply.body.decode("utf-8", "replace")
    return text.lower() if ERRORS.search(text) else ""


def _said(reply: Reply) -> str:
    """Amazon's own words, without order ids; only what kind of body it is when it is not Amazon's error shape."""
    error = _error(reply)
    if error is None:
        return f" with a body that is {_kind(reply)}"
    return ORDER_ID.sub("…", f" {error.get('code')}: {error.get('message')} {error.get('details') or ''}").rstrip()


def _kind(reply: Reply) -> str:
    start = reply.body.lstrip()[:1]
    if reply.error:
        return "cut"
    if not start:
        return "empty"
    if start == b"<":
        return "HTML"
    return "cut or strange JSON" if start in b"{[" else "strange"


def json_of(body: bytes) -> Any:
    """Amazon's JSON; None: it is none.

    Numbers with a point come as Decimal, those beyond all measure as None; every text can be stored.
    """
    try:
        text = body.decode("utf-8-sig", "replace")
        # strict=False: a control character within a text spoils that text alone
        document = json.loads(text, parse_float=_number, parse_int=_whole, parse_constant=lambda _: None, strict=False)
        return _storable(document) if _ODD.search(text) else document
    except (ValueError, RecursionError):
        return None


_ODD = re.compile(r"\\u(?:d[89a-f]|0000)|\x00", re.IGNORECASE)


def _storable(node: Any) -> Any:
    match node:
        case str():
            return storable(node)
        case list():
            return [_storable(each) for each in node]
        case dict():
            return {storable(name): _storable(each) for name, each in node.items()}
    return node


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if abs(number.adjusted()) < MOST_DIGITS else None


def _whole(text: str) -> int | None:
    return int(text) if len(text) <= MOST_DIGITS else None
