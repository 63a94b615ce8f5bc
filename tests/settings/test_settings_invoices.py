"""The invoices' settings and key: read as they stand, and each mistake in its own words."""

import base64
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from settings.complaints import Complaint
from settings.invoices import Invoices, InvoiceSeller, SkuRates
from settings.load import load_settings
from settings.small import no_vat
from settings.vat_numbers import complaint

Complaints = Callable[..., tuple[Complaint, ...]]

KEY = base64.b64encode(bytes(range(32))).decode()
EU = '[sellers.shop]\nregion = "eu"\nmarketplaces = ["FR", "TR", "IE"]\n'
NA = '[sellers.shop]\nregion = "na"\nmarketplaces = ["US", "BR"]\n'
SELLER = (
    'seller = { name = "Durand", lines = ["12 rue des Lilas"], postal_code = "75011", city = "Paris", '
    'country = "FR", vat_numbers = { FR = "FR11123456782" } }\n'
)
ON = "[sellers.shop.invoices]\nenabled = true\n"
SINCE = "since = 2026-12-01\n"
FULL = ON + SINCE + SELLER  # of the lines 4 to 7

GENERATED = InvoiceSeller(
    name="Durand",
    lines=("12 rue des Lilas",),
    postal_code="75011",
    city="Paris",
    country="FR",
    vat_numbers={"FR": "FR11123456782"},
)


def read(folder: Path, text: str) -> Invoices:
    (folder / "sellers.toml").write_text(text)
    return load_settings({}, with_credentials=False).sellers["shop"].invoices


def test_what_is_needed_to_begin(folder: Path) -> None:
    assert read(folder, EU + FULL) == Invoices(enabled=True, since=date(2026, 12, 1), seller=GENERATED)


NUMBERS = {
    "Greece": ("GR", "EL 094259216", True),
    "Greece by its country": ("GR", "GR094259216", False),
    "Northern Ireland": ("XI", "XI980780684", True),
    "Northern Ireland by Britain's letters": ("XI", "GB980780684", False),
    "Britain": ("GB", "GB 980 7806 84", True),
    "Ireland": ("IE", "IE6433435F", True),
    "Italy": ("IT", "IT00743110157", True),
    "Italy, a digit off": ("IT", "IT00743110158", False),
    "Switzerland, unchecked": ("CH", "CHE-107.787.577 IVA", True),
    "a country without rules here": ("US", "anything", True),
}


@pytest.mark.parametrize(("country", "number", "good"), NUMBERS.values(), ids=NUMBERS)
def test_a_vat_number_is_that_of_its_country(country: str, number: str, good: bool) -> None:
    assert (complaint(country, number) is None) is good


def test_a_seller_without_vat_numbers_has_a_tax_number_and_the_sentence_of_its_law(folder: Path) -> None:
    number = 'tax_number = "12/345/67890"'
    german = FULL.replace('"FR", vat_numbers = { FR = "FR11123456782" }', f'"DE", {number}')
    found = no_vat(read(folder, EU + german))
    assert found is not None
    assert (found.sentence, found.category) == ("Steuerfreier Umsatz nach § 19 UStG (Kleinunternehmer)", "E")


def test_every_invoice_setting_is_read(folder: Path) -> None:
    (folder / "logo.svg").touch()
    (folder / "bookkeeping").mkdir()
    text = f"""{EU}{FULL}marketplaces = ["IE"]
source = "folder"
folder = "bookkeeping"
vat_calculation_service = true
number = "{{number}}"
credit_note_number = "{{year}}/{{month:02}}/{{number:04}}"
keep_years = 30
logo = "logo.svg"
footer = ["RCS Paris", "Capital 10 €"]
vat_rates = {{ FR = 20, GB = 0, FI = 25.5 }}
sku_vat_rates = [{{ skus = ["BOOK-*"], rates = {{ FR = 5.5 }} }}]
"""
    assert read(folder, text) == Invoices(
        enabled=True,
        marketplaces=("IE",),
        since=date(2026, 12, 1),
        source="folder",
        folder=Path("bookkeeping"),
        vat_calculation_service=True,
        number="{number}",
        credit_note_number="{year}/{month:02}/{number:04}",
        keep_years=30,
        logo=Path("logo.svg"),
        footer=("RCS Paris", "Capital 10 €"),
        vat_rates={"FR": Decimal(20), "GB": Decimal(0), "FI": Decimal("25.5")},
        sku_vat_rates=(SkuRates(skus=("BOOK-*",), rates={"FR": Decimal("5.5")}),),
        seller=GENERATED,
    )


