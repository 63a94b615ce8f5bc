"""The page beyond this machine: over TLS or by a proxy that is named, and by nobody else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Any

import httpx2
import pytest
from trustme import CA

from settings.environment import Environment
from tasks import users
from tasks.audit import Person as Doer
from tests.plain_http import TRUSTS_NOBODY
from tests.screens.world import NOW
from tests.web.opened import Opened, opened
from web.guard import HEADERS
from web.person import Role
from web.site import DOWNLOADS, PAGES
from worker.tls import Unfit
from worker.web import window_of

PASSWORD = "a-long-invented-one"
BY = Doer("claire", "command line")
HERE, ELSEWHERE = (ip_network("127.0.0.1"),), (ip_network("10.9.9.0/24"),)
PATHS = sorted({path for page in PAGES for path in (page.path, page.json_path)} | {each.path for each in DOWNLOADS})


@pytest.fixture(scope="module")
def page(page: Opened) -> Opened:
    """The page, with a user who looks, and one who does everything."""
    users.add(page.app.ledger, "vera", Role.VIEWER, [], PASSWORD, BY, NOW)
    users.add(page.app.ledger, "anna", Role.ADMIN, [], PASSWORD, BY, NOW)
    return page


@contextmanager
def asking(at: Opened, context: SSLContext = TRUSTS_NOBODY, headers: Any = None) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=at.window.address, verify=context, headers=headers, timeout=30) as client:
        yield client


class Secured:
    """A certificate for this machine, by an authority of these tests."""

    def __init__(self, folder: Path, *names: str, **more: Any) -> None:
        authority = CA()
        issued = authority.issue_cert(*(names or ("localhost", "127.0.0.1")), **more)
        self.cert, self.key = folder / "page.pem", folder / "page.key"
        issued.private_key_pem.write_to_path(str(self.key))
        for each in issued.cert_chain_pems:
            each.write_to_path(str(self.cert), append=True)
        self.context = create_default_context()
        authority.configure_trust(self.context)

    @property
    def variables(self) -> dict[str, Any]:
        return {"web_tls_cert": self.cert, "web_tls_key": self.key}


def log_in(client: httpx2.Client) -> httpx2.Response:
    return client.post("/login", data={"name": "anna", "password": PASSWORD})


# TLS


def test_over_tls_a_user_logs_in_with_a_cookie_that_stays_there(page: Opened, tmp_path: Path) -> None:
    secured = Secured(tmp_path)
    with (
        opened(page.app, web_host="0.0.0.0", **secured.variables) as served,
        asking(served, secured.context) as client,
    ):
        assert served.links == [f"The page: {served.window.address}"]
        assert served.window.address.startswith("https://127.0.0.1:")
        cookie = log_in(client).headers["set-cookie"]
        assert cookie.startswith("__Host-")
        assert all(f"; {each}" in cookie for each in ("HttpOnly", "Path=/", "SameSite=lax", "Secure"))
        assert "Domain" not in cookie
        reply = client.get("/")
        assert (reply.status_code, "anna, admin" in reply.text) == (200, True)
        assert reply.headers["strict-transport-security"] == "max-age=31536000"
        assert {name: reply.headers.get(name) for name in HEADERS} == HEADERS
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421
        assert client.get("/login?token=x").status_code == 403
        assert len(served.links) == 1, "no link is printed beyond this machine"


def test_the_names_of_the_certificate_are_those_of_the_page(page: Opened, tmp_path: Path) -> None:
    secured = Secured(tmp_path, "127.0.0.1", "*.agency.example", "page.example")
    with (
        opened(page.app, web_host="0.0.0.0", **secured.variables) as served,
        asking(served, secured.context) as client,
    ):
        port = served.window.address.rpartition(":")[2]
        known = ["page.example", "PAGE.example", "a.agency.example", "127.0.0.1"]
        unknown = ["agency.example", "b.a.agency.example", "localhost", "evil.example", "page.example.evil"]
        for names, code in ((known, 200), (unknown, 421)):
            replies = {name: client.get("/login", headers={"host": f"{name}:{port}"}).status_code for name in names}
            assert replies == dict.fromkeys(names, code)
        assert client.get("/login", headers={"host": "page.example"}).status_code == 200, (
            "by port 443, which leads here"
        )


def test_tls_on_this_machine_alone_needs_no_user(page: Opened, tmp_path: Path) -> None:
    secured = Secured(tmp_path)
    with opened(page.app, **secured.variables) as served, asking(served, secured.context) as client:
        assert client.get(served.link()).status_code == 303
        assert client.get("/").status_code == 200


# a proxy


def test_a_proxy_that_is_named_says_who_asks(page: Opened) -> None:
    with opened(page.app, web_proxies=HERE) as served, asking(served, headers={"remote-user": "Vera"}) as vera:
        reply = vera.get("/stops")
        assert "vera, viewer" in reply.text
        assert "set-cookie" not in reply.headers
        assert vera.get("/status.json").status_code == 200
        with asking(served, headers={"remote-user": "anna"}) as anna:
            token = anna.get("/stops").text.partition('name="csrf" value="')[2].partition('"')[0]
            form = {"act": "pause", "seller": "maison-durand", "csrf": token}
            assert vera.post("/stops", data=form).status_code == 403
            assert anna.post("/stops", data=form | {"csrf": ""}).status_code == 403
            assert anna.post("/stops", data=form).status_code == 303
            assert anna.post("/stops", data=form | {"act": "resume"}).status_code == 303
            assert anna.get("/audit.json").json()["acts"][0]["person"] == "anna"


@pytest.mark.parametrize("name", ["nobody", "anna vera", "anna,vera", "", "ann\u00e4", "root", "*", "%"])
def test_a_remote_user_that_is_no_user_may_do_nothing(page: Opened, name: str) -> None:
    named = {"remote-user": name.encode("latin-1")}
    with opened(page.app, web_proxies=HERE) as served, asking(served, headers=named) as client:
        for path in PATHS:
            assert client.get(served_path(path)).status_code in (403, 303, 401), path
        assert client.post("/stops", data={"act": "pause"}).status_code in (403, 401)
    with opened(page.app, web_proxies=HERE) as served, asking(served) as client:
        both = [("remote-user", "anna"), ("remote-user", "vera")]
        assert client.get("/", headers=both).status_code == 403


def served_path(path: str) -> str:
    return re.sub(r"{\w+}", "1", path)


@pytest.mark.parametrize("proxies", [(), ELSEWHERE], ids=["none", "another"])
def test_headers_of_anybody_else_count_for_nothing(page: Opened, proxies: Any) -> None:
    claims = {"remote-user": "anna", "x-forwarded-proto": "https", "x-forwarded-for": "10.9.9.1", "x-real-ip": "::1"}
    with opened(page.app, web_proxies=proxies) as served, asking(served, headers=claims) as client:
        assert client.get("/").status_code == 303
        assert client.get("/status.json").status_code == 401
        reply = log_in(client)
        assert "strict-transport-security" not in reply.headers
        assert "__Host-" not in reply.headers["set-cookie"]
        assert "Secure" not in reply.headers["set-cookie"]


def test_a_proxy_that_speaks_tls_has_cookies_that_stay_there(page: Opened) -> None:
    said = {"x-forwarded-proto": "https"}
    with opened(page.app, web_proxies=HERE) as served, asking(served, headers=said) as client:
        reply = log_in(client)
        assert reply.headers["set-cookie"].startswith("__Host-")
        assert "strict-transport-security" in reply.headers


def test_a_page_elsewhere_cannot_pass_for_a_proxy_of_this_machine(page: Opened) -> None:
    said = {"x-forwarded-proto": "https", "remote-user": "anna", "host": "evil.example"}
    with opened(page.app, web_proxies=HERE) as served, asking(served, headers=said) as client:
        assert client.get("/").status_code == 421, "as a browser here asks, to which evil.example is 127.0.0.1"


def test_beyond_this_machine_nothing_is_shown_without_tls(page: Opened) -> None:
    with opened(page.app, web_host="0.0.0.0", web_proxies=ELSEWHERE) as served:
        port = served.window.address.rpartition(":")[2]
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
            for path in ("/", "/login", "/status.json", "/static/style.css"):
                assert client.get(path, headers={"x-forwarded-proto": "https"}).status_code == 403
            assert client.post("/login", data={"name": "anna", "password": PASSWORD}).status_code == 403
            assert client.get("/healthz").json() == {"ok": True}
    with opened(page.app, web_host="0.0.0.0", web_proxies=HERE) as served:
        port = served.window.address.rpartition(":")[2]
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as proxy:
            assert proxy.get("/login").status_code == 403
            assert proxy.get("/login", headers={"x-forwarded-proto": "http"}).status_code == 403
            assert proxy.get("/login", headers={"x-forwarded-proto": "https"}).status_code == 200


# what cannot be served


def garbled(secured: Secured) -> None:
    secured.cert.write_text("no certificate")


def keyless(secured: Secured) -> None:
    secured.key.write_text("no key")


def of_another(secured: Secured) -> None:
    CA().issue_cert("localhost").private_key_pem.write_to_path(str(secured.key))


def gone(secured: Secured) -> None:
    secured.cert.unlink()


def is_folder(secured: Secured) -> None:
    secured.key.unlink()
    secured.key.mkdir()


def locked(secured: Secured) -> None:
    secured.key.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")


UNFIT = {
    garbled: "page.pem is no certificate in PEM",
    keyless: "page.key is no key in PEM",
    of_another: "does not fit the key",
    gone: "page.pem cannot be read: No such file or directory",
    is_folder: "page.key cannot be read: Is a directory",
    locked: "has a password, and nobody is there to type it",
}


def refused(page: Opened, **variables: Any) -> str:
    environment = Environment(None, None, Path("sellers.toml"), 0, None, None, web_port=0, **variables)
    with pytest.raises(Unfit) as said, window_of(lambda: page.app, environment, print):
        pass
    assert "Type: " in said.value.message
    return str(said.value.message)


@pytest.mark.parametrize(("spoil", "words"), UNFIT.items(), ids=[each.__name__ for each in UNFIT])
def test_a_certificate_that_cannot_serve_is_said_at_the_start(
    page: Opened, tmp_path: Path, spoil: Any, words: str
) -> None:
    secured = Secured(tmp_path)
    spoil(secured)
    assert words in refused(page, **secured.variables)


def test_a_certificate_that_ended_is_said_at_the_start(page: Opened, tmp_path: Path) -> None:
    secured = Secured(tmp_path, not_after=datetime(2026, 11, 1, tzinfo=UTC))
    assert "ended on 2026-11-01 00:00 UTC. Type: --tls-cert and a newer one" in refused(page, **secured.variables)


def test_a_certificate_without_its_key_is_said_at_the_start(page: Opened, tmp_path: Path) -> None:
    assert "--tls-cert is given without --tls-key" in refused(page, web_tls_cert=Secured(tmp_path).cert)
    assert "--tls-key is given without --tls-cert" in refused(page, web_tls_key=tmp_path / "page.key")


def test_it_does_not_listen_beyond_this_machine_without_tls_or_a_proxy(page: Opened) -> None:
    said = refused(page, web_host="0.0.0.0")
    assert "does not listen at 0.0.0.0: passwords would be sent in the clear" in said
    assert "askonce user add" not in said


def test_it_does_not_listen_beyond_this_machine_without_a_user(page: Opened, tmp_path: Path) -> None:
    rest = [each.name for each in users.listed(page.app.ledger)]
    for name in rest:
        users.remove(page.app.ledger, name, BY, NOW)
    said = refused(page, web_host="0.0.0.0", **Secured(tmp_path).variables)
    assert "there is no user. Type: askonce user add NAME --role admin" in said
    both = refused(page, web_host="::")
    assert "there is no user, and passwords would be sent in the clear" in both
