"""Who is logged in: one-time links and sessions, in the memory of this process alone. A restart ends them all."""

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
LINK_LASTS = timedelta(hours=24)
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One person in one browser. `csrf`: what each of its forms must bring back."""

    key: str
    person: Person
    csrf: str
    began: datetime
    seen: datetime

    def is_over(self, now: datetime) -> bool:
        return now - self.seen > IDLE or now - self.began > LONGEST

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

    def begin(self, person: Person) -> Session:
        """A new session, with a key that nobody has seen before."""
        now = self._now()
        session = Session(secrets.token_urlsafe(_BYTES), person, secrets.token_urlsafe(_BYTES), now, now)
        with self._lock:
            self._sessions = {key: each for key, each in self._sessions.items() if not each.is_over(now)}
            self._sessions[session.key] = session
        return session

    def of(self, key: str | None) -> Session | None:
        """The session of that key, if it is not over; it is seen now."""
        now = self._now()
        with self._lock:
            session = self._sessions.get(key or "")
            if session is None or session.is_over(now):
                return None
            self._sessions[session.key] = replace(session, seen=now)
            return session

    def end(self, key: str) -> None:
        with self._lock:
            self._sessions.pop(key, None)
