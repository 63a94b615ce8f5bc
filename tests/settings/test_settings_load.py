from collections.abc import Callable
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from settings.complaints import Complaint, SettingsError
from settings.endpoints import SP_API_ENDPOINTS
from settings.load import Settings, load_settings
from settings.marketplaces import MARKETPLACES
from settings.schema import Exclude, ReviewRequests, Seller, TimeSlot

Complaints = Callable[..., tuple[Complaint, ...]]

SHOP = '[sellers.my-shop]\nregion = "eu"\nmarketplaces = ["FR"]\n'
SECRETS = {
    "MY_SHOP_LWA_CLIENT_ID": "the-client-id",
    "MY_SHOP_LWA_CLIENT_SECRET": "the-client-secret",
    "MY_SHOP_LWA_REFRESH_TOKEN": "the-refresh-token",
}


@pytest.fixture
def shop(folder: Path) -> Path:
    (folder / "sellers.toml").write_text(SHOP)
    return folder


def load(environ: dict[str, str] | None = None) -> Settings:
    return load_settings(environ or {}, with_credentials=False)


def test_a_seller_of_two_keys_has_the_defaults(shop: Path) -> None:
    assert load().sellers == {"my-shop": Seller(name="my-shop", region="eu", marketplaces=("FR",))}


def test_every_setting_is_read(folder: Path) -> None:
    (folder / "sellers.toml").write_text("""
[sellers.Shop_1]
region = "fe"
marketplaces = ["JP", "AU"]
live = true
unavailable_sources = ["merchant_returns"]
freshness_hours = 1.5
[sellers.Shop_1.review_requests]
enabled = false
day_range = [5, 30]
time_slots = ["22:00-24:00", "00:00-02:30", "10:00-12:00", "12:00-14:00"]
timezone = "Asia/Tokyo"
weekdays = ["sun", "mon"]
daily_limit = 1
partial_refunds = "allow"
[sellers.Shop_1.review_requests.exclude]
skus = ["A-*"]
asins = ["B0"]
fulfilled_by = ["amazon"]
business_orders = true
order_value_below = 0.10
order_value_above = 99
promotions = ["P"]
""")
    seller = load().sellers["Shop_1"]
    assert (seller.region, seller.marketplaces, seller.live, seller.freshness_hours) == ("fe", ("JP", "AU"), True, 1.5)
    assert seller.unavailable_sources == ("merchant_returns",)
    assert seller.review_requests == ReviewRequests(
        enabled=False,
        day_range=(5, 30),
        time_slots=(
            TimeSlot(start=time(22), end=time(0)),
            TimeSlot(start=time(0), end=time(2, 30)),
            TimeSlot(start=time(10), end=time(12)),
            TimeSlot(start=time(12), end=time(14)),
        ),
        timezone="Asia/Tokyo",
        weekdays=("sun", "mon"),
        daily_limit=1,
        partial_refunds="allow",
        exclude=Exclude(
            skus=("A-*",),
            asins=("B0",),
            fulfilled_by=("amazon",),
            business_orders=True,
            order_value_below=Decimal("0.1"),
            order_value_above=Decimal(99),
            promotions=("P",),
        ),
    )


def test_the_whole_day_is_a_slot(folder: Path) -> None:
    (folder / "sellers.toml").write_text(SHOP + 'review_requests.time_slots = ["00:00-24:00"]')
    assert load().sellers["my-shop"].review_requests.time_slots == (TimeSlot(start=time(0), end=time(0)),)


@pytest.mark.parametrize("code", MARKETPLACES)
def test_every_marketplace_is_accepted_in_its_region(folder: Path, code: str) -> None:
    region = MARKETPLACES[code].region
    (folder / "sellers.toml").write_text(f'[sellers.shop]\nregion = "{region}"\nmarketplaces = ["{code}"]')
    assert load().sellers["shop"].marketplaces == (code,)
    assert region in SP_API_ENDPOINTS


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    (folder / "sellers.toml").write_text(SHOP, encoding="utf-8-sig")
    (folder / ".env").write_text("REDIS_URL=redis://there", encoding="utf-8-sig")
    assert load().environment.redis_url == "redis://there"


