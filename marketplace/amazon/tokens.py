"""Access tokens from Login with Amazon: a refresh token is exchanged for one, which lasts about an hour."""

from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock

from marketplace.amazon.answers import OUTAGE, Call, answering, json_object, retry_after, unanswered
from marketplace.amazon.wire import Http, Reply
from marketplace.errors import Answer, Broken, Busy, NotAuthorised
from marketplace.pace import Clock
from settings.environment import Credentials

PATH = "/auth/o2/token"
WHAT = "the token exchange"
MARGIN = timedelta(seconds=120)
LONGEST_LIFE = 3600
"""Seconds: LWA's tokens last no longer, whatever it says."""
WAIT = 5
"""Seconds to wait for another thread's exchange."""

# RFC 6749, section 5.2, as LWA uses it.
NOT_AUTHORISED = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied"})
BUSY = frozenset({"server_error", "temporarily_unavailable"})


class Tokens:
    """One seller's access token, exchanged when needed; other threads wait for an exchange that is under way."""

    def __init__(self, http: Http, clock: Clock, endpoint: str, credentials: Credentials) -> None:
        self._http = http
        self._clock = clock
        self._url = endpoint.rstrip("/").removesuffix(PATH) + PATH
        self._credentials = credentials
        self._lock = Lock()
        self._held: tuple[str, datetime] | None = None  # the token, and until when it is good

    def token(self) -> str:
        """Raises Busy, NotAuthorised or Broken; none of them has any effect at Amazon."""
        if not self._lock.acquire(timeout=WAIT):
            raise Busy(f"{WHAT}: another one is under way", retry_after=OUTAGE)
        try:
            if self._held is None or self._clock.now() >= self._held[1]:
                with answering(WHAT):
                    self._held = self._exchange()
            return self._held[0]
        finally:
            self._lock.release()

    def forget(self, token: str) -> None:
        """Amazon would not have `token`, or denied a call with it; one that came meanwhile stays.

        A role that is granted shows only in tokens made afterwards.
        """
        with self._lock:
            if self._held and self._held[0] == token:
                self._held = None

    def _exchange(self) -> tuple[str, datetime]:
        asked_at = self._clock.now()
        reply = self._http.send(
            "POST",
            self._url,
            form={
                "grant_type": "refresh_token",
                "refresh_token": self._credentials.refresh_token,
                "client_id": self._credentials.client_id,
                "client_secret": self._credentials.client_secret,
            },
        )
        if reply.status != 200:
            raise _no(reply)
        document = json_object(WHAT, reply)
        token, seconds = document.get("access_token"), document.get("expires_in")
        if not (isinstance(token, str) and token):
            raise Broken(f"{WHAT}: no access_token", **reply.seen)
        if not isinstance(seconds, int | Decimal):  # a token that is too old is denied, and exchanged anew
            seconds = LONGEST_LIFE
        return token, asked_at + timedelta(seconds=float(min(max(seconds, 0), LONGEST_LIFE))) - MARGIN


def _no(reply: Reply) -> Answer:
    if reply.status is None:
        return unanswered(WHAT, Call.SOURCE, reply)
    code = _error_code(reply)
    detail = f"{WHAT}: {reply.status} {code or 'in words that are not those of Login with Amazon'}"
    if code in NOT_AUTHORISED:
        return NotAuthorised(detail, account=True, **reply.seen)
    if code is None or code in BUSY or reply.status == 429 or reply.status >= 500:
        return Busy(detail, retry_after=retry_after(reply, OUTAGE), **reply.seen)
    return Broken(detail, **reply.seen)


def _error_code(reply: Reply) -> str | None:
    try:
        code = json_object(WHAT, reply).get("error")
    except Answer:
        return None
    return code if isinstance(code, str) and code.isidentifier() else None
