"""VAT in the currency of the state where it is due, at an official rate of the day before the supply."""

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invoices import exchange, record, view, xml
from invoices.crediting import credit_note
from invoices.document import Invoice, Unmakeable, VatIn
from rules.reason import Reason
from settings.invoices import Invoices
from tests.invoices.checker import complaints
from tests.invoices.vat_examples import ISSUED, RATES_FILE, item, made, sale, settings, to

D = Decimal
EVERYWHERE = {"DE": 19, "FR": 20, "GB": 20, "XI": 20, "PL": 23, "SE": 25, "CZ": 21, "DK": 25, "RO": 21}


def wish(country: str = "FR", **more: Any) -> Invoices:
    return settings(country, vat_rates=EVERYWHERE, **more)


def sold(currency: str, country: str, postal_code: str = "1000", amount: str = "119.00", **more: Any) -> Any:
    return sale(item(amount, **more), currency=currency, **to(country, postal_code))


IN: dict[str, tuple[Invoice, tuple[str, str, str] | None]] = {
    "euro in a euro state": (made(sold("EUR", "DE"), wish()), None),
    "złoty in Poland": (made(sold("PLN", "PL"), wish()), None),
    "euro in Poland": (made(sold("EUR", "PL", amount="123.00"), wish()), ("PLN", "97.75", "4.250000")),
    "złoty in Germany": (made(sold("PLN", "DE"), wish()), ("EUR", "4.47", "0.235294")),
    "kronor in Poland": (made(sold("SEK", "PL", amount="123.00"), wish()), ("PLN", "8.73", "0.379464")),
    "euro in Sweden": (made(sold("EUR", "SE", amount="125.00"), wish()), ("SEK", "280.00", "11.200000")),
    "euro in Czechia": (made(sold("EUR", "CZ", amount="121.00"), wish()), ("CZK", "514.50", "24.500000")),
    "euro in Denmark": (made(sold("EUR", "DK", amount="125.00"), wish()), ("DKK", "186.50", "7.460000")),
    "euro in Northern Ireland": (
        made(sold("EUR", "GB", "BT1 5GS", amount="120.00"), wish()),
        ("GBP", "17.60", "0.880000"),
    ),
    "sterling in France": (made(sold("GBP", "FR", "75002", amount="12.00"), wish()), ("EUR", "2.27", "1.136364")),
    "złoty at German VAT, for Amazon says that rate": (
        made(sold("PLN", "PL", tax=D("19.00")), settings("DE")),
        ("EUR", "4.47", "0.235294"),
    ),
    "złoty at the home rate of small sellers": (
        made(sold("PLN", "PL"), settings("DE", vat_rates={"DE": 19}, distance_sales="home")),
        ("EUR", "4.47", "0.235294"),
    ),
    "no VAT": (made(sold("USD", "NO"), wish()), None),
}


@pytest.mark.parametrize(("found", "expected"), IN.values(), ids=IN)
def test_vat_stands_in_the_currency_of_the_state_where_it_is_due(
    found: Invoice, expected: tuple[str, str, str] | None
) -> None:
    vat_in = found.vat_in
    assert (vat_in and (vat_in.currency, str(vat_in.vat), str(vat_in.rate))) == expected
    if vat_in:
        assert (vat_in.day, vat_in.source) == (date(2026, 12, 1), "ECB")  # supplied on the 2nd
    for document in (found, credit_note(found, found.gross / 2, number="C1", issued_on=ISSUED)):
        assert complaints(xml.write(document)) == set()


EURO_IN_POLAND = IN["euro in Poland"][0]


def test_it_is_printed_with_the_rate_its_day_and_its_source_and_kept_with_the_document() -> None:
    shown = view.view(EURO_IN_POLAND)
    assert [label for label, amount in shown["totals"] if amount == "zł97.75"] == ["VAT (PLN)"]
    assert EURO_IN_POLAND.notes[-1] == "1 EUR = 4.25 PLN (ECB, 1 December 2026)"
    assert record.read(record.write(EURO_IN_POLAND)) == EURO_IN_POLAND
    written = xml.write(EURO_IN_POLAND).decode()
    assert "<ram:TaxCurrencyCode>PLN</ram:TaxCurrencyCode>" in written
    assert '<ram:TaxTotalAmount currencyID="PLN">97.75</ram:TaxTotalAmount>' in written