def test_without_variables_the_environment_is_the_default(shop: Path) -> None:
    environment = load().environment
    assert (environment.database_url, environment.redis_url) == (None, None)
    assert (environment.sp_api_endpoint, environment.lwa_endpoint) == (None, None)
    assert environment.sellers_file == Path("sellers.toml")
    assert environment.database_url_or_default == f"sqlite:///{shop}/var/askonce.db"


def test_every_variable_is_read(shop: Path) -> None:
    (shop / "sellers.toml").rename(shop / "other.toml")
    environment = load(
        {
            "DATABASE_URL": "postgresql+psycopg://there/ledger",
            "REDIS_URL": "rediss://there",
            "SELLERS_FILE": "other.toml",
            "SP_API_ENDPOINT": "http://127.0.0.1:8080",
            "LWA_ENDPOINT": "http://127.0.0.1:8081",
        }
    ).environment
    assert environment.database_url_or_default == environment.database_url == "postgresql+psycopg://there/ledger"
    assert (environment.redis_url, environment.sellers_file) == ("rediss://there", Path("other.toml"))
    assert (environment.sp_api_endpoint, environment.lwa_endpoint) == ("http://127.0.0.1:8080", "http://127.0.0.1:8081")


REDIS = {
    "nothing": ({}, "", None),
    "a real variable": ({"REDIS_URL": "redis://real"}, "", "redis://real"),
    "the .env": ({}, "REDIS_URL=redis://dotenv", "redis://dotenv"),
    "a real variable over .env": ({"REDIS_URL": "redis://real"}, "REDIS_URL=redis://dotenv", "redis://real"),
    "a real file over .env": ({"REDIS_URL_FILE": "secret"}, "REDIS_URL=redis://dotenv", "redis://file"),
    "a real variable over a file in .env": ({"REDIS_URL": "redis://real"}, "REDIS_URL_FILE=secret", "redis://real"),
    "a real variable set to nothing over .env": ({"REDIS_URL": ""}, "REDIS_URL=redis://dotenv", None),
    "a file": ({"REDIS_URL_FILE": "secret"}, "", "redis://file"),
    "a file in .env": ({}, "REDIS_URL_FILE=secret", "redis://file"),
    "a file beside a variable set to nothing": ({"REDIS_URL": "", "REDIS_URL_FILE": "secret"}, "", "redis://file"),
    "a name without a value": ({}, "REDIS_URL", None),
    "dollars as they stand": ({}, "REDIS_URL=redis://${HOME}", "redis://${HOME}"),
}


@pytest.mark.parametrize(("environ", "dotenv", "value"), REDIS.values(), ids=REDIS)
def test_a_real_variable_wins_over_dotenv_and_a_file_may_hold_either(
    shop: Path, environ: dict[str, str], dotenv: str, value: str | None
) -> None:
    (shop / ".env").write_text(dotenv)
    (shop / "secret").write_text("redis://file\n")
    assert load(environ).environment.redis_url == value


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "REDIS_URL", "SELLERS_FILE", "SP_API_ENDPOINT", "LWA_ENDPOINT", *SECRETS]
)
def test_every_variable_may_be_given_as_a_file(shop: Path, name: str) -> None:
    values = SECRETS | {
        "DATABASE_URL": "sqlite:///x.db",
        "REDIS_URL": "redis://x",
        "SELLERS_FILE": "./sellers.toml",
        "SP_API_ENDPOINT": "https://x",
        "LWA_ENDPOINT": "https://y",
    }
    plain = load_settings(values)
    (shop / "value").write_text(values.pop(name) + "\n")
    assert load_settings(values | {f"{name}_FILE": "value"}) == plain


def test_credentials_go_by_the_sellers_name(shop: Path) -> None:
    credentials = load_settings(SECRETS).credentials["my-shop"]
    assert (credentials.client_id, credentials.client_secret) == ("the-client-id", "the-client-secret")
    assert credentials.refresh_token == "the-refresh-token"


def test_without_credentials_none_are_asked_for(shop: Path) -> None:
    assert load_settings({}, with_credentials=False).credentials == {}