def test_a_date_may_stand_in_quotes(folder: Path) -> None:
    assert read(folder, EU + FULL.replace("2026-12-01", '"2026-12-01"')).since == date(2026, 12, 1)


def test_what_is_not_enabled_asks_for_nothing(folder: Path) -> None:
    off = '[sellers.shop.invoices]\nsource = "folder"\nfolder = "none"\nlogo = "none.png"\n'
    assert not read(folder, EU + off).enabled


TAKERS = {
    "those of the seller's that take invoices": (EU + FULL, ("FR",)),
    "with Amazon's VAT calculation": (EU + FULL + "vat_calculation_service = true", ("FR", "IE")),
    "those named": (EU + FULL + 'vat_calculation_service = true\nmarketplaces = ["IE"]', ("IE",)),
    "in North America": (NA + FULL, ("US",)),
}


@pytest.mark.parametrize(("text", "codes"), TAKERS.values(), ids=TAKERS)
def test_the_marketplaces_of_invoices_are(folder: Path, text: str, codes: tuple[str, ...]) -> None:
    read(folder, text)
    assert load_settings({}, with_credentials=False).sellers["shop"].invoice_marketplaces == codes


WRONG = {
    "no first day": (
        EU + ON + SELLER,
        4,
        "since is missing: orders placed before that day get no invoice",
        "since = 2026-12-01",
    ),
    "no seller": (
        EU + ON + SINCE,
        4,
        "seller is missing: an invoice must say whose it is",
        'seller.name = "Maison Durand SARL", and so on',
    ),
    "a part of the seller": (
        EU + ON + SINCE + 'seller = { name = "D", lines = ["L"], postal_code = "1", city = "C" }',
        7,
        "seller.country is missing",
        'seller.country = "FR"',
    ),
    "no street": (
        EU + FULL.replace('["12 rue des Lilas"]', "[]"),
        7,
        "seller.lines must have at least 1",
        'seller.lines = ["12 rue des Lilas"]',
    ),
    "no VAT number": (
        EU + FULL.replace(', vat_numbers = { FR = "FR11123456782" }', ""),
        7,
        "seller.vat_numbers must name at least one; a seller who has none has a tax_number",
        'seller.vat_numbers = { FR = "FR11123456782", DE = "DE123456788" }',
    ),
    "VAT numbers without a country": (
        EU + FULL.replace('{ FR = "FR11123456782" }', '["FR11123456782"]'),
        7,
        "seller.vat_numbers must be a table",
        'seller.vat_numbers = { FR = "FR11123456782", DE = "DE123456788" }',
    ),
    "a day that is a number": (
        EU + FULL.replace("2026-12-01", "1"),
        6,
        "since must be a date like 2026-12-01",
        "since = 2026-12-01",
    ),
    "a day with a time": (
        EU + FULL.replace("2026-12-01", "2026-12-01T10:00:00"),
        6,
        "since must be a date like 2026-12-01",
        "since = 2026-12-01",
    ),
    "a day that does not exist": (
        EU + FULL.replace("2026-12-01", '"2026-02-30"'),
        6,
        "since must be a date like 2026-12-01",
        "since = 2026-12-01",
    ),
    "no folder": (
        EU + FULL + 'source = "folder"',
        4,
        'folder is missing, with source = "folder"',
        'folder = "/srv/invoices"',
    ),
    "a folder that is not there": (
        EU + FULL + 'source = "folder"\nfolder = "none"',
        9,
        "folder is no folder that can be read: {here}/none",
        "the path of a folder that exists",
    ),
    "a folder that is a file": (
        EU + FULL + 'source = "folder"\nfolder = "sellers.toml"',
        9,
        "folder is no folder that can be read: {here}/sellers.toml",
        "the path of a folder that exists",
    ),
    "a folder without a name": (
        EU + FULL + 'folder = ""',
        8,
        "folder must be a path in quotes",
        'folder = "/srv/invoices"',
    ),
    "a logo that is not there": (
        EU + FULL + 'logo = "none.png"',
        8,
        "logo is no file that can be read: {here}/none.png",
        "the path of an image that exists",
    ),
    "a source unknown": (
        EU + FULL + 'source = "generated"',
        8,
        'source must be one of "generate", "folder"',
        'source = "generate"',
    ),
    "a marketplace that is not the seller's": (
        EU + FULL + 'marketplaces = ["FR", "DE"]',
        8,
        "marketplaces (value 2) is not among the seller's marketplaces",
        '"FR"',
    ),
    "a marketplace that takes none": (
        EU + FULL + 'marketplaces = ["TR"]',
        8,
        "marketplaces (value 1) takes no invoices from sellers",
        '"FR"',
    ),
    "one that takes calculated VAT only": (
        EU + FULL + 'marketplaces = ["IE"]',
        8,
        "marketplaces (value 1) takes no invoices from sellers",
        '"FR"',
    ),
    "no marketplace that takes any": (
        EU.replace('"FR", ', "") + FULL,
        5,
        "enabled must be false: none of the seller's marketplaces takes invoices, "
        'only "DE", "ES", "FR", "IT", "NL", "PL", "SE", "UK"',
        "enabled = false",
    ),
    "the Far East": (
        '[sellers.shop]\nregion = "fe"\nmarketplaces = ["JP"]\n' + ON,
        5,
        'enabled must be false: Amazon offers no way to send invoices in region "fe"',
        "enabled = false",
    ),
    "Brazil": (NA + FULL + 'marketplaces = ["BR"]', 8, "marketplaces (value 1) takes no invoices from sellers", '"US"'),
    "VAT calculation in North America": (
        NA + FULL + "vat_calculation_service = true",
        8,
        'vat_calculation_service is for region "eu" only: in North America Amazon says the tax',
        "no vat_calculation_service",
    ),
    "credit notes in North America": (
        NA + FULL + "upload_credit_notes = true",
        8,
        'upload_credit_notes is for region "eu" only: in North America Amazon takes no credit notes',
        "no upload_credit_notes",
    ),
    "rates in North America": (
        NA + FULL + "vat_rates = { US = 20 }",
        8,
        'vat_rates is for region "eu" only: in North America Amazon says the tax',
        "no vat_rates",
    ),
    "numbers without a number": (
        EU + FULL + 'number = "{year}"',
        8,
        "number must have {number} once",
        'number = "FR{year}{month:02}-{number:05}"',
    ),
    "numbers with two numbers": (
        EU + FULL + 'number = "{number}-{number:06}"',
        8,
        "number must have {number} once",
        'number = "FR{year}{month:02}-{number:05}"',
    ),
    "numbers with a month that could be two": (
        EU + FULL + 'number = "{year}{month}{number}"',
        8,
        "number must have {month:02}, as 1 and 11 could be mistaken",
        "{year}{month:02}{number}",
    ),
    "numbers with something else": (
        EU + FULL + 'number = "{order}-{number}"',
        8,
        "number may only have {year}, {month:02}, {marketplace}, {number}, {number:06}, letters, digits and - _ /",
        'number = "FR{year}{month:02}-{number:05}"',
    ),
    "numbers that are padded with spaces": (
        EU + FULL + 'number = "{number:6}"',
        8,
        "number may only have {year}, {month:02}, {marketplace}, {number}, {number:06}, letters, digits and - _ /",
        'number = "FR{year}{month:02}-{number:05}"',
    ),
    "numbers of great length": (
        EU + FULL + f'number = "{{number}}{"A" * 40}"',
        8,
        "number must have at most 40 characters",
        'number = "FR{year}{month:02}-{number:05}"',
    ),
    "credit notes numbered as invoices": (
        EU + FULL + 'credit_note_number = "{year}-{number:07}"',
        8,
        "credit_note_number must differ from number in more than digits",
        'credit_note_number = "C{year}-{number:06}"',
    ),
    "invoices numbered as credit notes": (
        EU + FULL + 'number = "C{year}-{number}"',
        4,
        "credit_note_number must differ from number in more than digits",
        'credit_note_number = "C{year}-{number:06}"',
    ),
    "kept for no year": (EU + FULL + "keep_years = 0", 8, "keep_years must be at least 1", "keep_years = 10"),
    "kept for ever": (EU + FULL + "keep_years = 31", 8, "keep_years must be at most 30", "keep_years = 10"),
    "a rate as a fraction": (
        EU + FULL + "vat_rates = { FR = 0.2 }",
        8,
        "vat_rates.FR must be in per cent, as 20 and not 0.20",
        "vat_rates = { FR = 20 }",
    ),
    "a rate below zero": (
        EU + FULL + "vat_rates.FR = -1",
        8,
        "vat_rates.FR must be at least 0",
        "vat_rates = { FR = 20, DE = 19 }",
    ),
    "a rate of Britain": (
        EU + FULL + "vat_rates = { UK = 20 }",
        8,
        "vat_rates.UK is not a country code of ISO 3166",
        "vat_rates = { GB = 20 }",
    ),
    "a rate of no country": (
        EU + FULL + "vat_rates = { France = 20 }",
        8,
        "vat_rates.France is not a country code of ISO 3166",
        "vat_rates = { FR = 20 }",
    ),
    "rates of no SKU": (
        EU + FULL + "sku_vat_rates = [{ skus = [], rates = { FR = 5 } }]",
        8,
        "sku_vat_rates.skus must have at least 1",
        'sku_vat_rates = [{ skus = ["BOOK-*"], rates = { FR = 5.5, DE = 7 } }]',
    ),
    "SKUs without a rate": (
        EU + FULL + 'sku_vat_rates = [{ skus = ["A"] }]',
        8,
        "sku_vat_rates.rates is missing",
        'sku_vat_rates = [{ skus = ["BOOK-*"], rates = { FR = 5.5, DE = 7 } }]',
    ),
    "an unknown key of SKU rates": (
        EU + FULL + 'sku_vat_rates = [{ skus = ["A"], rates = { FR = 5 }, colour = "red" }]',
        8,
        'unknown key "colour"',
        'sku_vat_rates = [{ skus = ["BOOK-*"], rates = { FR = 5.5, DE = 7 } }]',
    ),
    "a VAT number with wrong check digits": (
        EU + FULL.replace("FR11123456782", "FR12123456782"),
        7,
        "seller.vat_numbers.FR is no VAT number of FR: its check digits are wrong",
        "the number as your tax office wrote it",
    ),
    "a VAT number of another country": (
        EU + FULL.replace("FR11123456782", "DE123456788"),
        7,
        "seller.vat_numbers.FR is no VAT number of FR: it must begin with FR",
        "the number as your tax office wrote it",
    ),
    "a tax number for a VAT number": (
        EU + FULL.replace("FR11123456782", "12/345/67890"),
        7,
        "seller.vat_numbers.FR is no VAT number of FR: it must begin with FR",
        'seller.tax_number = "12/345/67890"',
    ),
    "no VAT number and no sentence of the law": (
        EU + FULL.replace('country = "FR", vat_numbers = { FR = "FR11123456782" }', 'country = "ES", tax_number = "1"'),
        7,
        "seller.tax_number needs the exemption beside it: the sentence of your law, for a seller without VAT numbers",
        'exemption = "TVA non applicable, art. 293 B du CGI"',
    ),
    "numbers of a marketplace that are those of its credit notes": (
        EU + FULL + 'number = "{marketplace}-{number}"\ncredit_note_number = "FR-{number}"',
        9,
        "credit_note_number must differ from number in more than digits",
        'credit_note_number = "C{year}-{number:06}"',
    ),
    "exempt with rates": (
        EU + FULL + 'vat_rates = { FR = 20 }\nexemption = "art. 293 B"',
        9,
        "exemption contradicts vat_rates and sku_vat_rates",
        "either exemption or rates",
    ),
}