def test_credit_notes_have_the_invoices_rate_and_end_where_it_does() -> None:
    first = credit_note(EURO_IN_POLAND, D("41.00"), number="C1", issued_on=ISSUED)
    second = credit_note(EURO_IN_POLAND, D("0.03"), number="C2", issued_on=ISSUED, before=[first])
    rest = credit_note(EURO_IN_POLAND, None, number="C3", issued_on=ISSUED, before=[first, second])
    parts = [note.vat_in for note in (first, second, rest)]
    assert [(each and each.rate) for each in parts] == [D("4.250000")] * 3
    assert sum(each.vat for each in parts if each) == D("97.75")
    assert first.vat_in == VatIn("PLN", D("32.60"), D("4.250000"), date(2026, 12, 1), "ECB")


HELD: dict[str, tuple[str, Invoices]] = {
    "no file": ("the VAT is due in PLN, and the settings name no exchange_rates", wish(exchange_rates=None)),
    "no rate of that currency": ("ECB has no rate of EUR in HUF on 2026-12-01", settings(vat_rates={"HU": 27})),
}


@pytest.mark.parametrize(("words", "wanted"), HELD.values(), ids=HELD)
def test_without_a_rate_the_invoice_is_held(words: str, wanted: Invoices) -> None:
    with pytest.raises(Unmakeable, match=words) as caught:
        made(sold("EUR", "HU" if "HUF" in words else "PL"), wanted)
    assert caught.value.reason == Reason.TAX_DATA_MISSING


DAYS = {
    "the last before the day of supply": (date(2026, 12, 2), date(2026, 12, 1)),
    "not that of the day itself": (date(2026, 12, 3), date(2026, 12, 2)),
    "over a weekend": (date(2026, 12, 7), date(2026, 12, 2)),
    "over the longest holidays": (date(2026, 12, 12), date(2026, 12, 2)),
    "of a file that is not kept up to date": (date(2026, 12, 13), None),
    "of days before the file": (date(2026, 10, 16), None),
    "of a gap in the file": (date(2026, 10, 30), None),
}


@pytest.mark.parametrize(("day", "published"), DAYS.values(), ids=DAYS)
def test_the_rate_is_the_last_one_published_before(day: date, published: date | None) -> None:
    rates = exchange.read(RATES_FILE)
    if published:
        assert rates.before(day, "EUR", "PLN").day == published
    else:
        with pytest.raises(Unmakeable, match="has no exchange rates of the days before"):
            rates.before(day, "EUR", "PLN")


def test_a_file_is_read_packed_too_and_anew_when_it_changes(tmp_path: Path) -> None:
    packed = tmp_path / "eurofxref-hist.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.write(RATES_FILE, "eurofxref-hist.csv")
    assert exchange.read(packed) == exchange.read(RATES_FILE)
    own = tmp_path / "NBP.csv"
    own.write_text("Date, PLN\n2026-12-01, 4.30\n")
    assert exchange.read(own).before(ISSUED, "EUR", "PLN") == exchange.Rate(D("4.3"), date(2026, 12, 1), "NBP")


UNREADABLE = {
    "no table": b"\x89PNG",
    "another table": b"a,b\n1,2\n",
    "no dates": b"Date,PLN\nyesterday,4.30\n",
    "half a zip": b"PK\x03\x04half",
    "nothing": b"",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_holds_what_needs_it(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_bytes(content)
    with pytest.raises(Unmakeable, match=r"the exchange rates in rates\.csv cannot be read") as caught:
        exchange.read(file)
    assert caught.value.reason == Reason.TAX_DATA_MISSING


def test_a_file_that_is_gone_holds_what_needs_it(tmp_path: Path) -> None:
    with pytest.raises(Unmakeable, match="FileNotFoundError"):
        exchange.read(tmp_path / "gone.csv")