WRONG = {
    "no credential": (
        {"MY_SHOP_LWA_REFRESH_TOKEN": ""},
        "environment",
        "MY_SHOP_LWA_REFRESH_TOKEN is not set",
        "MY_SHOP_LWA_REFRESH_TOKEN=the refresh token of the seller's authorisation",
    ),
    "both a value and a file": (
        {"REDIS_URL": "redis://x", "REDIS_URL_FILE": "secret"},
        "environment",
        "REDIS_URL and REDIS_URL_FILE are both set",
        "only one of them",
    ),
    "no such file": (
        {"REDIS_URL_FILE": "hunter2"},
        "environment",
        "the file that REDIS_URL_FILE names cannot be read: No such file or directory",
        "REDIS_URL_FILE=/path/of/a/file/that/holds/the/value",
    ),
    "a folder": (
        {"REDIS_URL_FILE": "."},
        "environment",
        "the file that REDIS_URL_FILE names cannot be read: Is a directory",
        "REDIS_URL_FILE=/path/of/a/file/that/holds/the/value",
    ),
    "an empty file": (
        {"REDIS_URL_FILE": "empty"},
        "environment",
        "the file that REDIS_URL_FILE names is empty",
        "REDIS_URL_FILE=/path/of/a/file/that/holds/the/value",
    ),
    "another database": (
        {"DATABASE_URL": "mysql://user:hunter2@there/ledger"},
        "environment",
        "DATABASE_URL must begin with sqlite:// or postgresql:// or postgresql+psycopg://",
        "DATABASE_URL=postgresql+psycopg://askonce:PASSWORD@localhost/askonce",
    ),
    "a password with a sign that ends it": (
        {"DATABASE_URL": "postgresql+psycopg://user:hun@ter/2@there/ledger"},
        "environment",
        "the password in DATABASE_URL has @ and / in it",
        "@ as %40, / as %2F, # as %23, ? as %3F",
    ),
    "no Redis": (
        {"REDIS_URL": "hunter2"},
        "environment",
        "REDIS_URL must begin with redis:// or rediss://",
        "REDIS_URL=redis://localhost:6379/0",
    ),
    "endpoint without a scheme": (
        {"SP_API_ENDPOINT": "localhost:8080"},
        "environment",
        "SP_API_ENDPOINT must begin with https:// or http://",
        "SP_API_ENDPOINT=https://sellingpartnerapi-eu.amazon.com",
    ),
    "login endpoint without a scheme": (
        {"LWA_ENDPOINT": "localhost:8080"},
        "environment",
        "LWA_ENDPOINT must begin with https:// or http://",
        "LWA_ENDPOINT=https://api.amazon.com",
    ),
}


@pytest.mark.parametrize(("environ", "where", "what", "remedy"), WRONG.values(), ids=WRONG)
def test_a_wrong_variable_is_named_with_what_to_type(
    complaints: Complaints, folder: Path, environ: dict[str, str], where: str, what: str, remedy: str
) -> None:
    (folder / "empty").write_text("\n")
    assert complaints(SHOP, SECRETS | environ, with_credentials=True) == (Complaint(where, what, remedy),)


def test_a_dotenv_that_is_not_text_is_a_complaint(complaints: Complaints, folder: Path) -> None:
    (folder / ".env").write_bytes(b"# Ren\xe9")
    assert complaints(SHOP) == (
        Complaint(".env", "is not saved in UTF-8: see line 1", ".env in UTF-8, readable by you"),
    )


def test_a_wrong_variable_in_dotenv_is_placed_there(complaints: Complaints, folder: Path) -> None:
    (folder / ".env").write_text("REDIS_URL=localhost")
    assert [complaint.where for complaint in complaints(SHOP)] == [".env:1"]


def test_the_error_is_one_line_for_each_complaint(shop: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"MY_SHOP_LWA_CLIENT_ID": "x", "MY_SHOP_LWA_CLIENT_SECRET": "y", "SELLERS_FILE": "none.toml"})
    there = "Type: cd FOLDER, to that of your none.toml, or SELLERS_FILE=/path/of/none.toml"
    assert str(caught.value) == f"{shop}/none.toml: there is no such file. {there}"