@pytest.mark.parametrize(("text", "line", "what", "remedy"), WRONG.values(), ids=WRONG)
def test_a_wrong_invoice_setting_is_named_with_its_line_and_what_to_type(
    complaints: Complaints, folder: Path, text: str, line: int, what: str, remedy: str
) -> None:
    assert complaints(text) == (Complaint(f"sellers.toml:{line}", what.replace("{here}", str(folder)), remedy),)


def test_all_mistakes_in_the_invoices_come_at_once(complaints: Complaints) -> None:
    text = EU + ON + 'number = "{year}"\nkeep_years = 0\nlogo = "none.png"\n'
    found = [(c.where, c.what.split()[0]) for c in complaints(text)]
    assert found == [
        ("sellers.toml:4", "since"),
        ("sellers.toml:4", "seller"),
        ("sellers.toml:6", "number"),
        ("sellers.toml:7", "keep_years"),
        ("sellers.toml:8", "logo"),
    ]
    found = [(c.where, c.what.split()[0]) for c in complaints(NA + FULL + 'marketplaces = ["BR"]\nexemption = "no"')]
    assert found == [("sellers.toml:8", "marketplaces"), ("sellers.toml:9", "exemption")]


FORMS = ["{number}", "{year}-{number:06}", "{year}{month:02}{number}", "{number:03}/{month:02}/{year}", "A1{number}2"]


