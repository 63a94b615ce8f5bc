"""The site: which addresses there are, who asks, and what is answered when something is wrong."""

import logging
import re
from asyncio import Lock
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import chain
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from ledger.errors import LedgerError
from tasks.check.outcome import Outcome
from tasks.check.workers import check_workers
from tasks.not_done import NotDone
from web import peer, render
from web.catalogue import LANGUAGES
from web.door import Door, Stranger, is_from_elsewhere
from web.guard import BESIDE, Guard
from web.pages import (
    Asked,
    Download,
    Elsewhere,
    File,
    Look,
    Missing,
    Page,
    Wrong,
    audit,
    bulk,
    calendar,
    guide,
    health,
    held,
    invoices,
    is_for,
    order,
    orders,
    papers,
    settings,
    stops,
    today,
)
from web.plain import as_json
from web.schema import schema_of
from web.sessions import Session
from web.tongue import Tongue, tongue, wished
from web.window import Window

log = logging.getLogger("askonce.web")

PAGES = (
    today.PAGE,
    calendar.PAGE,
    orders.PAGE,
    bulk.PAGE,
    order.PAGE,
    held.PAGE,
    invoices.PAGE,
    settings.PAGE,
    stops.PAGE,
    audit.PAGE,
    health.PAGE,
    *guide.PAGES,
)
DOWNLOADS = (orders.CSV, invoices.CSV, papers.MONTH, papers.PDF, schema_of(PAGES))
MOST_OF_A_FORM = 1_000_000
"""Bytes."""
LANGUAGE_COOKIE = "askonce-language"
_YEAR = 365 * 24 * 3600
_STATIC = render._TEMPLATES.parent / "static"

Answer = Callable[[Request], Awaitable[Response]]


def site(window: Window) -> ASGIApp:
    """The ASGI application."""
    desk = Desk(window)
    app = Starlette(routes=addresses(desk), exception_handlers={HTTPException: desk.no_such_address})
    return Guard(app, window)


