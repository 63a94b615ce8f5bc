"""Settings are changed in two steps, on top of what the file says by then; comments and others' changes stay."""

import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.screens.world import one_seller, twenty_sellers
from tests.web.opened import Opened, Visitor, fields, opened, values
from web.person import Person, Role

ME = "maison-durand"
DAYS = ("review_requests-day_range-0", "review_requests-day_range-1")


@pytest.fixture(scope="module")
def world() -> Iterator[Opened]:
    with one_seller() as made, made.app() as app, opened(app, made.environ) as page:
        yield page


@pytest.fixture
def shop(world: Opened) -> Iterator[Opened]:
    """The page of one seller, whose file is as at first."""
    file = path(world)
    before = file.read_bytes()
    yield world
    file.unlink()
    file.write_bytes(before)  # a link to it may be in its place


@pytest.fixture
def owner(shop: Opened) -> Iterator[Visitor]:
    with shop.visitor() as visitor:
        yield visitor


def path(page: Opened) -> Path:
    assert page.app.settings_file
    return page.app.settings_file.path


def send(visitor: Visitor, act: str, form: dict[str, str], address: str = "/settings") -> Any:
    return visitor.client.post(address, data={**form, "act": act})


def test_a_change_is_looked_at_and_then_saved_with_comments_kept(shop: Opened, owner: Visitor) -> None:
    before = path(shop).read_text()
    form = fields(owner.html("/settings")) | {DAYS[1]: "12", "review_requests-daily_limit": "9"}
    looked = send(owner, "preview", form)
    assert looked.status_code == 200
    assert path(shop).read_text() == before
    assert "+ daily_limit = 9" in unescape(looked.text)
    assert {"due", "soon", "asked", "more", "less", "moved"} <= set(values(looked.text, "data-effect"))
    assert "save" in values(looked.text, "data-act")
    saved = send(owner, "save", fields(looked.text))
    assert (saved.status_code, saved.headers["location"]) == (303, "/settings?saved=yes")
    after = path(shop).read_text()
    wish = tomllib.loads(after)["sellers"][ME]["review_requests"]
    assert (wish["day_range"], wish["daily_limit"]) == ([5, 12], 9)
    assert re.findall("#.*", after) == re.findall("#.*", before)
    act = owner.json("/audit.json")["acts"][0]
    assert (act["act"], act["person"], act["seller"]) == ("settings", "claire", ME)
    assert act["after"] == {"review_requests.daily_limit": 9, "review_requests.day_range": [5, 12]}


def test_what_was_typed_after_the_look_is_looked_at_first(shop: Opened, owner: Visitor) -> None:
    before = path(shop).read_text()
    looked = send(owner, "preview", fields(owner.html("/settings")) | {DAYS[1]: "12"})
    again = send(owner, "save", fields(looked.text) | {DAYS[1]: "13"})
    assert again.status_code == 200
    assert "[5, 13]" in again.text
    assert path(shop).read_text() == before


WRONG = [
    pytest.param(DAYS[1], "35", "must be from 5 to 30", id="day"),
    pytest.param(DAYS[0], "soon", "must be a whole number", id="no-day"),
    pytest.param(DAYS[0], "28", "ends before it starts", id="days-turned-round"),
    pytest.param("review_requests-time_slots", "10h", "must be written like 10:00-14:00", id="slot"),
    pytest.param("review_requests-time_slots", "10:00-14:00, 13:00-15:00", "must not overlap", id="slots"),
    pytest.param("review_requests-time_slots", "14:00-10:00", "ends before it starts", id="slot-turned-round"),
    pytest.param("review_requests-timezone", "Mars/Base", "is not a known time zone", id="zone"),
    pytest.param("review_requests-daily_limit", "0", "must be at least 1", id="limit"),
    pytest.param("review_requests-blackout", "Xmas", "must be written like 2026-12-24", id="blackout"),
    pytest.param("review_requests-blackout", "2026-02-30", "no calendar has: 2026-02-30", id="no-such-day"),
    pytest.param("review_requests-weekdays", "", "must name at least one", id="no-weekday"),
    pytest.param("marketplaces", "", "must name at least one", id="no-marketplace"),
    pytest.param("review_requests-exclude-skus", "A, A", "names the same value twice", id="twice"),
    pytest.param("review_requests-exclude-order_value_below", "cheap", "must be a number", id="amount"),
    pytest.param("invoices-since", "soon", "must be a date like 2026-12-01", id="date"),
    pytest.param("invoices-number", "INV", "must have {number} once", id="number"),
    pytest.param("invoices-keep_years", "99", "must be at most 30", id="years"),
    pytest.param("invoices-seller-name", "", "is missing", id="seller"),
    pytest.param("invoices-seller-vat_numbers", "FR = 1", "must begin with FR", id="vat-number"),
    pytest.param("invoices-vat_rates", "FR = 0.2", "must be in per cent", id="vat-rate"),
    pytest.param("invoices-source", "folder", 'is missing, with source = "folder"', id="folder"),
]


