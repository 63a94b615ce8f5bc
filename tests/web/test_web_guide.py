"""The guide, over HTTP and without a script: from an empty folder to a shop that is set up, with every mistake."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from marketplace.simulator.faults import Fault
from tests.web.newcomer import ACCOUNT, DAYS, KEYS, SECRETS, SHOP, STEPS, Newcomer, complaints, empty, newcomer
from tests.web.opened import values
from tests.worker.seller_folder import CLIENT_SECRET, amazon, delivered, until

EVERY = ("/", "/orders", "/held", "/stops", "/audit", "/health", "/calendar", "/invoices")
LANGUAGES = ("en", "fr", "de")


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Newcomer]:
    """Somebody in an empty folder, whose Amazon is the real one: it is not asked."""
    with empty(tmp_path) as folder, newcomer(folder) as made:
        yield made


@pytest.fixture(scope="module")
def filling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """Somebody who has filled in the first two steps."""
    with empty(tmp_path_factory.mktemp("filling")) as folder, newcomer(folder) as made:
        made.went("", ACCOUNT)
        made.went("/days", DAYS)
        yield made


def test_without_settings_every_address_leads_to_the_guide_and_no_file_is_made(new: Newcomer) -> None:
    assert {path: new.get(path).headers["location"] for path in EVERY} == dict.fromkeys(EVERY, "/guide")
    assert new.get("/orders.json").status_code == new.get("/healthz").status_code == 503
    assert new.get("/guide").status_code == 200
    assert [path.name for path in new.folder.path.iterdir() if not path.name.startswith(("out-", "err-"))] == []
    assert new.started.stop() == 0, new.started.stderr()


def test_each_step_leads_to_the_next_and_is_where_it_goes_on(tmp_path: Path) -> None:
    with amazon(delivered(1), delivered(2, 2)) as simulator, empty(tmp_path, simulator.url) as folder:
        with newcomer(folder) as first:
            assert first.went("", ACCOUNT) == f"/guide/days?seller={SHOP}"
            assert first.get("/").headers["location"] == f"/guide/days?seller={SHOP}"
            assert first.went("/days", DAYS) == f"/guide/keys?seller={SHOP}"
            assert first.started.stop() == 0
        with newcomer(folder) as again:  # nothing that was done is lost
            assert again.get("/orders").headers["location"] == f"/guide/keys?seller={SHOP}"
            assert again.went("/keys", KEYS) == f"/guide/check?seller={SHOP}"
            assert again.went("/check", {"act": "check"}) == "/guide/check"
            checks = again.get("/guide/check.json").json()
            assert "fail" not in {each["verdict"] for each in checks["amazon"]}
            found = {each["name"].partition("source ")[2]: each["verdict"] for each in checks["sources"]}
            assert found["orders"] == found["finances"] == "pass"
            planned = again.get("/guide/service.json").json()
            assert (planned["seen"], planned["coming"], planned["is_live"]) == (2, 2, False)
            assert values(again.get("/guide/service").text, "data-sum") == ["seen"]
            until(lambda: again.get("/").status_code == 200)
            assert simulator.accepted() == {}
            assert "Traceback" not in again.started.stderr()


def test_what_is_written_is_private_whole_and_what_the_page_was_told(filling: Newcomer) -> None:
    filling.went("/keys", KEYS)
    assert {(filling.folder.path / name).stat().st_mode & 0o777 for name in ("sellers.toml", ".env")} == {0o600}
    assert filling.folder.json("check", "--quick", expect=None)["checks"][0]["verdict"] == "pass"
    toml = filling.file("sellers.toml")
    assert f"[sellers.{SHOP}]" in toml
    assert 'time_slots = ["00:00-24:00"]' in toml
    assert "# docs/settings.md" in toml or "docs/settings.md explains every key" in toml
    assert "live = false" in toml


def test_each_write_stands_in_who_did_what_without_a_secret(filling: Newcomer) -> None:
    filling.went("/keys", KEYS)
    until(lambda: filling.get("/audit.json").status_code == 200)
    acts = filling.get("/audit.json").json()["acts"]
    assert {(each["act"], each["seller"], each["person"]) for each in acts} == {
        ("settings", SHOP, "owner"),
        ("secrets", SHOP, "owner"),
    }
    assert [each for each in SECRETS if each in filling.get("/audit.json").text] == []


MISTAKES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "no name": ("", ACCOUNT | {"name": ""}, "name", "Give the shop a name"),
    "a name with blanks": ("", ACCOUNT | {"name": "Chez Élise"}, "name", "Write chez-elise"),
    "a name that is taken": ("", ACCOUNT | {"name": "Maison_Durand"}, "name", "There is a shop of that name"),
    "no region": ("", ACCOUNT | {"name": "x", "region": ""}, "region", "Choose the region"),
    "no marketplace": ("", ACCOUNT | {"name": "x", "marketplaces": []}, "marketplaces", "at least one"),
    "another region": ("", ACCOUNT | {"name": "x", "marketplaces": ["FR", "US"]}, "marketplaces", "region: US"),
    "too early": ("/days", DAYS | {"first": "3"}, "first", "5 to 30"),
    "no number": ("/days", DAYS | {"last": "soon"}, "last", "5 to 30"),
    "back to front": ("/days", DAYS | {"first": "20", "last": "10"}, "last", "before the first"),
    "no hours": ("/days", DAYS | {"slots": "morning"}, "slots", "10:00-14:00"),
    "hours that overlap": ("/days", DAYS | {"slots": "10:00-14:00, 13:00-15:00"}, "slots", "overlap"),
    "no weekday": ("/days", DAYS | {"weekdays": []}, "weekdays", "at least one day"),
    "no day": ("/days", DAYS | {"blackout": "Christmas"}, "blackout", "2026-12-24"),
    "a day that is none": ("/days", DAYS | {"blackout": "2026-02-30"}, "blackout", "2026-12-24"),
    "no amount": ("/days", DAYS | {"below": "cheap"}, "below", "5.00"),
    "not a number": ("/days", DAYS | {"above": "nan"}, "above", "5.00"),
    "nothing left": ("/days", DAYS | {"below": "50", "above": "10"}, "above", "every order"),
    "swapped": ("/keys", KEYS | {"client_id": SECRETS[1], "client_secret": SECRETS[0]}, "client_id", "client secret"),
    "the other of them": (
        *("/keys", KEYS | {"client_id": SECRETS[1], "client_secret": SECRETS[0]}, "client_secret", "client id"),
    ),
    "a token as secret": ("/keys", KEYS | {"client_secret": "Atzr|typed-token"}, "client_secret", "refresh token"),
    "an access token": ("/keys", KEYS | {"refresh_token": "Atza|typed-token"}, "refresh_token", "access token"),
    "a blank": ("/keys", KEYS | {"client_secret": "amzn1.oa2-cs.v1.typed blank"}, "client_secret", "blank"),
    "curly quotes": ("/keys", KEYS | {"client_id": "“amzn1.application-oa2-client.typed”"}, "client_id", "curly"),
    "an example": ("/keys", KEYS | {"refresh_token": "Atzr|0123456789"}, "refresh_token", "example"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_said_at_its_field_and_what_was_typed_is_kept(filling: Newcomer, mistake: str) -> None:
    step, form, field, words = MISTAKES[mistake]
    reply = filling.sends(step, form)
    assert reply.status_code == 422
    assert words in complaints(reply.text)[field], reply.text
    typed = form[field]
    if step == "/keys":
        assert not any(value and value in reply.text for value in form.values() if value != "save")
    elif isinstance(typed, str) and typed and field != "region":
        assert f'value="{typed}"' in reply.text


def test_a_key_that_is_well_is_kept_when_another_one_is_wrong(new: Newcomer) -> None:
    new.went("", ACCOUNT)
    reply = new.sends("/keys", KEYS | {"refresh_token": ""})
    assert complaints(reply.text) == {"refresh_token": "This key is missing."}
    assert new.went("/keys", {"act": "save", "refresh_token": KEYS["refresh_token"]}).startswith("/guide/check")
    assert all(secret in new.file(".env") for secret in SECRETS)


def test_no_page_ever_shows_a_secret_in_any_language(filling: Newcomer) -> None:
    filling.went("/keys", KEYS)
    until(lambda: filling.get("/").status_code == 200)
    for path in (*EVERY, *(f"/guide{step}{end}" for step in STEPS for end in ("", ".json"))):
        for language in LANGUAGES:
            shown = filling.get(f"{path}?lang={language}").text
            assert [secret for secret in SECRETS if secret in shown] == []
    assert [secret for secret in SECRETS if secret in filling.started.stdout() + filling.started.stderr()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_is_there_in_every_language(filling: Newcomer, language: str) -> None:
    filling.went("/keys", KEYS)
    titles = set()
    for step in STEPS:
        shown = filling.get(f"/guide{step}?lang={language}&seller={SHOP}")
        assert shown.status_code == 200
        titles |= set(re.findall(r"<h1>(.*?)</h1>", shown.text))
    assert len(titles) == len(STEPS)


def test_other_lines_of_env_stay_and_a_value_is_changed_where_it_stands(tmp_path: Path) -> None:
    lines = "# mine\nALERT_URLS=ntfy://topic\n\nMAISON_DURAND_LWA_CLIENT_SECRET=\nexport OTHER='a b'\n"
    with empty(tmp_path) as folder:
        (tmp_path / ".env").write_text(lines)
        with newcomer(folder) as new:
            new.went("", ACCOUNT)
            assert new.file(".env") == lines
            new.went("/keys", KEYS)
            first, rest = lines.split("MAISON_DURAND_LWA_CLIENT_SECRET=\n")
            written = new.file(".env")
            assert written.startswith(f"{first}MAISON_DURAND_LWA_CLIENT_SECRET={CLIENT_SECRET}\n{rest}")
            assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


WRONG = {
    "sellers.toml": f'[sellers.{SHOP}]\nregion = "eu"\nmarketplaces = ["FR"]\nday_range = [7, 25]\n',
    ".env": "LOG_FORMAT=loud\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_is_wrong_is_shown_with_its_complaints_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    with empty(tmp_path) as folder:
        (tmp_path / name).write_text(WRONG[name])
        with newcomer(folder) as new:
            assert new.get("/").headers["location"] == "/guide"
            shown = new.get("/guide")
            assert name in shown.text
            assert "data-complaint" in shown.text
            assert 'data-act="save"' not in shown.text
            assert (tmp_path / name).read_text() == WRONG[name]


def test_a_secret_that_stands_elsewhere_is_left_there(tmp_path: Path) -> None:
    with empty(tmp_path) as folder:
        (tmp_path / "secret").write_text(CLIENT_SECRET)
        folder.environ["MAISON_DURAND_LWA_CLIENT_ID"] = KEYS["client_id"]
        (tmp_path / ".env").write_text("MAISON_DURAND_LWA_CLIENT_SECRET_FILE=secret\n")
        with newcomer(folder) as new:
            new.went("", ACCOUNT)
            shown = new.get("/guide/keys").text
            assert values(shown, "data-key") == ["client_id", "client_secret", "refresh_token"]
            assert re.findall(r'<input id="(\w+)"', shown) == ["refresh_token"]
            new.went("/keys", KEYS)
            assert CLIENT_SECRET not in new.file(".env")
            until(lambda: new.get("/").status_code == 200)


def test_what_a_worker_would_not_begin_with_is_said(tmp_path: Path) -> None:
    with empty(tmp_path) as folder, newcomer(folder) as new:
        new.went("", ACCOUNT)
        (tmp_path / ".env").write_text(f"MAISON_DURAND_LWA_CLIENT_SECRET={KEYS['client_id']}\n")
        assert "MAISON_DURAND_LWA_CLIENT_SECRET holds the client id" in new.get("/guide/keys").text


def test_what_amazon_refuses_is_said_with_what_to_do(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, empty(tmp_path, simulator.url) as folder, newcomer(folder) as new:
        new.went("", ACCOUNT)
        new.went("/keys", KEYS)
        simulator.faults(Fault("expired_secret"))
        new.went("/check", {"act": "check"})
        failed = [each for each in new.get("/guide/check.json").json()["amazon"] if each["verdict"] == "fail"]
        assert [each["name"] for each in failed] == [f"{SHOP}: credentials"]
        assert "the secret has ended" in failed[0]["remedy"], failed
        assert failed[0]["remedy"] in unescape(new.get("/guide/check").text)


def test_a_second_shop_is_added_below_the_first(filling: Newcomer) -> None:
    filling.went("/keys", KEYS)
    filling.went("", ACCOUNT | {"name": "second", "region": "na", "marketplaces": ["US"]})
    assert filling.get(f"/guide/days?seller={SHOP}").status_code == 200
    shops = (
        filling.file("sellers.toml").index(f"[sellers.{SHOP}]"),
        filling.file("sellers.toml").index("[sellers.second]"),
    )
    assert shops[0] < shops[1]


def test_a_shop_is_put_in_service_and_then_the_page_is_its_own(tmp_path: Path) -> None:
    with (
        amazon(delivered(1)) as simulator,
        empty(tmp_path, simulator.url) as folder,
        newcomer(folder, "run", "--web") as new,
    ):
        new.went("", ACCOUNT)
        new.went("/days", DAYS)
        new.went("/keys", KEYS)
        until(lambda: new.get("/healthz").status_code == 200)
        until(lambda: new.get("/status.json").json()["sum"]["seen"] == 1)
        assert simulator.accepted() == {}  # nothing goes out before
        assert new.went("/service", {"act": "arm"}) == "/"
        assert new.get("/stops.json").json()["live"] == {SHOP: True}
        until(lambda: len(simulator.accepted()) == 1)
        assert "live = true" in new.file("sellers.toml")
        acts = [each["act"] for each in new.get("/audit.json").json()["acts"]]
        assert set(acts[:2]) == {"arm", "settings"}
        assert new.started.stop() == 0, new.started.stderr()
