import http.client
import json
import ssl
from datetime import timedelta
from decimal import Decimal
from http.client import IncompleteRead

import pytest

from marketplace.amazon.answers import OUTAGE, Call, TokenDenied, answering, denied_anew, json_of, judge
from marketplace.amazon.connections import Malformed, Unreachable
from marketplace.amazon.wire import TROUBLE, Reply
from marketplace.errors import Answer, Broken, Busy, NotAuthorised, Refused, Unclear
from rules.reason import Reason

ALREADY = "You have already requested a review for this order."
WINDOW = "You can’t use this feature to request a review outside the 5-30 day range after the order delivery date."
UNAVAILABLE = "The requested solicitation is not available for this amazonOrderId."
EXPIRED = "The access token you provided has expired."
DENIED = "Access to requested resource is denied."

BODIES = {
    "json": json.dumps({"errors": [{"code": "Strange", "message": "Words that nobody has seen"}]}).encode(),
    "html": b"<html><body><h1>Service Unavailable</h1></body></html>",
    "empty": b"",
    "cut json": b'{"errors": [{"code": "Stra',
}


def answer(call: Call, reply: Reply) -> Answer | None:
    try:
        judge("searchOrders", call, reply)
    except Answer as no:
        return no
    return None


def kind(call: Call, reply: Reply) -> str:
    no = answer(call, reply)
    if no is None:
        return "yes"
    return f"{no.reason}" if isinstance(no, Refused) else type(no).__name__


# status: (EFFECT, ORDER, SOURCE), when Amazon says why in words that nobody has seen
IN_AMAZONS_WORDS = {
    301: ("Broken", "Broken", "Broken"),
    307: ("Broken", "Broken", "Broken"),
    400: ("Broken", "Broken", "Broken"),
    401: ("TokenDenied", "TokenDenied", "TokenDenied"),
    403: ("unknown_refusal", "unknown_refusal", "NotAuthorised"),
    404: ("not_offered", "not_offered", "Broken"),
    405: ("Broken", "Broken", "Broken"),
    413: ("Broken", "Broken", "Broken"),
    415: ("Broken", "Broken", "Broken"),
}
# the same, whatever the body
ANY_BODY = {
    408: ("Unclear", "Busy", "Busy"),
    429: ("Busy", "Busy", "Busy"),
    500: ("Unclear", "Busy", "Busy"),
    502: ("Unclear", "Busy", "Busy"),
    503: ("Unclear", "Busy", "Busy"),
    504: ("Unclear", "Busy", "Busy"),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize(("status", "expected"), ANY_BODY.items(), ids=str)
def test_a_status_is_read_before_a_body(status: int, expected: tuple[str, str, str], body: bytes) -> None:
    for call, wanted in zip((Call.EFFECT, Call.ORDER, Call.SOURCE), expected, strict=True):
        for error in (None, IncompleteRead(b"")):
            assert kind(call, Reply(status, body=body, error=error)) == wanted


@pytest.mark.parametrize(("status", "expected"), IN_AMAZONS_WORDS.items(), ids=str)
def test_a_refusal_in_amazons_words_is_believed(status: int, expected: tuple[str, str, str]) -> None:
    for call, wanted in zip((Call.EFFECT, Call.ORDER, Call.SOURCE), expected, strict=True):
        assert kind(call, Reply(status, body=BODIES["json"])) == wanted


OTHERS = {
    "html": b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body>Access denied</body></html>",
    "empty": b"",
    "text": b"Forbidden: access to this resource is denied",
    "another shape": b'{"message": "Forbidden"}',
    "a missing token": b'{"message": "Missing Authentication Token"}',
    "no errors": b'{"errors": []}',
    "an error that is none": b'{"errors": [null]}',
    "null": b"null",
    "xml": b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    "not text": b"\xff\xfe\x00",
    "cut json": BODIES["cut json"],
}


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("status", IN_AMAZONS_WORDS)
@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS.keys())
def test_a_refusal_that_is_not_in_amazons_words_is_no_verdict(status: int, body: bytes, call: Call) -> None:
    no = answer(call, Reply(status, body=body))
    if status == 401 and body == BODIES["cut json"]:
        assert isinstance(no, TokenDenied)
        return
    assert type(no) is Busy
    assert "not Amazon's own answer" in no.detail


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("code", ["MissingAuthenticationToken", "IncompleteSignature", "InvalidSignature"])
def test_the_front_doors_denial_is_no_verdict_either(code: str, call: Call) -> None:
    body = json.dumps({"errors": [{"message": DENIED, "code": code}]}).encode()
    assert kind(call, Reply(403, body=body)) == "Busy"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(201, body=b"{}"), "yes"),
        (Reply(201, body=b'{"errors": []}'), "yes"),
        (Reply(201, body=b'{"errors": null}'), "yes"),
        (Reply(201, body=BODIES["json"]), "Unclear"),
        (Reply(201, body=b'{"errors": "?"}'), "Unclear"),
        (Reply(201, body=BODIES["html"]), "Unclear"),
        (Reply(201), "Unclear"),
        (Reply(201, body=BODIES["cut json"]), "Unclear"),
        (Reply(201, body=b"{}", error=IncompleteRead(b"")), "Unclear"),
        (Reply(201, body=b"[]"), "Unclear"),
        (Reply(200, body=b"{}"), "Unclear"),
        (Reply(202, body=b"{}"), "Unclear"),
        (Reply(204), "Unclear"),
    ],
    ids=[
        *("as documented", "no errors", "null errors", "errors", "odd errors", "html", "empty", "cut json", "cut body"),
        *("a list", "200", "202", "204"),
    ],
)
def test_only_amazons_own_yes_is_a_yes_to_a_call_that_cannot_be_taken_back(reply: Reply, expected: str) -> None:
    assert kind(Call.EFFECT, reply) == expected


