"""A pause is made and lifted on the page, by whom it may be, and stands in who did what; health says what fails."""

import pytest

from ledger import brakes
from rules.brakes import Brake, Verdict
from tests.web.opened import Opened, Visitor, values
from web.person import Person, Role


def test_a_pause_is_made_seen_and_lifted(owner: Visitor) -> None:
    assert owner.does("/stops", "pause", seller="maison-durand", marketplace="DE", action="review").status_code == 303
    (stop,) = owner.json("/stops.json")["entries"]
    assert (stop["seller"], stop["marketplace"], stop["action"], stop["by"]) == (
        "maison-durand",
        "DE",
        "review",
        "claire",
    )
    assert "resume" in values(owner.html("/stops"), "data-act")
    assert owner.does("/stops", "resume", seller="maison-durand", marketplace="DE", action="review").status_code == 303
    assert owner.json("/stops.json")["entries"] == []
    done = [(each["act"], each["person"]) for each in owner.json("/audit.json")["acts"]]
    assert done[:2] == [("resume", "claire"), ("pause", "claire")]
    assert values(owner.html("/audit"), "data-did")[:2] == ["resume", "pause"]


def test_who_did_what_says_the_end_of_a_pause_and_the_place_in_the_readers_words(owner: Visitor) -> None:
    assert owner.does("/stops", "pause", seller="maison-durand", until="2030-01-01T10:00").status_code == 303
    assert "Bis: Di., 1. Jan. 2030, 10:00" in owner.html("/audit?lang=de")
    assert "page, sur " in owner.html("/audit?lang=fr")
    assert owner.does("/stops", "resume", seller="maison-durand").status_code == 303


def test_a_seller_is_taken_out_of_service_and_put_in_again(owner: Visitor) -> None:
    def service() -> tuple[bool, str]:
        (found,) = owner.json("/stops.json")["service"]
        return found["is_armed"], found["by"]

    assert service()[0]
    assert "disarm" in values(owner.html("/stops"), "data-act")
    assert owner.does("/stops", "disarm", seller="maison-durand").status_code == 303
    assert service() == (False, "")
    assert "not_armed" in [each["reason"] for each in owner.json("/stops.json")["entries"]]
    assert values(owner.html("/stops"), "data-act").count("arm") == 1
    assert owner.does("/stops", "arm", seller="maison-durand").status_code == 303
    assert service() == (True, "claire")
    assert [each["act"] for each in owner.json("/audit.json")["acts"]][:2] == ["arm", "disarm"]


@pytest.mark.parametrize(
    ("until", "words"),
    [("soon", "This is no time"), ("2020-01-01T10:00", "This time is over"), ("99", "This is no time")],
)
def test_a_wrong_time_is_said_at_its_field_and_kept(owner: Visitor, until: str, words: str) -> None:
    reply = owner.does("/stops", "pause", until=until)
    assert reply.status_code == 422
    assert words in reply.text
    assert f'value="{until}" aria-invalid="true"' in reply.text
    assert owner.json("/stops.json")["entries"] == []


def test_a_client_stops_his_own_shop_alone(agency: Opened) -> None:
    client = Person("client", Role.OPERATOR, frozenset({"lumiere"}))
    with agency.visitor(client) as visitor, agency.visitor() as owner:
        before = owner.json("/stops.json")["entries"]
        assert visitor.does("/stops", "pause").status_code == 422
        assert visitor.does("/stops", "pause", seller="dune-und-meer").status_code == 404
        assert visitor.does("/stops", "resume", seller="dune-und-meer").status_code == 404
        assert owner.json("/stops.json")["entries"] == before
        assert visitor.does("/stops", "pause", seller="lumiere").status_code == 303
        owner.does("/stops", "pause", seller="dune-und-meer")
        assert {each["seller"] for each in visitor.json("/audit.json")["acts"]} == {"lumiere"}
        assert {"lumiere", "dune-und-meer"} <= {each["seller"] for each in owner.json("/audit.json")["acts"]}


def test_health_names_what_fails_first(owner: Visitor) -> None:
    found = owner.json("/health.json")
    verdicts = [each["verdict"] for each in found["checks"]]
    assert verdicts == sorted(verdicts, key=["fail", "unknown", "pass"].index)
    assert values(owner.html("/health"), "data-check") == [each["name"] for each in found["checks"]]


def test_a_brake_is_shown_with_what_waits_and_released(page: Opened, owner: Visitor) -> None:
    verdict = Verdict(
        Brake.NOT_OFFERED, measure=38, limit=20, cause="Amazon does not offer 5 of 13 orders today; usually 4 %"
    )
    with page.app.ledger.begin() as connection:
        brakes.brake(connection, "maison-durand", "DE", verdict, page.app.clock.now(), None)
    (shown,) = owner.json("/stops.json")["brakes"]
    assert (shown["marketplace"], shown["brake"]) == ("DE", "not_offered")
    html = owner.html("/stops?lang=fr")
    assert "pour 5 commandes sur 13\u202f; d’habitude 4 %" in html
    assert "release" in values(html, "data-act")
    done = owner.does("/stops", "release", seller="maison-durand", marketplace="DE", brake="not_offered")
    assert done.status_code == 303
    assert owner.json("/stops.json")["brakes"] == []
    assert owner.json("/audit.json")["acts"][0]["act"] == "release"
