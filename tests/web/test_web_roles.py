"""Every path × role × seller, made from the site's own list of pages, so that a new page is in it by itself."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from ledger import heartbeats
from ledger.heartbeats import Heartbeat
from ledger.tables import orders
from tests.screens.world import DAY, NOW
from tests.web.opened import Opened
from web.pages import Download, Page, is_for
from web.person import Person, Role
from web.site import DOWNLOADS, PAGES, Desk, addresses

MINE, OTHER = "dune-und-meer", "garden-gate"
OPEN = {"/healthz", "/login", "/logout", "/static"}
"""What needs no session."""


@dataclass(frozen=True)
class Case:
    """One person at one page."""

    page: Page
    role: Role
    sellers: frozenset[str] | None

    def __str__(self) -> str:
        return f"{self.page.path} {self.role} {'of one' if self.sellers else 'of all'}"

    @property
    def person(self) -> Person:
        return Person("eve", self.role, self.sellers)


CASES = [Case(page, role, sellers) for page in PAGES for role in Role for sellers in (None, frozenset({MINE}))]
ACTS = [(case, act) for case in CASES for act in case.page.acts]


def order_of(agency: Opened, seller: str) -> str:
    with agency.app.ledger.read() as connection:
        return str(connection.execute(select(orders.c.order_id).where(orders.c.seller == seller)).scalars().first())


def filled(agency: Opened, path: str, seller: str) -> str:
    return path.format(order_id=order_of(agency, seller)) if "{" in path else path


def test_every_address_is_a_page_or_tells_nothing(agency: Opened) -> None:
    found = {route.path for route in addresses(Desk(agency.window))}
    known = {path for page in PAGES for path in (page.path, page.json_path)} | {each.path for each in DOWNLOADS}
    assert found - known == OPEN


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_page_is_shown_to_whom_it_is_declared_for(agency: Opened, case: Case) -> None:
    is_shown = case.person.may(case.page.role) and (case.page.is_by_seller or case.sellers is None)
    with agency.visitor(case.person) as visitor:
        for path in (case.page.path, case.page.json_path):
            reply = visitor.get(filled(agency, path, MINE))
            assert reply.status_code == (200 if is_shown else 403)
            places = re.findall(r'<li><a href="(/[a-z]*)"', reply.text)
            assert [each.path for each in PAGES if each.path in places and not is_for(each, case.person)] == []


@pytest.mark.parametrize("download", DOWNLOADS, ids=lambda each: each.path)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("sellers", [None, frozenset({MINE})])
def test_a_file_is_for_whom_it_is_declared_for_and_names_no_other_seller(
    agency: Opened, download: Download, role: Role, sellers: frozenset[str] | None
) -> None:
    person = Person("eve", role, sellers)
    with agency.visitor(person) as visitor, agency.visitor(None) as nobody:
        reply = visitor.get(filled(agency, download.path, MINE))
        assert (reply.status_code != 403) == is_for(download, person)
        assert sellers is None or OTHER not in reply.text
        theirs = visitor.get(filled(agency, download.path, OTHER), params={"seller": OTHER})
        assert sellers is None or theirs.status_code in (403, 404)
        assert nobody.get(filled(agency, download.path, MINE)).status_code == 303


@pytest.mark.parametrize("case", [case for case in CASES if case.sellers], ids=str)
def test_no_page_shows_another_seller(agency: Opened, case: Case) -> None:
    hidden = (*(name for name in agency.app.sellers if name != MINE), order_of(agency, OTHER))
    with agency.visitor(case.person) as visitor:
        for path in (case.page.path, case.page.json_path):
            for query in ("", f"?seller={OTHER}", f"?q={hidden[-1]}", f"?q={OTHER}", "?marketplace=GB"):
                given = query.partition("=")[2]
                reply = visitor.get(filled(agency, path, MINE) + query)
                shown = reply.text.replace(given, "") if given else reply.text
                assert [name for name in hidden if name in shown] == [], (path, query)


@pytest.mark.parametrize("case", [case for case in CASES if case.sellers and case.page.path != "/audit"], ids=str)
def test_no_page_tells_of_the_machine_to_whoever_sees_some_sellers(agency: Opened, case: Case) -> None:
    silent = Heartbeat("server-7 boot:ns 1 1", "run", "0.1.0", started_at=NOW - DAY, seen_at=NOW - DAY)
    with agency.app.ledger.begin() as connection:
        heartbeats.record(connection, silent)
    with agency.visitor(case.person) as visitor:
        for path in (case.page.path, case.page.json_path):
            shown = visitor.get(filled(agency, path, MINE)).text
            assert [name for name in ("server-7", agency.app.ledger.name) if name in shown] == [], path


@pytest.mark.parametrize("case", [case for case in CASES if case.sellers and "{" in case.page.path], ids=str)
def test_what_is_anothers_is_answered_as_what_is_not_there(agency: Opened, case: Case) -> None:
    with agency.visitor(case.person) as visitor:
        for path in (case.page.path, case.page.json_path):
            theirs = visitor.get(filled(agency, path, OTHER))
            none = visitor.get(path.format(order_id="999-9999999-9999999"))
            assert theirs.status_code == none.status_code == (404 if is_for(case.page, case.person) else 403)
            assert len(theirs.content) == len(none.content)


@pytest.mark.parametrize(("case", "act"), ACTS, ids=str)
def test_an_act_is_for_its_role_and_for_ones_own_sellers(agency: Opened, case: Case, act: str) -> None:
    theirs = order_of(agency, OTHER)
    form = {"seller": OTHER, "order": theirs, "order_id": theirs, "why": "eve", "act": act}
    may = is_for(case.page, case.person) and case.person.may(case.page.acts[act].role)
    if may and case.sellers is None:
        return
    with agency.visitor(case.person) as visitor, agency.visitor() as owner:
        before = owner.json("/audit.json")["acts"]
        reply = visitor.client.post(filled(agency, case.page.path, OTHER), data={"csrf": visitor.csrf(), **form})
        assert reply.status_code in ((404, 409, 422) if may else (403,))
        assert OTHER not in reply.text.replace("http://", "")
        assert owner.json("/audit.json")["acts"] == before
