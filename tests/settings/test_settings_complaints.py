"""Each thing that can be wrong with the settings file has its own words, its line, and what to type."""

from collections.abc import Callable

import pytest

from settings.complaints import Complaint
from settings.wording import setting_keys

Complaints = Callable[..., tuple[Complaint, ...]]

SHOP = """\
[sellers.shop]
region = "eu"
marketplaces = ["FR", "DE"]
"""
REVIEWS = f"{SHOP}[sellers.shop.review_requests]\n"

# what the file says after a good beginning of 3 lines (SHOP) or 4 (REVIEWS), and the complaint about it
WRONG = {
    "text for a switch": (SHOP, 'live = "yes"', "live must be true or false", "live = true"),
    "number for a switch": (SHOP, "live = 1", "live must be true or false", "live = true"),
    "unknown source": (
        SHOP,
        'unavailable_sources = ["fba_return"]',
        'unavailable_sources (value 1) must be one of "finances", "merchant_returns", "fba_returns", "fba_shipments"',
        'unavailable_sources = ["fba_returns"]',
    ),
    "source twice": (
        SHOP,
        'unavailable_sources = ["finances", "finances"]',
        "unavailable_sources names the same value twice",
        'unavailable_sources = ["finances"]',
    ),
    "no freshness": (SHOP, "freshness_hours = 0", "freshness_hours must be more than 0", "freshness_hours = 6"),
    "freshness without end": (
        SHOP,
        "freshness_hours = inf",
        "freshness_hours must be at most 8760",
        "freshness_hours = 6",
    ),
    "freshness as text": (SHOP, 'freshness_hours = "6"', "freshness_hours must be a number", "freshness_hours = 6"),
    "freshness as a switch": (
        SHOP,
        "freshness_hours = true",
        "freshness_hours must be a number",
        "freshness_hours = 6",
    ),
    "table expected": (SHOP, "invoices = true", "invoices must be a table", "[sellers.shop.invoices]"),
    "unknown key, nearly right": (SHOP, "lvie = true", 'unknown key "lvie" (did you mean "live"?)', "live = true"),
    "unknown key": (
        SHOP,
        'colour = "red"',
        'unknown key "colour"',
        "one of region, marketplaces, live, unavailable_sources, freshness_hours, ramp_up, secret_since, "
        "authorised_since, keep_days, review_requests, brakes, invoices",
    ),
    "the seller's name is no key": (
        SHOP,
        'name = "other"',
        'unknown key "name" in this place',
        "seller.name under [sellers.shop.invoices]",
    ),
    "key that belongs deeper": (
        SHOP,
        "day_range = [7, 25]",
        'unknown key "day_range" in this place',
        "day_range under [sellers.shop.review_requests]",
    ),
    "key that belongs higher": (
        REVIEWS,
        "live = true",
        'unknown key "live" in this place',
        "live under [sellers.shop]",
    ),
    "key that belongs under exclude": (
        REVIEWS,
        'skus = ["A"]',
        'unknown key "skus" in this place',
        "exclude.skus under [sellers.shop.review_requests]",
    ),
    "day before Amazon's first": (
        REVIEWS,
        "day_range = [4, 25]",
        "day_range (value 1) must be from 5 to 30: Amazon allows no other day",
        "day_range = [5, 25]",
    ),
    "day after Amazon's last": (
        REVIEWS,
        "day_range = [7, 31]",
        "day_range (value 2) must be from 5 to 30: Amazon allows no other day",
        "day_range = [7, 30]",
    ),
    "days backward": (REVIEWS, "day_range = [25, 7]", "day_range ends before it starts", "day_range = [7, 25]"),
    "one day": (REVIEWS, "day_range = [7]", "day_range (value 2) is missing", "day_range = [7, 25]"),
    "three days": (REVIEWS, "day_range = [7, 8, 9]", "day_range must have 2 values, not 3", "day_range = [7, 25]"),
    "half a day": (
        REVIEWS,
        "day_range = [7.5, 25]",
        "day_range (value 1) must be a whole number",
        "day_range = [7, 25]",
    ),
    "days as text": (REVIEWS, 'day_range = "7-25"', "day_range must be a list in brackets", "day_range = [7, 25]"),
    "malformed slot": (
        REVIEWS,
        'time_slots = ["10-14"]',
        "time_slots (value 1) must be written like 10:00-14:00, from 00:00 to 24:00",
        'time_slots = ["10:00-14:00"]',
    ),
    "slot that is no text": (
        REVIEWS,
        "time_slots = [10]",
        "time_slots (value 1) must be written like 10:00-14:00, from 00:00 to 24:00",
        'time_slots = ["10:00-14:00"]',
    ),
    "slot over midnight": (
        REVIEWS,
        'time_slots = ["09:00-10:00", "22:00-02:00"]',
        "time_slots (value 2) ends before it starts",
        'time_slots = ["09:00-10:00", "22:00-24:00", "00:00-02:00"]',
    ),
    "slot until 00:00": (
        REVIEWS,
        'time_slots = ["22:00-00:00"]',
        "time_slots (value 1) ends before it starts",
        'time_slots = ["22:00-24:00"]',
    ),
    "slot of no length": (
        REVIEWS,
        'time_slots = ["10:00-10:00"]',
        "time_slots (value 1) has no length",
        '"00:00-24:00" for the whole day',
    ),
    "slots overlap": (
        REVIEWS,
        'time_slots = ["12:00-24:00", "10:00-12:01"]',
        "time_slots must not overlap, as 10:00-12:01 and 12:00-24:00 do",
        "slots that share no minute",
    ),
    "whole day and more": (
        REVIEWS,
        'time_slots = ["00:00-24:00", "10:00-12:00"]',
        "time_slots must not overlap, as 00:00-24:00 and 10:00-12:00 do",
        "slots that share no minute",
    ),
    "unknown time zone": (
        REVIEWS,
        'timezone = "Europe/Pariss"',
        "timezone is not a known time zone",
        'timezone = "Europe/Paris"',
    ),
    "time zone that is a path": (
        REVIEWS,
        'timezone = "/etc/passwd"',
        "timezone is not a known time zone",
        'timezone = "Europe/Paris"',
    ),
    "unknown weekday": (
        REVIEWS,
        'weekdays = ["mon", "Thursday"]',
        'weekdays (value 2) must be one of "mon", "tue", "wed", "thu", "fri", "sat", "sun"',
        'weekdays = ["mon", "thu"]',
    ),
    "no request a day": (
        REVIEWS,
        "daily_limit = 0",
        "daily_limit must be at least 1",
        "# before this line: without it, no limit",
    ),
    "unknown way with partial refunds": (
        REVIEWS,
        'partial_refunds = "allowed"',
        'partial_refunds must be one of "exclude", "allow"',
        'partial_refunds = "allow"',
    ),
    "pattern outside a list": (
        REVIEWS,
        'exclude.skus = "GIFT-*"',
        "exclude.skus must be a list in brackets",
        'exclude.skus = ["GIFT-*"]',
    ),
    "pattern that is no text": (
        REVIEWS,
        "exclude.skus = [7]",
        "exclude.skus (value 1) must be text in quotes",
        'exclude.skus = ["7"]',
    ),
    "empty pattern": (
        REVIEWS,
        'exclude.asins = [""]',
        "exclude.asins (value 1) must not be empty",
        'exclude.asins = ["B0EXAMPLE1"]',
    ),
    "value below nothing": (
        REVIEWS,
        "exclude.order_value_below = -0.01",
        "exclude.order_value_below must be at least 0",
        "exclude.order_value_below = 5",
    ),
    "value that is no number": (
        REVIEWS,
        "exclude.order_value_above = nan",
        "exclude.order_value_above must be a finite number",
        "exclude.order_value_above = 500",
    ),
    "values that exclude everything": (
        REVIEWS,
        "exclude = { order_value_below = 20, order_value_above = 10 }",
        "exclude.order_value_above is less than order_value_below, so that every order is excluded",
        "a larger order_value_above",
    ),
    "unknown key of exclude": (
        REVIEWS,
        'exclude.sku = ["A"]',
        'unknown key "sku" (did you mean "skus"?)',
        'exclude.skus = ["A"]',
    ),
}


