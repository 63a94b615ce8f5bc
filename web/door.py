"""Who comes in: by a one-time link, by name and password, or by the word of a proxy that the settings name."""

import logging
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from ledger.users import User
from tasks import users
from web import peer
from web.person import Person, Role
from web.sessions import Session
from web.window import Window

log = logging.getLogger("askonce.web")


class Stranger(Exception):
    """The proxy names somebody who is no user: whoever it is may do nothing."""


class Door:
    """Of one window."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def session(self, request: Request) -> Session | None:
        """That of whoever asks, if it has not ended: by time, or as the user has changed. Raises Stranger, LedgerError.

        What a proxy says counts more than a cookie.
        """
        if (named := peer.of(request).user) is not None:
            user = self._find(named)
            if user is None:
                raise Stranger
            return self._window.sessions.of_proxy(person_of(user), user.stamp)
        by_person = request.headers.get("sec-fetch-dest") != "empty"
        session = self._window.sessions.of(self._key(request), by_person=by_person)
        if session and session.stamp and not self._is_still(session):
            self._window.sessions.end(session.key)
            return None
        return session

    def by_link(self, token: str) -> Session | None:
        """None: it was followed before, or is none."""
        return self._window.sessions.follow(token)

    def by_password(self, request: Request, form: Mapping[str, str]) -> Session | None:
        """A new session; None: whatever the reason."""
        app = self._window.app()
        name, where = form.get("name", "").strip(), peer.of(request).address
        if is_from_elsewhere(request):
            return None
        user = users.log_in(app.ledger, name, form.get("password", ""), app.clock.now())
        if user is None:
            known = self._find(name)
            log.warning("a log-in failed, as %s, from %s", known.name if known else "somebody unknown", where)
            return None
        log.info("%s logged in, from %s", user.name, where)
        return self._window.sessions.begin(person_of(user), user.stamp)

    def has_users(self) -> bool:
        """Whether somebody may log in by name and password. Raises LedgerError.

        Before there is a seller, and on this machine alone, nobody is looked for: that would make a ledger.
        """
        app = self._window.app()
        return (self._window.is_open or bool(app.sellers)) and users.are_there(app.ledger)

    def let_in(self, request: Request, session: Session, response: Response) -> Response:
        """The browser gets the session, and the one that it had ends."""
        self._window.sessions.end(self._key(request) or "")
        is_secure = peer.of(request).is_secure
        cookie = self._window.cookie_of(is_secure=is_secure)
        response.set_cookie(cookie, session.key, httponly=True, samesite="lax", secure=is_secure)
        return response

    def let_out(self, request: Request, response: Response) -> Response:
        """The browser has no session any more."""
        is_secure = peer.of(request).is_secure
        cookie = self._window.cookie_of(is_secure=is_secure)
        response.delete_cookie(cookie, httponly=True, samesite="lax", secure=is_secure)
        response.headers["clear-site-data"] = '"cache", "storage"'
        return response

    def _find(self, name: str) -> User | None:
        found = users.find(self._window.app().ledger, name)
        return found if found and found.role in set(Role) else None

    def _is_still(self, session: Session) -> bool:
        user = self._find(session.person.name)
        return user is not None and user.stamp == session.stamp

    def _key(self, request: Request) -> str | None:
        return request.cookies.get(self._window.cookie_of(is_secure=peer.of(request).is_secure))


def person_of(user: User) -> Person:
    """What the user may see and do."""
    return Person(user.name, Role(user.role), user.sellers)


def is_from_elsewhere(request: Request) -> bool:
    """Whether the form was sent by another site's page, as browsers say it."""
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
