"""Mistakes that people make in `sellers.toml` and `.env`: what was typed, and all that must be said of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from settings import schema
from settings.complaints import Complaint, SettingsError
from settings.load import load_settings

Complaints = Callable[..., tuple[Complaint, ...]]

SHOP = """\
[sellers.my-shop]
region = "eu"
marketplaces = ["FR", "DE"]
"""
REVIEWS = f"{SHOP}[sellers.my-shop.review_requests]\n"
RULES = f'{REVIEWS}[[sellers.my-shop.review_requests.rules]]\nname = "tea"\n'
INVOICES = f"{SHOP}[sellers.my-shop.invoices]\n"


def region(typed: str) -> str:
    return SHOP.replace('"eu"', typed)


def marketplaces(typed: str) -> str:
    return SHOP.replace('["FR", "DE"]', typed)


SLOT = "must be written like 10:00-14:00, from 00:00 to 24:00"
DAYS = "must be one of"
CURLY = "these are curly quotes, which TOML does not know"
QUOTE = "here is a quote that is not closed"
BRACKET = "here is a bracket that is not closed"
NO_MARKETPLACE = "is not a marketplace of Amazon"
DATE = "since must be a date like 2026-12-01"
POLICY = "Amazon forbids asking only buyers who had a good experience"
NO_FILTER = "# before this line: there is no such filter"
AMAZON = "must be from 5 to 30: Amazon allows no other day"

# what was typed, and of each complaint its line, what is wrong (in part), and what to type
MISTAKES: dict[str, tuple[str, *tuple[tuple[int, str, str], ...]]] = {
    "hours as the French write them": (
        REVIEWS + 'time_slots = ["9h-12h", "14h30 - 18h"]',
        (5, SLOT, 'time_slots = ["09:00-12:00", "14:30-18:00"]'),
    ),
    "hours as Americans write them": (
        REVIEWS + 'time_slots = ["9am-12pm", "2pm to 6pm"]',
        (5, SLOT, 'time_slots = ["09:00-12:00", "14:00-18:00"]'),
    ),
    "hours alone": (REVIEWS + 'time_slots = ["9-12"]', (5, SLOT, 'time_slots = ["09:00-12:00"]')),
    "hours of one digit, and a dash": (
        REVIEWS + 'time_slots = ["9:00–12:00"]',
        (5, SLOT, 'time_slots = ["09:00-12:00"]'),
    ),
    "hours that are no list": (
        REVIEWS + 'time_slots = "9h-12h"',
        (5, "must be a list", 'time_slots = ["09:00-12:00"]'),
    ),
    "a day of 25 hours": (REVIEWS + 'time_slots = ["9-25"]', (5, SLOT, 'time_slots = ["10:00-14:00"]')),
    "a country by its English name": (marketplaces('["Germany"]'), (3, NO_MARKETPLACE, 'marketplaces = ["DE"]')),
    "a country by its German name": (marketplaces('["Deutschland"]'), (3, NO_MARKETPLACE, 'marketplaces = ["DE"]')),
    "Britain's other code": (marketplaces('["GB"]'), (3, NO_MARKETPLACE, 'marketplaces = ["UK"]')),
    "a domain": (marketplaces('["www.amazon.co.uk"]'), (3, NO_MARKETPLACE, 'marketplaces = ["UK"]')),
    "Amazon's id": (marketplaces('["A13V1IB3VIYZZH"]'), (3, NO_MARKETPLACE, 'marketplaces = ["FR"]')),
    "one marketplace without a list": (marketplaces('"FR"'), (3, "must be a list", 'marketplaces = ["FR"]')),
    "several marketplaces in one text": (
        marketplaces('"FR, DE"'),
        (3, "must be a list", 'marketplaces = ["FR", "DE"]'),
    ),
    "marketplaces without quotes": (
        marketplaces("[FR, DE]"),
        (3, "text stands in quotes", 'marketplaces = ["FR", "DE"]'),
    ),
    "a country without Amazon": (marketplaces('["Austria"]'), (3, NO_MARKETPLACE, 'one of "AE", "BE", "DE"')),
    "a region by its name": (region('"Europe"'), (2, "region must be one of", 'region = "eu"')),
    "a region by a country": (region('"France"'), (2, "region must be one of", 'region = "eu"')),
    "days in French and German": (
        REVIEWS + 'weekdays = ["lundi", "Dienstag"]',
        (5, DAYS, 'weekdays = ["mon", "tue"]'),
    ),
    "days in English": (REVIEWS + 'weekdays = ["Monday"]', (5, DAYS, 'weekdays = ["mon"]')),
    "days from one to another": (
        REVIEWS + 'weekdays = "lun-mer"',
        (5, "must be a list", 'weekdays = ["mon", "tue", "wed"]'),
    ),
    "yes": (SHOP + "live = yes", (4, "live must be true or false", "live = true")),
    "oui in quotes": (SHOP + 'live = "oui"', (4, "live must be true or false", "live = true")),
    "True": (SHOP + "live = True", (4, "live must be true or false", "live = true")),
    "nein": (SHOP + "live = nein  # noch nicht", (4, "live must be true or false", "live = false")),
    "double curly quotes": (region("“eu”"), (2, CURLY, 'region = "eu"')),
    "single curly quotes": (region("‘eu’"), (2, CURLY, 'region = "eu"')),
    "guillemets": (marketplaces("[« FR », « DE »]"), (3, CURLY, 'marketplaces = ["FR", "DE"]')),
    "a curly quote at the end alone": (region('"eu”'), (2, CURLY, 'region = "eu"')),
    "no quotes": (region("eu"), (2, "text stands in quotes", 'region = "eu"')),
    "a quote that is not closed": (region('"eu        # na | eu | fe'), (2, QUOTE, 'region = "eu"')),
    "a quote in a list that is not closed": (marketplaces('["FR", "DE]'), (3, QUOTE, 'marketplaces = ["FR", "DE"]')),
    "a bracket that is not closed": (
        marketplaces('["FR", "DE"') + "live = false\n",
        (3, BRACKET, 'marketplaces = ["FR", "DE"]'),
    ),
    "a list of several lines that is not closed": (
        REVIEWS + 'weekdays = [\n  "mon",\n  "tue"\n\n[sellers.my-shop.invoices]\nenabled = false\n',
        (5, BRACKET, 'weekdays = ["mon", "tue"]'),
    ),
    "a brace that is not closed": (
        INVOICES + 'vat_rates = { FR = 20\nfooter = ["SARL"]\n',
        (5, BRACKET, "vat_rates = { FR = 20 }"),
    ),
    "a brace over two lines": (
        INVOICES + "vat_rates = { FR = 20,\n  DE = 19 }\n",
        (5, "stands on one line", "vat_rates = { FR = 20, DE = 19 }"),
    ),
    "a table twice": (
        REVIEWS + "enabled = true\n[sellers.my-shop.review_requests]\ndaily_limit = 9\n",
        (6, "[sellers.my-shop.review_requests] is on lines 4 and 6", "one table with the keys of both, under line 4"),
    ),
    "a seller twice": (
        SHOP + SHOP,
        (4, "[sellers.my-shop] is on lines 1 and 4", "another name for the second seller"),
    ),
    "a table and a value of it twice": (
        REVIEWS + "daily_limit = 1\n[sellers.my-shop.review_requests]\ndaily_limit = 2",
        (6, "[sellers.my-shop.review_requests] is on lines 4 and 6", "one table with the keys of both, under line 4"),
    ),
    "an inner table twice, in two ways": (
        REVIEWS + 'exclude.skus = ["A"]\nexclude = { asins = ["B"] }',
        (6, "exclude is set on lines 5 and 6", "only one of them"),
    ),
    "a blank between the names of a table": (
        SHOP + "[sellers.my-shop review_requests]\ndaily_limit = 1",
        (4, "a point parts the names of a table", "[sellers.my-shop.review_requests]"),
    ),
    "the header of the seller left out": (
        SHOP.partition("\n")[2] + "[sellers.my-shop.review_requests]\n",
        (1, '"region" stands above [sellers.my-shop]', "[sellers.my-shop] above this line"),
    ),
    "an accent in the name": (
        SHOP.replace("my-shop", "Café"),
        (1, 'the seller name "Café" must be made of', "[sellers.cafe]"),
    ),
    "a table of a name nearly the same": (
        SHOP + "[sellers.myshop.review_requests]\ndaily_limit = 0.5",
        (4, "there is no [sellers.myshop]; there is [sellers.my-shop] on line 1", "[sellers.my-shop.review_requests]"),
        (5, "daily_limit must be a whole number", "daily_limit = 300"),
    ),
    "a limit that is none": (
        REVIEWS + "daily_limit = none",
        (5, "not TOML", "# before this line: without it, no limit"),
    ),
    "a marketplace of another region by its name": (
        marketplaces('["United States"]'),
        (3, 'is "United States", which belongs to region "na", as "US"', '"US" there'),
    ),
    "an offset for a time zone": (REVIEWS + 'timezone = "GMT+1"', (5, "is not a known", 'timezone = "Europe/Paris"')),
    "a key twice": (SHOP + "live = true\nlive = false", (5, "live is set on lines 4 and 5", "only one of them")),
    "a table both dotted and with a header": (
        REVIEWS + 'exclude.skus = ["A"]\n[sellers.my-shop.review_requests.exclude]\nasins = ["B"]',
        (6, "exclude is set on line 5, and is a table on line 6", "only one of them"),
    ),
    "a decimal comma": (
        REVIEWS + "exclude.order_value_above = 5,50",
        (5, "a decimal number has a point", "exclude.order_value_above = 5.50"),
    ),
    "a price in quotes": (
        REVIEWS + 'exclude.order_value_above = "5,50 €"',
        (5, "must be a number", "exclude.order_value_above = 5.50"),
    ),
    "a number in quotes": (REVIEWS + 'daily_limit = "300"', (5, "must be a whole number", "daily_limit = 300")),
    "rates with per cent": (
        INVOICES + "vat_rates = { FR = 20%, DE = 5,5 }",
        (5, "a rate is a number, without %", "vat_rates = { FR = 20, DE = 5.5 }"),
    ),
    "seller for sellers": (
        SHOP.replace("sellers", "seller"),
        (1, "unknown table [seller.my-shop]", "[sellers.my-shop]"),
    ),
    "review_request for review_requests": (
        REVIEWS.replace("requests", "request") + "day_range = [3, 40]",
        (4, "unknown table [sellers.my-shop.review_request]", "[sellers.my-shop.review_requests]"),
        (5, AMAZON, "day_range = [5, 30]"),
    ),
    "exclude straight under the seller": (
        SHOP + '[sellers.my-shop.exclude]\nskus = "A"',
        (4, "unknown table [sellers.my-shop.exclude]", "[sellers.my-shop.review_requests.exclude]"),
        (5, "exclude.skus must be a list", 'skus = ["A"]'),
    ),
    "excludes in a table of their own": (
        REVIEWS + '[sellers.my-shop.review_requests.excludes]\nskus = ["A"]',
        (5, "unknown table", "[sellers.my-shop.review_requests.exclude]"),
    ),
    "a table without its seller": (
        SHOP + "[review_requests]\nenabled = false",
        (4, "unknown table [review_requests]", "[sellers.my-shop.review_requests]"),
    ),
    "a name with a blank": (
        SHOP.replace("my-shop", "my shop"),
        (1, 'the seller name "my shop" must be made of letters', "[sellers.my-shop]"),
    ),
    "only the first header renamed": (
        SHOP.replace("my-shop", "maison") + "[sellers.my-shop.review_requests]\nenabled = true\n",
        (4, "there is no [sellers.my-shop]; there is [sellers.maison] on line 1", "[sellers.maison.review_requests]"),
    ),
    "a header that is not closed": (
        SHOP.replace("]", "", 1),
        (1, "bracket of this table is not closed", "[sellers.my-shop]"),
    ),
    "a header that is not opened": (SHOP[1:], (1, "bracket of this table is not opened", "[sellers.my-shop]")),
    "a header in two brackets": (
        f"[[sellers.my-shop]]{SHOP[17:]}",
        (1, "a table stands in single brackets", "[sellers.my-shop]"),
    ),
    "a seller without a name": (
        SHOP.replace(".my-shop", ""),
        (1, "the name of the seller is missing", "[sellers.my-shop]"),
    ),
    "keys above the first header": (
        'region = "eu"\n[sellers.my-shop]\nmarketplaces = ["FR"]',
        (1, '"region" stands above [sellers.NAME]', "region under [sellers.my-shop]"),
    ),
    "days the wrong way": (REVIEWS + "day_range = [25, 7]", (5, "ends before it starts", "day_range = [7, 25]")),
    "days that Amazon does not allow": (REVIEWS + "day_range = [3, 40]", (5, AMAZON, "day_range = [5, 30]")),
    "days in one text": (REVIEWS + 'day_range = "7-25"', (5, "must be a list", "day_range = [7, 25]")),
    "days in two texts": (REVIEWS + 'day_range = ["7", "25"]', (5, "whole number", "day_range = [7, 25]")),
    "days with a zero before": (REVIEWS + "day_range = [07, 25]", (5, "does not begin with 0", "day_range = [7, 25]")),
    "a date with dots": (INVOICES + "since = 1.12.2026", (5, DATE, "since = 2026-12-01")),
    "a date in quotes the European way": (INVOICES + 'since = "31/12/2026"', (5, DATE, "since = 2026-12-31")),
    "a date without zeros": (INVOICES + "since = 2026-1-5", (5, DATE, "since = 2026-01-05")),
    "a day that does not exist": (INVOICES + "since = 2026-02-30", (5, DATE, "since = 2026-12-01")),
    "an unknown key near a known one": (SHOP + "lvie = true", (4, 'did you mean "live"', "live = true")),
    "a misspelt key that is required": (
        SHOP.replace("region", "regoin"),
        (2, 'did you mean "region"', 'region = "eu"'),
    ),
    "a misspelt key with a wrong value": (
        REVIEWS + "day_rnage = [3, 40]",
        (5, 'did you mean "day_range"', "day_range = [5, 30]"),
    ),
    "a key with a blank": (
        REVIEWS + "day range = [7, 25]",
        (5, 'a key has no blank: "day range"', "day_range = [7, 25]"),
    ),
    "a colon": (SHOP + "live: true", (4, "there is no =", "live = true")),
    "nothing between key and value": (SHOP + "live true", (4, "there is no =", "live = true")),
    "a semicolon at the end": (SHOP + "live = false;", (4, "; does not end a line", "live = false")),
    "a comment with a semicolon": (SHOP + "; not yet", (4, "a comment begins with #", "# before")),
    "no value": (SHOP + "live =", (4, "live has no value", "live = false")),
    "a no-break space": (SHOP + "live =\u00a0true", (4, "here is a no-break space", "live = true")),
    "a Windows path": (
        INVOICES + 'folder = "C:\\invoices"',
        (5, "a backslash in quotes must be doubled", 'folder = "C:\\\\invoices"'),
    ),
    "a postal code as a number": (
        INVOICES + 'seller = { name = "A", lines = ["B"], postal_code = 75011, city = "C", country = "France" }',
        (5, "seller.postal_code must be text in quotes", 'seller.postal_code = "75011"'),
        (5, "seller.country is not a country code", 'seller.country = "FR"'),
    ),
    "a town for a time zone": (REVIEWS + 'timezone = "paris"', (5, "is not a known", 'timezone = "Europe/Paris"')),
    "a mistake that hides another": (
        region("“eu”") + 'live = "oui"\n[sellers.other]\nregion = "na"\nmarketplaces = ["Canada"]\n',
        (2, CURLY, 'region = "eu"'),
        (4, "live must be true or false", "live = true"),
        (7, NO_MARKETPLACE, 'marketplaces = ["CA"]'),
    ),
    "an unknown key of a rule set": (RULES + "day_rang = [5, 9]", (7, "did you mean", "day_range = [5, 9]")),
    "a wrong value of a rule set": (RULES + "day_range = [4, 9]", (7, AMAZON, "day_range = [5, 9]")),
    "wrong values of two rule sets": (
        RULES + 'time_slots = ["10-12"]\n[[sellers.my-shop.review_requests.rules]]\nname = "b"\nask = yes',
        (7, SLOT, 'time_slots = ["10:00-12:00"]'),
        (10, "ask must be true or false", "ask = true"),
    ),
    "a rule set without a name": (
        REVIEWS + '[[sellers.my-shop.review_requests.rules]]\nskus = ["A"]',
        (5, "name is missing", 'name = "coffee"'),
    ),
    "two rule sets of one name": (
        RULES + '[[sellers.my-shop.review_requests.rules]]\nname = "tea"',
        (8, 'name "tea" is the name of an earlier set, too', "a name that no other set has"),
    ),
    "a rule set in single brackets": (
        REVIEWS + '[sellers.my-shop.review_requests.rules]\nname = "tea"',
        (5, "in double brackets", "[[sellers.my-shop.review_requests.rules]]"),
    ),
    "a rule set in another place": (
        SHOP + '[[sellers.my-shop.rules]]\nname = "tea"',
        (4, "unknown table", "[[sellers.my-shop.review_requests.rules]]"),
    ),
    "a rule set that is not asked, and when": (
        RULES + "ask = false\nday_range = [5, 9]",
        (8, "day_range does nothing beside ask = false", "# before this line"),
    ),
    "a rule set that no value fits": (
        RULES + "order_value_below = 5\norder_value_above = 9",
        (8, "so that no order fits", "a smaller order_value_above"),
    ),
    "blackouts that overlap": (
        REVIEWS + 'blackout = ["2026-12-24..2026-12-26", "2026-12-26..2026-12-28"]',
        (5, "must not overlap", '"2026-12-24..2026-12-28" in the place of both'),
    ),
    "a blackout the other way round": (
        REVIEWS + 'blackout = ["2026-12-26..2026-12-24"]',
        (5, "ends before it starts", 'blackout = ["2026-12-24..2026-12-26"]'),
    ),
    "a blackout as Germans write it": (
        REVIEWS + 'blackout = "24.12.2026 - 26.12.2026"',
        (5, "must be a list", 'blackout = ["2026-12-24..2026-12-26"]'),
    ),
    "a blackout without quotes": (
        REVIEWS + "blackout = [2026-12-24]",
        (5, "must be written like", 'blackout = ["2026-12-24"]'),
    ),
    "a blackout on no day": (REVIEWS + 'blackout = ["2026-02-30"]', (5, "no calendar has", "blackout = ")),
    "wrong quotes round a wrong value": (marketplaces("[“Germany”]"), (3, CURLY, 'marketplaces = ["DE"]')),
}


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_said_once_at_its_line_with_what_was_meant(
    complaints: Complaints, case: tuple[str, *tuple[tuple[int, str, str], ...]]
) -> None:
    text, *wanted = case
    found = complaints(text)
    assert [each.where for each in found] == [f"sellers.toml:{line}" for line, *_ in wanted]
    for each, (_, what, remedy) in zip(found, wanted, strict=True):
        assert what in each.what
        assert each.remedy.startswith(remedy)


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_shown_with_a_mark_under_it(
    complaints: Complaints, case: tuple[str, *tuple[tuple[int, str, str], ...]]
) -> None:
    for each in complaints(case[0]):
        line, mark = each.shown.split("\n")
        written = case[0].split("\n")[int(each.where.partition(":")[2]) - 1].strip()
        assert line.strip() == written.replace("\u00a0", " ")
        assert mark.strip("^ ") == ""
        assert 4 <= mark.index("^") <= len(line)


UNKNOWN = {
    "a key that no rule set has": (RULES + 'exclude.skus = ["A"]', 7, 'unknown key "exclude"', "one of name, skus"),
    "a filter by rating": (REVIEWS + "exclude.min_rating = 3", 5, POLICY, NO_FILTER),
    "a table of feedback": (REVIEWS + "[sellers.my-shop.review_requests.feedback]\nmin = 3", 5, POLICY, NO_FILTER),
    "a rule set by mood": (RULES + "onlyHappyBuyers = true", 7, POLICY, NO_FILTER),
    "a rule set by complaints, in German": (RULES + "beschwerden = false", 7, POLICY, NO_FILTER),
    "a rule set on one line by stars": (REVIEWS + 'rules = [{ name = "tea", stars = 4 }]', 5, POLICY, NO_FILTER),
    "a key that only begins like it": (REVIEWS + "operating_hours = 3", 5, 'unknown key "operating_hours"', "one of"),
    "a start": (REVIEWS + "start_date = 3", 5, 'unknown key "start_date"', "one of"),
}


@pytest.mark.parametrize(("text", "line", "what", "remedy"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_there_is_not_is_refused_and_a_filter_by_mood_with_its_source(
    complaints: Complaints, text: str, line: int, what: str, remedy: str
) -> None:
    (found,) = complaints(text)
    assert found.where == f"sellers.toml:{line}"
    assert what in found.what
    assert found.remedy.startswith(remedy)


def test_a_number_beyond_all_numbers_is_a_mistake_like_others(complaints: Complaints) -> None:
    number = "1e99999999999999999999"
    assert complaints(REVIEWS + f"day_min = {number}\nday_max = {number}%\n")


def test_the_mark_is_under_the_one_wrong_value_of_a_list(folder: Path) -> None:
    (folder / "sellers.toml").write_text(REVIEWS + 'weekdays = [\n  "mon",\n\t"lundi", # again\n]\n')
    with pytest.raises(SettingsError) as caught:
        load_settings({}, with_credentials=False)
    assert str(caught.value).splitlines()[1:] == ['    "lundi", # again', "    ^^^^^^^", '  Type: weekdays = ["mon"]']


def test_nothing_in_the_file_steers_the_terminal(complaints: Complaints) -> None:
    (found,) = complaints(SHOP + "lvie = true # \u202e\x1b[2J")
    assert found.shown.isprintable() or set(found.shown) <= {*map(chr, range(32, 127)), "\n", "�"}


@pytest.mark.parametrize("text", [SHOP.replace("\n", "\r\n"), "\ufeff" + SHOP, SHOP.replace(" = ", "\t=\t")])
def test_windows_line_ends_a_byte_order_mark_and_tabs_are_no_mistakes(complaints: Complaints, text: str) -> None:
    assert complaints(text) == ()


def test_a_file_that_is_cut_off_anywhere_is_never_without_words(complaints: Complaints) -> None:
    text = (Path(schema.__file__).parent / "example.toml").read_text().replace("\n# ", "\n").replace("# [", "[")
    for at in range(0, len(text), 101):
        for put in ("", '"', "]", "{", "“", "=", "\\", "\x1b"):
            broken = f"{text[:at]}{put}{text[at + 1 :]}"
            assert all(each.remedy and each.what for each in complaints(broken))


def test_a_file_of_another_encoding_is_looked_at_all_the_same(complaints: Complaints) -> None:
    for encoding in ("utf-16", "cp1252"):
        found = complaints(f"# René\n{SHOP}live = yes\n".encode(encoding))
        assert [each.where for each in found] == ["sellers.toml", "sellers.toml:5"]


def test_a_folder_in_the_place_of_the_file_is_named(complaints: Complaints, folder: Path) -> None:
    (folder / "sellers.toml").mkdir()
    (found,) = complaints(None)
    assert found.what == "cannot be read: Is a directory"


DOTENV_MISTAKES = {
    "a quote that is not closed": ('REDIS_URL="redis://x\n', 1, "the quote of REDIS_URL is not closed", "REDIS_URL="),
    "a comment with a semicolon": ("# fine\n; not yet\n", 2, "a comment begins with #", "# before it"),
    "no =": ("\n\nREDIS_URL redis://x\n", 3, "this line is not NAME=value", "NAME=value"),
    "a variable twice": (
        "REDIS_URL=redis://x\n\nREDIS_URL=redis://y\n",
        3,
        "REDIS_URL is set on lines 1 and 3",
        "only one of them",
    ),
    "curly quotes": (
        "SELLERS_FILE=“sellers.toml”\n",
        1,
        "the value of SELLERS_FILE stands in curly quotes",
        "SELLERS_FILE= and the value without quotes",
    ),
    "a token broken in two": (
        "MY_SHOP_LWA_REFRESH_TOKEN=Atzr|abc\ndefghi\n",
        2,
        "this line is not NAME=value: perhaps it is the end of MY_SHOP_LWA_REFRESH_TOKEN",
        "MY_SHOP_LWA_REFRESH_TOKEN= and the whole value on one line",
    ),
}


@pytest.mark.parametrize(("text", "line", "what", "remedy"), DOTENV_MISTAKES.values(), ids=DOTENV_MISTAKES)
def test_a_mistake_in_dotenv_is_said_at_its_line(folder: Path, text: str, line: int, what: str, remedy: str) -> None:
    (folder / "sellers.toml").write_text(SHOP)
    (folder / ".env").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings({}, with_credentials=False)
    found = [each for each in caught.value.complaints if each.where.startswith(".env:")]
    assert (found[0].where, found[0].what) == (f".env:{line}", what)
    assert found[0].remedy.startswith(remedy)


def test_spaces_export_quotes_and_comments_in_dotenv_are_no_mistakes(complaints: Complaints, folder: Path) -> None:
    text = "export REDIS_URL = 'redis://x' # here\r\n  SELLERS_FILE=sellers.toml  \r\nOTHER=1\nOTHER=2\n"
    (folder / ".env").write_text(text)
    assert complaints(SHOP) == ()


REAL = {
    "MY_SHOP_LWA_CLIENT_ID": "amzn1.application-oa2-client.abcdef",
    "MY_SHOP_LWA_CLIENT_SECRET": "amzn1.oa2-cs.v1.abcdef",
    "MY_SHOP_LWA_REFRESH_TOKEN": "Atzr|abcdef",
}
ID, SECRET, TOKEN = REAL
SIMULATED = {"SP_API_ENDPOINT": "http://127.0.0.1:1", "LWA_ENDPOINT": "http://localhost:1"}
ODD_SECRETS = {
    "id and secret are swapped": ({ID: REAL[SECRET], SECRET: REAL[ID]}, f"{ID} holds the client secret, and {SECRET}"),
    "an older secret and the id are swapped": ({ID: "0a" * 32, SECRET: REAL[ID]}, f"{ID} holds the client secret"),
    "the token for the secret": ({SECRET: "Atzr|abc"}, f"{SECRET} holds the refresh token"),
    "an access token": ({TOKEN: "Atza|abc"}, f"{TOKEN} holds an access token"),
    "the id of the app": ({ID: "amzn1.sp.solution.abc"}, f"{ID} holds the id of the app"),
    "a blank inside": ({TOKEN: "Atzr|abc def"}, f"{TOKEN} has a blank inside"),
    "a line break inside": ({TOKEN: "Atzr|abc\ndef"}, f"{TOKEN} has a line break inside"),
    "curly quotes": ({ID: f"“{REAL[ID]}”"}, f"{ID} has curly quotes"),
    "the example": ({TOKEN: "Atzr|0123456789"}, f"{TOKEN} still holds an example"),
    "a placeholder": ({SECRET: "<your secret>"}, f"{SECRET} still holds an example"),
}


@pytest.mark.parametrize(("odd", "what"), ODD_SECRETS.values(), ids=ODD_SECRETS)
def test_a_secret_that_cannot_be_is_named_and_not_shown(complaints: Complaints, odd: dict[str, str], what: str) -> None:
    (found,) = complaints(SHOP, REAL | odd, with_credentials=True)
    assert found.what.startswith(what)
    assert "abc" not in str(found)
    assert complaints(SHOP, REAL | odd | SIMULATED, with_credentials=True) == ()


def test_a_secret_of_an_unknown_shape_is_taken(complaints: Complaints) -> None:
    assert complaints(SHOP, dict.fromkeys(REAL, "of-a-new-shape"), with_credentials=True) == ()
    assert complaints(SHOP, REAL | {SECRET: "0a" * 32}, with_credentials=True) == ()


@pytest.mark.parametrize("name", ["MY-SHOP_LWA_CLIENT_ID", "my_shop_LWA_CLIENT_ID", "MYSHOP_LWA_CLIENT_ID"])
def test_a_variable_under_nearly_its_name_is_found(complaints: Complaints, folder: Path, name: str) -> None:
    (folder / ".env").write_text(f"\n{name}={REAL[ID]}\n")
    (found,) = complaints(SHOP, {SECRET: REAL[SECRET], TOKEN: REAL[TOKEN]}, with_credentials=True)
    assert found == Complaint(".env", f"{ID} is not set; .env:2 has {name}", f"{ID}= and the value of {name}")


@pytest.mark.parametrize("name", ["SP_API_ENDPOINT", "LWA_ENDPOINT"])
def test_secrets_go_over_plain_http_to_this_machine_only(complaints: Complaints, name: str) -> None:
    for url in ("http://10.0.0.7:8080", "http://simulator", "http://localhost.example", "http://127.0.0.1@example.com"):
        (found,) = complaints(SHOP, {name: url})
        assert found.what.startswith(f"{name} must begin with https://: secrets go there")
    for url in ("http://127.0.0.1:8080", "http://127.8.0.1", "http://[::1]:80", "http://localhost", "https://example"):
        assert complaints(SHOP, {name: url}) == ()
