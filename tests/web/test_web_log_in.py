"""Who logs in by name and password, and when that ends."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx2
import pytest

from ledger.database import Ledger
from tasks import users
from tasks.audit import Person as Doer
from tests.screens.world import NOW
from tests.web.opened import Opened, Visitor
from web.person import Person, Role
from web.sessions import IDLE_OF_USER, LONGEST_OF_USER, Sessions

PASSWORD = "a-long-invented-one"
BY = Doer("claire", "command line")


@pytest.fixture
def bruno(page: Opened) -> Iterator[Opened]:
    """The page, at which an operator named bruno may log in."""
    ledger = page.app.ledger
    users.add(ledger, "bruno", Role.OPERATOR, [], PASSWORD, BY, NOW)
    yield page
    if users.find(ledger, "bruno"):
        users.remove(ledger, "bruno", BY, NOW)


def logs_in(visitor: Visitor, name: str = "bruno", password: str = PASSWORD, **more: str) -> httpx2.Response:
    return visitor.client.post("/login", data={"name": name, "password": password, **more})


@pytest.fixture
def inside(bruno: Opened) -> Iterator[Visitor]:
    """bruno, who is logged in."""
    with bruno.visitor(None) as visitor:
        assert logs_in(visitor).status_code == 303
        yield visitor


def test_the_form_is_there_once_there_is_a_user(page: Opened) -> None:
    with page.visitor(None) as visitor:
        assert 'type="password"' not in visitor.html("/login")
        users.add(page.app.ledger, "bruno", Role.OPERATOR, [], PASSWORD, BY, NOW)
        assert 'type="password"' in visitor.html("/login")
        users.remove(page.app.ledger, "bruno", BY, NOW)


def test_a_name_and_a_password_open_the_page_that_was_asked_for(bruno: Opened) -> None:
    with bruno.visitor(None) as visitor:
        assert visitor.get("/held").headers["location"] == "/login?next=%2Fheld"
        assert 'name="next" value="/held"' in visitor.html("/login?next=%2Fheld")
        reply = logs_in(visitor, next="/held")
        assert (reply.status_code, reply.headers["location"]) == (303, "/held")
        assert "bruno, operator" in visitor.html("/held")


@pytest.mark.parametrize("elsewhere", ["//evil.example", "///evil.example", "/\\evil", "https://evil.example", "evil"])
def test_it_leads_nowhere_else(bruno: Opened, elsewhere: str) -> None:
    with bruno.visitor(None) as visitor:
        assert logs_in(visitor, next=elsewhere).headers["location"] == "/"


def test_an_unknown_name_a_wrong_password_and_a_lock_have_one_answer(bruno: Opened) -> None:
    with bruno.visitor(None) as visitor:
        wrong = logs_in(visitor, password="another-invented-one")
        unknown = logs_in(visitor, name="nobod", password="another-invented-one")
        for _ in range(users.TRIES):
            logs_in(visitor, password="another-invented-one")
        locked = logs_in(visitor)
        assert [each.status_code for each in (wrong, unknown, locked)] == [403] * 3
        assert wrong.text == locked.text == unknown.text.replace("nobod", "bruno")
        assert visitor.get("/").status_code == 303
        assert "another-invented-one" not in wrong.text
        users.unlock(bruno.app.ledger, "bruno", BY, NOW)
        assert logs_in(visitor).status_code == 303


def test_each_log_in_has_another_session_and_ends_the_one_before(inside: Visitor, bruno: Opened) -> None:
    cookie = bruno.window.cookie
    before = inside.client.cookies[cookie]
    inside.client.cookies.clear()
    inside.client.cookies.set(cookie, before, domain="127.0.0.1")
    logs_in(inside)
    after = inside.client.cookies[cookie]
    assert after != before
    with bruno.visitor(None) as other:
        other.client.cookies.set(cookie, before)
        assert other.get("/").status_code == 303


CHANGES: dict[str, Callable[[Ledger], object]] = {
    "password": lambda ledger: users.set_password(ledger, "bruno", "another-invented-one", BY, NOW),
    "role": lambda ledger: users.change(ledger, "bruno", Role.ADMIN, [], BY, NOW),
    "sellers": lambda ledger: users.change(ledger, "bruno", Role.OPERATOR, ["maison-durand"], BY, NOW),
    "removal": lambda ledger: users.remove(ledger, "bruno", BY, NOW),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_session_ends_as_its_user_changes(inside: Visitor, bruno: Opened, change: str) -> None:
    assert inside.get("/").status_code == 200
    CHANGES[change](bruno.app.ledger)
    assert inside.get("/").status_code == 303
    assert inside.get("/status.json").status_code == 401


def test_one_who_is_removed_and_added_again_must_log_in_again(inside: Visitor, bruno: Opened) -> None:
    users.remove(bruno.app.ledger, "bruno", BY, NOW)
    users.add(bruno.app.ledger, "bruno", Role.OPERATOR, [], PASSWORD, BY, NOW)
    assert inside.get("/").status_code == 303


def test_logging_out_ends_the_session(inside: Visitor, bruno: Opened) -> None:
    key = inside.client.cookies[bruno.window.cookie]
    gone = inside.client.post("/logout", data={"csrf": inside.csrf()})
    assert (gone.status_code, gone.headers["clear-site-data"]) == (303, '"cache", "storage"')
    with bruno.visitor(None) as other:
        other.client.cookies.set(bruno.window.cookie, key)
        assert other.get("/").status_code == 303


def test_another_page_cannot_log_somebody_in(bruno: Opened) -> None:
    with bruno.visitor(None, **{"sec-fetch-site": "cross-site"}) as visitor:
        assert logs_in(visitor).status_code == 403


def test_two_people_at_once_have_their_own_rights_and_names(inside: Visitor, bruno: Opened) -> None:
    with bruno.visitor(Person("vera", Role.VIEWER)) as vera:
        tokens = {inside.csrf(), vera.csrf()}
        assert len(tokens) == 2
        assert inside.does("/stops", "pause", seller="maison-durand").status_code == 303
        assert vera.does("/stops", "resume", seller="maison-durand").status_code == 403
        assert vera.json("/audit.json")["acts"][0]["person"] == "bruno"
        assert inside.does("/stops", "resume", seller="maison-durand").status_code == 303


def test_a_form_of_a_session_that_ended_is_not_lost(inside: Visitor, bruno: Opened) -> None:
    token = inside.csrf()
    users.set_password(bruno.app.ledger, "bruno", PASSWORD, BY, NOW)
    reply = inside.client.post("/stops", data={"csrf": token, "act": "pause"})
    assert reply.status_code == 401
    assert "Log in in another tab" in reply.text


@pytest.mark.parametrize(
    ("asks", "lasts"),
    [
        ([timedelta(0), IDLE_OF_USER], True),
        ([IDLE_OF_USER + timedelta(seconds=1)], False),
        ([IDLE_OF_USER * n for n in range(1, 13)], True),
        ([IDLE_OF_USER * n for n in range(1, 13)] + [LONGEST_OF_USER + timedelta(seconds=1)], False),
    ],
    ids=["in time", "idle", "at work", "too long"],
)
def test_a_session_lasts_while_its_user_is_at_work_and_not_too_long(asks: list[timedelta], lasts: bool) -> None:
    now = [NOW]
    sessions = Sessions(lambda: now[0])
    key = sessions.begin(Person("bruno", Role.VIEWER), "stamp").key
    found = []
    for after in asks:
        now[0] = NOW + after
        found.append(sessions.of(key) is not None)
    assert found == [True] * (len(asks) - 1) + [lasts]


def test_a_page_that_refreshes_itself_keeps_no_session_alive() -> None:
    now = [NOW]
    sessions = Sessions(lambda: now[0])
    key = sessions.begin(Person("bruno", Role.VIEWER), "stamp").key
    for minutes in range(0, 61, 30):
        now[0] = NOW + timedelta(minutes=minutes)
        assert sessions.of(key, by_person=False)
    now[0] += timedelta(seconds=1)
    assert sessions.of(key, by_person=False) is None
