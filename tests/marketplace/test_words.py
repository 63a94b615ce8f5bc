import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import Broken
from marketplace.words import LONGEST, clean, identifier

ORDER = "403-1234567-7654321"
KEPT = {
    "Amazon's words": "searchOrders: 400 InvalidInput: Missing or invalid request parameters: [marketplaceIds]",
    "a time": "posted after 2026-03-01T12:00:00Z, page 3 of 17",
    "an order": f"Not a PDF for orderId {ORDER}",
    "the number of an invoice": "invoice number RE-2026-000017 was already used",
    "an amount": "total 1,299.00 EUR differs from 1299.01",
    "a feed": "feed 50021017892 is IN_PROGRESS",
    "an apostrophe": "You can’t use this feature outside the 5–30 day range",
}
HIDDEN = {
    "an access token": ("Bad token Atza|IwEBIA-x_y/z was sent", "Bad token … was sent"),
    "a refresh token": ("Atzr|IwEBI refused", "… refused"),
    "a client secret": ("amzn1.oa2-cs.v1.0123abcd refused", "… refused"),
    "a long secret": (f"signature {'aB3+/=' * 12} differs", "signature … differs"),
    "an e-mail address": ("buyer Zoë <zoe@example.com> unknown", "buyer Zoë … unknown"),
    "a telephone number": ("call +49 30 1234567 now", "call … now"),
    "a local number": ("phone 030/1234567", "phone …"),
    "an American number": ("phone (206) 555-0100.", "phone …."),
    "a street": ("bad address 12 Garden Road, Leeds; try again", "bad address …; try again"),
    "a street in French": ("adresse 7 bis rue de la Paix, 75002 Paris", "adresse …"),
    "a street in German": ("Anschrift Lange Straße 12, 10115 Berlin", "Anschrift Lange …"),
    "a street in one word": ("Anschrift Gartenweg 3a, 10115 Berlin; falsch", "Anschrift …; falsch"),
    "lines": ("one\r\ntwo\tthree\x1b[31m\x00four\u2028five", "one two three [31m\ufffdfour five"),
    "the other way round": ("a\u202eb", "a b"),
    "half a character": ("SKU-\ud83d", "SKU-\ufffd"),
}


@pytest.mark.parametrize("words", KEPT.values(), ids=KEPT.keys())
def test_what_helps_is_kept(words: str) -> None:
    assert clean(words) == words


@pytest.mark.parametrize(("words", "expected"), HIDDEN.values(), ids=HIDDEN.keys())
def test_secrets_people_and_what_is_not_to_be_seen_are_taken_out(words: str, expected: str) -> None:
    assert clean(words) == expected


@given(st.text())
def test_words_are_one_line_of_bounded_length_that_every_database_takes(words: str) -> None:
    for text in (clean(words), Broken(words * 100, request_id=words).detail):
        assert len(text) <= LONGEST
        assert len(text.splitlines()) <= 1
        assert "\0" not in text
        text.encode()


@pytest.mark.parametrize("text", ["x" * 1_000_000, "1 " * 500_000, "12 a " * 200_000, "a@" * 500_000, "+49 " * 200_000])
def test_long_words_are_cleaned_in_no_time(text: str) -> None:
    assert len(clean(text)) <= LONGEST


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amzn1.tortuga.4.eu.x", True),
        ("5", True),
        ("", False),
        ("a b", False),
        ("a\n", False),
        ("ä", False),
        ("\ud83d", False),
        ("x" * 255, True),
        ("x" * 256, False),
        (None, False),
        (7, False),
    ],
    ids=ascii,
)
def test_an_id_is_short_and_printable(text: object, expected: bool) -> None:
    assert identifier(text) == (text if expected else None)