@pytest.mark.parametrize(("name", "typed", "words"), WRONG)
def test_a_wrong_form_says_it_at_its_field_and_keeps_what_was_typed(
    shop: Opened, owner: Visitor, name: str, typed: str, words: str
) -> None:
    before = path(shop).read_text()
    form = fields(owner.html("/settings")) | {name: typed, "review_requests-exclude-promotions": "VINE-*"}
    for act in ("preview", "save"):
        reply = send(owner, act, form)
        assert reply.status_code == 422
        said = {key: unescape(what) for key, what in re.findall(r'id="([\w-]+)-wrong">([^<]*)<', reply.text)}
        assert [what for what in said.values() if words in what], said
        again = fields(reply.text)
        assert (again.get(name, ""), again["review_requests-exclude-promotions"]) == (typed, "VINE-*")
        assert "save" not in values(reply.text, "data-act")
    assert path(shop).read_text() == before
    for language in ("fr", "de"):
        elsewhere = send(owner, "preview", form, f"/settings?lang={language}").text
        translated = [unescape(what) for what in re.findall(r'id="[\w-]+-wrong">([^<]*)<', elsewhere)]
        assert translated
        assert [what for what in translated if words in what or " must " in what or " is " in what] == []


def test_a_change_by_hand_meanwhile_is_kept_shown_and_asked(shop: Opened, owner: Visitor) -> None:
    looked = send(owner, "preview", fields(owner.html("/settings")) | {DAYS[1]: "12"})
    by_hand = path(shop).read_text().replace("[sellers.maison-durand]", "# by hand\n[sellers.maison-durand]")
    by_hand = re.sub(r"(?m)^live = true.*$", "live = false  # by hand, too", by_hand)
    path(shop).write_text(by_hand)
    refused = send(owner, "save", fields(looked.text))
    assert refused.status_code == 409
    assert "The file was changed while you wrote." in refused.text
    assert "<code>live</code>: true → false" in refused.text
    assert path(shop).read_text() == by_hand
    assert fields(refused.text).get("live", "") == ""
    assert send(owner, "save", fields(refused.text)).status_code == 303
    after = path(shop).read_text()
    assert after.replace("[5, 12]", "[5, 25]") == by_hand
    assert "[5, 12]" in after


def test_of_two_people_the_second_is_shown_what_the_first_did(shop: Opened, owner: Visitor) -> None:
    with shop.visitor(Person("bob", Role.ADMIN)) as bob:
        hers, his = (fields(each.html("/settings")) for each in (owner, bob))
        hers = fields(send(owner, "preview", hers | {DAYS[1]: "12"}).text)
        his = fields(send(bob, "preview", his | {"review_requests-daily_limit": "7"}).text)
        assert send(owner, "save", hers).status_code == 303
        refused = send(bob, "save", his)
        assert refused.status_code == 409
        assert "review_requests.day_range" in refused.text
        assert send(bob, "save", fields(refused.text)).status_code == 303
    wish = tomllib.loads(path(shop).read_text())["sellers"][ME]["review_requests"]
    assert (wish["day_range"], wish["daily_limit"]) == ([5, 12], 7)


def test_the_whole_file_is_edited_with_complaints_that_name_the_line(shop: Opened, owner: Visitor) -> None:
    address = "/settings?view=file"
    before = path(shop).read_text()
    form = fields(owner.html(address))
    assert form["text"] == before
    wrong = send(owner, "preview", form | {"text": before.replace("day_range", "day_rnge")}, address)
    assert wrong.status_code == 422
    assert "did you mean &#34;day_range&#34;" in wrong.text
    assert "^" in wrong.text
    assert "day_rnge" in fields(wrong.text)["text"]
    new = f"# mine\r\n{before.replace(chr(10), chr(13) + chr(10))}"  # as a browser sends it
    looked = send(owner, "preview", form | {"text": new}, address)
    assert send(owner, "save", fields(looked.text), address).status_code == 303
    assert path(shop).read_bytes().decode() == f"# mine\n{before}"


