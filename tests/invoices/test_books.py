"""Entries for the accountant: to the cent what was invoiced, in the forms that DATEV and the French tax office read."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from invoices import datev, fec, oss
from invoices.booked import Entry, entries
from invoices.document import Invoice, Kind, Reference, Vat, VatCategory, VatIn
from invoices.exchange import Rates
from rules.sale import Party
from settings.books import Books
from tests.invoices.samples import PLAIN, invoices

D = Decimal
BOOKS = Books(
    revenue={"DE 19": "8400", "DE": "8300", "K": "8125", "*": "8320"}, datev_consultant=29098, datev_client=55003
)
WISH = datev.Batch(BOOKS, date(2026, 11, 1), date(2026, 11, 30), datetime(2026, 12, 1, 8, 30, tzinfo=UTC))
BERLIN = Party("Zoë", None, (), "10115", "Berlin", None, "DE")


def of(*vats: tuple[str, str, str, str], to: Party = BERLIN, **changes: Any) -> list[Entry]:
    """A document with these categories, rates, nets and VAT."""
    made = tuple(Vat(VatCategory(category), D(rate), D(net), D(vat)) for category, rate, net, vat in vats)
    net, vat = sum((each.net for each in made), D(0)), sum((each.vat for each in made), D(0))
    sums: dict[str, Any] = {"vats": made, "net": net, "vat": vat, "gross": net + vat, "buyer": to}
    return list(entries(replace(PLAIN, **sums | changes)))


def read(data: bytes) -> tuple[list[str], list[dict[str, str]]]:
    head, *rest = csv.reader(StringIO(data.decode("cp1252")), delimiter=";")
    names, *rows = rest
    return head, [dict(zip(names, row, strict=True)) for row in rows]


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(invoices())
def test_the_entries_of_a_document_add_up_to_it(invoice: Invoice) -> None:
    found = list(entries(invoice))
    sign = 1 if invoice.kind is Kind.INVOICE else -1
    assert sum(each.gross for each in found) == sign * (invoice.net + invoice.vat + invoice.rounding)
    assert sum(each.net or 0 for each in found) == sign * invoice.net
    assert sum(each.vat or 0 for each in found) == sign * invoice.vat


def test_a_posting_batch_has_its_header_and_a_posting_for_each_rate() -> None:
    found = of(("S", "19", "10.00", "1.90"), ("S", "7", "100.00", "7.00"))
    data = datev.batch(WISH, found)
    head, rows = read(data)
    assert len(head) == 31
    assert head[:7] == ["EXTF", "700", "21", "Buchungsstapel", "13", "20261201083000000", ""]
    assert head[10:16] == ["29098", "55003", "20260101", "4", "20261101", "20261130"]
    assert {len(row) for row in rows} == {datev.FIELDS} == {125}
    shown = [
        [row[name] for name in ("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "Konto", "Belegdatum")]
        for row in rows
    ]
    assert shown == [["11,90", "S", "10000", "2211"], ["107,00", "S", "10000", "2211"]]
    assert [row["Gegenkonto (ohne BU-Schlüssel)"] for row in rows] == ["8400", "8300"]
    assert rows[0]["Belegfeld 1"] == "2026-000123"
    assert rows[0]["EU-Land u. UStID (Bestimmung)"] == "DE"
    assert rows[0]["EU-Steuersatz (Bestimmung)"] == "19,00"
    assert "Gegenkonto (ohne BU-Schlüssel)".encode("cp1252") in data


def test_a_credit_note_is_booked_on_the_other_side() -> None:
    note: dict[str, Any] = {"kind": Kind.CREDIT_NOTE, "original": Reference("2026-000001", date(2026, 9, 30))}
    _, (row,) = read(datev.batch(WISH, of(("S", "19", "10.00", "1.90"), **note)))
    assert (row["Umsatz (ohne Soll/Haben-Kz)"], row["Soll/Haben-Kennzeichen"]) == ("11,90", "H")


def test_an_intra_community_supply_is_booked_with_the_buyers_vat_number() -> None:
    _, (row,) = read(datev.batch(WISH, of(("K", "0", "10.00", "0"), to=replace(BERLIN, vat_number="DE123456788"))))
    assert row["Gegenkonto (ohne BU-Schlüssel)"] == "8125"
    assert row["EU-Land u. UStID (Bestimmung)"] == "DE123456788"


NOT_BOOKABLE = {
    "no account": (Books(revenue={"FR": "8400"}), {}, 'no account for "DE 19"'),
    "no euro": (BOOKS, {"currency": "SEK"}, "it is in SEK, and no rate to the euro is kept with it"),
}


@pytest.mark.parametrize(("books", "changes", "says"), NOT_BOOKABLE.values(), ids=NOT_BOOKABLE)
def test_what_cannot_be_booked_says_why(books: Books, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(datev.NotBookable, match=re.escape(says)):
        datev.must_be_bookable(books, of(("S", "19", "10.00", "1.90"), **changes))


def test_without_the_advisers_numbers_there_is_no_batch() -> None:
    with pytest.raises(datev.NotBookable, match="datev_consultant"):
        datev.batch(replace(WISH, books=Books()), [])


def rows_of(data: bytes) -> list[dict[str, str]]:
    names, *rows = (line.split("\t") for line in data.decode(fec.ENCODING).splitlines())
    assert tuple(names) == fec.COLUMNS
    assert len(names) == 18
    return [dict(zip(names, row, strict=True)) for row in rows]


def amounts(row: dict[str, str]) -> tuple[Decimal, Decimal]:
    return D(row["Debit"].replace(",", ".")), D(row["Credit"].replace(",", "."))


def test_a_fec_has_a_balanced_entry_for_each_document() -> None:
    sale = of(("S", "20", "10.00", "2.00"), ("S", "5.5", "100.00", "5.50"), rounding=D("0.01"))
    note = of(
        ("S", "20", "1.00", "0.20"), kind=Kind.CREDIT_NOTE, number="C1", original=Reference("2026-000123", WISH.since)
    )
    rows = rows_of(fec.journal(Books(), [*sale, *note]))
    for number in ("1", "2"):
        mine = [amounts(row) for row in rows if row["EcritureNum"] == number]
        assert sum(debit for debit, _ in mine) == sum(credit for _, credit in mine) > 0
        assert all((debit == 0) != (credit == 0) for debit, credit in mine)
    assert [(row["CompteNum"], row["Debit"], row["Credit"]) for row in rows] == [
        ("411000", "117,51", "0,00"),
        ("707000", "0,00", "10,00"),
        ("445710", "0,00", "2,00"),
        ("707000", "0,00", "100,00"),
        ("445710", "0,00", "5,50"),
        ("758000", "0,00", "0,01"),
        ("411000", "0,00", "1,20"),
        ("707000", "1,00", "0,00"),
        ("445710", "0,20", "0,00"),
    ]
    assert (rows[0]["EcritureDate"], rows[0]["PieceRef"], rows[0]["JournalCode"]) == ("20261122", "2026-000123", "VE")


def test_a_fec_is_in_a_character_set_of_the_law() -> None:
    written = fec.journal(Books(), of(("S", "20", "10.00", "2.00"), number="F-Ł-1"))
    assert "TVA collectée 20 %".encode("iso8859-15") in written
    assert b"\tF-?-1\t" in written  # a letter that is not in it costs no file


def test_a_fec_is_in_euro_with_the_foreign_amount_beside_it() -> None:
    known = VatIn("EUR", D("0.17"), D("0.0873"), date(2026, 11, 20), "ECB")
    rows = rows_of(fec.journal(Books(), of(("S", "25", "10.00", "2.50"), currency="SEK", vat_in=known)))
    assert [(row["Debit"], row["Credit"], row["Montantdevise"], row["Idevise"]) for row in rows] == [
        ("1,09", "0,00", "12,50", "SEK"),
        ("0,00", "0,87", "-10,00", "SEK"),
        ("0,00", "0,22", "-2,50", "SEK"),
    ]


def sold() -> Iterator[Entry]:
    rome, lyon = replace(BERLIN, country="IT", postal_code="00118"), replace(BERLIN, country="FR", postal_code="69003")
    yield from of(("S", "19", "10.00", "1.90"))
    yield from of(("S", "19", "5.00", "0.95"), number="2")
    yield from of(("S", "22", "10.00", "2.20"), to=rome, number="3")
    yield from of(("S", "20", "10.00", "2.00"), to=lyon, number="4")
    yield from of(("K", "0", "10.00", "0"), to=replace(BERLIN, vat_number="DE123456788"), number="5")
    earlier: dict[str, Any] = {"kind": Kind.CREDIT_NOTE, "original": Reference("1", date(2026, 9, 30))}
    yield from of(("S", "19", "1.00", "0.19"), number="C1", **earlier)


def test_the_one_stop_shop_has_sales_to_consumers_elsewhere_and_corrections_of_earlier_quarters() -> None:
    rows = list(oss.figures(sold(), ("FR", "IT"), None))
    assert [row[: len(oss.COLUMNS)] for row in rows] == [
        ("2026-Q4", "", "DE", "19", "EUR", 2, D("15.00"), D("2.85"), ""),
        ("2026-Q4", "", "IT", "22", "EUR", 1, D("10.00"), D("2.20"), "yes"),
        ("2026-Q4", "2026-Q3", "DE", "19", "EUR", 1, D("-1.00"), D("-0.19"), ""),
    ]
    assert [row[len(oss.COLUMNS) :] for row in rows] == [(row[6], row[7], "", "") for row in rows]


def rates(**costs: str) -> Rates:
    """Of Swedish kronor, by days written as _2027_01_04."""
    of = {date.fromisoformat(day[1:].replace("_", "-")): {"SEK": D(cost)} for day, cost in costs.items()}
    return Rates("ECB", tuple(sorted(of)), of)


IN_EURO: dict[str, tuple[Rates | None, tuple[object, ...]]] = {
    "the last day of the quarter": (
        rates(_2026_12_30="10", _2026_12_31="12.5", _2027_01_04="20"),
        (D("80.00"), D("15.20"), date(2026, 12, 31), D("12.5")),
    ),
    "else the next with a rate": (
        rates(_2026_12_30="10", _2027_01_04="20"),
        (D("50.00"), D("9.50"), date(2027, 1, 4), D("20")),
    ),
    "not over yet": (rates(_2026_12_30="10"), ("", "", "", "")),
    "long after": (rates(_2027_02_01="10"), ("", "", "", "")),
    "nothing fetched": (None, ("", "", "", "")),
}


@pytest.mark.parametrize(("known", "expected"), IN_EURO.values(), ids=IN_EURO)
def test_the_one_stop_shop_is_in_euro_at_the_rate_of_the_end_of_the_quarter(
    known: Rates | None, expected: tuple[object, ...]
) -> None:
    (row,) = oss.figures(of(("S", "19", "1000.00", "190.00"), currency="SEK"), (), known)
    assert row[len(oss.COLUMNS) :] == expected


def test_a_correction_has_the_rate_of_the_quarter_that_it_corrects() -> None:
    note: dict[str, Any] = {"kind": Kind.CREDIT_NOTE, "original": Reference("1", date(2026, 9, 30))}
    (row,) = oss.figures(
        of(("S", "19", "100.00", "19.00"), currency="SEK", **note), (), rates(_2026_09_30="8", _2026_12_31="10")
    )
    assert row[len(oss.COLUMNS) :] == (D("-12.50"), D("-2.38"), date(2026, 9, 30), D("8"))
