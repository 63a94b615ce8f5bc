"""Who may look and act: nobody without the link, nobody from another page, each only at his own sellers."""

import pytest

from ledger import heartbeats
from ledger.heartbeats import Heartbeat
from ledger.process_identity import this_process
from tests.screens.world import DAY, NOW
from tests.web.opened import Opened, Visitor
from web.guard import HEADERS
from web.person import Person, Role
from web.site import PAGES

PATHS = sorted({path for page in PAGES for path in (page.path, page.json_path) if "{" not in path})
ACTS = [(page.path, act) for page in PAGES for act in page.acts]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_session_nothing_is_shown(page: Opened, path: str) -> None:
    with page.visitor(None) as visitor:
        reply = visitor.get(path)
        assert (reply.status_code, "data-" in reply.text) == (401 if path.endswith(".json") else 303, False)


def test_a_link_lets_one_browser_in_once(page: Opened) -> None:
    link = f"{page.window.address}/login?token={page.window.sessions.new_link()}"
    with page.visitor(None) as first, page.visitor(None) as second:
        entered = first.get(link)
        assert entered.status_code == 303
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert first.get("/").status_code == 200
        assert second.get(link).status_code == 403
        assert second.get("/").status_code == 303


def test_a_session_that_was_chosen_by_somebody_else_is_none(page: Opened) -> None:
    with page.visitor(None) as visitor:
        visitor.client.cookies.set(page.window.cookie, "chosen-before")
        assert visitor.get("/").status_code == 303
        visitor.get(f"/login?token={page.window.sessions.new_link()}")
        assert visitor.client.cookies.get(page.window.cookie, domain="127.0.0.1") != "chosen-before"


def test_logging_out_ends_the_session(page: Opened) -> None:
    with page.visitor() as visitor:
        token = visitor.csrf()
        key = visitor.client.cookies.get(page.window.cookie)
        assert visitor.client.post("/logout", data={"csrf": token}).status_code == 303
        visitor.client.cookies.set(page.window.cookie, key or "")
        assert visitor.get("/").status_code == 303


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_name_of_the_server_is_refused(page: Opened, host: str) -> None:
    with page.visitor(host=host) as visitor:
        assert visitor.get("/").status_code in (400, 421)


@pytest.mark.parametrize("path", ["/", "/status.json", "/login", "/healthz", "/nowhere", "/static/style.css"])
def test_every_reply_has_the_headers(owner: Visitor, path: str) -> None:
    reply = owner.get(path)
    assert {name: reply.headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in reply.headers


@pytest.mark.parametrize(("path", "act"), ACTS)
def test_an_act_needs_the_token_of_the_session(page: Opened, path: str, act: str) -> None:
    with page.visitor() as visitor, page.visitor() as other:
        for csrf in ("", "wrong", other.csrf()):
            assert visitor.client.post(page.filled(path), data={"csrf": csrf, "act": act}).status_code == 403


@pytest.mark.parametrize(("path", "act"), ACTS)
def test_an_act_from_another_page_is_refused(page: Opened, path: str, act: str) -> None:
    with page.visitor() as visitor:
        headers = {"sec-fetch-site": "cross-site"}
        data = {"csrf": visitor.csrf(), "act": act}
        assert visitor.client.post(path, data=data, headers=headers).status_code == 403


@pytest.mark.parametrize(("path", "act"), ACTS)
def test_a_viewer_cannot_act(page: Opened, path: str, act: str) -> None:
    with page.visitor(Person("eve", Role.VIEWER)) as visitor:
        assert visitor.client.post(path, data={"csrf": visitor.csrf(), "act": act}).status_code == 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", Role)
def test_a_client_sees_his_own_shop_and_nothing_of_others(agency: Opened, path: str, role: Role) -> None:
    with agency.visitor(Person("client", role, frozenset({"dune-und-meer"}))) as visitor:
        reply = visitor.get(path)
        if reply.status_code != 403:
            others = [name for name in agency.app.sellers if name != "dune-und-meer"]
            assert [name for name in others if name in reply.text] == []
        assert (
            visitor.get(f"{path}?seller=lumiere").status_code in (403, 404) or "lumiere" not in visitor.get(path).text
        )


def test_no_page_has_a_secret(page: Opened) -> None:
    with page.visitor() as visitor:
        key = visitor.client.cookies.get(page.window.cookie)
        assert key
        assert [path for path in PATHS if key in visitor.get(path).text] == []


def test_healthz_says_whether_all_is_at_work_and_no_more(page: Opened) -> None:
    silent = Heartbeat(this_process(), "run", "0.1.0", started_at=NOW - DAY, seen_at=NOW - DAY)
    with page.visitor(None) as visitor:
        assert (visitor.get("/healthz").status_code, visitor.get("/healthz").json()) == (200, {"ok": True})
        with page.app.ledger.begin() as connection:
            heartbeats.record(connection, silent)
        assert (visitor.get("/healthz").status_code, visitor.get("/healthz").json()) == (503, {"ok": False})


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
def test_logging_in_leads_nowhere_else(page: Opened, elsewhere: str) -> None:
    with page.visitor(None) as visitor:
        given = {"token": page.window.sessions.new_link(), "next": elsewhere}
        assert visitor.get("/login", params=given).headers["location"] == "/"


def test_a_form_that_is_too_long_is_refused(owner: Visitor) -> None:
    assert owner.client.post("/held", content=b"a=" + b"x" * 2_000_000).status_code == 413
