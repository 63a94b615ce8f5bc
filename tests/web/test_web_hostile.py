"""Words of others, in every place of the ledger and of a request: shown as text on every page, without any effect."""

import json
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select, update

from ledger.tables import acts, alerts, attempts, brakings, controls, orders, sources
from tests.screens.world import NOW
from tests.web.opened import Opened, Visitor
from web.site import DOWNLOADS, PAGES

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}\x1b[2J\u202egpj.exe\u2066\x07"
SHOP = "maison-durand"


@pytest.fixture(scope="module")
def planted(page: Opened) -> Opened:
    """Everything that somebody else may have said is hostile."""
    with page.app.ledger.begin() as connection:
        connection.execute(update(attempts).values(detail=HOSTILE, request_id="<script>alert(3)</script>"))
        connection.execute(update(sources).values(error=HOSTILE))
        said = {"detail": HOSTILE, "by": HOSTILE, "at": NOW}
        connection.execute(insert(controls).values(scope=f"{SHOP}/DE", reason="paused", **said))
        named = {"person": HOSTILE, "place": HOSTILE, "after": json.dumps({HOSTILE: HOSTILE})}
        connection.execute(insert(acts).values(at=NOW, act="skip", seller=SHOP, **named))
        seen = {"brake": "many_due", "since": NOW, "measure": 5, "limit": 1, "cause": HOSTILE}
        connection.execute(insert(brakings).values(seller=SHOP, marketplace="FR", **seen))
        raised = {"kind": "stopped", "raised_at": NOW, "seen_at": NOW}
        connection.execute(insert(alerts).values(cause="x", seller=SHOP, what=HOSTILE, remedy=HOSTILE, **raised))
        for row in connection.execute(select(orders.c.order_id, orders.c.placed)).all():
            placed = json.loads(row.placed)
            for item in placed["items"]:
                item["sku"] = HOSTILE
            connection.execute(
                update(orders).where(orders.c.order_id == row.order_id).values(placed=json.dumps(placed))
            )
    return page


class Parsed(HTMLParser):
    """What a browser would run or load from a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if (tag == "script" and ("src", "/static/refresh.js") not in attrs) or tag == "img":
            self.found.append(tag)
        self.found += [name for name, value in attrs if name.startswith("on") or (value or "").startswith("javascript")]


@pytest.mark.parametrize("page_of", PAGES, ids=lambda each: each.path)
def test_no_page_runs_what_others_said(planted: Opened, page_of: object) -> None:
    path = planted.filled(page_of.path)  # type: ignore[attr-defined]
    with planted.visitor() as visitor:
        for language in ("en", "fr", "de"):
            assert Parsed(visitor.html(f"{path}?lang={language}")).found == []
            assert not {"\x1b", "\u202e", "\u2066"} & {*visitor.html(path)}


def test_the_words_are_shown_on_the_pages_that_have_them(planted: Opened) -> None:
    with planted.visitor() as visitor:
        for path in ("/stops", "/audit", "/orders", "/held"):
            assert "&lt;script&gt;alert(1)" in visitor.html(path), path


@pytest.mark.parametrize("each", DOWNLOADS, ids=lambda each: each.path)
def test_no_file_is_taken_for_a_page(planted: Opened, each: object) -> None:
    with planted.visitor() as visitor:
        reply = visitor.get(planted.filled(each.path))  # type: ignore[attr-defined]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.status_code != 200 or "html" not in reply.headers["content-type"]


@pytest.mark.parametrize("name", ["seller", "q", "sku", "state", "reason", "since", "page", "day", "sort", "is", "x"])
def test_what_stands_in_an_address_has_no_effect(owner: Visitor, name: str) -> None:
    for page_of in PAGES:
        if "{" not in page_of.path:
            assert Parsed(owner.get(page_of.path, params={name: HOSTILE}).text).found == []


def test_what_was_typed_comes_back_as_text(owner: Visitor) -> None:
    wrong = owner.does("/stops", "pause", until=HOSTILE, seller=SHOP)
    assert wrong.status_code == 422
    assert Parsed(wrong.text).found == []
    login = owner.client.post("/login", data={"name": HOSTILE, "password": HOSTILE, "next": HOSTILE})
    assert login.status_code == 403
    assert Parsed(login.text).found == []
    assert Parsed(owner.get(f"/orders/{quote(HOSTILE)}").text).found == []
    assert Parsed(owner.get("/login", params={"next": HOSTILE, "lang": HOSTILE}).text).found == []
