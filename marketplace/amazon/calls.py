"""One call to Amazon from beginning to end: token, pace, request, verdict."""

import logging
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from marketplace.amazon.answers import OUTAGE, Call, TokenDenied, denied_anew, judge
from marketplace.amazon.tokens import WAIT, Tokens
from marketplace.amazon.wire import REPLY, Http, Reply
from marketplace.errors import Broken, Busy, NotAuthorised
from marketplace.operations import Operation
from marketplace.pace import PATIENCE, Pace
from marketplace.words import identifier

log = logging.getLogger("askonce.amazon")

LONGEST_CALL = 2 * timedelta(seconds=WAIT + REPLY + PATIENCE + REPLY)
"""The longest that a call takes: twice a token, the pace, and the request."""


class Caller:
    """Calls as one seller. `calls` counts the requests made, by operation."""

    def __init__(self, http: Http, endpoint: str, tokens: Tokens, pace: Pace) -> None:
        self._http = http
        self._endpoint = endpoint
        self._tokens = tokens
        self._pace = pace
        self.calls: Counter[str] = Counter()
        self._answered_at = ""
        self._refused: set[str] = set()  # kinds of data

    @property
    def answered_at(self) -> datetime | None:
        """Amazon's clock, when it last answered and said so."""
        with suppress(ValueError, TypeError, OverflowError):
            found = parsedate_to_datetime(self._answered_at)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        return None

    def get(self, operation: Operation, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        document, _ = self.call(operation, "GET", path, params=params)
        return document

    def of_order(self, operation: Operation, path: str, marketplace_id: str) -> dict[str, Any]:
        """Reads what Amazon says of one order."""
        document, _ = self.call(operation, "GET", path, params={"marketplaceIds": marketplace_id}, stake=Call.ORDER)
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
        good: int = 201,
    ) -> tuple[dict[str, Any], Reply]:
        """Amazon's JSON object, and the reply that held it. Raises an Answer.

        The request is made once; once more only when Amazon refused the access token, and so did nothing. `good` is the
        status that says yes to a call with effect.
        """
        pace = timedelta(seconds=1 / operation.per_second)
        for _ in range(2):
            token = self._tokens.token()
            reply = self._send(operation, method, path, params, json, token)
            try:
                return judge(operation, stake, reply, pace=pace, good=good), reply
            except TokenDenied as answer:
                self._tokens.forget(token)
                denied = answer
            except NotAuthorised:
                self._tokens.forget(token)
                raise
        raise denied_anew(denied)

    def with_data(
        self,
        operation: Operation,
        path: str,
        params: Mapping[str, str],
        data: Sequence[str],
        optional: Collection[str],
        stake: Call = Call.SOURCE,
    ) -> dict[str, Any]:
        """Asks for these kinds of `includedData`; for fewer, when Amazon refuses one that can be done without.

        Raises Busy when it refuses one that is needed: it has done so for a day
        (selling-partner-api-models issue 5365).
        """
        asked = [kind for kind in data if kind not in self._refused]
        try:
            document, _ = self.call(
                operation, "GET", path, params={**params, "includedData": ",".join(asked)}, stake=stake
            )
        except Broken as answer:
            if answer.status != 400:
                raise
            named = {kind for kind in asked if re.search(rf"\b{kind}\b", answer.detail)}
            if named - set(optional):
                raise Busy(
                    f"Amazon refuses data that is needed: {answer.detail}", retry_after=OUTAGE, status=400
                ) from None
            refused = (named or set(asked)) & set(optional)
            if not refused:
                raise
            log.warning("%s: Amazon refuses it: asked again without %s", operation, ", ".join(sorted(refused)))
            self._refused |= refused
            return self.with_data(operation, path, params, data, optional, stake)
        return document

    def _send(
        self,
        operation: Operation,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        json: object,
        token: str,
    ) -> Reply:
        """One request, at Amazon's pace."""
        self._pace.wait(operation)
        self.calls[operation.value] += 1
        headers = {"x-amz-access-token": token}
        try:
            reply = self._http.send(method, self._endpoint + path, params=params, headers=headers, json=json)
        finally:
            self._pace.answered(operation)
        self._learn(operation, reply)
        return reply

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
    """An id that Amazon gives. Raises Broken."""
    if value := identifier(document.get(name)):
        return value
    raise Broken(f"{operation}: an answer without {name}")