@pytest.mark.parametrize(
    ("there", "proposed"),
    [((), True), ((".env",), False), (("var/askonce.db",), False)],
    ids=["nothing", "secrets", "a ledger"],
)
def test_another_shop_is_proposed_only_where_nothing_of_one_is(
    folder: Path, there: tuple[str, ...], proposed: bool
) -> None:
    for name in there:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    with pytest.raises(SettingsError) as caught:
        load()
    assert (f"{folder}/sellers.toml: there is no such file. Type: askonce init" in str(caught.value)) == proposed
    assert "SELLERS_FILE=/path/of/sellers.toml" in str(caught.value)


def test_the_ledger_is_beside_the_settings_wherever_one_stands(
    shop: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    environment = load({"SELLERS_FILE": f"{shop}/sellers.toml"}).environment
    assert environment.database_url_or_default == f"sqlite:///{shop}/var/askonce.db"
    assert environment.ledger_elsewhere is None


def test_a_ledger_where_one_stands_is_used_until_it_is_moved(
    shop: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(here)
    (here / "var").mkdir()
    (here / "var/askonce.db").touch()
    environment = load({"SELLERS_FILE": f"{shop}/sellers.toml"}).environment
    assert environment.database_url_or_default == f"sqlite:///{here}/var/askonce.db"
    told = environment.ledger_elsewhere
    assert told is not None
    assert told.endswith(f"Type: mkdir -p {shop}/var && mv {here}/var/askonce.db* {shop}/var/")
    (shop / "var").mkdir()
    (shop / "var/askonce.db").touch()
    assert environment.database_url_or_default == f"sqlite:///{shop}/var/askonce.db"
    assert environment.ledger_elsewhere is None


def test_no_secret_is_shown(shop: Path) -> None:
    settings = load_settings(SECRETS | {"DATABASE_URL": "postgresql://u:hunter2@h", "REDIS_URL": "redis://:hunter2@h"})
    shown = f"{settings} {settings!r} {settings.credentials['my-shop']} {settings.environment}"
    assert not [secret for secret in ("hunter2", *SECRETS.values()) if secret in shown]


LIKE_SECRETS = ("amzn1.oa2-cs.v1.hunter2", "Atzr|hunter2", "amzn1.application-oa2-client.hunter2", "hunter2" * 9)


@pytest.mark.parametrize("secret", LIKE_SECRETS)
def test_no_secret_is_shown_with_its_line(folder: Path, secret: str) -> None:
    """A secret may stand in the wrong place: as a setting, or where a file's path is wanted."""
    keys = ("region", "live", "freshness_hours", "invoices", "client_secret", "colour")
    body = "\n".join(f'{key} = "{secret}"' for key in keys)
    (folder / "sellers.toml").write_text(
        f'[sellers.my-shop]\n{body}\nmarketplaces = ["{secret}"]\n'
        f'[sellers.my-shop.review_requests]\ntimezone = "{secret}"\ntime_slots = ["{secret}"]\nweekdays = {secret}\n'
        f'day_range = ["{secret}", 7]\nexclude.order_value_above = “{secret}”\nexclude.skus = “{secret}”\n{secret}\n'
    )
    secrets = {f"{name}_FILE": secret for name in SECRETS}
    with pytest.raises(SettingsError) as caught:
        load_settings(secrets | {"DATABASE_URL": secret, "REDIS_URL": secret, "LWA_ENDPOINT": secret})
    assert len(caught.value.complaints) == 3 + 14 + 3
    assert "hunter2" not in f"{caught.value} {caught.value!r} {caught.value.complaints}"


def test_a_value_of_an_unknown_key_or_of_one_for_secrets_is_not_shown(folder: Path) -> None:
    (folder / "sellers.toml").write_text(
        SHOP + 'colour = "hunter2"\nclient_secret = "hunter2"\nlive = "hunter2" # token: hunter2'
    )
    with pytest.raises(SettingsError) as caught:
        load()
    assert str(caught.value).count("hunter2") == 1
    assert 'live = "hunter2" # token: …' in str(caught.value)
