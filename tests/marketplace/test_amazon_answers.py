import http.client
import json
import ssl
from datetime import timedelta
from http.client import IncompleteRead

import pytest

from marketplace.amazon.answers import OUTAGE, Call, ExpiredToken, judge
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


# status: (EFFECT, ORDER, SOURCE), whatever the body, as long as it does not tell more
ANY_BODY = {
    301: ("Broken", "Broken", "Broken"),
    307: ("Broken", "Broken", "Broken"),
    400: ("Broken", "Broken", "Broken"),
    401: ("ExpiredToken", "ExpiredToken", "ExpiredToken"),
    403: ("unknown_refusal", "unknown_refusal", "NotAuthorised"),
    404: ("not_offered", "not_offered", "Broken"),
    405: ("Broken", "Broken", "Broken"),
    408: ("Unclear", "Busy", "Busy"),
    413: ("Broken", "Broken", "Broken"),
    415: ("Broken", "Broken", "Broken"),
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


@pytest.mark.parametrize("status", [200, 201, 202, 204])
@pytest.mark.parametrize("body", [*BODIES.values(), b"{}"], ids=[*BODIES.keys(), "as documented"])
def test_a_review_request_that_was_accepted_is_a_yes_whatever_the_body(status: int, body: bytes) -> None:
    assert kind(Call.EFFECT, Reply(status, body=body)) == "yes"
    assert kind(Call.EFFECT, Reply(status, body=body, error=IncompleteRead(b""))) == "yes"


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
    ],
    ids=["json", "html", "empty", "cut json", "cut body", "reset", "not text", "too deep", "a list", "a number"],
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
    "expired token": (EXPIRED, "ExpiredToken"),
}


@pytest.mark.parametrize("call", [Call.EFFECT, Call.ORDER])
@pytest.mark.parametrize(("message", "expected"), WORDS.values(), ids=WORDS.keys())
def test_a_403_about_an_order_is_told_apart_by_its_words(message: str, expected: str, call: Call) -> None:
    whole = json.dumps({"errors": [{"code": "Unauthorized", "message": message, "details": ""}]}, ensure_ascii=False)
    bodies = (whole, whole.upper(), whole[:-1], json.dumps(whole))
    assert [kind(call, Reply(403, body=body.encode())) for body in bodies] == [expected] * 4


def test_an_expired_token_is_recognised_by_its_details_too() -> None:
    body = json.dumps({"errors": [{"code": "Unauthorized", "message": DENIED, "details": EXPIRED}]}).encode()
    assert {kind(call, Reply(403, body=body)) for call in Call} == {"ExpiredToken"}


@pytest.mark.parametrize("message", [ALREADY, UNAVAILABLE, DENIED, "?"])
def test_a_403_for_a_source_closes_the_source(message: str) -> None:
    assert kind(Call.SOURCE, Reply(403, body=message.encode())) == "NotAuthorised"


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
    assert issubclass(ExpiredToken, Busy)
    assert not issubclass(ExpiredToken, NotAuthorised)
