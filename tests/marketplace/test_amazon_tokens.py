from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from urllib.parse import parse_qs

import pytest

from marketplace.amazon.client import Amazon
from marketplace.amazon.tokens import Tokens
from marketplace.amazon.wire import Http
from marketplace.errors import Answer, Broken, Busy, NotAuthorised
from marketplace.pace import Pace
from settings.environment import Credentials
from tests.marketplace.amazon_server import TOKEN_PATH, Scripted, ScriptedAmazon, SteppedClock, credentials, ok

GOOD = {"access_token": "Atza|1", "token_type": "bearer", "expires_in": 3600}


@pytest.fixture
def server() -> Iterator[ScriptedAmazon]:
    with ScriptedAmazon() as server:
        yield server


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def tokens(server: ScriptedAmazon, clock: SteppedClock) -> Iterator[Tokens]:
    http = Http()
    yield Tokens(http, clock, server.url, credentials())
    http.close()


def test_the_refresh_token_is_exchanged_in_the_body_of_a_form(server: ScriptedAmazon, tokens: Tokens) -> None:
    assert tokens.token() == "Atza|1"
    [asked] = server.requests(TOKEN_PATH)
    assert (asked.method, asked.query) == ("POST", {})
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["refresh-1"],
        "client_id": ["client-1"],
        "client_secret": ["secret-1"],
    }


def test_a_token_is_kept_until_two_minutes_before_its_end(
    server: ScriptedAmazon, tokens: Tokens, clock: SteppedClock
) -> None:
    assert tokens.token() == "Atza|1"
    clock.time += timedelta(seconds=3600 - 121)
    assert tokens.token() == "Atza|1"
    clock.time += timedelta(seconds=1)
    assert tokens.token() == "Atza|2"


def test_a_forgotten_token_is_exchanged_anew_but_a_newer_one_stays(tokens: Tokens) -> None:
    old = tokens.token()
    tokens.forget(old)
    new = tokens.token()
    tokens.forget(old)
    assert (old, new, tokens.token()) == ("Atza|1", "Atza|2", "Atza|2")


def test_threads_of_one_seller_share_one_exchange(server: ScriptedAmazon, tokens: Tokens) -> None:
    server.script(TOKEN_PATH, Scripted(200, ok(GOOD).body, delay=0.2))
    got: list[str] = []
    threads = [Thread(target=lambda: got.append(tokens.token())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["Atza|1"] * 16
    assert len(server.requests(TOKEN_PATH)) == 1


@pytest.mark.parametrize(
    ("other", "exchanges"),
    [(credentials(), 1), (credentials("refresh-2"), 2)],
    ids=["same credentials", "another seller"],
)
def test_tokens_live_as_long_as_the_process_and_belong_to_their_credentials(
    server: ScriptedAmazon, clock: SteppedClock, other: Credentials, exchanges: int
) -> None:
    amazon = Amazon(clock, server.url, server.url)
    server.script("/sellers/v1/marketplaceParticipations", ok({"payload": []}))
    for each in (credentials(), other):
        amazon.seller(each, region="eu", marketplace_ids=[], pace=Pace(clock)).participations()
    amazon.close()
    assert len(server.requests(TOKEN_PATH)) == exchanges


def refusal(code: str, status: int = 400) -> Scripted:
    return Scripted(status, f'{{"error": "{code}", "error_description": "quoting refresh-1"}}'.encode())


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (refusal("invalid_grant"), NotAuthorised),
        (refusal("invalid_client", 401), NotAuthorised),
        (refusal("unauthorized_client"), NotAuthorised),
        (refusal("access_denied", 403), NotAuthorised),
        (refusal("server_error"), Busy),
        (refusal("temporarily_unavailable"), Busy),
        (refusal("slow_down", 429), Busy),
        (refusal("invalid_request"), Broken),
        (refusal("unsupported_grant_type"), Broken),
        (Scripted(403, b"<html>"), Busy),
        (Scripted(404, b""), Busy),
        (Scripted(302, b"", {"location": "/elsewhere"}), Busy),
        (Scripted(500, b"<html>"), Busy),
        (Scripted(503, b""), Busy),
        (Scripted(drop=True), Busy),
        (Scripted(200, b""), Busy),
        (Scripted(200, b"<html>"), Busy),
        (Scripted(200, b'{"access_token": "Atza|1"', cut=True), Busy),
        (Scripted(200, b'{"access_token": "Atza|1"'), Busy),
        (ok({"token_type": "bearer", "expires_in": 3600}), Broken),
        (ok({"access_token": ["Atza|1"], "expires_in": 3600}), Broken),
        (ok([]), Broken),
    ],
    ids=[
        *("invalid_grant", "invalid_client", "unauthorized_client", "access_denied", "server_error"),
        *("temporarily_unavailable", "429", "invalid_request", "unsupported_grant_type", "403 html", "404", "302"),
        *(
            "500 html",
            "503",
            "dropped",
            "empty",
            "html",
            "cut",
            "cut json",
            "no token",
            "odd token",
            "a list",
        ),
    ],
)
def test_a_failed_exchange_has_one_answer_without_any_secret(
    server: ScriptedAmazon, tokens: Tokens, scripted: Scripted, expected: type[Answer]
) -> None:
    server.script(TOKEN_PATH, scripted)
    with pytest.raises(expected) as answer:
        tokens.token()
    assert len(server.requests(TOKEN_PATH)) == 1
    for secret in ("Atza", "secret-1", "refresh-1", "client-1"):
        assert secret not in f"{answer.value} {answer.value!r}"


def test_after_a_failed_exchange_the_next_call_tries_again(server: ScriptedAmazon, tokens: Tokens) -> None:
    server.script(TOKEN_PATH, Scripted(503), ok(GOOD))
    with pytest.raises(Busy):
        tokens.token()
    assert tokens.token() == "Atza|1"


@pytest.mark.parametrize("lifetime", ["100000000000000000000", "1e15", "3600.0", "7200", '"soon"', "null"])
def test_a_token_is_kept_for_an_hour_at_most(
    server: ScriptedAmazon, tokens: Tokens, clock: SteppedClock, lifetime: str
) -> None:
    server.script(
        TOKEN_PATH, Scripted(200, f'{{"access_token": "Atza|1", "expires_in": {lifetime}}}'.encode()), ok(GOOD)
    )
    tokens.token()
    clock.time += timedelta(seconds=3600 - 121)
    tokens.token()
    assert len(server.requests(TOKEN_PATH)) == 1
    clock.time += timedelta(seconds=1)
    tokens.token()
    assert len(server.requests(TOKEN_PATH)) == 2


def test_a_token_without_any_life_left_is_exchanged_for_each_call(server: ScriptedAmazon, tokens: Tokens) -> None:
    server.script(TOKEN_PATH, Scripted(200, b'{"access_token": "Atza|1", "expires_in": -5}'))
    assert [tokens.token(), tokens.token()] == ["Atza|1", "Atza|1"]
    assert len(server.requests(TOKEN_PATH)) == 2