@pytest.mark.parametrize("form", FORMS)
def test_ten_thousand_numbers_are_distinct(form: str) -> None:
    fits = Invoices(number=form, credit_note_number=f"C{form}")
    numbers = {
        form.format(year=year, month=month, number=number)
        for form in (fits.number, fits.credit_note_number)
        for year in (2026, 2027)
        for month in ((1, 11, 12) if "month" in form else (1,))
        for number in range(1, 10_001)
    }
    years, months = (2 if "year" in form else 1), (3 if "month" in form else 1)
    assert len(numbers) == 2 * years * months * 10_000


def test_the_key_is_read_and_not_shown(folder: Path) -> None:
    (folder / "sellers.toml").write_text(EU)
    environment = load_settings({"INVOICE_KEY": KEY}, with_credentials=False).environment
    assert environment.invoice_key == bytes(range(32))
    assert KEY not in repr(environment)
    assert repr(bytes(range(32))) not in repr(environment)


def test_the_key_may_be_given_as_a_file(folder: Path) -> None:
    (folder / "sellers.toml").write_text(EU)
    (folder / "key").write_text(f"{KEY}\n")
    assert load_settings({"INVOICE_KEY_FILE": "key"}, with_credentials=False).environment.invoice_key == bytes(
        range(32)
    )