@pytest.mark.parametrize("call", [Call.ORDER, Call.SOURCE])
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, body=b'{"orders": []}'), "yes"),
        (Reply(200, body=BODIES["html"]), "Busy"),
        (Reply(200), "Busy"),
        (Reply(200, body=BODIES["cut json"]), "Busy"),
        (Reply(200, body=b'{"orders": []}', error=IncompleteRead(b"")), "Busy"),
        (Reply(200, body=b"{}", error=ConnectionResetError()), "Busy"),
        (Reply(200, body=b"\xff\xfe"), "Busy"),
        (Reply(200, body=b"[" * 100_000), "Busy"),
        (Reply(200, body=b"[]"), "Broken"),
        (Reply(200, body=b"7"), "Broken"),
        (Reply(200, body=b'{"orders": [], "n": 1e99999999999999999999}'), "yes"),
        (Reply(200, body=b'{"orders": [], "n": ' + b"9" * 5000 + b"}"), "yes"),
        (Reply(200, body=b'{"orders": [], "n": NaN}'), "yes"),
        (Reply(200, body=b'{"orders": [], "n": "a\x00b\xff"}'), "yes"),
    ],
    ids=[
        *("json", "html", "empty", "cut json", "cut body", "reset", "not text", "too deep", "a list", "a number"),
        *("a number beyond measure", "5000 digits", "no number", "odd characters"),
    ],
)
def test_a_read_is_a_yes_only_with_a_whole_json_object(call: Call, reply: Reply, expected: str) -> None:
    assert kind(call, reply) == expected


WORDS = {
    "already requested": (ALREADY, "already_requested"),
    "outside the window": (WINDOW, "outside_amazon_window"),
    "outside the window, mojibake": (WINDOW.encode().decode("cp1252"), "outside_amazon_window"),
    "outside the window, 4 to 30": ("... outside the 4–30 day range ...", "outside_amazon_window"),
    "not available": (UNAVAILABLE, "not_offered"),
    "denied": (DENIED, "NotAuthorised"),
    "forbidden": ("Access to the resource is forbidden", "NotAuthorised"),
    "not authorised": ("The application is not authorized to access this resource", "NotAuthorised"),
    "role": ("Your application lacks the required role", "NotAuthorised"),
    "expired token": (EXPIRED, "TokenDenied"),
}


@pytest.mark.parametrize("call", [Call.EFFECT, Call.ORDER])
@pytest.mark.parametrize(("message", "expected"), WORDS.values(), ids=WORDS.keys())
def test_a_403_about_an_order_is_told_apart_by_its_words(message: str, expected: str, call: Call) -> None:
    whole = json.dumps({"errors": [{"code": "Unauthorized", "message": message, "details": ""}]}, ensure_ascii=False)
    bodies = (whole, whole.upper(), whole[:-1], json.dumps(whole))
    assert [kind(call, Reply(403, body=body.encode())) for body in bodies] == [expected] * 4


def denied_with(details: str) -> Reply:
    return Reply(
        403, body=json.dumps({"errors": [{"code": "Unauthorized", "message": DENIED, "details": details}]}).encode()
    )


@pytest.mark.parametrize(
    "details",
    [
        EXPIRED,
        "The access token you provided is revoked, malformed or invalid.",
        "The security token included in the request is expired",
        "Invalid access token",
    ],
)
def test_a_denied_token_is_recognised_by_its_details_too(details: str) -> None:
    assert {kind(call, denied_with(details)) for call in Call} == {"TokenDenied"}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ("The access token you provided is revoked, malformed or invalid.", NotAuthorised),
        (EXPIRED, TokenDenied),
    ],
    ids=["revoked", "expired"],
)
def test_a_new_token_that_is_denied_too_tells_of_a_missing_right_unless_it_is_only_old(
    details: str, expected: type[Answer]
) -> None:
    no = answer(Call.ORDER, denied_with(details))
    assert isinstance(no, TokenDenied)
    assert type(denied_anew(no)) is expected