@pytest.mark.parametrize(("start", "line", "what", "remedy"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_is_named_with_its_line_and_what_to_type(
    complaints: Complaints, start: str, line: str, what: str, remedy: str
) -> None:
    number = start.count("\n") + 1
    assert complaints(start + line) == (Complaint(f"sellers.toml:{number}", what, remedy),)


EU_CODES = '"AE", "BE", "DE", "EG", "ES", "FR", "IE", "IN", "IT", "NL", "PL", "SA", "SE", "TR", "UK", "ZA"'
WRONG_SELLER = {
    "no region": ('marketplaces = ["FR"]', 1, "region is missing", 'region = "eu"'),
    "unknown region": (
        'region = "EU"\nmarketplaces = ["FR"]',
        2,
        'region must be one of "na", "eu", "fe"',
        'region = "eu"',
    ),
    "no marketplaces": ('region = "eu"', 1, "marketplaces is missing", 'marketplaces = ["FR", "DE"]'),
    "an empty list of marketplaces": (
        'region = "eu"\nmarketplaces = []',
        3,
        "marketplaces must name at least one",
        'marketplaces = ["FR", "DE"]',
    ),
    "a marketplace in small letters": (
        'region = "eu"\nmarketplaces = ["fr"]',
        3,
        "marketplaces (value 1) is not a marketplace of Amazon",
        'marketplaces = ["FR"]',
    ),
    "Britain's other code": (
        'region = "eu"\nmarketplaces = ["FR", "GB"]',
        3,
        "marketplaces (value 2) is not a marketplace of Amazon",
        'marketplaces = ["FR", "UK"]',
    ),
    "an unknown marketplace": (
        'region = "eu"\nmarketplaces = ["QQ"]',
        3,
        "marketplaces (value 1) is not a marketplace of Amazon",
        f"one of {EU_CODES}",
    ),
    "a marketplace of another region": (
        'region = "eu"\nmarketplaces = ["US"]',
        3,
        'marketplaces (value 1) is "US", which belongs to region "na"',
        '"US" in a seller with region = "na"',
    ),
    "a marketplace twice": (
        'region = "eu"\nmarketplaces = ["FR", "FR"]',
        3,
        "marketplaces names the same value twice",
        'marketplaces = ["FR"]',
    ),
}


@pytest.mark.parametrize(("body", "line", "what", "remedy"), WRONG_SELLER.values(), ids=WRONG_SELLER)
def test_a_seller_names_its_region_and_marketplaces(
    complaints: Complaints, body: str, line: int, what: str, remedy: str
) -> None:
    assert complaints(f"[sellers.shop]\n{body}") == (Complaint(f"sellers.toml:{line}", what, remedy),)


SAVE = "save it as UTF-8, in your editor's dialogue to save"
WRONG_FILE = {
    "empty": ("", "sellers.toml:1", "no seller is named", "[sellers.my-shop]"),
    "only comments": ("# nothing\n", "sellers.toml:1", "no seller is named", "[sellers.my-shop]"),
    "an empty table": ("\n[sellers]\n", "sellers.toml:2", "no seller is named", "[sellers.my-shop]"),
    "sellers are no table": ("sellers = 1", "sellers.toml:1", "sellers must be a table", "[sellers.my-shop]"),
    "a seller is no table": (
        "sellers.shop = 1",
        "sellers.toml:1",
        "sellers.shop must be a table",
        "[sellers.shop]",
    ),
    "an unknown table": (SHOP.replace("sellers.", ""), "sellers.toml:1", "unknown table [shop]", "[sellers.shop]"),
    "a name with a space": (
        SHOP.replace("shop", '"my shop"'),
        "sellers.toml:1",
        'the seller name "my shop" must be made of letters, digits, - and _',
        "[sellers.my-shop]",
    ),
    "a name that is too long": (
        SHOP.replace("shop", "s" * 49),
        "sellers.toml:1",
        "the seller name has 49 characters, where 48 are the most",
        "[sellers.my-shop]",
    ),
    "an empty name": (
        SHOP.replace("shop", '""'),
        "sellers.toml:1",
        'the seller name "" must be made of letters, digits, - and _',
        "[sellers.my-shop]",
    ),
    "names that share their variables": (
        SHOP.replace("shop", "my-shop") + SHOP.replace("shop", "my_shop"),
        "sellers.toml:4",
        'the sellers "my-shop" and "my_shop" would share the variables MY_SHOP_LWA_…',
        "[sellers.my_shop-2]",
    ),
    "a key twice": (
        SHOP + "live = true\nlive = false\n",
        "sellers.toml:5",
        "live is set on lines 4 and 5",
        "only one of them",
    ),
    "no quotes": (
        SHOP.replace('"eu"', "eu"),
        "sellers.toml:2",
        "text stands in quotes",
        'region = "eu"',
    ),
    "cut off": (
        "[sellers.shop]\nregion = 'eu'\nmarketplaces = [",
        "sellers.toml:3",
        "here is a bracket that is not closed",
        'marketplaces = ["FR", "DE"]',
    ),
    "in UTF-16": (SHOP.encode("utf-16"), "sellers.toml", "is saved in UTF-16, not UTF-8", SAVE),
    "in Windows' own encoding": (
        f"# René\n{SHOP}".encode("cp1252"),
        "sellers.toml",
        "is not saved in UTF-8: see line 1",
        SAVE,
    ),
}


@pytest.mark.parametrize(("text", "where", "what", "remedy"), WRONG_FILE.values(), ids=WRONG_FILE)
def test_a_wrong_file_is_named_with_its_line_and_what_to_type(
    complaints: Complaints, text: str | bytes | None, where: str, what: str, remedy: str
) -> None:
    assert complaints(text) == (Complaint(where, what, remedy),)


VALUES = ("1", "-1", "1.5", "inf", "nan", "true", '"x"', '""', "[]", "[1]", "[[]]", "[{}]", "{ a = 1 }", "1979-05-27")


@pytest.mark.parametrize("key", list(setting_keys()))
def test_no_wrong_value_goes_without_words_a_line_and_a_remedy(complaints: Complaints, key: str) -> None:
    for value in VALUES:
        for complaint in complaints(f"[sellers.shop]\n\nregion = 'eu'\nmarketplaces = ['FR']\n{key} = {value}\n"):
            if "twice" in complaint.what or complaint.what.startswith("not TOML"):
                continue  # region and marketplaces are there already
            assert complaint.where == "sellers.toml:5"
            assert "is not valid" not in complaint.what
            assert complaint.remedy


def test_every_complaint_comes_at_once_in_the_order_of_the_file(complaints: Complaints) -> None:
    text = (
        REVIEWS
        + "daily_limit = 0\ntime_slots = ['9']\n[sellers.other]\nregion = 'na'\nmarketplaces = ['US']\nlive = 1\n"
    )
    environ = {"REDIS_URL": "localhost", "SHOP_LWA_CLIENT_ID": "a", "SHOP_LWA_CLIENT_SECRET_FILE": "nowhere"}
    found = [(c.where, c.what.split()[0]) for c in complaints(text, environ, with_credentials=True)]
    assert found == [
        ("environment", "REDIS_URL"),
        ("sellers.toml:5", "daily_limit"),
        ("sellers.toml:6", "time_slots"),
        ("sellers.toml:10", "live"),
        ("environment", "the"),
        (".env", "SHOP_LWA_REFRESH_TOKEN"),
        (".env", "OTHER_LWA_CLIENT_ID"),
        (".env", "OTHER_LWA_CLIENT_SECRET"),
        (".env", "OTHER_LWA_REFRESH_TOKEN"),
    ]