def addresses(desk: "Desk") -> list[Route | Mount]:
    """Everything that can be asked for. What is no page needs no session, so it tells nothing."""
    routes: list[Route | Mount] = [
        Route("/healthz", desk.healthz),
        Route("/login", desk.login, methods=["GET", "POST"]),
        Route("/logout", desk.logout, methods=["POST"]),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    routes += [Route(each.path, desk.as_html(each)) for each in DOWNLOADS]
    for each in PAGES:
        render.SHOWN[each.path] = each
        routes.append(Route(each.json_path, desk.as_json(each)))
        routes.append(Route(each.path, desk.as_html(each), methods=["GET", "POST"]))
    return routes


class Desk:
    """Answers requests. What a page does may wait for the database: it is done in a thread."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._door = Door(window)
        self._logging_in = Lock()  # passwords are compared one at a time: others wait without a thread

    # pages

    def as_html(self, page: Page | Download) -> Answer:
        async def answer(request: Request) -> Response:
            form = await _form(request) if request.method == "POST" else {}
            return await run_in_threadpool(self._html, request, page, form)

        return answer

    def as_json(self, page: Page) -> Answer:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(self._json, request, page)

        return answer

    def _html(self, request: Request, page: Page | Download, form: dict[str, str]) -> Response:
        words = _tongue(request)
        try:
            session = self._door.session(request)
            if session is None:
                if request.method == "POST":
                    return self._login_page(request, words, 401, "ended", _here(request))
                return RedirectResponse(render.address("/login", {"next": _here(request)}), 303)
            look = self._look(request, session, words, form)
            if _is_too_early(page, look):
                return RedirectResponse(guide.goes_on(look), 303)
            if isinstance(page, Download):
                return self._sent(page, look)
            return _with_language(request, self._shown(request, page, look, session))
        except Stranger:
            return self._login_page(request, words, 403, "stranger")
        except LedgerError as error:
            return _away(error, words, page.path)
        except Exception:
            log.exception("%s cannot be shown, by a bug", request.url.path)
            return HTMLResponse(render.rendered("bug.html", words), 500)

    def _shown(self, request: Request, page: Page, look: Look, session: Session) -> Response:
        try:
            if not is_for(page, look.person):
                return self._refused(look, page)
            if request.method != "POST":
                return HTMLResponse(self._page(page, look))
            if is_from_elsewhere(request):
                return self._refused(look, page)
            act = page.acts.get(look.form.get("act", ""))
            if act is None:
                raise Missing
            if not look.person.may(act.role):
                return self._refused(look, page)
            if not session.holds(look.form.get("csrf", "")):
                notice = look.tongue.say("This form is of an earlier session. Look at it once more, and send it again.")
                return self._again(page, look, 403, notice)
            return RedirectResponse(act.do(look) or _here(request), 303)
        except Elsewhere as there:
            return RedirectResponse(there.address, 303)
        except Missing:
            return HTMLResponse(render.page("missing.html", look, page.path, None), 404)
        except Wrong as wrong:
            return self._again(page, look, 422, complaints=wrong.complaints)
        except NotDone as why:
            return self._again(page, look, 409, look.tongue.said(why.words, look.now))
        except Asked as asked:
            return self._again(page, look, 200, asked=asked.args[0])

    def _sent(self, download: Download, look: Look) -> Response:
        try:
            if not is_for(download, look.person):
                return self._refused(look, download)
            return _sent(download.make(look))
        except Missing:
            return HTMLResponse(render.page("missing.html", look, download.path, None), 404)
        except NotDone as why:
            notice = look.tongue.said(why.words, look.now)
            return HTMLResponse(render.page("not_sent.html", look, download.path, None, notice=notice), 409)

    def _again(self, page: Page, look: Look, status: int, notice: str = "", **more: object) -> Response:
        """The page once more, with what was typed."""
        return HTMLResponse(self._page(page, look, notice=notice, **more), status)

    def _page(self, page: Page, look: Look, **more: object) -> str:
        return render.page(page.template, look, page.path, page.show(look), **page.helpers, **more)

    def _refused(self, look: Look, page: Page | Download) -> Response:
        return HTMLResponse(render.page("refused.html", look, page.path, None), 403)

    def _json(self, request: Request, page: Page) -> Response:
        try:
            session = self._door.session(request)
            if session is None:
                return _document({"error": "log in first"}, 401)
            look = self._look(request, session, tongue("en"), {})
            if not is_for(page, look.person):
                return _document({"error": "not for this role"}, 403)
            if _is_too_early(page, look):
                return _document({"error": "not set up yet: open /guide"}, 503)
            return _document(page.show(look))
        except Elsewhere as there:
            return _document({"next": there.address})
        except Stranger:
            return _document({"error": "whom the proxy names is no user"}, 403)
        except Missing:
            return _document({"error": "there is none"}, 404)
        except LedgerError as error:
            return _document({"error": str(error)}, 503)
        except Exception:
            log.exception("%s cannot be answered, by a bug", request.url.path)
            return _document({"error": "unexpected"}, 500)

    def _look(self, request: Request, session: Session, words: Tongue, form: dict[str, str]) -> Look:
        app = self._window.app()
        sellers = session.person.sees(app.sellers)
        path = {name: str(value) for name, value in request.path_params.items()}
        now, folder, kept = app.clock.now(), self._window.folder, self._window.kept
        return Look(app, session.person, sellers, now, words, path, _query(request), session.csrf, form, folder, kept)

    # without a session

    async def login(self, request: Request) -> Response:
        if request.method == "POST":
            form = await _form(request)
            async with self._logging_in:
                return await run_in_threadpool(self._login, request, form)
        return await run_in_threadpool(self._login, request, {})

    def _login(self, request: Request, form: dict[str, str]) -> Response:
        words, token = _tongue(request), request.query_params.get("token")
        went = _local(form.get("next") or request.query_params.get("next"))
        try:
            if request.method == "POST":
                session, wrong = self._door.by_password(request, form), "password"
            else:
                session, wrong = (self._door.by_link(token), "link") if token else (None, "")
            if session:
                return self._door.let_in(request, session, RedirectResponse(went, 303))
            return self._login_page(request, words, 403 if wrong else 200, wrong, went, form.get("name", ""))
        except LedgerError as error:
            return _away(error, words, "/login")

    def _login_page(
        self, request: Request, words: Tongue, status: int, wrong: str, went: str = "/", name: str = ""
    ) -> Response:
        """`wrong`: what is: link, password, ended, stranger."""
        self._window.say_link()
        ways = {"has_users": self._door.has_users(), "has_link": not self._window.is_open}
        values = {**ways, "wrong": wrong, "went": went, "name": name, "path": "/login"}
        return _with_language(request, HTMLResponse(render.rendered("login.html", words, **values), status))

    async def logout(self, request: Request) -> Response:
        form = await _form(request)
        return await run_in_threadpool(self._logout, request, form)

    def _logout(self, request: Request, form: dict[str, str]) -> Response:
        with suppress(Stranger, LedgerError):
            session = self._door.session(request)
            if session and session.holds(form.get("csrf", "")):
                self._window.sessions.end(session.key)
        return self._door.let_out(request, RedirectResponse("/login", 303))

    async def healthz(self, _request: Request) -> Response:
        """200: the ledger answers and a worker is at work; else 503. For supervisors: it says no more."""
        app = self._window.app()
        if not app.sellers:
            return _document({"ok": False}, 503)
        try:
            checks = await run_in_threadpool(lambda: list(check_workers(app.ledger, app.clock.now())))
        except LedgerError:
            checks = None
        is_well = checks is not None and all(each.verdict is not Outcome.FAIL for each in checks)
        return _document({"ok": is_well}, 200 if is_well else 503)

    async def no_such_address(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if request.url.path.endswith(".json"):
            return _document({"error": "there is none"}, status)
        return HTMLResponse(render.rendered("nowhere.html", _tongue(request)), status)


def _is_too_early(page: Page | Download, look: Look) -> bool:
    """Before there is a shop, every address leads to the guide."""
    return not look.app.sellers and page not in guide.PAGES


def _away(error: LedgerError, words: Tongue, path: str) -> Response:
    log.error("%s", error)
    return HTMLResponse(render.rendered("away.html", words, error=str(error), path=path), 503)


def _document(value: object, status: int = 200) -> Response:
    return Response(as_json(value), status, media_type="application/json")


def _sent(file: File) -> Response:
    """The first bytes are made before the reply begins: what is wrong by then is said in a page."""
    rest = iter(file.content)
    content = chain([next(rest, b"")], rest)
    where = "inline" if file.beside else "attachment"
    headers = {"content-disposition": f'{where}; filename="{file.name}"'} | (BESIDE if file.beside else {})
    return StreamingResponse(content, media_type=file.media_type, headers=headers)


async def _form(request: Request) -> dict[str, str]:
    """What was typed; a field that comes several times has its values with commas between them."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_OF_A_FORM:
            raise HTTPException(413)
    found: dict[str, str] = {}
    for name, value in parse_qsl(body.decode(errors="replace"), keep_blank_values=True):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _tongue(request: Request) -> Tongue:
    for code in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if code in LANGUAGES:
            return tongue(code)
    return tongue(wished(request.headers.get("accept-language", "")))


def _with_language(request: Request, response: Response) -> Response:
    """The choice is remembered."""
    if (code := request.query_params.get("lang")) in LANGUAGES:
        is_secure = peer.of(request).is_secure
        response.set_cookie(LANGUAGE_COOKIE, str(code), max_age=_YEAR, httponly=True, samesite="lax", secure=is_secure)
    return response


def _query(request: Request) -> dict[str, str]:
    """Without the choice of a language, which is remembered."""
    return {name: value for name, value in request.query_params.items() if name != "lang"}


def _here(request: Request) -> str:
    return render.address(request.url.path, _query(request))


def _local(address: str | None) -> str:
    """An address of this site, whatever was given."""
    return address if address and re.match(r"/(?![/\\])", address) and "\\" not in address else "/"