def test_an_expired_client_secret_is_named() -> None:
    no = answer(Call.SOURCE, denied_with("The LWA secret token you provided has expired."))
    assert isinstance(no, NotAuthorised)
    assert no.detail.startswith("the client secret has expired: make a new one")


@pytest.mark.parametrize("message", [ALREADY, UNAVAILABLE, DENIED, "?"])
def test_a_403_for_a_source_closes_the_source(message: str) -> None:
    body = json.dumps({"errors": [{"code": "Unauthorized", "message": message}]}).encode()
    assert kind(Call.SOURCE, Reply(403, body=body)) == "NotAuthorised"


def _is_error(each: object) -> bool:
    return isinstance(each, type) and issubclass(each, http.client.HTTPException)


# (EFFECT, reads)
SURELY_NOT_SENT = (Busy, Busy)
PERHAPS_SENT = (Unclear, Busy)
ERRORS: dict[type[Exception], tuple[type[Answer], type[Answer]]] = {
    Unreachable: SURELY_NOT_SENT,
    Malformed: (Broken, Broken),
    **dict.fromkeys((OSError, TimeoutError, ConnectionResetError, BrokenPipeError, ssl.SSLError), PERHAPS_SENT),
    **dict.fromkeys((each for each in vars(http.client).values() if _is_error(each)), PERHAPS_SENT),
}


@pytest.mark.parametrize(("error", "expected"), ERRORS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_an_error_is_unclear_only_if_the_review_request_may_have_left(
    error: type[Exception], expected: tuple[type[Answer], type[Answer]]
) -> None:
    assert issubclass(error, TROUBLE)
    reply = Reply(error=error.__new__(error))
    answers = [type(answer(call, reply)) for call in (Call.EFFECT, Call.ORDER, Call.SOURCE)]
    assert answers == [expected[0], expected[1], expected[1]]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("999999999999", timedelta(hours=1)),
        pytest.param("9" * 5000, timedelta(hours=1), id="5000 digits"),
        ("-5", OUTAGE),
        ("soon", OUTAGE),
        ("٣", OUTAGE),
        ("Wed, 21 Oct 2026 07:28:00 GMT", OUTAGE),
        ("", OUTAGE),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_amazons_wish_to_be_left_alone_is_honoured_for_an_hour_at_most(
    status: int, header: str, expected: timedelta
) -> None:
    no = answer(Call.SOURCE, Reply(status, headers={"retry-after": header}))
    assert isinstance(no, Busy)
    assert no.retry_after == expected


def test_an_answer_carries_the_status_the_request_id_and_amazons_words_but_no_order_id() -> None:
    body = {"errors": [{"code": "NotFound", "message": "No order 403-1234567-7654321", "details": "look elsewhere"}]}
    no = answer(Call.ORDER, Reply(404, {"x-amzn-requestid": "request-9"}, json.dumps(body).encode()))
    assert isinstance(no, Refused)
    assert (no.status, no.request_id, no.reason) == (404, "request-9", Reason.NOT_OFFERED)
    assert no.detail == "searchOrders: 404 NotFound: No order … look elsewhere"


def test_a_protocol_error_is_not_quoted_for_it_may_hold_the_access_token() -> None:
    no = answer(Call.EFFECT, Reply(error=Malformed("Illegal header value b'Atza|secret'")))
    assert "Atza" not in repr(no)


def test_the_answers_that_stop_a_seller_and_that_ask_for_a_new_token_differ() -> None:
    assert issubclass(TokenDenied, Busy)
    assert not issubclass(TokenDenied, NotAuthorised)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'{"sku": "SKU-\ud83d"}', {"sku": "SKU-\ufffd"}),
        (rb'{"sku": "\ud83d\ude00"}', {"sku": "\U0001f600"}),
        (rb'{"a\u0000": ["\u0000b"]}', {"a\ufffd": ["\ufffdb"]}),
        (b'{"sku": "\xed\xa0\xbd"}', {"sku": "\ufffd" * 3}),
        (b'{"amount": 10.10, "n": 1e400}', {"amount": Decimal("10.10"), "n": None}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
    ids=["half a character", "a whole one", "NUL", "half a character in bytes", "numbers", "a name twice"],
)
def test_every_text_and_number_of_a_reply_can_be_kept(body: bytes, expected: object) -> None:
    assert json_of(body) == expected


@pytest.mark.parametrize(("call", "expected"), [(Call.EFFECT, Unclear), (Call.ORDER, Broken), (Call.SOURCE, Broken)])
def test_whatever_else_goes_wrong_is_an_answer_that_quotes_nothing(call: Call, expected: type[Answer]) -> None:
    with pytest.raises(expected) as no, answering("getOrder", call):
        raise OverflowError("x@example.com")
    assert no.value.detail == "getOrder: OverflowError while the answer was read"