@pytest.mark.parametrize("is_apart", [True, False])
def test_a_whole_file_is_not_written_over_what_came_meanwhile(shop: Opened, owner: Visitor, *, is_apart: bool) -> None:
    address = "/settings?view=file"
    before = path(shop).read_text()
    by_hand = f"{before}# by hand\n" if is_apart else f"# by hand\n{before}"
    looked = send(owner, "preview", fields(owner.html(address)) | {"text": f"# mine\n{before}"}, address)
    path(shop).write_text(by_hand)
    refused = send(owner, "save", fields(looked.text), address)
    assert refused.status_code == 409
    assert "<ins>+ # by hand</ins>" in refused.text
    assert path(shop).read_text() == by_hand
    assert ("You changed the same lines." in refused.text) is not is_apart
    assert fields(refused.text)["text"] == (f"# mine\n{by_hand}" if is_apart else f"# mine\n{before}")


def test_a_file_with_mistakes_is_shown_with_them_and_mended(shop: Opened, owner: Visitor) -> None:
    before = path(shop).read_text()
    path(shop).write_text(before.replace("day_range", "day_rnge"))
    html = owner.html("/settings")
    assert "What the file says of this seller cannot be used" in html
    assert "day_rnge" in html
    form = fields(owner.html("/settings?view=file"))
    looked = send(owner, "preview", form | {"text": before}, "/settings?view=file")
    assert send(owner, "save", fields(looked.text), "/settings?view=file").status_code == 303
    assert path(shop).read_text() == before


def test_a_file_that_cannot_be_written_says_so_and_keeps_what_was_typed(shop: Opened, owner: Visitor) -> None:
    file = path(shop)
    text = file.read_text()
    real = file.rename(file.with_name("s" * 250))  # beside which nothing with a longer name can be written
    file.symlink_to(real.name)
    looked = send(owner, "preview", fields(owner.html("/settings")) | {DAYS[1]: "12"})
    refused = send(owner, "save", fields(looked.text))
    assert refused.status_code == 409
    assert "cannot be written: File name too long. Nothing was saved; the file is as before." in refused.text
    assert fields(refused.text)[DAYS[1]] == "12"
    assert file.read_text() == text
    real.unlink()


def test_a_file_with_a_secret_in_it_is_not_shown(shop: Opened, owner: Visitor) -> None:
    path(shop).write_text('# token = "Atzr|IwEBIA"\n' + path(shop).read_text())
    for address in ("/settings", "/settings?view=file", "/settings.json"):
        assert "IwEBIA" not in owner.get(address).text
    assert "Line 1 of" in owner.html("/settings")


def test_json_has_the_settings_by_their_keys(shop: Opened, owner: Visitor) -> None:
    said = owner.json("/settings.json")
    assert said["settings"]["review_requests.day_range"] == [5, 25]
    assert (said["seller"], said["is_taken_up"]) == (ME, False)
    assert said["file"] == str(path(shop))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_an_admin_may_change_them(shop: Opened, role: Role) -> None:
    with shop.visitor(Person("eve", role)) as eve, shop.visitor() as owner:
        html = eve.html("/settings")
        assert "An admin can change the settings." in html
        assert ("/guide/keys" in owner.html("/settings"), "/guide/keys" in html) == (True, False)
        assert values(html, "data-act") == []
        assert eve.get("/settings?view=file").status_code == 404
        form = fields(owner.html("/settings")) | {"csrf": eve.csrf()}
        for act in ("preview", "save"):
            assert send(eve, act, form).status_code == 403


def test_an_admin_of_one_shop_changes_that_one_and_reads_of_no_other() -> None:
    with twenty_sellers() as made, made.app() as app, opened(app) as page:
        client = Person("client", Role.ADMIN, frozenset({"lumiere"}))
        with page.visitor(client) as visitor, page.visitor() as owner:
            assert visitor.get("/settings?view=file").status_code == 404
            assert visitor.get("/settings?seller=souk-lane").status_code == 404
            form = fields(visitor.html("/settings")) | {DAYS[1]: "20"}
            looked = send(visitor, "preview", form)
            others = [name for name in app.sellers if name != "lumiere"]
            assert [name for name in others if name in looked.text] == []
            assert send(visitor, "save", fields(looked.text)).status_code == 303
            assert values(owner.html("/settings"), "data-seller") == list(app.sellers)
        found = tomllib.loads(path(page).read_text())["sellers"]
        assert found["lumiere"]["review_requests"]["day_range"] == [7, 20]
        assert "review_requests" not in found["souk-lane"]
