"""Who is logged in: one-time links and sessions, in the memory of this process alone. A restart ends them all."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from threading import Lock

from web.person import Person, Role

IDLE = timedelta(hours=12)
"""A session ends so long after its last request."""
LONGEST = timedelta(days=7)
IDLE_OF_USER, LONGEST_OF_USER = timedelta(hours=1), timedelta(hours=12)
"""The same for whoever logged in by name and password: perhaps from afar, and on a machine that others use."""
LINK_LASTS = timedelta(hours=24)
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One person in one browser. `csrf`: what each of its forms must bring back. `stamp`: the user's (ledger.users)
    when it began; empty: it began with a link.
    """

    key: str
    person: Person
    csrf: str
    began: datetime
    seen: datetime
    stamp: str = ""

    def is_over(self, now: datetime) -> bool:
        idle, longest = (IDLE_OF_USER, LONGEST_OF_USER) if self.stamp else (IDLE, LONGEST)
        return now - self.seen > idle or now - self.began > longest

    def holds(self, csrf: str) -> bool:
        return compare_digest(self.csrf.encode(), csrf.encode())


class Sessions:
    """Those of one process. `owner`: who follows a link."""

    def __init__(self, now: Callable[[], datetime], owner: Person | None = None) -> None:
        self._now = now
        self._owner = owner or Person("owner", Role.ADMIN)
        self._sessions: dict[str, Session] = {}
        self._links: dict[str, datetime] = {}
        self._lock = Lock()
        self._secret = secrets.token_bytes(_BYTES)

    def new_link(self) -> str:
        """A token that lets one browser in, once, within a day. Those given before no longer do."""
        token = secrets.token_urlsafe(_BYTES)
        with self._lock:
            self._links = {token: self._now()}
        return token

    def follow(self, token: str) -> Session | None:
        """A session for whoever has the link; None: it was followed before, or is none."""
        now = self._now()
        with self._lock:
            known = next((each for each in self._links if compare_digest(each.encode(), token.encode())), None)
            if known is None or now - self._links.pop(known) > LINK_LASTS:
                return None
        return self.begin(self._owner)

    def begin(self, person: Person, stamp: str = "") -> Session:
        """A new session, with a key that nobody has seen before."""
        now = self._now()
        session = Session(secrets.token_urlsafe(_BYTES), person, secrets.token_urlsafe(_BYTES), now, now, stamp)
        with self._lock:
            self._sessions = {key: each for key, each in self._sessions.items() if not each.is_over(now)}
            self._sessions[session.key] = session
        return session

    def of_proxy(self, person: Person, stamp: str) -> Session:
        """That of somebody for whom a proxy speaks with each request: nothing is kept of it."""
        now = self._now()
        csrf = hmac.digest(self._secret, stamp.encode(), "sha256").hex()
        return Session("", person, csrf, now, now, stamp)

    def of(self, key: str | None, *, by_person: bool = True) -> Session | None:
        """The session of that key, if it is not over. `by_person`: it is seen now; else the page refreshes itself."""
        now = self._now()
        with self._lock:
            session = self._sessions.get(key or "")
            if session is None or session.is_over(now):
                return None
            if by_person:
                self._sessions[session.key] = replace(session, seen=now)
            return session

    def end(self, key: str) -> None:
        with self._lock:
            self._sessions.pop(key, None)
