"""One call to Amazon from beginning to end: token, pace, request, verdict."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from marketplace.amazon.answers import Call, ExpiredToken, judge
from marketplace.amazon.tokens import Tokens
from marketplace.amazon.wire import Http, Reply
from marketplace.errors import Broken
from marketplace.operations import Operation
from marketplace.pace import Pace


class Caller:
    """Calls as one seller. `calls` counts the requests made, by operation."""

    def __init__(self, http: Http, endpoint: str, tokens: Tokens, pace: Pace) -> None:
        self._http = http
        self._endpoint = endpoint
        self._tokens = tokens
        self._pace = pace
        self.calls: Counter[str] = Counter()
        self._answered_at = ""

    @property
    def answered_at(self) -> datetime | None:
        """Amazon's clock, when it last answered and said so."""
        with suppress(ValueError):
            return parsedate_to_datetime(self._answered_at)
        return None

    def get(self, operation: Operation, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        document, _ = self.call(operation, "GET", path, params=params)
        return document

    def call(
        self,
        operation: Operation,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        stake: Call = Call.SOURCE,
    ) -> tuple[dict[str, Any], Reply]:
        """Amazon's JSON object, and the reply that held it. Raises an Answer.

        The request is made once; once more only when Amazon refused the access token, and so did nothing.
        """
        try:
            return self._once(operation, method, path, params, json, stake)
        except ExpiredToken:
            return self._once(operation, method, path, params, json, stake)

    def _once(
        self,
        operation: Operation,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        json: object,
        stake: Call,
    ) -> tuple[dict[str, Any], Reply]:
        token = self._tokens.token()
        self._pace.wait(operation)
        self.calls[operation.value] += 1
        headers = {"x-amz-access-token": token}
        try:
            reply = self._http.send(method, self._endpoint + path, params=params, headers=headers, json=json)
        finally:
            self._pace.answered(operation)
        self._learn(operation, reply)
        try:
            return judge(operation, stake, reply, pace=timedelta(seconds=1 / operation.per_second)), reply
        except ExpiredToken:
            self._tokens.forget(token)
            raise

    def _learn(self, operation: Operation, reply: Reply) -> None:
        with suppress(ValueError):
            self._pace.correct(operation, float(reply.headers.get("x-amzn-ratelimit-limit", "nan")))
        self._answered_at = reply.headers.get("date", self._answered_at)
        if reply.status == 429:
            self._pace.penalise(operation)


def utc(time: datetime) -> str:
    """A time as Amazon reads it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def part(name: str) -> str:
    """One part of a path, whatever is in it."""
    return quote(name, safe="")


def required(operation: Operation, document: Mapping[str, Any], name: str) -> str:
    if isinstance(value := document.get(name), str) and value:
        return value
    raise Broken(f"{operation}: an answer without {name}")