SECRETS = {f"SHOP_LWA_{name}": "secret" for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")}
MAKE = (
    'INVOICE_KEY= and what this prints: python3 -c "import base64, os; '
    'print(base64.b64encode(os.urandom(32)).decode())"'
)


def test_invoices_need_the_key(complaints: Complaints) -> None:
    assert complaints(EU + FULL, SECRETS, with_credentials=True) == (
        Complaint(".env", "INVOICE_KEY is not set, and invoices are enabled for shop", MAKE),
    )
    assert complaints(EU + FULL, SECRETS | {"INVOICE_KEY": KEY}, with_credentials=True) == ()


def test_without_invoices_or_without_credentials_no_key_is_asked_for(complaints: Complaints) -> None:
    assert complaints(EU, SECRETS, with_credentials=True) == ()
    assert complaints(EU + FULL) == ()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("hunter2", id="a password"),
        pytest.param(KEY[:-4], id="too short"),
        pytest.param(KEY + KEY, id="too long"),
        pytest.param("é" * 44, id="not ascii"),
        pytest.param(bytes(range(32)).hex(), id="hexadecimal"),
    ],
)
def test_a_wrong_key_is_named_and_not_shown(complaints: Complaints, value: str) -> None:
    (found,) = complaints(EU + FULL, SECRETS | {"INVOICE_KEY": value}, with_credentials=True)
    assert found == Complaint("environment", "INVOICE_KEY must be 32 bytes in base64", MAKE)


def test_a_key_that_cannot_be_read_is_one_complaint(complaints: Complaints) -> None:
    (found,) = complaints(EU + FULL, SECRETS | {"INVOICE_KEY_FILE": "none"}, with_credentials=True)
    assert found.what == "the file that INVOICE_KEY_FILE names cannot be read: No such file or directory"
